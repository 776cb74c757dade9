"""What this room tells on the workbench: how deals end, which stand still, and what is to be done about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.core import stage, tally
from bihuan.core.query import Query
from bihuan.core.registry import desk_of
from bihuan.people.staff import staff
from bihuan.people.unit import upward
from bihuan.sales.attainment import attainment
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.quota import FIRM_CURRENCY
from bihuan.sales.scope import Scope, may_see
from bihuan.web.loop import days_taken
from bihuan.web.show import percent
from bihuan.web.workbench import ALERTS, Alert, Clause, Outlook, Stat, address, column, measures, says, warns


@says
def next_steps(outlook: Outlook) -> Iterable[Clause]:
    """Deals and leads whose next step is due by today."""
    for model, text in (
        (Opportunity, lambda count: ngettext("[%(number)s deal] to move on", "[%(number)s deals] to move on", count)),
        (Lead, lambda count: ngettext("[%(number)s lead] to follow", "[%(number)s leads] to follow", count)),
    ):
        desk = desk_of(model)
        if not outlook.actor.may(model, "view") or not desk.has(outlook.actor, "next_step_at"):
            continue
        params = outlook.params(desk, stage__kind__in="open", next_step_at__before="tomorrow")
        if count := outlook.count(desk, params):
            yield Clause(text(count) % {"number": count}, address(desk, params))


@measures
def endings(outlook: Outlook) -> Iterable[Stat]:
    """The share of deals that were won of those that ended in the span, and how long the won ones took."""
    desk = desk_of(Opportunity)
    if not outlook.actor.may(Opportunity, "view") or not desk.has(outlook.actor, "closed_on"):
        return
    won = outlook.params(desk, closed_on__in=outlook.span, stage__kind__in="won")
    ended = outlook.params(desk, closed_on__in=outlook.span, stage__kind__in="won,lost")
    share, former = _share(outlook), _share(outlook.before)
    change = "" if share is None or former is None else _change(round((share - former) * 100, 1))
    tone = "" if not change else "good" if change.startswith("↑") else "bad"
    yield Stat(
        _("Deals won"),
        "–" if share is None else percent(share).rstrip("%"),
        "" if share is None else "%",
        address(desk, ended),
        change,
        tone,
    )
    days = days_taken(desk, outlook)
    yield Stat(
        _("From opening to winning"),
        "–" if days is None else str(days),
        ngettext(" day", " days", days or 0),
        address(desk, won),
    )


def _share(outlook: Outlook) -> float | None:
    """The share of won deals among those that ended; None where none did."""
    won, lost = _ended(outlook, "won"), _ended(outlook, "lost")
    return won / (won + lost) if won + lost else None


def _ended(outlook: Outlook, kind: str) -> int:
    """How many deals ended so in the span, to the last one: as it is kept for whoever sees every deal, else counted."""
    actor, desk = outlook.actor, desk_of(Opportunity)
    if not actor.rows(desk.slug, "view").every:
        params = outlook.params(desk, closed_on__in=outlook.span, stage__kind__in=kind)
        return Query.parse(desk, actor, params, ()).count()
    team = (each.id for each in staff().values() if each.unit_id in actor.unit_ids)
    owners = {"mine": [actor.user_id or 0], "team": list(team), "firm": None}[outlook.scope]
    months = tally.months(desk, outlook.period, stage.of_kind(desk.slug, kind), owners=owners)
    return sum(each.number for each in months)


def _change(points: float) -> str:
    return "" if not points else f"{'↑' if points > 0 else '↓'} {abs(points):g}"


@measures
def standing_still(outlook: Outlook) -> Iterable[Stat]:
    """The deals that have stood in their stage for too long."""
    desk = desk_of(Opportunity)
    if outlook.actor.may(Opportunity, "view") and desk.has(outlook.actor, "stage_since"):
        params = outlook.params(desk, stage__late="")
        count = outlook.count(desk, params)
        yield Stat(_("Stuck"), str(count), ngettext(" deal", " deals", count), address(desk, params), tone="warn")


@warns
def longest_stuck(outlook: Outlook) -> Iterable[Alert]:
    """The deals that have stood still for longest, beyond what is usual in their stage."""
    desk = desk_of(Opportunity)
    if not outlook.actor.may(Opportunity, "view") or not desk.has(outlook.actor, "stage_since"):
        return
    params = outlook.params(desk, stage__late="") | {"sort": "stage_since"}
    stages = [key for key in stage.of_kind(desk.slug, "open") if (here := stage.step(key)) and here.days_limit]
    pages = Query.parse(desk, outlook.actor, params, ["name", "stage", "stage_since"]).pages_by(
        "stage_id", stages, ALERTS
    )
    longest = sorted((row for page in pages.values() for row in page.rows), key=lambda row: row.values[2])
    for row in longest[:ALERTS]:
        name, stage_id, since = row.values
        here = stage.step(stage_id)
        days = (timezone.now() - since) // timedelta(days=1)
        usual = _("%(stage)s, usually %(days)s days") % {
            "stage": here.label if here else "",
            "days": here.days_limit if here else "",
        }
        title, url = _("Deal stuck for %(days)s days") % {"days": days}, reverse("record", args=[desk.slug, row.id])
        yield Alert("hourglass", title, f"{name} · {usual}", url, _("Move on"))


@column(3, "sales/parts/targets.html")
def targets(outlook: Outlook) -> Mapping[str, Any] | None:
    """What was reached of the targets of the span: one's own, those of one's unit, or the firm's."""
    scope = _scope(outlook)
    if scope is None or not may_see(outlook.actor, scope):
        return None
    period = outlook.period
    found = [bar for bar in attainment(outlook.actor, scope, period) if bar.in_use]
    url = f"{reverse('targets')}?{urlencode({'scope': scope, 'period': period})}"
    label = {1: _("Targets of the month"), 3: _("Targets of the quarter"), 12: _("Targets of the year")}[period.size]
    return {"bars": found, "currency": FIRM_CURRENCY, "label": label, "url": url}


def _scope(outlook: Outlook) -> Scope | None:
    """Whose targets are shown."""
    if outlook.scope == "mine":
        return Scope("person", outlook.actor.user_id) if outlook.actor.user_id else None
    unit = outlook.actor.unit_id
    if unit is None:
        return None
    return Scope("unit", unit if outlook.scope == "team" else upward(unit)[-1])
