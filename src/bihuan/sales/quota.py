"""Targets rolled up along the tree of units, so that nothing is counted twice: a unit's own entry, else the sum below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from bihuan.core.access import SYSTEM, visible
from bihuan.core.columns import CurrencyField
from bihuan.core.period import Period
from bihuan.people.unit import children_of
from bihuan.sales.scope import Scope
from bihuan.sales.target import MONEY, Target

#: What the firm counts in: the currency that every amount begins with.
FIRM_CURRENCY: str = CurrencyField().default


class Goal(NamedTuple):
    """What shall be reached, and what one stretches for."""

    base: Decimal
    stretch: Decimal

    def plus(self, other: Goal) -> Goal:
        return Goal(self.base + other.base, self.stretch + other.stretch)


@dataclass(frozen=True, slots=True)
class Quotas:
    """The goals of a period in the firm's currency: by scope, measure and month. `people` adds up those of a unit's people."""

    own: Mapping[tuple[Scope, str, date], Goal]
    people: Mapping[tuple[int, str, date], Goal] = field(default_factory=dict)

    @classmethod
    def of(cls, period: Period) -> Quotas:
        """Read from the database. One query."""
        rows = visible(SYSTEM, Target).filter(month__gte=period.start, month__lt=period.end)
        rows = rows.filter(~Q(measure__in=MONEY) | Q(currency=FIRM_CURRENCY))
        own: dict[tuple[Scope, str, date], Goal] = {}
        people: dict[tuple[int, str, date], Goal] = {}
        for each in rows.order_by("pk"):
            goal = Goal(each.base, each.base if each.stretch is None else each.stretch)
            if each.person_id:
                own[Scope("person", each.person_id), each.measure, each.month] = goal
                if each.unit_id:
                    place = (each.unit_id, each.measure, each.month)
                    people[place] = people[place].plus(goal) if place in people else goal
            else:
                scope = Scope("territory", each.territory_id) if each.territory_id else Scope("unit", each.unit_id or 0)
                own[scope, each.measure, each.month] = goal
        return cls(own, people)

    def below(self, scope: Scope, measure: str, month: date) -> Goal | None:
        """The sum of what lies under a unit: its people's goals, and the goals of the units right under it."""
        if scope.kind != "unit":
            return None
        parts = [self.people.get((scope.key, measure, month))]
        parts += [self.goal(Scope("unit", key), measure, month) for key in children_of(scope.key)]
        return total(parts)

    def goal(self, scope: Scope, measure: str, month: date) -> Goal | None:
        """What counts for a month: the scope's own entry where there is one, else the sum below it."""
        return self.own.get((scope, measure, month)) or self.below(scope, measure, month)

    def over(self, scope: Scope, measure: str, months: Iterable[date]) -> Goal | None:
        """What counts for several months together."""
        return total(self.goal(scope, measure, month) for month in months)


def total(goals: Iterable[Goal | None]) -> Goal | None:
    """The sum of the goals that there are; None where there are none."""
    found: Goal | None = None
    for each in goals:
        if each is not None:
            found = each if found is None else found.plus(each)
    return found
