"""Folding: one plain spelling for everything that people write in many ways.

A folded text is a chain of runs. Ideographs (Chinese, kana, hangul) stand side by side and are found from any
character; a run of letters or of digits stands behind a space, and is found from its beginning:
``"３Ｍ中國 (Müller)"`` becomes ``" 3 m中国 muller"``.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence

from opencc import OpenCC

IDEOGRAPHS = "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
RUN = re.compile(rf"(?P<ideographs>[{IDEOGRAPHS}]+)|\d+|[^\W\d_{IDEOGRAPHS}]+")

INVISIBLE = re.compile("['\u2018\u2019\u02bc\u00ad\u200b-\u200f\u2060\ufeff]")
ACCENT = re.compile("[\u0300-\u036f]")
# Letters that Unicode does not decompose into a base and an accent.
PLAIN_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})

# Legal forms of companies, folded. Longer forms first: the first that fits is taken.
LEGAL_FORMS_ZH = "股份有限公司|有限责任公司|责任有限公司|股份公司|有限公司|有限合伙|株式会社|有限会社"
LEGAL_ENDS_ZH = "集团公司|集团股份|公司|集团|股份"
LEGAL_FORMS_EN = (
    "company limited|co limited|co ltd|co kg|pte ltd|pty ltd|limited|ltd|incorporated|inc|corporation|corp|company|co|"
    "gmbh|mbh|llc|l l c|llp|plc|lp|ag|kg|sa|s a|sas|sarl|srl|s r l|spa|s p a|bv|b v|nv|n v|ab|oy|as|kk|k k"
)
LEGAL_FORM = re.compile(rf"(?:集团)?(?:{LEGAL_FORMS_ZH})|(?:{LEGAL_ENDS_ZH}|(?: (?:{LEGAL_FORMS_EN}))+)$")
# The same as typed in pinyin, and as far as somebody has got with it: two letters of it are enough to tell.
LEGAL_FORMS_SPELT = (
    "jituangufenyouxiangongsi", "jituanyouxiangongsi", "gufenyouxiangongsi", "youxianzerengongsi", "zerenyouxiangongsi",
    "youxiangongsi", "jituangongsi", "gufengongsi", "jituan", "gufen", "gongsi",
    "jtgfyxgs", "jtyxgs", "gfyxgs", "yxzrgs", "zryxgs", "yxgs",
)  # fmt: skip
LEGAL_FORM_SPELT = re.compile(f"(?:{'|'.join(LEGAL_FORMS_SPELT)})$")
BEGUN = {form[:length] for form in LEGAL_FORMS_SPELT for length in range(2, len(form) + 1)}
LEGAL_FORM_BEGUN = re.compile(f"(?<=[a-z0-9]{{3}})(?:{'|'.join(sorted(BEGUN, key=len, reverse=True))})$")


@functools.cache
def _converter(configuration: str) -> OpenCC:
    return OpenCC(configuration)


def fold(text: str) -> str:
    """One spelling for width, case, accents, traditional characters, punctuation and spaces."""
    return folds(text)[0]


# Of a record the same texts are folded for several ends, and many records share some.
@functools.lru_cache(maxsize=8192)
def folds(text: str, *, is_typed: bool = False) -> tuple[str, ...]:
    """`fold`, and where the text is in traditional characters also the mainland's words for Taiwan's (軟體 is 软件).

    What somebody typed is also taken for Taiwan's words where both scripts write it alike (伺服器 is 服务器).
    """
    plain = _plain(text)
    simplified = _converter("t2s").convert(plain)
    if simplified == plain and not is_typed:
        return (_runs(simplified),)
    return tuple(dict.fromkeys((_runs(simplified), _runs(_converter("tw2sp").convert(plain)))))


def simplified(text: str) -> tuple[str, Sequence[int]]:
    """The text in one script, width and case, not yet parted into runs; and where each of its characters comes from."""
    plain = _converter("t2s").convert(_plain(text))
    if len(plain) == len(text):
        return plain, range(len(text))
    pieces = [_converter("t2s").convert(_plain(character)) for character in text]
    return "".join(pieces), [at for at, piece in enumerate(pieces) for _character in piece]


def joined(text: str) -> str:
    """Letters and digits without the punctuation between them: OP-2026-00012 and Wal-Mart as typed in haste."""
    return _runs("".join(run.group() for run in RUN.finditer(_plain(text))))


def without_legal_form(folded: str) -> str:
    """A company's folded name without 有限公司, Co., Ltd. and the like; unchanged where nothing else would remain."""
    return LEGAL_FORM.sub("", folded) or folded


def without_spelt_legal_form(letters: str) -> str:
    """The same for a name typed in pinyin: huaweiyouxiangongsi, hwyxgs."""
    return LEGAL_FORM_SPELT.sub("", letters) or letters


def without_begun_legal_form(letters: str) -> str:
    """The same for somebody who is still typing it: huaweiyouxiang."""
    return LEGAL_FORM_BEGUN.sub("", letters)


def dialled(text: str) -> str:
    """The digits of a phone number as it is dialled inside its country: `phone_digits`, with the zero of Chinese landlines."""
    digits = phone_digits(text)
    is_mobile = len(digits) == len("13800000000") and digits.startswith("1")
    return digits if is_mobile or not text.strip().startswith(("+86", "0086", "0")) else f"0{digits}"


def phone_digits(text: str) -> str:
    """The digits of a phone number without China's country code and without the trunk zero.

    +86 755 2878-0808, 0086-755-28780808 and 0755 28780808 are all 75528780808.
    """
    digits = "".join(character for character in unicodedata.normalize("NFKC", text) if character in "0123456789+")
    international = digits.startswith(("+", "00"))
    digits = digits.replace("+", "").lstrip("0")
    is_chinese = digits.startswith("86") and (international or len(digits) == len("8613800000000"))
    return digits[2:].lstrip("0") if is_chinese else digits


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if text.isascii():
        return text.lower().replace("'", "")
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return INVISIBLE.sub("", unicodedata.normalize("NFC", ACCENT.sub("", decomposed))).translate(PLAIN_LETTERS)


def _runs(plain: str) -> str:
    return "".join(run.group() if run["ideographs"] else f" {run.group()}" for run in RUN.finditer(plain))
