"""Everything that points to a record: found in the declarations, moved to another record, and moved back.

Thousands of rows move in a few statements, each page of rows with its audit and its lines in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bihuan.core import audit, indexing, registry, rollup, rows, tally
from bihuan.core.access import Actor
from bihuan.core.clean import unique_sets
from bihuan.core.columns import AboutField
from bihuan.core.desk import Desk
from bihuan.core.merge.joined import Joined
from bihuan.core.merge.models import Merge, MovedLink
from bihuan.core.record import Record

#: Rows that move in one statement.
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Pointer:
    """A column whose rows point to records of an object; `about` is its slug where the column may point to any object."""

    model: type[models.Model]
    column: models.Field
    about: str = ""

    @property
    def joins(self) -> bool:
        """Whether the rows do nothing but join two records."""
        return bool(self.model._meta.auto_created)

    @property
    def is_record(self) -> bool:
        return issubclass(self.model, Record)

    def rows(self, keys: Iterable[int]) -> models.QuerySet[Any]:
        """The rows that point to these records."""
        found = self.model._base_manager.filter(**{f"{self.column.attname}__in": list(keys)})
        return found.filter(about=self.about) if self.about else found


def pointers(desk: Desk) -> Iterator[Pointer]:
    """Every column of the product that may point to a record of this object."""
    for relation in desk.model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield Pointer(relation.related_model, relation.field)  # type: ignore[arg-type,union-attr]
    for model in apps.get_models():
        if any(isinstance(column, AboutField) for column in model._meta.fields):
            yield Pointer(model, model._meta.get_field("about_id"), desk.slug)


# ---------------------------------------------------------------------- moving


def move(desk: Desk, journal: Merge, keys: Sequence[int], by: Actor) -> None:
    """Let everything that points to the records `keys` point to the survivor."""
    group = {journal.survivor, *keys}
    for pointer in pointers(desk):
        waiting = pointer.rows(keys)
        if pointer.model is desk.model:
            waiting = waiting.exclude(pk__in=group)  # links among the merged ones themselves stay with them
        links = _joined(pointer, group)
        clashing = set(_clashing(pointer, journal.survivor, keys, group))
        _take_out(pointer, journal, clashing, by)
        for page in _pages(waiting.exclude(pk__in=clashing), pointer.column.attname):
            _point(pointer, page, journal.survivor, "merge", by)
            _note(journal, pointer, ((row, former, "moved", None) for row, former in page))
        if links is not None:
            links.tell("merge", by)
    rollup.recount(desk, group)


def _pages(waiting: models.QuerySet[Any], *names: str) -> Iterator[list[Any]]:
    """Rows as their key and the named values, page after page, by key."""
    last = 0
    while page := list(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", *names)[:PAGE]):
        yield page
        last = page[-1][0]


def _point(pointer: Pointer, page: Sequence[tuple[int, int]], goal: int, command: str, by: Actor) -> None:
    """Let rows (each with what it points to) point to `goal`."""
    keys = [row for row, _former in page]
    chosen = pointer.model._base_manager.filter(pk__in=keys)
    column = pointer.column.attname
    if pointer.is_record:
        chosen.update(**{column: goal, "version": F("version") + 1})
        versions = dict(chosen.values_list("pk", "version"))
        name = pointer.column.name
        told = ((row, versions[row], {name: [former, goal]}, "") for row, former in page)
        audit.keep(command, registry.desk_of(pointer.model).slug, told, by)
    else:
        chosen.update(**{column: goal})


def _note(journal: Merge, pointer: Pointer, moved: Iterable[tuple[int, int, str, int | None]]) -> None:
    """Write into the journal what became of rows: key, what it pointed to, deed, other side."""
    label, column = pointer.model._meta.label_lower, pointer.column.attname
    lines = ((journal.pk, label, column, row, former, deed, other) for row, former, deed, other in moved)
    rows.insert(MovedLink, ("merge", "table", "column", "row", "former", "deed", "other"), lines)


def _joined(pointer: Pointer, group: set[int]) -> Joined | None:
    return Joined(pointer.model, pointer.column.attname, group) if pointer.joins else None


# ---------------------------------------------------------------------- rows in the way


def _clashing(pointer: Pointer, survivor: int, keys: Sequence[int], group: set[int]) -> Iterator[int]:
    """Rows that cannot move: the survivor has the same already, or the survivor would be tied to itself."""
    own = pointer.column.attname
    for names, condition in unique_sets(pointer.model):
        if own not in names:
            continue
        others = [name for name in names if name != own]
        taken = set(pointer.rows([survivor]).filter(condition or Q()).values_list(*others)) if others else {()}
        for key, *values in pointer.rows(keys).filter(condition or Q()).order_by("pk").values_list("pk", *others):
            if None not in values and tuple(values) in taken:
                yield key
            taken.add(tuple(values))
    for column in pointer.model._meta.fields:
        same_target = column.is_relation and column.related_model is pointer.column.related_model
        if same_target and column.attname != own and pointer.column.related_model is not pointer.model:
            yield from pointer.rows(keys).filter(**{f"{column.attname}__in": group}).values_list("pk", flat=True)


def _take_out(pointer: Pointer, journal: Merge, keys: set[int], by: Actor) -> None:
    """Put rows that are in the way into the recycle bin; those that only join two records are dropped."""
    chosen = pointer.model._base_manager.filter(pk__in=keys)
    own = pointer.column.attname
    if not keys:
        return
    if pointer.joins:
        far = _far(pointer)
        _note(
            journal, pointer, ((row, mine, "dropped", other) for row, mine, other in chosen.values_list("pk", own, far))
        )
        chosen.delete()
    elif pointer.is_record:
        standing = chosen.filter(archived_at=None)
        _note(journal, pointer, ((row, former, "archived", None) for row, former in standing.values_list("pk", own)))
        _set_archived(pointer, list(standing.values_list("pk", flat=True)), timezone.now(), "merge", by)


def _far(pointer: Pointer) -> str:
    """The other link of a row that joins two records."""
    return next(
        each.attname
        for each in pointer.model._meta.fields
        if each.is_relation and each.attname != pointer.column.attname
    )


def _set_archived(pointer: Pointer, keys: Sequence[int], at: datetime | None, command: str, by: Actor) -> None:
    """Put rows into the recycle bin, or take them out."""
    chosen, desk = pointer.model._base_manager.filter(pk__in=keys), registry.desk_of(pointer.model)
    before = {row["id"]: row for row in chosen.values()}
    chosen.update(archived_at=at, version=F("version") + 1)
    now = list(chosen)
    told = (
        (row.pk, row.version, {"archived_at": [audit.plain(before[row.pk]["archived_at"]), audit.plain(at)]}, "")
        for row in now
    )
    audit.keep(command, desk.slug, told, by)
    indexing.refresh(desk, [(row, {"archived_at": None}) for row in now])
    written = [(before[row.pk], row) for row in now]
    rollup.maintain(desk, written)
    tally.keep(desk, written)


# ---------------------------------------------------------------------- moving back


def move_back(desk: Desk, journal: Merge, by: Actor) -> None:
    """Let what still points to the survivor because of a merge point again to what it pointed to before."""
    group = {journal.survivor, *journal.records.values_list("record_id", flat=True)}
    for pointer in pointers(desk):
        links = _joined(pointer, group)
        noted = journal.links.filter(table=pointer.model._meta.label_lower, column=pointer.column.attname)
        for page in _pages(noted.filter(deed="moved"), "row", "former"):
            _move_page_back(pointer, journal.survivor, page, by)
        archived = list(noted.filter(deed="archived").values_list("row", flat=True))
        standing = pointer.model._base_manager.filter(pk__in=archived)
        if archived:
            lying = list(standing.exclude(archived_at=None).values_list("pk", flat=True))
            _set_archived(pointer, lying, None, "unmerge", by)
        if pointer.joins:
            _join_again(pointer, noted.filter(deed="dropped").values_list("former", "other"))
        if links is not None:
            links.tell("unmerge", by)
    rollup.recount(desk, group)


def _move_page_back(pointer: Pointer, survivor: int, page: Sequence[tuple[int, int, int]], by: Actor) -> None:
    former = {row: key for _id, row, key in page}
    still = pointer.rows([survivor]).filter(pk__in=former).values_list("pk", flat=True)
    goals: dict[int, list[int]] = {}
    for row in still:
        goals.setdefault(former[row], []).append(row)
    for goal, keys in goals.items():
        _point(pointer, [(row, survivor) for row in keys], goal, "unmerge", by)


def _join_again(pointer: Pointer, dropped: Iterable[tuple[int, int]]) -> None:
    """Join again what was joined before, where the other side still exists."""
    own, far = pointer.column.attname, _far(pointer)
    owner = pointer.model._meta.get_field(far.removesuffix("_id")).related_model
    there = set(owner._base_manager.filter(pk__in=[other for _mine, other in dropped]).values_list("pk", flat=True))
    pointer.model._base_manager.bulk_create(
        [pointer.model(**{own: mine, far: other}) for mine, other in dropped if other in there], ignore_conflicts=True
    )
