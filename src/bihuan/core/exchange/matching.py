"""Which record a row means: by the first key that it fills, or by the links that only one record may have together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from bihuan.core.access import Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.exchange import record_key
from bihuan.core.exchange.line import Key, Line
from bihuan.core.field import Field

Cell = Callable[[Sequence[str], int], str]


def together(desk: Desk, fields: Mapping[str, Field]) -> dict[str, models.UniqueConstraint]:
    """What names a record of an object that has no key of its own: sets of fields that no two may share."""
    constraints = [each for each in desk.model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    fitting = (each for each in constraints if each.fields and set(each.fields) <= fields.keys())
    return {} if desk.key else {each.name: each for each in fitting}


class Matching:
    """Finds records by the keys of a plan. `places` are the keys that a column fills, with that column."""

    def __init__(
        self, desk: Desk, by: Actor, fields: Mapping[str, Field], keys: Sequence[str], columns: Sequence[str], cell: Cell,
    ) -> None:  # fmt: skip
        self.desk, self.by, self.fields, self.cell = desk, by, fields, cell
        self.places = [(name, columns.index(name)) for name in keys if name in columns]
        self.sets = [each for name, each in together(desk, fields).items() if name in keys]
        self.record_keys: dict[str, int] = {}

    def learn(self, rows: Iterable[Sequence[str]]) -> None:
        """Look up which record keys of these rows hold here."""
        place = next((place for name, place in self.places if name == record_key.NAME), None)
        if place is not None:
            texts = [text for row in rows if (text := self.cell(row, place))]
            self.record_keys = record_key.meant(self.desk, self.by, texts)

    def key_of(self, row: Sequence[str]) -> Key | None:
        """The first key that a row fills, and its value as it would be stored."""
        for name, place in self.places:
            text = self.cell(row, place)
            if text and name == record_key.NAME:
                if text in self.record_keys:
                    return name, text
            elif text:
                try:
                    return name, self.fields[name].check(self.fields[name].parse(text))
                except Refused:
                    pass  # refused with its reason when the row is written
        return None

    def key_of_links(self, line: Line) -> Key | None:
        """The same by what the row links to, once that is known."""
        for each in self.sets:
            values = tuple(line.inputs.get(name) for name in each.fields)
            if None not in values:
                return each.name, values
        return None

    def known(self, keys: Iterable[Key]) -> dict[Key, list[models.Model]]:
        """The records that rows name; by what no two may share, those in the recycle bin too."""
        wanted: dict[str, set[Any]] = {}
        for name, value in keys:
            wanted.setdefault(name, set()).add(value)
        found: dict[Key, list[models.Model]] = {}
        for name, values in wanted.items():
            for record, value in self._records(name, values):
                found.setdefault((name, value), []).append(record)
        return found

    def _records(self, name: str, values: set[Any]) -> Iterable[tuple[models.Model, Any]]:
        if name == record_key.NAME:
            texts = {self.record_keys[text]: text for text in values}
            rows = visible(self.by, self.desk.model, archived=None).filter(pk__in=texts)
            return ((record, texts[record.pk]) for record in rows)
        constraint = next((each for each in self.sets if each.name == name), None)
        if constraint is None:
            rows = visible(self.by, self.desk.model, archived=None if self.fields[name].unique else False)
            return ((record, getattr(record, name)) for record in rows.filter(**{f"{name}__in": values}))
        first, attnames = constraint.fields[0], [self.fields[each].attname for each in constraint.fields]
        rows = visible(self.by, self.desk.model).filter(constraint.condition or models.Q())
        rows = rows.filter(**{f"{first}__in": {value[0] for value in values}})
        keyed = ((record, tuple(getattr(record, each) for each in attnames)) for record in rows)
        return ((record, value) for record, value in keyed if value in values)
