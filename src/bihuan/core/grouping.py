"""Counts and sums of records by a shared value, worked out by the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Value
from django.db.models.functions import NullIf, TruncMonth, TruncQuarter, TruncWeek, TruncYear
from django.utils.translation import gettext as _

from bihuan.core import kind, link, registry, tally
from bihuan.core.access import Actor, as_seen
from bihuan.core.columns import QuantityField
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field

#: How a date may be cut to head a group.
CUTS = {"week": TruncWeek, "month": TruncMonth, "quarter": TruncQuarter, "year": TruncYear}


@dataclass(frozen=True, slots=True)
class Group:
    """Records that share a value: its key, count, and sums by field name and currency ("" for plain numbers)."""

    key: Any
    label: str
    count: int
    sums: dict[str, dict[str, Any]]


def gather(
    actor: Actor, desk: Desk, records: QuerySet[Any], by: Field | None, cut: str, sums: Sequence[Field]
) -> list[Group]:
    """Group records by a field (None: all in one), a date cut as one of CUTS, and add fields up. One query.

    What lies beyond a link to a record that the actor does not see counts as empty.
    """
    for each in sums:
        if not each.kind.summable or each.compute is not None:
            raise Refused(_("“%(field)s” cannot be added up.") % {"field": each.label})
    if by is not None and (not by.kind.groupable or (cut and not isinstance(by.kind, kind.Date))):
        raise Refused(_("“%(field)s” cannot be grouped by.") % {"field": by.label})
    seen = partial(as_seen, actor, desk.model)
    heads = {"key": CUTS[cut](seen(by.path)) if cut else seen(by.path)} if by is not None else {}
    currencies = {f"currency_{n}": seen(each.currency) for n, each in enumerate(sums) if each.currency}
    figures = {f"sum_{n}": Sum(seen(each.path)) for n, each in enumerate(sums)}
    rows = records.order_by().annotate(**_renamed(heads), **_renamed(currencies))
    rows = rows.values(*_renamed(heads), *_renamed(currencies)).annotate(_count=Count("pk"), **figures)
    return _by_key(by, cut, sums, rows, actor)


def gather_all(actor: Actor, desk: Desk, by: Field, sums: Sequence[Field]) -> list[Group] | None:
    """The same of all records in use that the actor sees, read from their tallies; None where these do not tell. One query."""
    tallied = desk.tallied
    if tallied is None or by.name != tallied.by or any(each.name != tallied.total for each in sums):
        return None
    places = tally.standing(actor, desk)
    if places is None:
        return None
    figures = {f"sum_{n}": NullIf(Sum("total"), Value(Decimal(0), QuantityField())) for n in range(len(sums))}
    rows = places.values(key_=NullIf("part", Value(0)), currency_0_=F("currency")).order_by()
    return _by_key(by, "", sums, rows.annotate(_count=Sum("number"), **figures).exclude(_count=0), actor)


def _renamed(expressions: dict[str, Any]) -> dict[str, Any]:
    """Annotation names that no column can have."""
    return {f"{name}_": each for name, each in expressions.items()}


def _by_key(by: Field | None, cut: str, fields: Sequence[Field], rows: QuerySet[Any], actor: Actor) -> list[Group]:
    """Rows of the database (one per key and currency) into one group per key."""
    found: dict[Any, Group] = {}
    raw_rows = list(rows)
    labels = _labels(by, cut, {raw.get("key_") for raw in raw_rows}, actor)
    for raw in raw_rows:
        key = raw.get("key_")
        group = found.get(key) or Group(key, labels.get(key, ""), 0, {each.name: {} for each in fields})
        for n, each in enumerate(fields):
            amount = raw[f"sum_{n}"]
            if amount is not None:
                currency = raw.get(f"currency_{n}_", "")
                group.sums[each.name][currency] = group.sums[each.name].get(currency, 0) + amount
        found[key] = Group(key, group.label, group.count + raw["_count"], group.sums)
    return sorted(found.values(), key=_order(by))


def _labels(by: Field | None, cut: str, keys: set[Any], actor: Actor) -> dict[Any, str]:
    if by is None:
        return {}
    if cut:
        forms = {"year": "{0.year}", "month": "{0.year}-{0.month:02}"}
        return {key: forms.get(cut, "{0.year}-{0.month:02}-{0.day:02}").format(key) for key in keys if key is not None}
    if isinstance(by.kind, kind.Link):
        titles = link.titles(actor, registry.desk_of(by.target), keys)
        return {key: titles.get(key) or f"#{key}" for key in keys if key is not None}
    if isinstance(by.kind, kind.State):
        return {key: str(by.states.get(key, key)) for key in keys}
    return {key: by.text(key) for key in keys if key is not None}


def _order(by: Field | None) -> Callable[[Group], Any]:
    """Choices and stages in the firm's order, dates and numbers by value, the rest by size; empty last."""
    if by is not None and isinstance(by.kind, kind.Pick):
        places = {option.id: place for place, option in enumerate(by.kind.options(by))}
        return lambda group: (group.key is None, places.get(group.key, len(places)))
    if by is not None and (isinstance(by.kind, kind.Date) or by.kind.numeric):
        return lambda group: (group.key is None, group.key)
    return lambda group: (group.key is None, -group.count, group.label)
