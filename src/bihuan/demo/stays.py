"""The stages that the demo firm's deals and leads have come through, each with its day; they came before the product did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from random import Random
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bihuan.core import stay
from bihuan.core.registry import desk_of
from bihuan.demo.stages import pipelines, stage
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity

if TYPE_CHECKING:
    from bihuan.demo.seed import Keys, Seeder

#: How many in a hundred deals skip a stage that others stand in.
SKIPPED = 12


def load_stays(seeder: Seeder, deals: Keys, leads: Keys) -> None:
    """Tell of every deal and lead how it came to where it stands."""
    random = Random("stays")
    told: dict[type, dict[int, list[tuple[int, datetime]]]] = {Opportunity: {}, Lead: {}}
    for row in seeder.world.opportunities:
        told[Opportunity][deals[row.key]] = _told(seeder, row.pipeline, row, row.opened, random)
    for row in seeder.world.leads:
        told[Lead][leads[row.key]] = _told(seeder, "inbound", row, row.created, random)
    for model, ways in told.items():
        stay.bring_along(desk_of(model), ways)


def _told(seeder: Seeder, pipeline: str, row: Any, begun: date, random: Random) -> list[tuple[int, datetime]]:
    return [
        (seeder.stages[pipeline, key], at)
        for key, at in way(pipeline, row.stage, _moment(begun), _moment(row.stage_since), random)
    ]


def way(pipeline: str, key: str, begun: datetime, since: datetime, random: Random) -> Iterator[tuple[str, datetime]]:
    """The stages up to the present one, each with since when: what lies between the beginning and now is parted by chance."""
    opened = [each for each in pipelines()[pipeline] if each.kind == "open"]
    here = stage(pipeline, key)
    if here.kind == "open":
        passed = [each for each in opened if each.place < here.place]
    else:
        passed = opened[: random.randint(1, len(opened))] if here.kind == "lost" else opened
    passed = [each for place, each in enumerate(passed) if not place or random.randrange(100) >= SKIPPED]
    weights = [random.uniform(0.4, 1.6) * (each.days_limit or 10) for each in passed]
    at = min(begun, since)
    whole = since - at
    for each, weight in zip(passed, weights, strict=True):
        yield each.key, at
        at += whole * (weight / sum(weights))
    yield key, since


def _moment(day: date | datetime) -> datetime:
    return day if isinstance(day, datetime) else timezone.make_aware(datetime.combine(day, time()))
