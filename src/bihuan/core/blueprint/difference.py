"""What leads from one configuration to another, row by row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core.blueprint.part import PLACE, Address, Row, Rows, part_at

#: What can become of a row.
SORTS = {"add": gettext_lazy("new"), "change": gettext_lazy("altered"), "remove": gettext_lazy("taken out of use")}


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of one row. `fields` are the names of the values that differ, "order" where it goes elsewhere."""

    address: Address
    sort: str
    before: Row | None = None
    after: Row | None = None
    fields: tuple[str, ...] = ()

    @property
    def object(self) -> str:
        """The slug of the object that the row is a record of."""
        return part_at(self.address).model._meta.model_name or ""

    def pairs(self) -> list[tuple[str, str, str]]:
        """Label, former and coming value of everything that differs, as people read it."""
        part = part_at(self.address)
        shown = [(_label(part.model, name), name) for name in self.fields if name != PLACE]
        told = [
            (
                label,
                *(part.fields[name].shown(row[name]) if row is not None else "–" for row in (self.before, self.after)),
            )
            for label, name in shown
        ]
        if PLACE in self.fields and self.before is not None and self.after is not None:
            told.append((_("Place"), str(self.before[PLACE] + 1), str(self.after[PLACE] + 1)))
        return told


def _label(model: Any, name: str) -> str:
    if name == "name":
        return _("Names")
    try:
        return str(model._meta.get_field(name).verbose_name)
    except LookupError:
        return name


def compare(now: Rows, wanted: Rows, sections: Collection[str]) -> list[Difference]:
    """The differences of some sections, in the order of the rows; what is taken out of use comes last."""
    found = []
    moved = _moved(now, wanted)
    for address, row in wanted.items():
        if address[0] not in sections:
            continue
        former = now.get(address)
        if former is None:
            blank = part_at(address).blank()
            named = tuple(name for name in row if name != PLACE and row[name] != blank[name])
            found.append(Difference(address, "add", None, row, named))
            continue
        fields = tuple(name for name in row if name != PLACE and row[name] != former[name])
        fields += (PLACE,) if address in moved else ()
        if fields:
            found.append(Difference(address, "change", former, row, fields))
    gone = [address for address in now if address[0] in sections and address not in wanted]
    return [*found, *(Difference(address, "remove", now[address], None) for address in gone)]


def _moved(now: Rows, wanted: Rows) -> set[Address]:
    """Rows that stand at another place among the neighbours that they keep."""
    moved = set()
    for before, after in zip(_lines(now, wanted), _lines(wanted, now), strict=True):
        moved |= {address for address, other in zip(after, before, strict=True) if address != other}
    return moved


def _lines(rows: Rows, others: Rows) -> list[list[Address]]:
    """Neighbours that both know, in their order, by what they hang on."""
    lines: dict[Address, list[Address]] = {}
    for address, row in rows.items():
        if PLACE in row and address in others:
            lines.setdefault(address[:-1], []).append(address)
    return [sorted(lines[key], key=lambda address: rows[address][PLACE]) for key in sorted(lines)]
