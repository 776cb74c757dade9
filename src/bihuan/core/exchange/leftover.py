"""The files that an import writes: refused rows for people, rows with links still to make for itself.

Files know no rollback. They remember in the import's cursor how long they were after the last chunk, and when the import is
taken up again, whatever a broken chunk has added is cut off.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bihuan.core.exchange import cells
from bihuan.core.exchange.profile import REASON, reason_heads
from bihuan.core.exchange.reading import Table

#: So many reasons are kept to be shown at once.
SHOWN = 20


class Growing:
    """A file that only grows, up to the length that the cursor holds."""

    def __init__(self, path: Path, cursor: dict[str, Any], entry: str) -> None:
        self.path, self.cursor, self.entry = path, cursor, entry
        self.waiting: list[str] = []

    def flush(self) -> None:
        """Append what waits."""
        if not self.waiting:
            return
        length = self.cursor.get(self.entry, 0)
        with self.path.open("r+b" if length else "wb") as stream:
            stream.truncate(length)
            stream.seek(length)
            stream.write("".join(self.waiting).encode())
            self.cursor[self.entry] = stream.tell()
        self.forget()

    def forget(self) -> None:
        """Leave out what waits."""
        self.waiting.clear()


class RefusedRows(Growing):
    """A CSV file with the columns of the imported one and the reason, to be corrected and imported again.

    Its rows stand in the order of the imported file, in whatever order they were refused: each chunk is put in order before it
    is written, and the whole at the end. The cursor holds the first of them, to be shown at once, and all their numbers.
    """

    def __init__(self, path: Path, table: Table, cursor: dict[str, Any]) -> None:
        super().__init__(path, cursor, "refused_bytes")
        self.cursor.setdefault("refused_rows", [])
        self.rows: list[tuple[int, str, str]] = []
        reasons = reason_heads()
        self.kept = [place for place, name in enumerate(table.head) if name not in reasons]
        self.table = table

    def add(self, number: int, row: Sequence[str], reason: str) -> None:
        """A row that was refused, by its place in the imported file."""
        known = [row[place] if place < len(row) else "" for place in self.kept]
        texts = known if self.table.is_workbook else map(cells.plain, known)
        self.rows.append((number, csv_line([*map(cells.defused, texts), reason]), reason))

    def flush(self) -> None:
        """Append what waits, in the order of the imported file."""
        if self.rows and not self.cursor.get(self.entry):
            self.waiting.append("\ufeff" + csv_line([*(self.table.head[place] for place in self.kept), str(REASON)]))
        self.rows.sort(key=_number)
        self.waiting += (line for _place, line, _reason in self.rows)
        self.cursor["refused_rows"] += (number for number, _line, _reason in self.rows)
        super().flush()

    def forget(self) -> None:
        """Nothing waits any more; the first reasons are kept to be shown."""
        told = [[number, reason] for number, _line, reason in self.rows]
        self.cursor["shown"] = sorted([*self.cursor["shown"], *told], key=_number)[:SHOWN]
        self.rows.clear()
        super().forget()

    def put_in_order(self) -> None:
        """Rows refused only when their links were made stand at the end; move them to their places."""
        numbers = self.cursor["refused_rows"]
        if numbers == sorted(numbers):
            return
        with self.path.open(encoding="utf-8", newline="") as stream:
            head, *rows = csv.reader(stream)
        if len(rows) != len(numbers):
            return  # begun by a release that noted no numbers
        ordered = sorted(zip(numbers, rows, strict=True), key=_number)
        text = "".join(csv_line(row) for row in (head, *(row for _place, row in ordered)))
        new = self.path.with_suffix(".new")
        new.write_bytes(text.encode())
        new.replace(self.path)
        self.cursor["refused_rows"] = sorted(numbers)


class Leftover(Growing):
    """Rows whose links to other rows of the file are made last: key of the record, number, cells, texts by field."""

    def __init__(self, path: Path, cursor: dict[str, Any]) -> None:
        super().__init__(path, cursor, "leftover_bytes")

    def add(self, rows: Iterable[tuple[int | None, int, list[str], dict[str, str]]]) -> None:
        """Rows for later."""
        self.waiting += (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    def take(self, count: int) -> list[tuple[int, int, list[str], dict[str, str]]]:
        """The next rows to link, and note that they are done."""
        end = self.cursor.get(self.entry, 0)
        found: list[tuple[int, int, list[str], dict[str, str]]] = []
        if self.cursor.setdefault("linked_bytes", 0) >= end:
            return found
        with self.path.open("rb") as stream:
            stream.seek(self.cursor["linked_bytes"])
            while len(found) < count and stream.tell() < end:
                found.append(tuple(json.loads(stream.readline())))
            self.cursor["linked_bytes"] = stream.tell()
        return found


def _number(row: Sequence[Any]) -> int:
    number: int = row[0]
    return number


def csv_line(row: Iterable[str]) -> str:
    """One line of a CSV file."""
    line = io.StringIO()
    csv.writer(line).writerow(row)
    return line.getvalue()
