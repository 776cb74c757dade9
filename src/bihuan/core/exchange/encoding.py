"""In which encoding a text file is written: decided by its bytes, the same way every time."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from bihuan.core.errors import Refused

BLOCK = 1 << 20
#: So many bytes of lines that are not ASCII decide between the encodings of one place and another.
SAMPLE = 1 << 16
#: A longer line is a sign of a file that is not a table.
LONGEST_LINE = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_LOCAL = ("gb18030", "big5", "cp1252")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\ufffe\uffff]")


def decide(stream: BinaryIO, start: bytes) -> tuple[str, int]:
    """The encoding of a file that begins with `start`, and its number of lines. Raises Refused for what is no text."""
    for candidate in _candidates(stream, start):
        lines = _lines_in(stream, candidate)
        if lines is not None and not _CONTROLS.search(_decoded(start, candidate)):
            return candidate, lines
    raise Refused(_("This file is not text; save it as CSV UTF-8 or as an Excel workbook."))


def _candidates(stream: BinaryIO, start: bytes) -> Iterator[str]:
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked is not None:
        yield marked
    elif b"\0" in start:
        # Separators and ends of lines have their zero in one half; that of the other half is rarer: 一 and a few more.
        yield "utf-16-le" if start[::2].count(0) < start[1::2].count(0) else "utf-16-be"
    else:
        yield "utf-8"
        sample = _sample(stream)
        if not sample:
            return
        yield from dict.fromkeys((_eastern(sample) or _likeliest(sample), *_LOCAL))


def _sample(stream: BinaryIO) -> bytes:
    """The first lines that are not ASCII; of a line that reaches over the end of a block, only its beginning."""
    stream.seek(0)
    kept, cut = bytearray(), False
    while len(kept) < SAMPLE and (block := stream.read(BLOCK)):
        lines = block.split(b"\n")
        whole = lines[1 if cut else 0 : -1 if len(lines) > 1 and len(block) == BLOCK else None]
        kept += b"".join(line + b"\n" for line in whole if not line.isascii())
        cut = True
    return bytes(kept[: kept.rfind(b"\n", 0, SAMPLE) + 1 or SAMPLE])


def _eastern(sample: bytes) -> str:
    """GB 18030 or Big5, by which of the two makes more of the bytes characters in daily use; "" where it is neither.

    In a Western text, letters with accents stand alone; taken for characters, they hardly ever follow one another.
    """
    if _text(sample, "gb2312"):
        return "gb18030"  # hardly any other text happens to be GB 2312 throughout
    common = {}
    for encoding in ("gb18030", "big5"):
        characters = re.findall(r"[^\x00-\x7f]+", _text(sample, encoding))
        whole = "".join(characters)
        if whole and sum(len(each) for each in characters if len(each) > 1) * 2 > len(whole):
            common[encoding] = sum(_is_common(each, encoding) for each in whole) / len(whole)
    return max(common, key=lambda each: common[each], default="")


def _is_common(character: str, encoding: str) -> bool:
    """Whether it is of GB 2312, or of the first, more frequent level of Big5."""
    if encoding == "gb18030":
        return bool(character.encode("gb2312", "ignore"))
    return character.encode("big5", "ignore")[:1] <= b"\xc6"


def _text(sample: bytes, encoding: str) -> str:
    """The sample in an encoding; "" where it is not in it throughout."""
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _likeliest(sample: bytes) -> str:
    import charset_normalizer  # heavy: loaded only for files that are neither UTF-8 nor Chinese at first sight

    best = charset_normalizer.from_bytes(sample, cp_isolation=list(_LOCAL)).best()
    return best.encoding if best is not None else _LOCAL[0]


def _decoded(start: bytes, encoding: str) -> str:
    """The beginning of the file; a character cut in two at its end is left out."""
    return codecs.getincrementaldecoder(encoding)().decode(start)


def _lines_in(stream: BinaryIO, encoding: str) -> int | None:
    """How many lines a file has in an encoding; None when it is not in it throughout. Raises Refused for endless ones."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, last, open_ended = 0, "", 0
    try:
        while block := stream.read(BLOCK):
            text = decoder.decode(block)
            lines, last = lines + text.count("\n"), text[-1:] or last
            open_ended = 0 if "\n" in text or "\r" in text else open_ended + len(text)
            if open_ended > LONGEST_LINE:
                raise Refused(_("A line of this file is longer than a million characters."))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return lines + (last != "\n")
