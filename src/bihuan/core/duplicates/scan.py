"""Looking for pairs in the background: what was changed since the last search against all the rest.

Candidates share a match key, or half of a name by the search index; rapidfuzz then says how near two names are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from bihuan.core import job, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.desk import Desk
from bihuan.core.duplicates import check, index
from bihuan.core.duplicates.check import Likely
from bihuan.core.duplicates.match import LIKELY, Match, are_apart
from bihuan.core.duplicates.models import LikelyPair, Scan
from bihuan.core.search import store
from bihuan.core.search.fold import fold, without_legal_form
from bihuan.core.search.grams import grams_in_words
from bihuan.core.search.models import SearchEntry

#: Records looked at in one step.
PAGE = 200
#: Names of so many characters are compared by nearness, each with so many candidates; so near (of 100) is near.
SHORTEST, MOST, NEAR = 4, 200, 86
#: Writers that began before a search and ended after it are looked at by the next one.
OVERLAP = timedelta(minutes=5)


def queue(desk: Desk, by: Actor) -> job.Job:
    """Queue a search for the pairs of an object; the one that is under way, where there is one."""
    scan, _made = Scan.objects.select_for_update().get_or_create(object=desk.slug)
    running = job.Job.objects.filter(pk=scan.job, state__in=("queued", "running")).first()
    if running is not None:
        return running
    total = _waiting(desk, scan).count()
    queued = job.enqueue("duplicates", user_id=by.user_id, label=str(desk.label_plural), total=total, object=desk.slug)
    Scan.objects.filter(pk=scan.pk).update(job=queued.pk)
    return queued


def _waiting(desk: Desk, scan: Scan) -> models.QuerySet[Any]:
    rows = desk.model._base_manager.filter(archived_at=None)
    return rows.filter(changed_at__gte=scan.up_to) if scan.up_to else rows


@job.work("duplicates")
def search_pairs(todo: job.Job) -> Iterator[None]:
    """Pairs of one object, a page of records a step; the first search of all keys records made before there were keys."""
    desk = registry.desk(todo.inputs["object"])
    scan = Scan.objects.get(object=desk.slug)
    waiting, begun = _waiting(desk, scan), timezone.now()
    while page := list(waiting.filter(pk__gt=todo.cursor.get("last", 0)).order_by("pk")[:PAGE]):
        if scan.up_to is None:
            index.write(desk, page)
        found = keep(desk, page)
        todo.cursor = {"last": page[-1].pk}
        todo.done += len(page)
        todo.result = {"pairs": todo.result.get("pairs", 0) + found}
        yield
    scan.up_to = begun - OVERLAP
    scan.save(update_fields=["up_to"])


def keep(desk: Desk, records: Sequence[Any]) -> int:
    """Find and keep the pairs of these records, in place of those they had; returns how many."""
    now = timezone.now()
    found: dict[tuple[int, int], LikelyPair] = {}
    for record, alike in zip(records, check.likely(desk, records), strict=True):
        for each in {one.id: one for one in (*near(desk, record), *alike)}.values():
            low, high = sorted((record.pk, each.id))
            found[low, high] = LikelyPair(
                object=desk.slug, low=low, high=high, score=each.score, reasons=list(each.reasons), found_at=now
            )
    keys = [record.pk for record in records]
    mine = models.Q(low__in=keys) | models.Q(high__in=keys)
    LikelyPair.objects.filter(mine, object=desk.slug, dismissed_at=None).delete()
    LikelyPair.objects.bulk_create(found.values(), ignore_conflicts=True)  # what was dismissed stays so
    return len(found)


# ---------------------------------------------------------------------- names that are almost the same


def near(desk: Desk, record: models.Model, by: Actor = SYSTEM) -> Iterable[Likely]:
    """Records with almost the same name. One query per name."""
    whole = desk.whole_fields(by).keys()
    for match in desk.duplicates:
        if match.near and whole >= set(match.fields):
            yield from _near(desk, record, match, whole)


def _near(desk: Desk, record: models.Model, match: Match, fields: Collection[str]) -> Iterable[Likely]:
    from rapidfuzz import fuzz, process  # loaded where names are compared

    (name,) = match.fields
    mine = _name(getattr(record, name))
    if len(mine) < SHORTEST:
        return
    halves = frozenset(grams_in_words(half) for half in _halves(mine))
    of_the_object = [frozenset([f":{desk.slug}"])]
    candidates = SearchEntry.objects.filter(
        store.candidates([[halves, of_the_object]]), object=desk.slug, archived=False
    )
    keys = candidates.exclude(record_id=record.pk).values_list("record_id", flat=True)[:MOST]
    rows = desk.model._base_manager.filter(pk__in=list(keys), archived_at=None)
    known = {row.pk: row for row in rows}
    names = {key: _name(getattr(row, name)) for key, row in known.items()}
    for _text, ratio, key in process.extract(mine, names, scorer=fuzz.ratio, score_cutoff=NEAR):
        weight = match.near * round(ratio) // 100
        if weight >= LIKELY and not are_apart(desk, record, known[key], fields):
            yield Likely(key, weight, match.fields)


def _name(text: str) -> str:
    return without_legal_form(fold(text)).strip()


def _halves(name: str) -> tuple[str, str]:
    """Two parts of a name, one of which a slip of the pen leaves whole."""
    words = name.split()
    if len(words) > 1:
        return " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    return name[: len(name) // 2], name[len(name) // 2 :]
