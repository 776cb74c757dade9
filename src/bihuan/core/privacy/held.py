"""Everything that is held of a person: found by following the links that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from bihuan.core import registry
from bihuan.core.desk import Desk
from bihuan.core.merge.links import Pointer, pointers
from bihuan.core.merge.models import MergedRecord
from bihuan.core.privacy import traces

Keys = dict[Desk, set[int]]


@dataclass(frozen=True, slots=True)
class Held:
    """The records that are a person's own, the person among them, and those that only name the person; archived ones too."""

    own: Keys = field(default_factory=dict)
    named: Keys = field(default_factory=dict)

    def under_way(self) -> Iterator[tuple[Desk, QuerySet[Any]]]:
        """The records that keep the person from being erased."""
        for keys in (self.own, self.named):
            for desk, found in keys.items():
                if desk.personal.under_way is not None:
                    rows = desk.model._base_manager.filter(desk.personal.under_way, pk__in=found, archived_at=None)
                    yield desk, rows.order_by("pk")


def held_of(desk: Desk, key: int) -> Held:
    """What is held of the person that this record is. A few queries per object, however many records."""
    held, waiting = Held(), [(desk, {key})]
    while waiting:
        desk, keys = waiting.pop()
        keys |= _merged_into(desk, keys)
        if new := keys - held.own.get(desk, set()):
            held.own.setdefault(desk, set()).update(new)
            waiting += _belonging_to(desk, new)
    held.own.update(traces.found_by(traces.words_of(held.own)))
    for desk, keys in held.own.items():
        if desk.personal.is_person:
            for other, found in _naming(desk, keys):
                held.named.setdefault(other, set()).update(found - held.own.get(other, set()))
    return held


def _merged_into(desk: Desk, keys: set[int]) -> set[int]:
    """Records that were the same person and became one with these."""
    merged = MergedRecord.objects.filter(object=desk.slug, merge__survivor__in=keys, merge__undone_at=None)
    return set(merged.values_list("record_id", flat=True))


def _belonging_to(desk: Desk, keys: set[int]) -> Iterator[tuple[Desk, set[int]]]:
    for pointer in pointers(desk):
        if _belongs(pointer) and (found := set(pointer.rows(keys).values_list("pk", flat=True))):
            yield registry.desk_of(pointer.model), found


def _naming(desk: Desk, keys: set[int]) -> Iterator[tuple[Desk, set[int]]]:
    for pointer in pointers(desk):
        if pointer.joins:
            owner: Any = pointer.model._meta.auto_created
            near = next(each for each in pointer.model._meta.fields if each.related_model is owner)
            found = set(pointer.rows(keys).values_list(near.attname, flat=True))
            other = registry.desk_of(owner)
        elif pointer.is_record and not _belongs(pointer):
            found, other = set(pointer.rows(keys).values_list("pk", flat=True)), registry.desk_of(pointer.model)
        else:
            continue
        if found:
            yield other, found


def _belongs(pointer: Pointer) -> bool:
    name = "about" if pointer.about else pointer.column.name
    return pointer.is_record and name in registry.desk_of(pointer.model).personal.of
