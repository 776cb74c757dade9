"""Stays: in which stages a record has stood, since when and for how long. Kept as it moves, so that it can be asked of many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from bihuan.core import registry, rows
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.batch import Entry
from bihuan.core.desk import Desk
from bihuan.core.stage import Stage, beyond

NAMES = ("object", "record_id", "stage", "since", "stood", "who")


class Stay(models.Model):
    """A stay in a stage; without `stood` the present one. `who` is empty where the product itself brought the record there."""

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    stood = models.DurationField(null=True)
    who = models.CharField(max_length=120)

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["object", "record_id", "stage"], name="stay_record")]
        constraints = [
            models.UniqueConstraint(fields=["object", "record_id"], name="one_present_stay", condition=Q(stood=None))
        ]

    @property
    def until(self) -> datetime | None:
        """When it ended."""
        return None if self.stood is None else self.since + self.stood

    @property
    def days(self) -> int:
        """Whole days so far."""
        return (timezone.now() - self.since if self.stood is None else self.stood).days


def stays(desk: Desk, key: int) -> list[Stay]:
    """Every stay of a record that the caller has found, the latest first; none for what has no stages. One query."""
    if not desk.stage_field:
        return []
    return list(Stay.objects.filter(object=desk.slug, record_id=key).order_by("-since", "-pk"))


def keep(desk: Desk, entries: Sequence[Entry], by: Actor) -> None:
    """Note of written records that they have come to another stage. Two statements, one where all of them are new."""
    moved = [entry for entry in entries if desk.stage_field in entry.changes] if desk.stage_field else []
    if not moved:
        return
    now = timezone.now()
    if known := [entry.record.pk for entry in moved if not entry.is_new]:
        present = Stay.objects.filter(object=desk.slug, record_id__in=known, stood=None)
        present.update(stood=now - F("since"))
    since = desk.board.since if desk.board is not None else ""
    who = "" if by.kind == SYSTEM.kind else by.name
    rows.insert(
        Stay, NAMES,
        [
            (
                desk.slug, each.record.pk, getattr(each.record, f"{desk.stage_field}_id"),
                (since and each.is_new and getattr(each.record, since)) or now, None, who,
            )
            for each in moved
        ],
    )  # fmt: skip


def bring_along(desk: Desk, told: Mapping[int, Sequence[tuple[int, datetime]]]) -> None:
    """Put what is known from elsewhere (stage and since when, the earliest first) in the place of the stays of some records."""
    Stay.objects.filter(object=desk.slug, record_id__in=told).delete()
    rows.insert(Stay, NAMES, [line for key, each in told.items() for line in _lines(desk, key, each)])


def _lines(desk: Desk, key: int, told: Sequence[tuple[int, datetime]]) -> Iterable[tuple[Any, ...]]:
    ends: list[datetime | None] = [*(since for _stage, since in told[1:]), None]
    for (stage, since), end in zip(told, ends, strict=True):
        stood: timedelta | None = None if end is None else end - since
        yield desk.slug, key, stage, since, stood, ""


def came_to(object: str, stages: Iterable[int], record: str) -> Q:
    """The records (`record` is the path of their key) that have come as far as one of some stages, wherever they stand now."""
    wanted = {each for goal in stages for each in beyond(goal)}
    return Q(Exists(Stay.objects.filter(object=object, record_id=OuterRef(record), stage__in=wanted)))


def wrong() -> Iterable[tuple[str, int]]:
    """For each object with stages how many of its records stand elsewhere than their last stay says."""
    for desk in (each for each in registry.desks() if each.stage_field):
        present = Stay.objects.filter(
            object=desk.slug, record_id=OuterRef("pk"), stage=OuterRef(f"{desk.stage_field}_id"), stood=None
        )
        yield desk.slug, desk.model._base_manager.exclude(Exists(present)).count()
