"""How a name is spelt in pinyin: ``"华为"`` is ``"'hua'wei"``, every syllable behind an apostrophe."""

import functools
import itertools
import re

from bihuan.core.search.fold import RUN

# Readings that names use beside the one pypinyin chooses (it reads 长电 as zhangdian and 朝阳 as zhaoyang).
POLYPHONES = {
    "长": ("chang", "zhang"), "重": ("zhong", "chong"), "行": ("hang", "xing"), "乐": ("le", "yue"),
    "朝": ("chao", "zhao"), "调": ("tiao", "diao"), "传": ("chuan", "zhuan"), "藏": ("cang", "zang"),
    "都": ("du", "dou"), "柏": ("bai", "bo"), "晟": ("sheng", "cheng"), "茜": ("qian", "xi"),
    "台": ("tai",), "石": ("shi",), "厦": ("xia", "sha"), "番": ("fan", "pan"), "地": ("di",), "六": ("liu", "lu"),
}  # fmt: skip

# Surnames that are read otherwise than the same characters elsewhere.
SURNAMES = {
    "单": ("shan",), "翟": ("zhai",), "区": ("ou",), "仇": ("qiu",), "查": ("zha",), "解": ("xie",), "曾": ("zeng",),
    "朴": ("piao",), "盖": ("ge",), "乐": ("yue",), "缪": ("miao",), "覃": ("qin",), "折": ("she",), "召": ("shao",),
    "洗": ("xian",), "员": ("yun",), "秘": ("bi",), "黑": ("he",), "郇": ("xun",), "宓": ("fu",), "种": ("chong",),
    "祭": ("zhai",), "都": ("du",), "便": ("pian",), "牟": ("mu",), "佴": ("nai",), "阚": ("kan",), "隗": ("kui",),
    "费": ("bi",), "句": ("gou",), "能": ("nai",), "么": ("yao",), "繁": ("po",), "谌": ("shen",), "卜": ("bu",),
    "强": ("jiang",), "尉": ("yu",), "参": ("shen",), "郗": ("chi",), "逢": ("pang",), "任": ("ren",), "宁": ("ning",),
    "葛": ("ge",), "纪": ("ji",), "冼": ("xian",), "逄": ("pang",), "那": ("na",), "车": ("che",), "相": ("xiang",),
}  # fmt: skip
COMPOUND_SURNAMES = {
    "乐正": ("yue", "zheng"), "子车": ("zi", "ju"), "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "单于": ("chan", "yu"),
    "长孙": ("zhang", "sun"), "澹台": ("tan", "tai"), "皇甫": ("huang", "fu"),
}  # fmt: skip

# TCL科技 is spelt letter by letter with the rest; a longer Latin word breaks the spelling and is found as a word.
LONGEST_SPELT_RUN = 4
MOST_READINGS = 8

Readings = tuple[str, ...]


def spellings(folded: str, *, person: bool = False, legal_form: str = "") -> list[str]:
    """Every way to read a folded name, likeliest first; none where it has no Chinese character.

    Of the legal form behind it every syllable stands behind a backquote: somebody on the way through the whole name
    comes by there, and nobody begins there.
    """
    if folded.isascii():
        return []
    parts: list[list[Readings]] = [[]]
    for run in RUN.finditer(folded):
        if run["ideographs"]:
            parts[-1] += syllables(run.group())
        elif len(run.group()) <= LONGEST_SPELT_RUN:
            parts[-1] += [(letter,) for letter in run.group()]
        else:
            parts.append([])
    for place, surname in enumerate(surname_readings(folded) if person else ()):
        parts[0][place] = tuple(dict.fromkeys(surname + parts[0][place]))
    end = _spelt_legal_form(legal_form)
    spelt = []
    for part in parts:
        if any(len(readings[0]) > 1 for readings in part):
            combinations = itertools.islice(itertools.product(*part), MOST_READINGS)
            spelt += ["'" + "'".join(way) + (end if part is parts[-1] else "") for way in combinations]
    return spelt


@functools.lru_cache(maxsize=256)
def _spelt_legal_form(legal_form: str) -> str:
    return "".join(f"`{readings[0]}" for readings in syllables(legal_form))


def syllables(ideographs: str) -> list[Readings]:
    """The readings of each character; of a word that cannot be read none at all."""
    from pypinyin.seg.mmseg import seg  # its dictionaries take a third of a second: loaded when first needed

    return [readings for word in seg.cut(ideographs) for readings in _word(word)]


@functools.lru_cache(maxsize=65_536)
def _word(word: str) -> tuple[Readings, ...]:
    from pypinyin import lazy_pinyin

    readings = lazy_pinyin(word, errors="ignore")
    if len(readings) < len(word):  # kana, hangul, characters that pypinyin does not know
        return ()
    return tuple(itertools.starmap(_alternatives, zip(word, readings, strict=True)))


def _alternatives(character: str, reading: str) -> Readings:
    readings = (reading, *POLYPHONES.get(character, ()))
    # ü is typed as v, and stands as u or yu on cards and in passports.
    umlauts = [reading.replace("v", typed) for reading in readings if "v" in reading for typed in ("u", "yu")]
    return tuple(dict.fromkeys((*readings, *umlauts)))


def surname_readings(folded: str) -> list[Readings]:
    """How the characters of a surname are read, where not as elsewhere."""
    if compound := COMPOUND_SURNAMES.get(folded[:2]):
        # and as somebody reads it who does not know the name
        return [(reading, *_word(character)[0]) for reading, character in zip(compound, folded, strict=False)]
    return [SURNAMES[folded[0]]] if folded[:1] in SURNAMES else []


def pattern(letters: str) -> str:
    """The regular expression for letters that spell the beginnings of syllables that follow each other.

    So hua, huawei, hw, huaw and hwei all find ``'hua'wei``, and uawei does not.
    """
    return "'" + "(?:[a-z0-9]*['`])?".join(re.escape(letter) for letter in letters)
