"""The workbench: how the day and the firm stand. The page puts together what every room has to tell, and names no object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.core import dates
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.filters import ME, TEAM, Condition
from bihuan.core.period import Period
from bihuan.core.query import Query
from bihuan.core.registry import desk_of

T = TypeVar("T")

#: Whose work is looked at, each with the operand of a condition on the owner; the whole firm's needs none.
SCOPES = {"mine": (_("Mine"), ME), "team": (_("My team"), TEAM), "firm": (_("Whole firm"), "")}
#: Over which span the loop is counted, each with the one before it.
SPANS = {
    "this_month": (_("This month"), "last_month"),
    "this_quarter": (_("This quarter"), "last_quarter"),
    "this_year": (_("This year"), "last_year"),
}


def scope_in(request: HttpRequest, place: str) -> str:
    """The one of SCOPES that the address names; where it names none, the one that `place` was last looked at with, at first one's own."""
    chosen, last = request.GET.get("scope", ""), request.session.get(f"scope of {place}", "mine")
    if chosen in SCOPES and chosen != last:
        request.session[f"scope of {place}"] = chosen
    return next(scope for scope in (chosen, last, "mine") if scope in SCOPES)


def owned(actor: Actor, model: type[Model], scope: str) -> Q:
    """The condition that the owner of a record is in one of SCOPES, as the list of the object has it in its address."""
    operand = SCOPES[scope][1]
    return Condition(desk_of(model).own_fields["owner"], "in", operand).where(actor) if operand else Q()


@dataclass(frozen=True, slots=True)
class Outlook:
    """Who looks, at whose work, over which span of time."""

    actor: Actor
    scope: str = "mine"
    span: str = "this_quarter"
    _known: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the span."""
        first, end = dates.span(self.span) or (None, None)
        assert first is not None and end is not None
        return first, end - timedelta(1)

    @property
    def period(self) -> Period:
        """The span as whole months."""
        first, last = self.days
        return Period(first, (last.year - first.year) * 12 + last.month - first.month + 1)

    @property
    def before(self) -> Outlook:
        """The same over the span before."""
        return Outlook(self.actor, self.scope, SPANS[self.span][1])

    def params(self, desk: Desk, **conditions: str) -> dict[str, str]:
        """The address parameters of the records of an object that are looked at, of which further conditions hold.

        Conditions are written with two underlines for the dot: `state__in="open"`.
        """
        owner = SCOPES[self.scope][1]
        owned = {"owner.in": owner} if owner and "owner" in desk.own_fields else {}
        return owned | {name.replace("__", "."): operand for name, operand in conditions.items()}

    def count(self, desk: Desk, params: Mapping[str, str]) -> int:
        """How many records a list has for who looks, counted up to MOST and one."""
        query = Query.parse(desk, self.actor, params, ())
        return self.once((desk.slug, *params, *params.values()), lambda: query.count(MOST + 1))

    def once(self, asked: tuple[str, ...], answer: Callable[[], T]) -> T:
        """The answer to a question that several parts of the page ask; worked out for the first of them."""
        if asked not in self._known:
            self._known[asked] = answer()
        return self._known[asked]


def address(desk: Desk, params: Mapping[str, str]) -> str:
    """The address of a list."""
    return f"{reverse('list', args=[desk.slug])}?{urlencode(params or {'q': ''})}"


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the sentence that the page opens with; the part of the text in brackets leads to `url`."""

    text: str
    url: str
    tone: str = ""

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before the brackets, in them, and behind them."""
        before, _open, rest = self.text.partition("[")
        linked, _close, after = rest.partition("]")
        return before, linked, after


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure in the middle of the loop; `note` tells it beside the span before."""

    label: Any
    value: str
    unit: str = ""
    url: str = ""
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that wants a decision: what, about which record, and what to do."""

    icon: str
    title: str
    text: str
    url: str
    action: Any
    tone: str = "warn"


@dataclass(frozen=True, slots=True)
class Column:
    """A part of the page below the loop: `fill` gives the template what it shows, None where there is nothing to tell."""

    template: str
    fill: Callable[[Outlook], Mapping[str, Any] | None]


@dataclass(slots=True)
class Offers:
    """What the rooms have offered, in their order."""

    clauses: list[Callable[[Outlook], Iterable[Clause]]] = field(default_factory=list)
    stats: list[Callable[[Outlook], Iterable[Stat]]] = field(default_factory=list)
    alerts: list[Callable[[Outlook], Iterable[Alert]]] = field(default_factory=list)
    columns: list[tuple[int, Column]] = field(default_factory=list)


offers = Offers()
#: Nobody reads a larger number to its end.
MOST = 9_999
#: So many alerts stand at the foot of the page.
ALERTS = 3


def says(clauses: Callable[[Outlook], Iterable[Clause]]) -> Callable[[Outlook], Iterable[Clause]]:
    """Declare a function that adds to the opening sentence."""
    offers.clauses.append(clauses)
    return clauses


def measures(stats: Callable[[Outlook], Iterable[Stat]]) -> Callable[[Outlook], Iterable[Stat]]:
    """Declare a function that gives figures of the loop as a whole."""
    offers.stats.append(stats)
    return stats


def warns(alerts: Callable[[Outlook], Iterable[Alert]]) -> Callable[[Outlook], Iterable[Alert]]:
    """Declare a function that finds what wants a decision, the most pressing first."""
    offers.alerts.append(alerts)
    return alerts


def column(place: int, template: str) -> Callable[[Any], Any]:
    """Declare a function that fills a column of the page; columns stand in the order of their places."""

    def declare(fill: Callable[[Outlook], Mapping[str, Any] | None]) -> Callable[[Outlook], Mapping[str, Any] | None]:
        offers.columns.append((place, Column(template, fill)))
        return fill

    return declare


def columns(outlook: Outlook) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The templates of the columns that have something to tell, each with what it shows."""
    for _place, each in sorted(offers.columns, key=lambda pair: pair[0]):
        filled = each.fill(outlook)
        if filled is not None:
            yield each.template, filled


def alerts(outlook: Outlook) -> list[Alert]:
    """What wants a decision: of every room the most pressing, then of each the next."""
    found = [list(each(outlook)) for each in offers.alerts]
    turns = (room[turn] for turn in range(ALERTS) for room in found if turn < len(room))
    return list(turns)[:ALERTS]
