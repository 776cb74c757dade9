"""Keeping the search index in step with the records: which fields of a desk a record is found by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from bihuan.core import custom, kind, search
from bihuan.core.desk import Desk


def refresh(desk: Desk, written: Sequence[tuple[models.Model, Mapping[str, Any]]]) -> None:
    """Index the records of a batch whose searchable fields changed, in the caller's transaction."""
    if not desk.search:
        return
    concerned = {*desk.search, *_searched(desk), desk.title.split("__")[0], "archived_at"}
    touched = [record for record, changes in written if concerned & changes.keys()]
    if touched:
        search.index([entry_of(desk, record) for record in touched])


def entry_of(desk: Desk, record: models.Model) -> search.Entry:
    """What one record is found by: numbers, phones and names of people each have their own reading."""
    words: list[tuple[str, int]] = []
    special: dict[str, list[str]] = {"phones": [], "numbers": [], "persons": []}
    weights = {**dict.fromkeys(_searched(desk), 1), **desk.search}
    for name, weight in weights.items():
        field = desk.own_fields[name]
        text = field.text(field.value_of(record))
        if not text:
            continue
        if isinstance(field.kind, kind.Phone):
            special["phones"].append(text)
        elif isinstance(field.kind, kind.DocumentNumber):
            special["numbers"].append(text)
        elif desk.person and name == desk.title:
            special["persons"].append(text)
        else:
            words.append((text, weight))
    kept = {name: tuple(texts) for name, texts in special.items()}
    detail = getattr(record, desk.number_field) if desk.number_field else ""
    return search.Entry(
        desk.slug,
        record.pk,
        desk.title_of(record),
        detail,
        tuple(words),
        archived=record.archived_at is not None,
        **kept,
    )


def _searched(desk: Desk) -> list[str]:
    """The custom fields that the firm wants records to be found by."""
    return [f"{custom.PREFIX}{each.key}" for each in custom.definitions(desk.slug) if each.searched]


def rebuild(desk: Desk, batch: int = 1000) -> int:
    """Index every record of an object anew; returns how many."""
    count = 0
    rows = desk.model._base_manager.order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:batch]):
        search.index([entry_of(desk, record) for record in page])
        last, count = page[-1].pk, count + len(page)
    return count
