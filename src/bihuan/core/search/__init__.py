"""The search index: one box over all objects, with the same answers on both databases.

Commands keep it (`index`, `forget`); the search page asks `search`, the filter of a list `matches`.
docs/decisions/0006-search.md says why it is made this way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from bihuan.core import rows
from bihuan.core.search import marks, store
from bihuan.core.search.entry import COLUMNS, WORDS, Entry, Reading, Text, grams_of, kept, lines
from bihuan.core.search.grams import grams_of_place
from bihuan.core.search.marks import Spans
from bihuan.core.search.models import SearchEntry
from bihuan.core.search.query import Fields, Query, parse

if TYPE_CHECKING:
    from bihuan.core.access import Actor

__all__ = ["Entry", "Hit", "Reading", "Text", "among", "forget", "index", "matches", "replace", "search", "touch"]

#: Of what a search finds, so many of the newest are weighed against each other: what it costs does not grow with the firm.
POOL = 150
#: A manager of more units than these is told of everything, newest first, before anything is searched unit by unit.
FEW_UNITS = 20
#: A text beside a hit that it was not found by is only shown where it is as short as this.
LONGEST_NOTE = 40


class Hit(NamedTuple):
    """A record found, with what to show of it and where in that stands what was searched for.

    `detail` is a text of the record that fits where the title does not, else its number.
    """

    object: str
    record_id: int
    title: str
    detail: str
    archived: bool
    title_spans: Spans
    detail_spans: Spans


def index(entries: Iterable[Entry]) -> None:
    """Insert or replace entries, together with the caller's transaction. Of two for one record the last counts."""
    last = {(entry.object, entry.record_id): entry for entry in entries}.values()
    stored = [kept(entry) for entry in last]
    found = [grams_of(*row[WORDS], title_field=entry.title_field) | _place(entry) for row, entry in zip(stored, last, strict=True)]
    with transaction.atomic():
        keys = rows.insert(SearchEntry, COLUMNS, stored, over=("record_id", "object"))
        store.write(list(zip(keys, found, strict=True)))


def replace(entries: Collection[Entry]) -> None:
    """Note of entries of one object whose they are and whether they are archived; what they are found by is as it was."""
    places = {entry.record_id: entry for entry in entries}
    first = next(iter(entries))
    held = SearchEntry.objects.filter(object=first.object)
    found = [
        (key, grams_of(*words, title_field=first.title_field) | _place(places[record]))
        for key, record, *words in held.filter(record_id__in=places).values_list("pk", "record_id", *COLUMNS[WORDS])
    ]
    alike: dict[tuple[Any, ...], list[int]] = {}
    for entry in places.values():
        alike.setdefault((entry.owner, entry.archived, entry.changed_at), []).append(entry.record_id)
    with transaction.atomic():
        for (owner, archived, at), keys in alike.items():
            held.filter(record_id__in=keys).update(owner_id=owner, archived=archived, changed_at=at)
        store.write(found)


def _place(entry: Entry) -> set[str]:
    return grams_of_place(entry.object, archived=entry.archived, owner=entry.owner, unit=entry.unit)


def touch(object: str, record_ids: Collection[int], at: datetime) -> None:
    """Note that records have changed in what they are not found by; of those that fit equally the latest come first."""
    SearchEntry.objects.filter(object=object, record_id__in=record_ids).update(changed_at=at)


def forget(object: str, record_ids: Iterable[int]) -> None:
    """Take records out of the index; those it does not hold are passed over."""
    with transaction.atomic():
        entries = SearchEntry.objects.filter(object=object, record_id__in=list(record_ids))
        store.erase(list(entries.values_list("pk", flat=True)))
        entries.delete()


def matches(text: str, object: str, fields: Collection[str] | None = None) -> QuerySet[SearchEntry, int]:
    """The ids of an object's records that the text finds, in no order, archived ones too: for ``pk__in`` on a list's queryset.

    `fields` are the only ones to look at, for an actor who does not see the others.
    """
    query = parse(text)
    if query is None:
        return SearchEntry.objects.none().values_list("record_id", flat=True)
    found = store.candidates([[*query.needs(), _of([object], archived=True)]])
    entries = SearchEntry.objects.filter(
        found, query.condition({} if fields is None else {object: fields}).as_condition, object=object
    )
    return entries.values_list("record_id", flat=True)


def search(
    text: str,
    objects: Collection[str],
    limit: int = 20,
    *,
    by: Actor | None = None,
    seen: Q | RawSQL | None = None,
    fields: Fields | None = None,
    archived: bool = False,
) -> list[Hit]:
    """The records that fit the text best, best first; of what fits equally well the actor's own and the latest.

    `objects` says where to look, `seen` which entries the actor may see (`among`; None for all), `fields`
    for each object of which the actor sees only some, those to look at. `archived` looks into the archive too.
    """
    query = parse(text)
    if query is None or not objects:
        return []
    owner, units = (by.user_id, by.unit_ids if len(by.unit_ids) <= FEW_UNITS else ()) if by else (None, ())
    place = _of(objects, archived=archived)
    found = store.candidates([[*needs, place] for needs in query.pools(owner, units)], POOL)
    hits = (
        SearchEntry.objects.filter(found, query.condition(fields or {}).as_condition, object__in=objects)
        .annotate(score=query.score(owner).as_number)
        .order_by("archived", "-score", "-changed_at", Length("title"), "object", "record_id")
        .values_list("object", "record_id", "title", "texts", "archived")
    )
    hits = hits if seen is None else hits.filter(seen)
    return [_hit(query, fields or {}, *values) for values in hits[:limit]]


def among(objects: Mapping[str, QuerySet[Any] | None]) -> Q:
    """The condition of the entries of certain records: of each object those of a queryset, or (None) all."""
    return reduce(or_, (_allowed(object, records) for object, records in objects.items()), Q(pk__in=()))


def _of(objects: Iterable[str], *, archived: bool) -> store.GramSets:
    """The grams of entries of these objects."""
    return [frozenset([mark + object]) for object in objects for mark in ((":", "-") if archived else (":",))]


def _allowed(object: str, records: QuerySet[Any] | None) -> Q:
    condition = Q(object=object)
    return condition if records is None else condition & Q(Exists(records.order_by().filter(pk=OuterRef("record_id"))))


def _hit(query: Query, fields: Fields, object: str, record_id: int, title: str, texts: str, archived: bool) -> Hit:
    places, is_found = marks.spans(query, title)
    others = [text for text, field in lines(texts) if field in fields.get(object, (field,))]
    detail, detail_places = _number(query, others) if is_found else _reason(query, others)
    shown, shown_places = marks.excerpt(title, places)
    return Hit(object, record_id, shown, detail, archived, shown_places, detail_places)


def _reason(query: Query, texts: Sequence[str]) -> tuple[str, Spans]:
    """The text for which a record was found that its title does not explain."""
    for text in texts:
        places, _is_whole = marks.spans(query, text)
        if places:
            return marks.excerpt(text, places)
    return _number(query, texts)


def _number(query: Query, texts: Sequence[str]) -> tuple[str, Spans]:
    """The first of the other texts: a number, where the object has one."""
    if not texts or len(texts[0]) > LONGEST_NOTE:
        return "", ()
    return texts[0], marks.spans(query, texts[0])[0]
