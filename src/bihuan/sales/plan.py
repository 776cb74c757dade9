"""The sales plan: from what the target still lacks to the deals, leads and visits that it takes, by the firm's own past year."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

from django.db.models import Count, Q, QuerySet, Sum

from bihuan.core.access import Actor, visible
from bihuan.core.choice import keyed
from bihuan.core.stage import Step, step
from bihuan.core.stay import Stay
from bihuan.sales.attainment import Bar
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.quota import FIRM_CURRENCY
from bihuan.sales.scope import Scope
from bihuan.touch.touchpoint import Touchpoint

#: From fewer than so many nothing is concluded.
LEAST = 30
#: How far back experience goes.
PAST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Gate:
    """A stage: how many of a hundred deals that came to it were won, and how many must come to it."""

    stage: Step
    rate: int
    needed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`lacking` is what the target lacks (None: there is none). The rest is None where the past year says too little."""

    lacking: Decimal | None
    closed: int
    average: Decimal | None = None
    win_rate: int | None = None
    to_win: int | None = None
    to_close: int | None = None
    gates: list[Gate] = field(default_factory=list)
    leads: int | None = None
    visits: int | None = None


def plan(actor: Actor, scope: Scope, orders: Bar, today: date) -> Plan:
    """The plan for a scope that the actor may see, to reach the base of a bar of orders. Four queries."""
    lacking = max(orders.goal.base - orders.actual, Decimal(0)) if orders.goal else None
    closed = visible(actor, Opportunity).filter(scope.holds(Opportunity), currency=FIRM_CURRENCY)
    closed = closed.filter(stage__kind__in=("won", "lost"), closed_on__gt=today - PAST, closed_on__lte=today)
    is_won = Q(stage__kind="won")
    past = closed.aggregate(all=Count("pk"), won=Count("pk", filter=is_won), value=Sum("amount", filter=is_won))
    if past["all"] < LEAST or not past["won"] or not past["value"] or lacking is None:
        return Plan(lacking, past["all"])
    average = past["value"] / past["won"]
    to_win = ceil(lacking / average)
    to_close = ceil(Decimal(to_win) * past["all"] / past["won"])
    return Plan(
        lacking, past["all"], average, round(past["won"] * 100 / past["all"]), to_win, to_close,
        gates(closed, to_win), _leads(actor, scope, to_close, today), _visits(actor, scope, to_win, past["won"], today),
    )  # fmt: skip


def gates(closed: QuerySet[Opportunity], to_win: int) -> list[Gate]:
    """The open stages that enough of some closed deals have come to. One query."""
    came = Stay.objects.filter(object="opportunity", record_id__in=closed.values("pk")).order_by()
    is_won = Q(record_id__in=closed.filter(stage__kind="won").values("pk"))
    all_of, won_of = (Count("record_id", distinct=True, filter=each) for each in (None, is_won))
    found = []
    for key, number, won in came.values_list("stage").annotate(number=all_of, won=won_of):
        here = step(key)
        if here is not None and here.kind == "open" and number >= LEAST and won:
            found.append(Gate(here, round(won * 100 / number), ceil(Decimal(to_win) * number / won)))
    return sorted(found, key=lambda each: (each.stage.pipeline, each.stage.order))


def _leads(actor: Actor, scope: Scope, deals: int, today: date) -> int | None:
    """How many leads it takes for so many deals."""
    ended = visible(actor, Lead).filter(
        scope.holds(Lead), stage__kind__in=("won", "lost"), created_at__date__gt=today - PAST
    )
    past = ended.aggregate(all=Count("pk"), deals=Count("pk", filter=Q(opportunity__isnull=False)))
    if past["all"] < LEAST or not past["deals"]:
        return None
    return ceil(Decimal(deals) * past["all"] / past["deals"])


def _visits(actor: Actor, scope: Scope, to_win: int, won: int, today: date) -> int | None:
    """How many visits it takes to win so many deals."""
    visit = keyed("channel", "visit")
    if visit is None:
        return None
    made = visible(actor, Touchpoint).filter(scope.holds(Touchpoint), channel=visit.id, at__date__gt=today - PAST)
    count = made.count()
    return ceil(Decimal(to_win) * count / won) if count else None
