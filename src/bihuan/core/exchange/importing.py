"""Importing: create or update for each row of a table, a thousand rows in one transaction.

What has been done is told by a cursor that is saved together with each chunk, so that an import goes on after a crash without
doing a row twice; all of it is one run in the audit, by which it can be taken back. Refused rows go to a file with the reason,
to be corrected and imported again. A blank cell leaves a field as it is. Links among the rows themselves (a parent company
further down) are made after the last row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from bihuan.core import audit, configuration, kind, registry
from bihuan.core.access import Actor
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.exchange import cells, mapping, parts, record_key, values
from bihuan.core.exchange.leftover import Leftover, RefusedRows
from bihuan.core.exchange.line import Key, Line
from bihuan.core.exchange.matching import Matching
from bihuan.core.exchange.parts import Part
from bihuan.core.exchange.plan import Plan
from bihuan.core.exchange.reading import Table
from bihuan.core.exchange.writing import Writing
from bihuan.core.numbers import currency_in
from bihuan.core.run import Call, run
from bihuan.core.verbs import update

CHUNK = 1000


class Import:
    """One run of a plan over a table. `cursor` holds everything needed to go on; `folder` the two files it writes."""

    def __init__(self, plan: Plan, table: Table, by: Actor, folder: Path, cursor: dict[str, Any] | None = None) -> None:
        self.plan, self.table, self.by = plan, table, by
        self.desk = registry.desk(plan.object)
        if not self.desk.offers(by, "import"):
            raise Forbidden()
        self.cursor = cursor if cursor is not None else {}
        for name in ("row", "created", "updated", "unchanged", "refused", "skipped"):
            self.cursor.setdefault(name, 0)
        for name, start in (("made", {}), ("taken", {}), ("shown", [])):
            self.cursor.setdefault(name, start)
        self.cursor.setdefault("run", str(audit.new_run()))
        self.cursor.setdefault("first", audit.latest())
        self.refused = RefusedRows(folder / "refused.csv", table, self.cursor)
        self.leftover = Leftover(folder / "leftover.jsonl", self.cursor)
        self.matching = Matching(
            self.desk, by, self._fields, plan.keys if plan.mode != "create" else (), plan.fields, self._cell
        )
        self.writing = Writing(self.desk, by, self._fields, self.cursor, self._refuse, plan.duplicates)
        self.seen: set[int] = set()
        self.rows = self._rows()

    # ------------------------------------------------------------------ step by step

    def step(self) -> bool:
        """Do the next thousand rows, in the caller's transaction; False when there was nothing left to do."""
        rows = list(islice(self.rows, CHUNK))
        with audit.joined(UUID(self.cursor["run"])):
            if rows:
                self._import(rows)
            else:
                rows = self.leftover.take(CHUNK)
                self._link(rows)
        self.cursor["last"] = audit.latest()
        self._note_made()
        self.refused.flush()
        self.leftover.flush()
        if not rows:
            self.refused.put_in_order()
        return bool(rows)

    def try_step(self) -> bool:
        """Try the next thousand rows out and take them back at once, so that nobody has to wait for the whole file to end.

        What one chunk has made is not there for the next; links among the rows are not tried.
        """
        rows = list(islice(self.rows, CHUNK))
        with transaction.atomic():
            self._import(rows)
            self._note_made()
            transaction.set_rollback(True)
        self.cursor["made"] = {name: [*dict.fromkeys(texts)] for name, texts in self.cursor["made"].items()}
        self.refused.forget()
        self.leftover.forget()
        for name in ("_columns", "_parts", "_own_links", "_constants"):
            self.__dict__.pop(name, None)  # they know what is gone again
        configuration.forget()
        return bool(rows)

    def _rows(self) -> Iterator[list[str]]:
        """The rows still to do; the keys of those done are remembered."""
        rows = self.table.rows()
        done = islice(rows, self.cursor["row"])
        while chunk := list(islice(done, CHUNK)):
            self.matching.learn(chunk)
            self.seen.update(hash(key) for row in chunk if (key := self.matching.key_of(row)) is not None)
        yield from rows

    def _cell(self, row: Sequence[str], place: int) -> str:
        text = row[place].strip() if place < len(row) else ""
        return text if self.table.is_workbook else cells.plain(text)

    # ------------------------------------------------------------------ a chunk of rows

    def _import(self, rows: Sequence[list[str]]) -> None:
        self._learn(rows)
        lines = []
        for row in rows:
            self.cursor["row"] += 1
            line = Line(self.cursor["row"], row)
            if self._fill(line):
                lines.append(line)
        for part in self._parts:
            lines = part.read(lines, self._refuse)
        for part in self._parts:
            lines = part.link(lines, self._refuse)
        self._write(lines)

    def _write(self, lines: Sequence[Line]) -> None:
        keys = {line: self.matching.key_of(line.cells) or self.matching.key_of_links(line) for line in lines}
        known = self.matching.known(key for key in keys.values() if key is not None)
        new, old = [], []
        for line in lines:
            self._sort_out(line, keys[line], known, new, old)
        self.writing.create(new, self._constants)
        self.writing.update(old)
        done = (*new, *(line for line, _record in old))
        self.leftover.add((line.pk, line.number, line.cells, line.later) for line in done if line.later and line.pk)

    def _learn(self, rows: Sequence[list[str]]) -> None:
        self.matching.learn(rows)
        beside = (column for part in self._parts for column in part.columns)
        for place, _name, reader in (*self._columns, *beside):
            if type(reader).learn is not values.Reader.learn:
                reader.learn(list(dict.fromkeys(text for row in rows if (text := self._cell(row, place)))))

    def _fill(self, line: Line) -> bool:
        """Read the cells; False where one cannot be read."""
        errors: dict[str, str] = {}
        row, inputs, width, marked = line.cells, line.inputs, len(line.cells), not self.table.is_workbook
        for place, name, reader in self._columns:
            text = row[place].strip() if place < width else ""
            if not text:
                continue
            if marked and text[0] == "'":
                text = cells.plain(text)
            try:
                inputs[name] = reader.read(text)
            except Refused as refusal:
                errors[name] = refusal.sentence
        for place, name in self._later:
            if text := self._cell(row, place):
                line.later[name] = text
        for place, name, currency in self._amounts:
            if place < width and (code := currency_in(row[place])) and inputs.setdefault(currency, code) != code:
                errors[name] = _("This is in %(code)s, and the row is in %(currency)s.") % {
                    "code": code,
                    "currency": inputs[currency],
                }
        if width > len(self.table.head) and any(cell.strip() for cell in row[len(self.table.head) :]):
            errors[""] = _("This row has more cells than the head.")
        if errors:
            self._refuse(line, errors)
        return not errors

    def _sort_out(
        self, line: Line, key: Key | None, known: dict[Key, list[models.Model]], new: list[Line], old: list[tuple[Line, models.Model]]
    ) -> None:  # fmt: skip
        """New or there already; refused where the key is not plain."""
        records = known.get(key, []) if key is not None else []
        if key is not None and hash(key) in self.seen:
            self._refuse(
                line, {key[0]: _("“%(text)s” stands in an earlier row of this file already.") % {"text": key[1]}}
            )
        elif key is not None and len(records) > 1:
            self._refuse(
                line, {key[0]: _("“%(text)s” may mean several records; give their number.") % {"text": key[1]}}
            )
        elif records:
            line.pk = records[0].pk
            old.append((line, records[0]))
        elif self.plan.mode == "update":
            self._refuse(line, {key[0] if key else "": _("There is no such record.")})
        else:
            new.append(line)
        if key is not None:
            self.seen.add(hash(key))

    def _refuse(self, line: Line, errors: Mapping[str, str]) -> None:
        labels = {name: str(each.label) for name, each in self._fields.items()}
        reason = " ".join(
            f"{labels[name]}: {sentence}" if name in labels else sentence for name, sentence in errors.items()
        )
        self.cursor["refused"] += 1
        self.refused.add(line.number, line.cells, reason)

    # ------------------------------------------------------------------ links among the rows

    def _link(self, rows: Sequence[tuple[int, int, list[str], dict[str, str]]]) -> None:
        for name, reader in self._own_links.items():
            reader.learn(list(dict.fromkeys(later[name] for _pk, _number, _cells, later in rows if name in later)))
        calls: list[tuple[Line, dict[str, Any]]] = []
        known = self.desk.model._base_manager.in_bulk([pk for pk, *_rest in rows])
        for pk, number, row, later in rows:
            line = Line(number, row, pk=pk)
            try:
                inputs = {name: self._own_links[name].read(text) for name, text in later.items()}
            except Refused as refusal:
                self._refuse(line, {next(iter(later)): refusal.sentence})
                continue
            if any(self.writing.differs(known[pk], name, value) for name, value in inputs.items()):
                calls.append((line, inputs))
        if calls:
            outcome = run(
                update, [Call(inputs, line.pk) for line, inputs in calls], by=self.by, on=self.desk.model, partial=True
            )
            for place, refusal in outcome.refusals.items():
                self._refuse(calls[place][0], refusal.errors)

    def _note_made(self) -> None:
        """What was made by name, and which links were taken though they were only near."""
        for name, reader in (*((name, reader) for _place, name, reader in self._columns), *self._own_links.items()):
            if reader.created:
                self.cursor["made"].setdefault(name, []).extend(reader.created)
                reader.created.clear()
            if reader.taken:
                self.cursor["taken"].setdefault(name, {}).update(reader.taken)
                reader.taken.clear()
        for part in self._parts:
            if part.created:
                self.cursor["made"].setdefault(part.name, []).extend(part.created)
                part.created.clear()

    # ------------------------------------------------------------------ what stays the same from row to row

    @cached_property
    def _fields(self) -> dict[str, Any]:
        return mapping.fields_of(self.desk, self.by)

    @cached_property
    def _columns(self) -> list[tuple[int, str, values.Reader]]:
        """Place, field and reader of every column that is read at once."""
        return [
            (place, name, self._reader(name))
            for place, name in enumerate(self.plan.fields)
            if name and name != record_key.NAME and "." not in name and not self._is_own_link(name)
        ]

    @cached_property
    def _parts(self) -> list[Part]:
        """The records made or found along with each row."""
        dotted = [name for name in self.plan.fields if "." in name]
        readers = {name: self._reader(name) for name in dotted}
        links = parts.links_of(self.desk, self.by)
        return [
            Part(self._fields[link], links[link], self.by, self.plan.fields, readers, self._cell)
            for link in dict.fromkeys(name.partition(".")[0] for name in dotted)
        ]

    @cached_property
    def _amounts(self) -> list[tuple[int, str, str]]:
        """Place, field and currency's field of every column of amounts."""
        amounts = [
            (place, name) for place, name, _reader in self._columns if self._fields[name].currency in self._fields
        ]
        return [(place, name, self._fields[name].currency) for place, name in amounts]

    @cached_property
    def _later(self) -> list[tuple[int, str]]:
        return [(place, name) for place, name in enumerate(self.plan.fields) if name and self._is_own_link(name)]

    @cached_property
    def _own_links(self) -> dict[str, values.Reader]:
        return {name: self._reader(name) for _place, name in self._later}

    def _is_own_link(self, name: str) -> bool:
        return (
            isinstance(self._fields[name].kind, (kind.Link, kind.Links))
            and self._fields[name].target is self.desk.model
        )

    def _reader(self, name: str) -> values.Reader:
        plan = self.plan
        asked = name in plan.created and values.may_make(self._fields[name], self.by)
        creates = (asked or mapping.makes(self.desk, name)) and name not in plan.refused
        return values.reader(
            self._fields[name], self.by, creates=creates, known=plan.values.get(name, {}),
            order=plan.dates.get(name, "ymd"), form=plan.numbers.get(name, "point"), strict=plan.strict,
        )  # fmt: skip

    @cached_property
    def _constants(self) -> dict[str, Any]:
        found = {}
        for name, text in self.plan.constants.items():
            reader = self._reader(name)
            reader.learn([text])
            found[name] = reader.read(text)
        return found


def dry_run(plan: Plan, table: Table, by: Actor) -> Import:
    """Do the same and take everything back; the cursor tells what would have happened."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with transaction.atomic():
                running = Import(plan, table, by, Path(folder))
                while running.step():
                    pass
                transaction.set_rollback(True)
        finally:
            configuration.forget()  # what was made by name is gone again
    return running
