"""Writing a batch: stamps, numbers, rows, links and audit, each in as few statements as there are kinds of change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone

from bihuan.core import audit, custom, numbering, rows, told
from bihuan.core.access import Actor
from bihuan.core.batch import Entry
from bihuan.core.columns import NumberField
from bihuan.core.command import Command
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.record import OwnedRecord


def snapshot(record: models.Model) -> dict[str, Any]:
    """The stored columns of a record by attribute name."""
    return {column.attname: getattr(record, column.attname) for column in record._meta.concrete_fields}


@remembered
def _units() -> dict[int, int | None]:
    """The unit of every member of staff."""
    return dict(get_user_model()._base_manager.values_list("pk", "unit_id"))


def save(desk: Desk, entries: Sequence[Entry], by: Actor, *, always: bool = False) -> list[Entry]:
    """Write what differs; returns the entries that were written, with their changes set.

    With `always` every entry counts as written, also where no column of its own changed.
    """
    now = timezone.now()
    new = [entry for entry in entries if entry.is_new]
    _note_links(desk, entries)
    changed = []
    for entry in entries:
        _set_owner_and_maker(entry, by, now)
        _note_changes(desk, entry)
        if entry.is_new or entry.changes or always:
            _stamp(entry, by, now)
            changed.append(entry)
    if new:
        _number(desk, new)
    followed = _follow(desk, changed)
    rows.create([entry.record for entry in new])
    _name_files(desk, new)
    _update(desk, [entry for entry in changed if not entry.is_new], followed)
    _save_links(desk, changed)
    return changed


def _note_links(desk: Desk, entries: Sequence[Entry]) -> None:
    """For every several-links field that was given: what it held and what it shall hold. One query per field."""
    for column in desk.model._meta.many_to_many:
        given = {entry.record.pk: entry for entry in entries if column.name in entry.record.__dict__.get("_links", {})}
        held: dict[int, list[int]] = {}
        near, far = column.m2m_field_name() + "_id", column.m2m_reverse_field_name() + "_id"
        known = [key for key in given if key is not None]
        if known:
            for key, other in column.remote_field.through._base_manager.filter(**{f"{near}__in": known}).values_list(
                near, far
            ):
                held.setdefault(key, []).append(other)
        for entry in entries:
            if column.name in entry.record.__dict__.get("_links", {}):
                entry.links[column.name] = (
                    tuple(held.get(entry.record.pk, ())),
                    entry.record.__dict__["_links"][column.name],
                )


def _set_owner_and_maker(entry: Entry, by: Actor, now: datetime) -> None:
    record = entry.record
    if isinstance(record, OwnedRecord) and (entry.is_new or record.owner_id != entry.before["owner_id"]):
        record.unit_id = _units().get(record.owner_id)
        record.changed_hands(now)
    if entry.is_new:
        record.created_by_id = by.user_id


def _note_changes(desk: Desk, entry: Entry) -> None:
    secrets = told.secrets(desk.model)
    for name, column in told.columns(desk.model).items():
        old, new = entry.before.get(column.attname), getattr(entry.record, column.attname)
        if new != old and not (entry.is_new and new == ""):
            pair = [audit.plain(old), audit.plain(new)]
            entry.changes[name] = [side and audit.SECRET for side in pair] if name in secrets else pair
    for name, old, new in custom.changes(desk, entry):
        entry.changes[name] = [audit.plain(old), audit.plain(new)]
    for name, (old, new) in entry.links.items():
        if old != new:
            entry.changes[name] = [list(old), list(new)]


def _follow(desk: Desk, entries: Sequence[Entry]) -> set[str]:
    """Set what the records keep that follows from their other columns, so that it is written with them; returns what became another.

    It is looked at again when all is written (rollup.py): the verb may have written relatives.
    """
    if desk.kept is None:
        return set()
    needs, columns = (
        [desk.model._meta.get_field(name).attname for name in names] for names in (desk.kept.needs, desk.kept.columns)
    )
    became = set()
    for entry in entries:
        record = entry.record
        right = desk.kept.work_out(*(getattr(record, attname) for attname in needs))
        for name, attname, value in zip(desk.kept.columns, columns, right, strict=True):
            if getattr(record, attname) != value:
                setattr(record, attname, value)
                became.add(name)
    return became


def _stamp(entry: Entry, by: Actor, now: datetime) -> None:
    """Version, time and person; a creation may bring its own time (history that is imported)."""
    record = entry.record
    record.version = entry.before.get("version", 0) + 1
    record.created_at = record.created_at or now
    record.changed_at = record.created_at if entry.is_new else now
    record.changed_by_id = by.user_id


def _number(desk: Desk, new: Sequence[Entry]) -> None:
    """Give a number to every new record that brought none; the counters go on after those that were brought."""
    for column in desk.model._meta.fields:
        if isinstance(column, NumberField):
            blank = [entry for entry in new if not getattr(entry.record, column.name)]
            if len(blank) < len(new):
                brought = [getattr(entry.record, column.name) for entry in new if entry not in blank]
                numbering.skip(desk.slug, column.pattern, brought)
            if blank:
                numbers = numbering.allocate(desk.slug, column.pattern, len(blank), timezone.localdate())
                for entry, number in zip(blank, numbers, strict=True):
                    setattr(entry.record, column.name, number)
                    entry.changes[column.name] = [None, number]


def _name_files(desk: Desk, new: Sequence[Entry]) -> None:
    """A file has got the name that it is stored under only with its row: tell that one."""
    for column in told.columns(desk.model).values():
        if isinstance(column, models.FileField):
            for entry in new:
                entry.changes[column.name] = [None, audit.plain(getattr(entry.record, column.name))]


def _update(desk: Desk, entries: Sequence[Entry], followed: set[str]) -> None:
    """One statement where all entries get the same values, a bulk update otherwise."""
    if not entries:
        return
    custom_names = custom.fields_of(desk.slug).keys()
    changed = {name for entry in entries for name in entry.changes if name not in entry.links}
    names = {"custom" if name in custom_names else name for name in changed} | followed
    names |= {"version", "changed_at", "changed_by"}
    attnames = [desk.model._meta.get_field(name).attname for name in names]
    values = [{attname: getattr(entry.record, attname) for attname in attnames} for entry in entries]
    if all(each == values[0] for each in values[1:]):
        desk.model._base_manager.filter(pk__in=[entry.record.pk for entry in entries]).update(**values[0])
    else:
        rows.update([entry.record for entry in entries], sorted(names))


def _save_links(desk: Desk, entries: Sequence[Entry]) -> None:
    """Rows of many-to-many columns: drop what went, add what came."""
    for column in desk.model._meta.many_to_many:
        through, near, far = (
            column.remote_field.through,
            column.m2m_field_name() + "_id",
            column.m2m_reverse_field_name() + "_id",
        )
        added, dropped = [], models.Q()
        for entry in entries:
            old, new = entry.links.get(column.name, ((), ()))
            added += [through(**{near: entry.record.pk, far: key}) for key in new if key not in old]
            gone = [key for key in old if key not in new]
            if gone:
                dropped |= models.Q(**{near: entry.record.pk, f"{far}__in": gone})
        if dropped:
            through._base_manager.filter(dropped).delete()
        if added:
            through._base_manager.bulk_create(added)


def audit_entries(command: Command, desk: Desk, entries: Sequence[Entry], by: Actor) -> None:
    """One audit entry per written record, in one statement."""
    told_of = _forgotten if command.forgets else dict
    lines = (
        (entry.record.pk, entry.record.version, told_of(entry.changes), entry.inputs.get("reason") or "")
        for entry in entries
    )
    audit.keep(command.name, desk.slug, lines, by)


def _forgotten(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Changes that do not tell what was there before."""
    return {name: [old and audit.SECRET, new] for name, (old, new) in changes.items()}
