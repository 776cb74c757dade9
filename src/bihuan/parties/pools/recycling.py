"""Once a day, and as often as something is due: owners are warned of what will fall, and what is due falls into its pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils import timezone

from bihuan.core import choice, event, job, notify, registry, rollup
from bihuan.core.access import SYSTEM, visible
from bihuan.core.desk import Desk
from bihuan.core.run import Call, run
from bihuan.parties.pools.commands import return_to_pool
from bihuan.parties.pools.events import PutIntoPool
from bihuan.parties.pools.pool import pooled_desks, pools

#: So many records fall or are worked out anew in one transaction; on SQLite nobody else writes meanwhile.
BATCH = 500
DAY, RULES = "pool_day", "pool_rules"


def look() -> None:
    """Queue the day's work where nobody has yet, or where something has come due since. For the worker, now and then."""
    today = timezone.localdate()
    if not pools():
        return
    begun = job.Job.objects.filter(work=DAY, inputs__day=today.isoformat())
    if begun.filter(finished_at=None).exists():
        return
    if not begun.exists() or any(_due(desk, today).exists() for desk in pooled_desks()):
        job.enqueue(DAY, user_id=None, day=today.isoformat())


@job.work(DAY)
def warn_and_recycle(todo: job.Job) -> Iterator[None]:
    """Warn, then let fall what is due, batch after batch. Whoever takes the work up anew finds what is left."""
    today = date.fromisoformat(todo.inputs["day"])
    for desk in pooled_desks():
        for keys in _batches(_soon(desk, today)):
            soon = visible(SYSTEM, desk.model, archived=None).filter(pk__in=keys)
            notify.tell_all(_warning(desk, record) for record in soon)
            yield
        for keys in _batches(_due(desk, today)):
            todo.done += recycle(desk, keys, today)
            yield


def _batches(rows: Any) -> Iterator[list[int]]:
    """In the order in which they are stored: what lies side by side is written together."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    yield from (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def recycle(desk: Desk, keys: Sequence[int], today: date) -> int:
    """Let those of the records fall whose day it is by the rules in force; returns how many did. In the caller's transaction."""
    list(
        visible(SYSTEM, desk.model, archived=None)
        .select_for_update()
        .filter(pk__in=keys)
        .order_by("pk")
        .values_list("pk")
    )
    rollup.follow(desk, keys)
    due = _due(desk, today).filter(pk__in=keys).order_by("pk").values_list("pk", "falls_for", "falls_into")
    calls = [Call({"pool_reason": _reason(why), "pool": pool}, key) for key, why, pool in due]
    if not calls:
        return 0
    return len(calls) - len(run(return_to_pool, calls, by=SYSTEM, on=desk.model, partial=True).refusals)


def _due(desk: Desk, today: date) -> Any:
    return visible(SYSTEM, desk.model).filter(falls_on__lte=today)


def _reason(why: str) -> int | None:
    """The firm's name for what was missing, where it has one."""
    option = choice.keyed("pool_reason", why)
    return option.id if option else None


def _soon(desk: Desk, today: date) -> Any:
    """What will fall within the days of warning of its pool."""
    within = (Q(falls_into=key, falls_on__lte=today + timedelta(each.row.warn_days)) for key, each in pools().items())
    return visible(SYSTEM, desk.model).filter(reduce(or_, within, Q()), falls_on__gt=today)


def _warning(desk: Desk, record: Any) -> notify.Notification:
    return notify.notice(
        record.owner_id,
        "“%(what)s” falls into the pool “%(pool)s” on %(day)s.",
        key=f"falls:{desk.slug}:{record.pk}:{record.falls_on:%Y%m%d}",
        about=desk.slug,
        about_id=record.pk,
        what=desk.title_of(record),
        pool=pools()[record.falls_into_id].row.name,
        day=record.falls_on.isoformat(),
    )


@event.on(PutIntoPool)
def tell_former_owner(happened: PutIntoPool) -> None:
    """Whoever owned what fell hears of it, unless they gave it back themselves."""
    if happened.former_id is None or happened.former_id == happened.by_id:
        return
    desk, terms = registry.desk(happened.object), pools().get(happened.pool_id)
    record = visible(SYSTEM, desk.model, archived=None).filter(pk=happened.record_id).first()
    if record is None or terms is None:
        return
    notify.tell(
        happened.former_id,
        "“%(what)s” has come into the pool “%(pool)s”.",
        key=f"pooled:{happened.object}:{happened.record_id}:{record.version}",
        about=happened.object,
        about_id=happened.record_id,
        what=desk.title_of(record),
        pool=terms.row.name,
    )


# ---------------------------------------------------------------------- when the rules change


@job.work(RULES)
def work_out_anew(todo: job.Job) -> Iterator[None]:
    """Work out for every record when it falls by the rules as they are now."""
    for desk in pooled_desks():
        last = todo.cursor.get(desk.slug, 0)
        rows = (
            visible(SYSTEM, desk.model, archived=None).select_for_update().order_by("pk").values_list("pk", flat=True)
        )
        while keys := list(rows.filter(pk__gt=last)[:BATCH]):
            rollup.follow(desk, keys)
            last = keys[-1]
            todo.cursor, todo.done = {**todo.cursor, desk.slug: last}, todo.done + len(keys)
            yield


@event.on(event.WRITTEN, "pool", "poolrule")
def follow_rules(happened: event.Event) -> None:
    """What a pool says has changed, or what one of its rules says."""
    job.enqueue_once(RULES)


@event.on(event.Changed, "unit")
def follow_unit(happened: event.Changed) -> None:
    """Whoever belongs to a unit that has moved may belong to another pool."""
    if "parent" in happened.fields and pools():
        job.enqueue_once(RULES)


@event.on(event.Changed, "user")
def follow_user(happened: event.Changed) -> None:
    """Whoever has come to another unit, or got another role, may belong to another pool."""
    if {"unit", "units", "roles"} & set(happened.fields) and pools():
        job.enqueue_once(RULES)


@event.on(event.Changed, "stage")
def follow_stage(happened: event.Changed) -> None:
    """What has come to a stage that closes does not fall."""
    if "kind" in happened.fields and pools():
        job.enqueue_once(RULES)
