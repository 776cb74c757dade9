"""What was reached of the targets, worked out from deals, accounts and touches with the unit and person they were written with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, Q, QuerySet, Sum
from django.utils import timezone

from bihuan.core import stage
from bihuan.core.access import Actor, visible
from bihuan.core.choice import keyed
from bihuan.core.errors import NotFound
from bihuan.core.period import Period
from bihuan.parties.account import Account
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.quota import FIRM_CURRENCY, Goal, Quotas
from bihuan.sales.scope import Scope, may_see
from bihuan.sales.target import MEASURES, MONEY
from bihuan.touch.touchpoint import Touchpoint

#: What is counted now; the other measures wait for their rooms.
IN_USE = ("orders", "accounts", "visits")
#: By measure and first month of a period: amounts by currency; a count stands under no currency.
Actuals = dict[tuple[str, date], dict[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A measure of a period: what was reached in the firm's currency, in `others` by currency, and the goal.

    `passed` is how much of the time has gone by, in per cent; where not `in_use` nothing is counted yet.
    """

    measure: str
    label: str
    actual: Decimal
    goal: Goal | None
    passed: int
    in_use: bool = True
    others: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_money(self) -> bool:
        return self.measure in MONEY

    @property
    def percent(self) -> int | None:
        """How much of the base was reached; None without a goal."""
        return round(self.actual * 100 / self.goal.base) if self.goal and self.goal.base else None


def attainment(actor: Actor, scope: Scope, period: Period, today: date | None = None) -> list[Bar]:
    """Every measure of a scope in a period, at one go. Four queries. Raises NotFound where the actor does not see the scope."""
    if not may_see(actor, scope):
        raise NotFound()
    reached = actuals(actor, scope, [period])
    return bars(scope, period, Quotas.of(period), reached, today or timezone.localdate())


def bars(scope: Scope, period: Period, quotas: Quotas, reached: Actuals, today: date) -> list[Bar]:
    """The measures in use, and those that somebody has a target for all the same."""
    found = []
    for measure, label in MEASURES.items():
        sums: dict[str, Decimal] = {}
        for month in period.months:
            for currency, value in reached.get((measure, month), {}).items():
                sums[currency] = sums.get(currency, Decimal(0)) + value
        actual = sums.pop(FIRM_CURRENCY if measure in MONEY else "", Decimal(0))
        goal = quotas.over(scope, measure, period.months)
        found.append(Bar(measure, str(label), actual, goal, period.passed(today), measure in IN_USE, sums))
    return found


def actuals(actor: Actor, scope: Scope, periods: Sequence[Period]) -> Actuals:
    """What was reached in each of some periods that follow one another, under the first month of each. Three queries."""
    found: Actuals = {}
    won = Q(stage__in=stage.of_kind("opportunity", "won"), amount__isnull=False)
    deals = _of(actor, scope, Opportunity).filter(won)
    _add(found, "orders", deals.values("currency"), "closed_on", Sum, "amount", periods)
    _add(found, "accounts", _of(actor, scope, Account), "created_at", Count, "pk", periods)
    if visit := keyed("channel", "visit"):
        visits = _of(actor, scope, Touchpoint).filter(channel=visit.id)
        _add(found, "visits", visits, "at", Count, "pk", periods)
    return found


def _of(actor: Actor, scope: Scope, model: type[Any]) -> QuerySet[Any]:
    return visible(actor, model).filter(scope.holds(model)).order_by()


def _add(
    found: Actuals,
    measure: str,
    rows: QuerySet[Any],
    at: str,
    total: type[Aggregate],
    of: str,
    periods: Sequence[Period],
) -> None:
    """Add up rows by period, in conditions that the database compares as they stand: a function would be asked for every row."""
    whole = Period(periods[0].start, sum(each.size for each in periods))
    parts = {f"p{place}": total(of, filter=_within(rows, at, each)) for place, each in enumerate(periods)}
    rows = rows.filter(_within(rows, at, whole))
    sums = rows.annotate(**parts) if rows.query.values_select else [rows.aggregate(**parts)]
    for row in sums:
        for place, period in enumerate(periods):
            if value := row[f"p{place}"]:
                found.setdefault((measure, period.start), {})[row.get("currency", "")] = Decimal(value)


def _within(rows: QuerySet[Any], at: str, period: Period) -> Q:
    """The condition that something happened in a period."""
    is_moment = isinstance(rows.model._meta.get_field(at), DateTimeField)
    began, ended = period.moments() if is_moment else (period.start, period.end)
    return Q(**{f"{at}__gte": began, f"{at}__lt": ended})
