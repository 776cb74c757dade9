"""Real texts in the encodings that real programs save them in: the encoding is found, and not a character is lost."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import opencc
import pytest

from bihuan.core.exchange.reading import read

NAMES = 3000


@pytest.fixture(scope="module")
def firms(data: Path) -> list[str]:
    """Short names of Chinese companies."""
    with gzip.open(data / "china" / "company-short-names.txt.gz", "rt", encoding="utf-8-sig") as names:
        found = [name.strip() for name in names if name.strip()]
    return found[1000 : 1000 + NAMES]


def assert_read(lines: list[str], encoding: str, ending: str = "\n") -> None:
    """A file of these names, in this encoding and with these ends of line."""
    table = read(io.BytesIO(ending.join(["name,n", *(f"{each},1" for each in lines), ""]).encode(encoding)), "file.csv")
    assert [row[0] for row in table.rows()] == lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_names_of_companies(firms: list[str], encoding: str, ending: str) -> None:
    lines = [
        name
        for name in firms
        if name.encode(encoding, "ignore").decode(encoding) == name and "," not in name and '"' not in name
    ]
    assert len(lines) > NAMES * 0.98
    assert_read(lines, encoding, ending)


@pytest.mark.parametrize("count", [3, 30, 1000])
def test_the_same_in_traditional_characters_and_big5(firms: list[str], count: int) -> None:
    convert = opencc.OpenCC("s2t").convert
    lines = [
        name for name in map(convert, firms) if name.encode("big5", "ignore").decode("big5") == name and "," not in name
    ]
    for start in range(0, len(lines) - count, max(count, len(lines) // 8)):
        assert_read(lines[start : start + count], "big5")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-16"])
def test_names_with_accents(data: Path, encoding: str) -> None:
    whole = (data / "northwind" / "Customers.csv").read_text("utf-8-sig")
    assert not whole.isascii()
    told = [list(row) for row in read(io.BytesIO(whole.encode("utf-8")), "a.csv").rows()]
    again = read(io.BytesIO(whole.encode(encoding)), "a.csv")
    assert [list(row) for row in again.rows()] == told and len(told) == 91
