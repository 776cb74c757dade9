"""The search index: one box over all objects, with the same answers on both databases.

Commands keep it (`index`, `forget`); the search page asks `search`, the filter of a list `matches`.
docs/decisions/0006-search.md says why it is made this way.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from bihuan.core.search import store
from bihuan.core.search.entry import Entry, grams, row
from bihuan.core.search.models import SearchEntry
from bihuan.core.search.query import parse

__all__ = ["Entry", "Hit", "forget", "index", "matches", "search"]

KEY = ["record_id", "object"]
KEPT = ["title", "detail", "words", "spellings", "phones", "archived"]


class Hit(NamedTuple):
    """A record found, with what to show of it; a higher score is a better fit."""

    object: str
    record_id: int
    title: str
    detail: str
    score: int


def index(entries: Iterable[Entry]) -> None:
    """Insert or replace entries, together with the caller's transaction. Of two for one record the last counts."""
    rows = [row(entry) for entry in {(entry.object, entry.record_id): entry for entry in entries}.values()]
    with transaction.atomic():
        SearchEntry.objects.bulk_create(rows, update_conflicts=True, unique_fields=KEY, update_fields=KEPT)
        store.write([(entry.pk, grams(entry)) for entry in rows])


def forget(object: str, record_ids: Iterable[int]) -> None:
    """Take records out of the index; those it does not hold are passed over."""
    with transaction.atomic():
        entries = SearchEntry.objects.filter(object=object, record_id__in=list(record_ids))
        store.erase(list(entries.values_list("pk", flat=True)))
        entries.delete()


def matches(text: str, object: str | None = None) -> QuerySet[SearchEntry, int]:
    """The ids of the records that the text finds, in no order, archived ones too: for ``pk__in`` on a list's queryset.

    Without an object the ids are of all objects mixed, which only fits where one table holds them.
    """
    query = parse(text)
    if query is None:
        return SearchEntry.objects.none().values_list("record_id", flat=True)
    entries = SearchEntry.objects.filter(query.condition())
    if object is not None:
        entries = entries.filter(object=object)
    return entries.values_list("record_id", flat=True)


def search(text: str, objects: Mapping[str, QuerySet[Any] | None], limit: int = 20) -> list[Hit]:
    """The records that fit the text best, best first.

    `objects` says where to look: for each object a queryset of its records that the actor may see, or None for all.
    """
    query = parse(text)
    if query is None or not objects:
        return []
    allowed = reduce(or_, (_allowed(object, records) for object, records in objects.items()))
    hits = (
        SearchEntry.objects.filter(query.condition(), allowed, archived=False)
        .annotate(score=query.score())
        .order_by("-score", Length("title"), "object", "record_id")
        .values_list(*Hit._fields)
    )
    return [Hit(*values) for values in hits[:limit]]


def _allowed(object: str, records: QuerySet[Any] | None) -> Q:
    condition = Q(object=object)
    return condition if records is None else condition & Q(Exists(records.order_by().filter(pk=OuterRef("record_id"))))
