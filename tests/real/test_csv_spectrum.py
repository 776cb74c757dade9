"""Twelve CSV files with the parse that their authors expect; one of the expectations is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bihuan.core.errors import Refused
from bihuan.core.exchange.reading import read

#: Its expected answer has other figures than the file.
WRONG = "location_coordinates"


def test_the_files_of_csv_spectrum_read_as_expected(data: Path) -> None:
    folder = data / "csv-spectrum"
    names = sorted(path.stem for path in (folder / "csvs").glob("*.csv"))
    assert len(names) == 12
    right = []
    for name in names:
        expected = json.loads((folder / "json" / f"{name}.json").read_text("utf-8"))
        table = read(folder / "csvs" / f"{name}.csv")
        found = [dict(zip(table.head, row, strict=True)) for row in table.rows()]
        # A line end inside of a value is kept as it is written; the expectations name it \n everywhere.
        if json.loads(json.dumps(found).replace("\\r\\n", "\\n")) == json.loads(
            json.dumps(expected).replace("\\r\\n", "\\n")
        ):
            right.append(name)
    assert set(names) - set(right) == {WRONG}


def test_no_file_of_the_collection_brings_the_reader_down(data: Path) -> None:
    """Every file there is, whatever it is, is a table or is refused with a sentence."""
    seen = 0
    for path in sorted(data.rglob("*.*")):
        if path.is_file() and path.stat().st_size < 20_000_000:
            seen += 1
            try:
                for _row in read(path, f"{path.name}.csv").rows():
                    pass
            except Refused as refusal:
                assert refusal.sentence
    assert seen > 100


def test_the_areas_of_china_keep_their_codes(data: Path) -> None:
    assert sum(1 for _row in read(data / "china" / "areas.csv").rows()) == 2978


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_a_long_chinese_list_in_every_encoding(data: Path, tmp_path: Path, encoding: str) -> None:
    text = (data / "china" / "areas.csv").read_text("utf-8-sig")
    path = tmp_path / "areas.csv"
    path.write_text(text, encoding)
    assert list(read(path).rows()) == list(read(data / "china" / "areas.csv").rows())
