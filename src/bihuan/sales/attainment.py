"""What was reached of the targets, worked out from deals, accounts and touches with the unit and person they were written with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from bihuan.core.access import Actor, visible
from bihuan.core.choice import keyed
from bihuan.core.errors import NotFound
from bihuan.parties.account import Account
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.period import Period
from bihuan.sales.quota import FIRM_CURRENCY, Goal, Quotas
from bihuan.sales.scope import Scope, may_see
from bihuan.sales.target import MEASURES, MONEY
from bihuan.touch.touchpoint import Touchpoint

#: What is counted now; the other measures wait for their rooms.
IN_USE = ("orders", "accounts", "visits")
#: By measure and month: amounts by currency; a count stands under no currency.
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
    """Every measure of a scope in a period. Four queries. Raises NotFound where the actor does not see the scope."""
    if not may_see(actor, scope):
        raise NotFound()
    return bars(scope, period, Quotas.of(period), actuals(actor, scope, period), today or timezone.localdate())


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


def actuals(actor: Actor, scope: Scope, period: Period) -> Actuals:
    """What was reached month by month. Three queries."""
    began, ended = period.moments()
    won = _of(actor, scope, Opportunity).filter(
        stage__kind="won", closed_on__gte=period.start, closed_on__lt=period.end, amount__isnull=False
    )
    found: Actuals = {}
    by_month = won.values("currency", month=TruncMonth("closed_on")).annotate(value=Sum("amount"))
    _add(found, "orders", by_month.order_by())
    accounts = _of(actor, scope, Account).filter(created_at__gte=began, created_at__lt=ended)
    _add(found, "accounts", accounts.values(month=TruncMonth("created_at")).annotate(value=Count("pk")).order_by())
    visit = keyed("channel", "visit")
    if visit is not None:
        visits = _of(actor, scope, Touchpoint).filter(channel=visit.id, at__gte=began, at__lt=ended)
        _add(found, "visits", visits.values(month=TruncMonth("at")).annotate(value=Count("pk")).order_by())
    return found


def _of(actor: Actor, scope: Scope, model: type[Any]) -> QuerySet[Any]:
    return visible(actor, model).filter(scope.holds(model))


def _add(found: Actuals, measure: str, rows: QuerySet[Any]) -> None:
    for row in rows:
        month = row["month"]
        first = date(month.year, month.month, 1)
        found.setdefault((measure, first), {})[row.get("currency", "")] = Decimal(row["value"])
