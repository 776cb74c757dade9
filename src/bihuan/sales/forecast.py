"""The forecast: what the deals of a scope say of a period, by category, beside what managers add to it and the target.

Only the firm's currency is added up; other currencies are listed apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth

from bihuan.core import money
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.errors import NotFound
from bihuan.core.period import Period
from bihuan.core.stage import step
from bihuan.people.unit import below
from bihuan.sales.forecast_adjustment import ForecastAdjustment
from bihuan.sales.forecast_category import CATEGORIES, category_of
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.quota import FIRM_CURRENCY, Goal, Quotas
from bihuan.sales.scope import Scope, may_see


class Slice(NamedTuple):
    """The deals of an owner in a unit that stand in one stage and are expected, or were won, in one month."""

    owner: int | None
    unit: int | None
    month: date
    category: str  # one of CATEGORIES, or "won"
    probability: int  # per cent
    currency: str
    deals: int
    amount: Decimal


@dataclass(slots=True)
class Row:
    """A line of the forecast. `sums` are by category; `adjustment` is the managers', kept apart."""

    scope: Scope | None = None
    month: date | None = None
    sums: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(("won", *CATEGORIES), Decimal(0)))
    likely: Decimal = Decimal(0)
    adjustment: Decimal = Decimal(0)
    goal: Goal | None = None

    def add(self, each: Slice) -> None:
        self.sums[each.category] += each.amount
        if each.category not in ("won", "omitted"):
            self.likely += each.amount * each.probability / 100

    @property
    def open(self) -> Decimal:
        """The open deals that are not omitted, unweighted."""
        return sum((self.sums[name] for name in CATEGORIES if name != "omitted"), Decimal(0))

    @property
    def weighted(self) -> Decimal:
        """Won, and each open deal with the probability of its stage."""
        return money.round_amount(self.sums["won"] + self.likely, FIRM_CURRENCY)

    @property
    def call(self) -> Decimal:
        """What is promised: won, committed, and the managers' adjustment."""
        return self.sums["won"] + self.sums["commit"] + self.adjustment

    @property
    def gap(self) -> Decimal | None:
        """What the call lacks to the target; negative where it goes beyond."""
        return None if self.goal is None else self.goal.base - self.call

    @property
    def is_empty(self) -> bool:
        return not any(self.sums.values()) and not self.adjustment and self.goal is None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A scope's period: the whole, its parts, its months, and what stands in other currencies (amount and deals)."""

    whole: Row
    parts: list[Row]
    months: list[Row]
    others: dict[str, tuple[Decimal, int]]


def forecast(actor: Actor, scope: Scope, period: Period) -> Forecast:
    """Three queries. Raises NotFound where the actor does not see the scope."""
    if not may_see(actor, scope):
        raise NotFound()
    quotas = Quotas.of(period)
    whole = Row(scope, goal=quotas.over(scope, "orders", period.months))
    months = {each: Row(month=each, goal=quotas.goal(scope, "orders", each)) for each in period.months}
    parts = {each: Row(each, goal=quotas.over(each, "orders", period.months)) for each in scope.parts()}
    others: dict[str, tuple[Decimal, int]] = {}
    for each in slices(visible(actor, Opportunity).filter(scope.holds(Opportunity)), period):
        if each.currency != FIRM_CURRENCY:
            amount, deals = others.get(each.currency, (Decimal(0), 0))
            others[each.currency] = (amount + each.amount, deals + each.deals)
            continue
        for row in (whole, months[each.month], *_part(parts, scope, each.unit, each.owner)):
            row.add(each)
    for adjustment in _adjustments(scope, period):
        for row in (whole, months[adjustment.month], *_part(parts, scope, adjustment.unit_id, adjustment.person_id)):
            row.adjustment += adjustment.amount
    return Forecast(whole, [each for each in parts.values() if not each.is_empty], list(months.values()), others)


def slices(deals: QuerySet[Opportunity], period: Period) -> Iterable[Slice]:
    """What the deals won in a period and those open that are expected in it say. One query."""
    won = Q(stage__kind="won", closed_on__gte=period.start, closed_on__lt=period.end)
    expected = Q(stage__kind="open", expected_close__gte=period.start, expected_close__lt=period.end)
    day = Case(When(stage__kind="won", then=F("closed_on")), default=F("expected_close"))
    groups = ("owner", "unit", "stage", "forecast", "currency")
    rows = deals.filter(won | expected, amount__isnull=False).values(*groups, month=TruncMonth(day)).order_by()
    for row in rows.annotate(number=Count("pk"), total=Sum("amount")):
        here = step(row["stage"])
        is_won = here is not None and here.kind == "won"
        yield Slice(
            row["owner"], row["unit"], row["month"], "won" if is_won else category_of(row["forecast"], row["stage"]),
            here.probability if here else 0, row["currency"], row["number"], row["total"],
        )  # fmt: skip


def _part(parts: dict[Scope, Row], scope: Scope, unit: int | None, person: int | None) -> list[Row]:
    """The line of a unit that something belongs to: that of the unit below, or of the person; the unit's own at last."""
    if scope.kind != "unit":
        return []
    within = next((each for each in parts if each.kind == "unit" and unit in below(each.key)), None)
    mine = within or (Scope("person", person) if person else scope)
    return [parts.setdefault(mine, Row(mine))]


def _adjustments(scope: Scope, period: Period) -> QuerySet[Any]:
    """What managers adjusted in a scope; none lies on a territory."""
    where = {"unit": Q(unit__in=below(scope.key)), "person": Q(person=scope.key)}.get(scope.kind, Q(pk__in=()))
    rows = visible(SYSTEM, ForecastAdjustment).filter(where, currency=FIRM_CURRENCY)
    return rows.filter(month__gte=period.start, month__lt=period.end)
