"""What was reached of the targets, worked out from deals, accounts and touches with the unit and person they were written with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone

from bihuan.core import stage, tally
from bihuan.core.access import Actor, visible
from bihuan.core.choice import keyed
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.core.period import Period
from bihuan.core.registry import desk_of
from bihuan.parties.account import Account
from bihuan.people.unit import below
from bihuan.sales.opportunity import Opportunity
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
    """Every measure of a scope in a period, at one go. Four queries. Raises NotFound where the actor does not see the scope."""
    if not may_see(actor, scope):
        raise NotFound()
    reached = actuals(actor, scope, period)
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


def actuals(actor: Actor, scope: Scope, period: Period) -> Actuals:
    """What was reached in each month of a period. Three queries."""
    found: Actuals = {}
    visit = keyed("channel", "visit")
    for measure, model, parts in (
        ("orders", Opportunity, stage.of_kind("opportunity", "won")),
        ("accounts", Account, None),
        ("visits", Touchpoint, [visit.id] if visit else []),
    ):
        for each in _months(actor, scope, period, desk_of(model), parts):
            value, currency = (each.total, each.currency) if measure in MONEY else (Decimal(each.number), "")
            if value:
                sums = found.setdefault((measure, each.month), {})
                sums[currency] = sums.get(currency, Decimal(0)) + value
    return found


def _months(
    actor: Actor, scope: Scope, period: Period, desk: Desk, parts: Collection[int] | None
) -> Iterable[tally.Month]:
    """What falls into the months: as it is kept where the actor sees all of it, else counted of what they see.

    No tally knows what lies in a territory.
    """
    if scope.kind == "territory" or not may_see(actor, scope, desk.slug):
        return tally.count(visible(actor, desk.model).filter(scope.holds(desk.model)), desk, period, parts)
    whose = {"owners": [scope.key]} if scope.kind == "person" else {"units": below(scope.key)}
    return tally.months(desk, period, parts, **whose)
