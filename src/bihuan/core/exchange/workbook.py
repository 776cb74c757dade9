"""The first sheet of an Excel workbook, looked over before it is opened."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from bihuan.core.errors import Refused

ENDINGS = (".xlsx", ".xlsm", ".xls")
LARGEST = 300_000_000  # bytes, unpacked
TIGHTEST = 100  # a part packed tighter than one in so many is a trap; real sheets lie at 5 to 30
MOST_CELLS = 10_000_000
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,8})(\d{1,12})["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")


def first_sheet(stream: BinaryIO, *, zipped: bool) -> CalamineSheet:
    """The first sheet. Raises Refused for a file that is damaged, or made to exhaust the memory."""
    if zipped:
        _look_over(stream)
    stream.seek(0)
    try:
        return CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)  # type: ignore[arg-type]
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise Refused(_("The workbook cannot be read: %(reason)s.") % {"reason": error}) from None


def _look_over(stream: BinaryIO) -> None:
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > LARGEST or any(_is_trap(part) for part in parts):
            raise Refused(_("The workbook is too large once it is unpacked; save the sheet as CSV."))
        for part in parts:  # reading a part to its end also finds one that is larger than it says
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                _measure(archive, part)
            else:
                with archive.open(part) as stream_of_part:
                    while stream_of_part.read(1 << 20):
                        pass
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Refused(_("This file is not an Excel workbook, though its name says so.")) from None


def _is_trap(part: zipfile.ZipInfo) -> bool:
    return part.file_size > 1_000_000 and part.file_size > part.compress_size * TIGHTEST


def _measure(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """The reader sets aside the whole rectangle that a sheet spans, be it empty: two cells far apart would be enough."""
    columns: set[bytes] = set()
    placed = cells = height = 0
    with archive.open(part) as sheet:
        rest = b""
        while block := sheet.read(1 << 20):
            whole, _gap, rest = (rest + block).rpartition(b">")
            places = _PLACE.findall(whole)
            columns.update(letters for letters, _row in places)
            height = max(height, max((int(row) for _letters, row in places), default=0))
            placed += sum(1 for letters, _row in places if letters)
            cells += len(_CELL.findall(whole + b">"))
            if len(rest) > LARGEST // 100:
                raise zipfile.BadZipFile
    width = max((_number(letters) for letters in columns), default=0) + max(0, cells - placed)
    if width * max(height, 1) > MOST_CELLS:
        raise Refused(
            _("The sheet spans more than %(limit)d million cells; save it as CSV.") % {"limit": MOST_CELLS // 1_000_000}
        )


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """The rows of a sheet as text."""
    for row in sheet.iter_rows():
        yield [text(cell) for cell in row]


def text(cell: Any) -> str:
    """A cell as somebody would have typed it: whole numbers without a point, dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, (date, time)) else str(cell)
