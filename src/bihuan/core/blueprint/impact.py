"""Which records a change of the configuration touches, told before it is made. Counts alone: they need no sight of the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.core import money, registry
from bihuan.core.blueprint.difference import Difference
from bihuan.core.blueprint.part import Address
from bihuan.core.blueprint.present import Present
from bihuan.core.choice import Choice
from bihuan.core.columns import ChoiceField
from bihuan.core.desk import Desk
from bihuan.core.stage import KINDS, Stage


@dataclass(frozen=True, slots=True)
class Impact:
    """A sentence about the records that a difference touches; the list of `object` by `params` shows them.

    With `asks` the records stand in the way and must be told where to go.
    """

    address: Address
    sentence: str
    count: int = 0
    object: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False


#: Tells who names a row of the configuration that goes out of use: rooms declare theirs with `names_rows`.
Namer = Callable[[Address, Any], Iterable[Impact]]
_namers: list[Namer] = []


def names_rows(namer: Namer) -> Namer:
    """Declare a function that finds what names a record which goes out of use: views, rules, reports."""
    _namers.append(namer)
    return namer


def impacts(differences: Sequence[Difference], now: Present) -> list[Impact]:
    """What the differences mean for records, in their order. A few queries per difference that concerns records."""
    found: list[Impact] = []
    for each in differences:
        record = now.records.get(each.address)
        if isinstance(record, Stage):
            found += _of_stage(each, record)
        elif isinstance(record, Choice) and each.sort == "remove":
            found += _of_choice(each, record)
        if record is not None and each.sort == "remove":
            found += (impact for namer in _namers for impact in namer(each.address, record))
    return found


def _of_stage(each: Difference, record: Stage) -> Iterable[Impact]:
    desk = registry.desk(record.pipeline.object)
    rows = desk.model._base_manager.filter(archived_at=None, **{desk.stage_field: record.pk})
    here = {f"{desk.stage_field}.in": str(record.pk)}
    count = rows.count()
    if not count:
        return
    if each.sort == "remove":
        sentence = ngettext(
            "%(count)d record stands in “%(stage)s”; say where it goes.",
            "%(count)d records stand in “%(stage)s”; say where they go.",
            count,
        )
        yield Impact(
            each.address, sentence % {"count": count, "stage": record.label}, count, desk.slug, here, asks=True
        )
        return
    told = {"stage": record.label}
    if "days_limit" in each.fields:
        yield from _stuck(each, desk, rows, here, told)
    if "required" in each.fields:
        yield from _lacking(each, desk, rows, here, told)
    if "kind" in each.fields:
        meaning = str(KINDS[each.after["kind"]])  # type: ignore[index]
        sentence = ngettext(
            "%(count)d record in “%(stage)s” then counts as %(meaning)s.",
            "%(count)d records in “%(stage)s” then count as %(meaning)s.",
            count,
        )
        yield Impact(each.address, sentence % {**told, "count": count, "meaning": meaning}, count, desk.slug, here)
    if "probability" in each.fields:
        yield _weighted(each, desk, rows, here, told, count)


def _stuck(
    each: Difference, desk: Desk, rows: Any, here: Mapping[str, str], told: Mapping[str, str]
) -> Iterable[Impact]:
    """Records that have been longer in the stage than the new limit, but not than the former one."""
    former, coming = each.before["days_limit"], each.after["days_limit"]  # type: ignore[index]
    if desk.board is None or not desk.board.since or not coming or (former and coming >= former):
        return
    since, now = desk.board.since, timezone.now()
    within = Q(**{f"{since}__lt": now - timedelta(days=coming + 1)})
    if former:
        within &= Q(**{f"{since}__gte": now - timedelta(days=former + 1)})
    count = rows.filter(within).count()
    if count:
        day = timezone.localdate(now - timedelta(days=coming)).isoformat()
        sentence = ngettext(
            "%(count)d record in “%(stage)s” is then stuck.", "%(count)d records in “%(stage)s” are then stuck.", count
        )
        params = {**here, f"{since}.before": day}
        yield Impact(each.address, sentence % {**told, "count": count}, count, desk.slug, params)


def _lacking(
    each: Difference, desk: Desk, rows: Any, here: Mapping[str, str], told: Mapping[str, str]
) -> Iterable[Impact]:
    """Records that stand in the stage without what it will ask of those that come."""
    for name in each.after["required"]:  # type: ignore[index]
        if name in each.before["required"] or name not in desk.own_fields:  # type: ignore[index]
            continue
        column = desk.model._meta.get_field(name)
        blank = Q(**{f"{name}__isnull": True}) | (
            Q() if column.is_relation or column.empty_strings_allowed is False else Q(**{name: ""})
        )
        count = rows.filter(blank).count()
        if count:
            sentence = ngettext(
                "%(count)d record in “%(stage)s” has no %(field)s; it may stay.",
                "%(count)d records in “%(stage)s” have no %(field)s; they may stay.",
                count,
            )
            said = {**told, "count": count, "field": desk.own_fields[name].label}
            yield Impact(each.address, sentence % said, count, desk.slug, {**here, f"{name}.empty": ""})


def _weighted(
    each: Difference, desk: Desk, rows: Any, here: Mapping[str, str], told: Mapping[str, str], count: int
) -> Impact:
    """What another probability makes of the weighted sum."""
    total = desk.board.total if desk.board else ""
    step = Decimal(each.after["probability"] - each.before["probability"]) / 100  # type: ignore[index]
    changes = []
    if total:
        currency = desk.model._meta.get_field(total).currency
        sums = rows.exclude(**{total: None}).values_list(currency).annotate(sum=Sum(total)).order_by(currency)
        changes = [
            f"{'+' if step > 0 else '−'}{money.round_amount(abs(sum_ * step), code):,} {code}" for code, sum_ in sums
        ]
    sentence = ngettext(
        "%(count)d record in “%(stage)s” is weighted anew: %(change)s.",
        "%(count)d records in “%(stage)s” are weighted anew: %(change)s.",
        count,
    )
    said = {**told, "count": count, "change": _(", ").join(changes) or "0"}
    return Impact(each.address, sentence % said, count, desk.slug, here)


def _of_choice(each: Difference, record: Choice) -> Iterable[Impact]:
    for desk in registry.desks():
        for column in desk.model._meta.fields:
            if isinstance(column, ChoiceField) and column.set == record.set:
                count = desk.model._base_manager.filter(archived_at=None, **{column.name: record.pk}).count()
                if count:
                    told = {
                        "count": count,
                        "object": desk.label if count == 1 else desk.label_plural,
                        "value": record.label,
                    }
                    sentence = ngettext(
                        "%(count)d %(object)s keeps “%(value)s”, which is offered no more.",
                        "%(count)d %(object)s keep “%(value)s”, which is offered no more.",
                        count,
                    )
                    yield Impact(each.address, sentence % told, count, desk.slug, {f"{column.name}.in": str(record.pk)})
