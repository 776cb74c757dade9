"""Keeping the search index in step with the records: which fields of a desk a record is found by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import QuerySet

from bihuan.core import kind, registry, search, statement
from bihuan.core.access import Actor, scope_of, visible
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.search.models import SearchEntry

#: The columns that say where a record belongs.
PLACE = {"owner", "unit", "archived_at"}


def refresh(desk: Desk, written: Sequence[tuple[models.Model, Mapping[str, Any]]]) -> None:
    """Index the records of a batch whose searchable fields changed, in the caller's transaction.

    Of the others note whose they are where that changed, else the time alone.
    """
    searched = desk.searched()
    if not searched:
        return
    texts, anew, moved, others = {*searched, _title_field(desk)}, [], [], []
    for record, changes in written:
        (anew if texts & changes.keys() else moved if PLACE & changes.keys() else others).append(record)
    if anew:
        search.index([entry_of(desk, record) for record in anew])
    if moved:
        search.replace([_placed(desk, record) for record in moved])
    if others:
        search.touch(desk.slug, [record.pk for record in others], others[0].changed_at)


def entry_of(desk: Desk, record: models.Model) -> search.Entry:
    """What one record is found by, and where it belongs: numbers, phones and names of people each have their own reading."""
    texts = (
        search.Text(name, text, field.weight, _reading(desk, field))
        for name, field in desk.searched().items()
        if (text := field.text(field.value_of(record)))
    )
    return replace(_placed(desk, record), title=desk.title_of(record), texts=tuple(texts))


def _placed(desk: Desk, record: models.Model) -> search.Entry:
    """Where one record belongs."""
    return search.Entry(
        desk.slug,
        record.pk,
        "",
        title_field=_title_field(desk),
        owner=getattr(record, "owner_id", None),
        unit=getattr(record, "unit_id", None),
        changed_at=record.changed_at,
        archived=record.archived_at is not None,
    )


def _title_field(desk: Desk) -> str:
    return desk.title.split("__")[0]


def _reading(desk: Desk, field: Field) -> search.Reading:
    if isinstance(field.kind, kind.Phone):
        return search.Reading.PHONE
    if isinstance(field.kind, kind.DocumentNumber):
        return search.Reading.NUMBER
    return search.Reading.PERSON if desk.person and field.name == desk.title else search.Reading.WORDS


def found(
    actor: Actor, desks: Sequence[Desk], text: str, limit: int = 20, *, archived: bool = False
) -> list[search.Hit]:
    """What a text finds among these objects for somebody: records that they see, by fields that they see. One query."""
    if not desks:
        return []
    slugs = tuple(desk.slug for desk in desks)
    seen = statement.condition(
        actor, ("searched", slugs), lambda: SearchEntry.objects.filter(search.among(_seen_rows(actor, desks)))
    )
    fields = {desk.slug: names for desk in desks if (names := seen_fields(desk, actor)) is not None}
    return search.search(text, slugs, limit, by=actor, seen=seen, fields=fields, archived=archived)


def _seen_rows(actor: Actor, desks: Iterable[Desk]) -> dict[str, QuerySet[Any] | None]:
    """By object the records that the actor may see, in the archive too; None for all."""
    return {
        desk.slug: None if scope_of(actor, desk, "view") is None else visible(actor, desk.model, archived=None)
        for desk in desks
    }


def seen_fields(desk: Desk, actor: Actor) -> frozenset[str] | None:
    """The searched fields that the actor may see, where that is not all of them: by the others nothing is found for them."""
    searched = desk.searched().keys()
    seen = frozenset(searched & desk.whole_fields(actor).keys())
    return None if len(seen) == len(searched) else seen


def rebuild(desk: Desk, batch: int = 1000) -> int:
    """Index every record of an object anew; returns how many."""
    count = 0
    rows = desk.model._base_manager.order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:batch]):
        search.index([entry_of(desk, record) for record in page])
        last, count = page[-1].pk, count + len(page)
    return count


def fill() -> int:
    """Index the objects of which there are records and no entries, as after an upgrade that finds more; returns how many."""
    empty = (
        desk
        for desk in registry.desks()
        if desk.searched() and not SearchEntry.objects.filter(object=desk.slug).exists()
    )
    return sum(rebuild(desk) for desk in empty)
