"""Whether the audit tells the whole story: every record is made anew from its entries and compared with what is stored.

Left out are stamps (see told.py), secrets, which the audit does not hold, and figures about relatives, which follow from
those and are compared by `bihuan check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import models, transaction

from bihuan.core import audit, told
from bihuan.core.audit import AuditEntry
from bihuan.core.custom import PREFIX, CustomField
from bihuan.core.desk import Desk
from bihuan.core.stored import read_stored

#: How many records are compared at a time.
PAGE = 500


class Difference(NamedTuple):
    """Something that the audit tells otherwise than it is stored. Without a field: the record or its entries are missing."""

    object: str
    id: int
    field: str
    told: Any
    stored: Any


def count(desk: Desk) -> int:
    """How many records there are to be compared."""
    return desk.model._base_manager.count()


def check(desk: Desk, progress: Callable[[int], None] = lambda count: None) -> Iterator[Difference]:
    """Every difference of an object's records; `progress` is called with the number of those looked at."""
    keys = desk.model._base_manager.order_by("pk").values_list("pk", flat=True)
    done, last = 0, 0
    while page := list(keys.filter(pk__gt=last)[:PAGE]):
        # what differs may just be written: then it is looked at once more, with whoever writes it shut out
        if suspects := {each.id for each in differences(desk, page)}:
            with transaction.atomic():
                list(desk.model._base_manager.filter(pk__in=suspects).order_by("pk").select_for_update(of=("self",)))
                yield from differences(desk, sorted(suspects))
        done, last = done + len(page), page[-1]
        progress(done)
    yield from _gone(desk)


def differences(desk: Desk, keys: Sequence[int]) -> Iterator[Difference]:
    """The differences of some records. A few queries, however many records."""
    entries: dict[int, list[tuple[int, Mapping[str, Any]]]] = {}
    found = AuditEntry.objects.filter(object=desk.slug, record_id__in=keys).order_by("id")
    held = {column: _held(column, keys) for column in desk.model._meta.many_to_many}
    rows = list(desk.model._base_manager.filter(pk__in=keys).order_by("pk").values())
    custom = {PREFIX + each.key: each.store for each in CustomField._base_manager.filter(object=desk.slug)}
    for key, version, changes in found.values_list("record_id", "version", "changes"):
        entries.setdefault(key, []).append((version, changes))
    for row in rows:
        key = row["id"]
        if key not in entries:
            yield Difference(desk.slug, key, "", None, "the record")
            continue
        state = audit.replayed(changes for _version, changes in entries[key])
        pairs: list[tuple[str, Any, Any]] = [("version", entries[key][-1][0], row["version"])]
        pairs += _columns(desk, state, row)
        pairs += _custom(state, row["custom"] or {}, custom)
        pairs += ((each.name, set(state.get(each.name) or ()), linked.get(key, set())) for each, linked in held.items())
        yield from (Difference(desk.slug, key, name, *pair) for name, *pair in pairs if pair[0] != pair[1])


def _columns(desk: Desk, state: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    left_out = told.secrets(desk.model) | told.figures(desk)
    for name, column in told.columns(desk.model).items():
        stored = row[column.attname]
        if name in left_out:
            continue
        if name in state:
            yield name, told.value(column, state[name]), stored
        elif stored not in (None, "", column.get_default()):  # the default is that of a column that came later
            yield name, None, stored


def _custom(
    state: Mapping[str, Any], row: Mapping[str, Any], keys: Mapping[str, str]
) -> Iterator[tuple[str, Any, Any]]:
    for name, key in keys.items():
        value = told.custom_value(key, state.get(name))
        yield name, read_stored(key, None) if value is None else value, read_stored(key, row.get(key))


def _held(column: Any, keys: Iterable[int]) -> dict[int, set[int]]:
    """What a field of several links holds, by record."""
    near, far = f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"
    held: dict[int, set[int]] = {}
    through: type[models.Model] = column.remote_field.through
    for key, other in through._base_manager.filter(**{f"{near}__in": keys}).values_list(near, far):
        held.setdefault(key, set()).add(other)
    return held


def _gone(desk: Desk) -> Iterator[Difference]:
    """Records that the audit tells of and that are not stored."""
    entries = AuditEntry.objects.filter(object=desk.slug).exclude(record_id__in=desk.model._base_manager.values("pk"))
    for key in entries.order_by("record_id").values_list("record_id", flat=True).distinct():
        yield Difference(desk.slug, key, "", "the record", None)
