"""The configuration as rows: as it stands, or as it stood before an entry of the audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models

from bihuan.core.blueprint.part import PLACE, Address, Part, Rows, parts
from bihuan.core.blueprint.value import Keys


@dataclass
class Present:
    """Rows by address, and the records behind them; `archived` holds those out of use, by the address they would have."""

    rows: Rows = field(default_factory=dict)
    records: dict[Address, Any] = field(default_factory=dict)
    archived: dict[Address, Any] = field(default_factory=dict)
    places: dict[tuple[type[models.Model], int], Address] = field(default_factory=dict)


def present(before: int | None = None) -> Present:
    """Everything that belongs to a blueprint. A few queries per part, however many rows."""
    found = Present()
    records: dict[type[models.Model], dict[int, Any]] = {}
    read: list[tuple[Part, Address, Any]] = []
    for part in parts():
        own = part.source.records(part.model, before)
        records[part.model] = {record.pk: record for record in own}
        for record in own:
            address = _address(part, record, records)
            if address is None or address in found.records:
                continue
            found.places[part.model, record.pk] = address
            if part.source.is_active(record) and _hangs_on_active(part, record, found):
                found.records[address] = record
                read.append((part, address, record))
            else:
                found.archived.setdefault(address, record)
    for part, address, record in read:
        _name_links(part, record, found)
        found.rows[address] = {name: value.reads(record, name) for name, value in part.fields.items()}
    place(found.rows)
    return found


def _address(part: Part, record: Any, records: dict[type[models.Model], dict[int, Any]]) -> Address | None:
    """Where the row of a record stands; None where what it hangs on did not exist yet."""
    steps = []
    for step in part.at:
        if not step.startswith("{"):
            steps.append(step)
            continue
        value, *path = record, *step[1:-1].split(".")
        for name in path[:-1]:
            link = part.model._meta.get_field(name)
            value = records[link.related_model].get(getattr(value, link.attname))  # type: ignore[index]
            if value is None:
                return None
        steps.append(str(getattr(value, path[-1])))
    return tuple(steps)


def _hangs_on_active(part: Part, record: Any, found: Present) -> bool:
    """Whether what the record hangs on is in use."""
    parent = part.parent()
    if parent is None:
        return True
    link, above = parent
    key = getattr(record, part.model._meta.get_field(link).attname)
    return found.places.get((above.model, key)) in found.records


def _name_links(part: Part, record: Any, found: Present) -> None:
    """Turn the ids that a record links to into keys, in the order of the rows; what is out of use is left out."""
    order = {address: n for n, address in enumerate(found.records)}
    for name, value in part.fields.items():
        if isinstance(value, Keys):
            target = part.model._meta.get_field(name).related_model
            linked = (found.places.get((target, key)) for key in record.__dict__["_keys"].get(name, ()))
            there = sorted((each for each in linked if each in order), key=order.__getitem__)
            record.__dict__["_keys"][name] = [each[-1] for each in there]


def place(rows: Rows) -> None:
    """Number the rows of ordered parts within what they hang on, as they stand."""
    counts: dict[Address, int] = {}
    ordered = {part.at: part.ordered for part in parts()}
    for address in list(rows):
        part = next(each for each in parts() if each.fits(address))
        if ordered[part.at]:
            counts[address[:-1]] = counts.get(address[:-1], -1) + 1
            rows[address] = {**rows[address], PLACE: counts[address[:-1]]}
