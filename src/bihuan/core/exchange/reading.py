"""Tables from CSV, TSV, XLSX and vCard files of any origin, read row by row.

What a file is, is decided by its contents, the same way every time; a file that is not a table is refused with a sentence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from bihuan.core.errors import Refused
from bihuan.core.exchange import encoding, vcard, workbook
from bihuan.core.exchange.encoding import LONGEST_LINE

MOST_COLUMNS = 500
SEPARATORS = (",", "\t", ";", "|")

#: First bytes of what people mistake for a table, and what to call it.
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, eq=False)
class Table:
    """A head and rows of text. `rows` begins anew at each call; rows without any text are left out.

    `hint` is about how many rows there are; `separator` is empty for what is no CSV file, `encoding` for a workbook.
    """

    head: list[str]
    rows: Callable[[], Iterator[list[str]]]
    hint: int
    encoding: str = ""
    separator: str = ""

    @property
    def is_workbook(self) -> bool:
        return not self.separator


def read(source: str | Path | BinaryIO, name: str = "") -> Table:
    """The table in a file. Raises Refused with a sentence for whatever is none."""
    stream = Path(source).open("rb") if isinstance(source, (str, Path)) else source  # noqa: SIM115  (lives as long as the table)
    ending = Path(name or str(source)).suffix.lower()
    start = stream.read(LONGEST_LINE)
    if not start.strip():
        raise Refused(_("The file is empty."))
    if start.startswith((_ZIP, _OLD_OFFICE)) or ending in workbook.ENDINGS:
        return _workbook(stream, start, ending)
    return _text(stream, start, ending)


def _workbook(stream: BinaryIO, start: bytes, ending: str) -> Table:
    if ending not in workbook.ENDINGS:
        raise Refused(
            _("This file is a workbook or an archive, though its name says “%(ending)s”.") % {"ending": ending}
        )
    if not start.startswith(_OLD_OFFICE if ending == ".xls" else _ZIP):
        raise Refused(_("This file is not an Excel workbook, though its name says so."))
    sheet = workbook.first_sheet(stream, zipped=ending != ".xls")
    return _table(lambda: workbook.rows(sheet), sheet.height)


def _text(stream: BinaryIO, start: bytes, ending: str) -> Table:
    if start.startswith(_PICTURES):
        raise Refused(_("This file is a picture, not a table."))
    if start.startswith(b"%PDF"):
        raise Refused(_("This file is a PDF document, not a table."))
    if len(start) == LONGEST_LINE and b"\n" not in start and b"\r" not in start:
        raise Refused(_("A line of this file is longer than a million characters."))
    coding, lines = encoding.decide(stream, start)
    if vcard.START.match(start.decode(coding, "ignore")):
        return _cards(stream, coding)
    separator = _separator(stream, coding, ending)
    return _table(lambda: _records(stream, coding, separator), lines - 1, coding, separator)


def _cards(stream: BinaryIO, coding: str) -> Table:
    """A row for every card; the head names what any of them says."""

    def cards() -> Iterator[dict[str, str]]:
        with _decoded(stream, coding) as text:
            yield from vcard.rows(_lines(text))

    used, number = set(), 0
    for card in cards():
        number += 1
        used |= {name for name, text in card.items() if text}
    head = [name for name in vcard.HEADS if name in used]
    if not head:
        raise Refused(_("There is no card in this file."))
    return Table(head, lambda: ([card.get(name, "") for name in head] for card in cards()), number, coding)


def _table(records: Callable[[], Iterator[list[str]]], hint: int, coding: str = "", separator: str = "") -> Table:
    """The first row with text is the head."""
    head = next(_filled(records()), None)
    if head is None:
        raise Refused(_("The file is empty."))
    return Table(
        [cell.strip() for cell in head], lambda: islice(_filled(records()), 1, None), max(0, hint), coding, separator
    )


def _filled(records: Iterator[list[str]]) -> Iterator[list[str]]:
    for record in records:
        if len(record) > MOST_COLUMNS and any(record[MOST_COLUMNS:]):
            raise Refused(_("The table has more than %(limit)d columns.") % {"limit": MOST_COLUMNS})
        if any(cell and not cell.isspace() for cell in record):
            yield record


def _records(stream: BinaryIO, coding: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_LINE)
    with _decoded(stream, coding) as text:
        try:
            yield from csv.reader(_lines(text), delimiter=separator)
        except csv.Error:
            raise Refused(
                _("A quotation mark in this file is never closed, or a value is longer than a million characters.")
            ) from None


@contextmanager
def _decoded(stream: BinaryIO, coding: str) -> Iterator[io.TextIOWrapper]:
    """The text of a stream, which stays open."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, coding, newline="")
    try:
        yield text
    except UnicodeDecodeError:
        raise Refused(_("The text of this file cannot be read; save it as CSV UTF-8.")) from None
    finally:
        if not stream.closed:
            text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise Refused(_("A line of this file is longer than a million characters."))
        yield line


def _separator(stream: BinaryIO, coding: str, ending: str) -> str:
    """The separator by which the first rows have the same, greatest number of cells; of equals the usual one."""

    def fit(separator: str) -> tuple[int, int]:
        widths = [len(record) for record in islice(_records(stream, coding, separator), 30) if record]
        alike = widths.count(widths[0]) if widths and widths[0] > 1 else 0
        return alike, widths[0] if alike else 0

    usual = "\t" if ending in (".tsv", ".tab") else ","
    return max((usual, *SEPARATORS), key=fit)
