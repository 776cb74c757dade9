"""Records that have stood in a stage for longer than is usual: where the firm wants it, their owners are told, once per stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bihuan.core import notify, registry
from bihuan.core.desk import Desk
from bihuan.core.stage import Step, steps

#: Whoever ran over the limit before this has been told; a worker that stood still for longer tells nobody of old cases.
LOOK_BACK = timedelta(days=3)


def tell_owners(now: datetime | None = None) -> int:
    """Tell the owners of records that have run over the usual days of their stage; returns how many records those are."""
    told = 0
    for desk, here in _warned():
        for record in _over(desk, here, now or timezone.now()):
            since = getattr(record, desk.board.since)  # type: ignore[union-attr]
            notify.tell(
                record.owner_id,
                "“%(what)s” has stood in “%(stage)s” for more than %(days)s days.",
                key=f"stuck:{desk.slug}:{record.pk}:{here.id}:{since:%Y%m%d%H%M}",
                about=desk.slug,
                about_id=record.pk,
                what=desk.title_of(record),
                stage=here.names[0],
                days=str(here.days_limit),
            )
            told += 1
    return told


def _warned() -> Iterable[tuple[Desk, Step]]:
    """The stages at whose limit owners are told, each with the desk of its records."""
    for desk in registry.desks():
        if desk.board is not None and desk.board.since and "owner" in desk.own_fields:
            yield from ((desk, each) for each in steps(desk.slug) if each.at_limit == "warn" and each.days_limit)


def _over(desk: Desk, here: Step, now: datetime) -> Iterable[Any]:
    """The records of a stage that have run over its limit lately."""
    latest = now - timedelta(days=here.days_limit or 0)
    since = desk.board.since  # type: ignore[union-attr]
    rows = desk.model._base_manager.filter(archived_at=None, owner__isnull=False, **{desk.stage_field: here.id})
    return rows.filter(**{f"{since}__lt": latest, f"{since}__gte": latest - LOOK_BACK}).order_by("pk").iterator()
