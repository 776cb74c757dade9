"""What a file holds, whoever wrote it; and which files are refused, at once and with a sentence."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from bihuan.core.errors import Refused
from bihuan.core.exchange.reading import LONGEST_LINE, Table, read

CHINESE = "公司名称,城市,备注\r\n苏州恒砺精密机械有限公司,苏州,“你好”\r\n瀚澄动力,上海,空压站\r\n"
TAIWANESE = "公司名稱,城市,備註\r\n台灣積體電路製造股份有限公司,新竹,您好\r\n瀚澄動力,臺北,空壓站\r\n"
FRENCH = "Name,City,Note\r\nFrédérique Citeaux,Strasbourg,déjà vu\r\nMüller,Köln,São Paulo\r\n"


def table(contents: bytes, name: str = "file.csv") -> Table:
    return read(io.BytesIO(contents), name)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *(
            (CHINESE, name)
            for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "utf-32")
        ),
        *((TAIWANESE, name) for name in ("utf-8", "utf-16", "big5", "gb18030")),
        *((FRENCH, name) for name in ("utf-8", "utf-16-le", "cp1252")),
        ("name\n王伟\n", "gb18030"),
        ("name\n王偉\n", "big5"),
        ("name,sex\nLi,男\nWu,女\n", "gb18030"),
        ("name\n一\n", "utf-16-le"),
        ("plain,ascii\n1,2\n", "ascii"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    found = table(text.encode(encoding))
    assert [found.head, *found.rows()] == rows(text)


def test_bytes_that_only_look_like_text_at_first() -> None:
    """The file is UTF-8 for its first megabytes: what comes later decides."""
    late = b"name,city\n" + b"Acme,Paris\n" * 300_000 + "苏州恒砺,苏州\n".encode("gb18030")
    found = table(late)
    assert found.encoding == "gb18030"
    assert list(found.rows())[-1] == ["苏州恒砺", "苏州"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    lines = [["name", "note", "amount"], ["Acme, Inc.", "a;b", "1,5"], ["Beta", "", "2"]]
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(lines)
    found = table(text.getvalue().encode())
    assert found.separator == separator
    assert [found.head, *found.rows()] == lines


def test_quotes_with_newlines_and_quotes_in_them() -> None:
    found = table(b'name,note\r\nAcme,"two\r\nlines"\r\nBeta,"so-called ""best"""\r\n')
    assert list(found.rows()) == [["Acme", "two\r\nlines"], ["Beta", 'so-called "best"']]


def test_blank_rows_are_left_out_and_the_head_may_come_late() -> None:
    found = table(b"\n\nname,city\n\nAcme,Paris\n,\n  ,\t\nBeta,\n")
    assert found.head == ["name", "city"]
    assert list(found.rows()) == [["Acme", "Paris"], ["Beta", ""]]


def test_a_table_can_be_read_again() -> None:
    found = table(b"name\nAcme\nBeta\n")
    assert list(found.rows()) == list(found.rows()) == [["Acme"], ["Beta"]]


def workbook(*lines: list[Any]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        for place, line in enumerate(lines):
            sheet.write_row(place, 0, line)
    return stream.getvalue()


def test_a_workbook_reads_as_somebody_would_have_typed_it() -> None:
    moment = datetime.fromisoformat("2017-03-01T14:30")
    found = table(
        workbook(["name", "amount", "on", "at"], ["恒砺", 1054.0, date(2017, 3, 1), moment], ["x", 0.1, "", ""]),
        "a.xlsx",
    )
    assert found.head == ["name", "amount", "on", "at"]
    assert next(found.rows()) == ["恒砺", "1054", "2017-03-01", "2017-03-01 14:30:00"]


SCHEMA = b"http://schemas.openxmlformats.org"
RELATIONS = b"""<Relationships xmlns="%s/package/2006/relationships"><Relationship Id="r1"
 Type="%s/officeDocument/2006/relationships/%s" Target="%s"/></Relationships>"""
BOOK = b"""<workbook xmlns="%s/spreadsheetml/2006/main" xmlns:r="%s/officeDocument/2006/relationships"><sheets>
<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"""
SHEET = b"""<worksheet xmlns="%s/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>"""


def part(sheet: bytes) -> bytes:
    """A workbook whose only sheet has these rows."""
    names = {
        "_rels/.rels": RELATIONS % (SCHEMA, SCHEMA, b"officeDocument", b"xl/workbook.xml"),
        "xl/workbook.xml": BOOK % (SCHEMA, SCHEMA),
        "xl/_rels/workbook.xml.rels": RELATIONS % (SCHEMA, SCHEMA, b"worksheet", b"worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": SHEET % (SCHEMA, sheet),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in names.items():
            archive.writestr(name, contents)
    return stream.getvalue()


def far_apart(quote: bytes) -> bytes:
    return b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'.replace(
        b'"', quote
    )


def test_the_handmade_workbook_is_one() -> None:
    assert table(part(b'<row r="1"><c r="A1"><v>7</v></c></row>'), "a.xlsx").head == ["7"]


def hostile() -> Iterator[tuple[str, bytes, str]]:
    yield "an empty file", b"", "a.csv"
    yield "nothing but blanks", b"\n \r\n\t\n", "a.csv"
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "a.csv"
    yield "a document", b"%PDF-1.7\n" + b"1 0 obj\n" * 50, "a.csv"
    yield "a program", b"\x7fELF\x02\x01\x01" + b"\x00\x01\x02\x03" * 100, "a.csv"
    yield "a workbook called .csv", workbook(["name"]), "a.csv"
    yield "text called .xlsx", b"name\nAcme\n", "a.xlsx"
    yield "a torn workbook", workbook(["name"], ["Acme"])[:-60], "a.xlsx"
    yield "an archive of other things", part(b"").replace(b"xl/w", b"xx/w"), "a.xlsx"
    yield "a line without end", b"name\n" + b"x" * (LONGEST_LINE + 10), "a.csv"
    yield "a quotation mark never closed", b'name,city\n"Acme,Paris\n' + b"Beta,Rome\n" * 300_000, "a.csv"
    yield "a million columns", b",".join(b"c%d" % n for n in range(100_000)) + b"\n", "a.csv"
    yield "501 columns", (",".join(f"c{n}" for n in range(501)) + "\n").encode(), "a.csv"
    yield "a bomb", part(b'<row r="1"><c r="A1"><v>1</v></c></row>' + b" " * 60_000_000), "a.xlsx"
    yield "two cells far apart", part(far_apart(b'"')), "a.xlsx"
    yield (
        "two cells far apart, written otherwise",
        part(far_apart(b"'").replace(b"XFD", b"xfd").replace(b"r=", b"r = ")),
        "a.xlsx",
    )
    unplaced = b'<row r="1">' + b"<c><v>1</v></c>" * 5000 + b'</row><row r="1000000"><c><v>1</v></c></row>'
    yield "cells without a place", part(unplaced), "a.xlsx"


@pytest.mark.parametrize(("contents", "name"), [pytest.param(*rest, id=title) for title, *rest in hostile()])
def test_what_is_no_table_is_refused_with_a_sentence(contents: bytes, name: str) -> None:
    with pytest.raises(Refused) as refused:
        list(table(contents, name).rows())
    assert len(refused.value.sentence) > 10


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("name,city\n" + "恒砺精密机械有限公司,苏州\n" * 400_000, "utf-8")
    tracemalloc.start()
    try:
        assert sum(1 for _row in read(path).rows()) == 400_000
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < path.stat().st_size / 2
