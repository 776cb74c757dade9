"""The page that compares what campaigns brought, by each way of telling which brought it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor, find
from bihuan.core.errors import Forbidden
from bihuan.core.query import Query
from bihuan.market.campaign import Campaign
from bihuan.sales.attribution import Won, attribute, even, first, last, won_in
from bihuan.sales.opportunity import Opportunity
from bihuan.web import record_page, respond, show
from bihuan.web.record_page import Action
from bihuan.web.subject import Subject

#: What must be seen of deals as it is stored, or the sums would tell it.
NEEDED = {"amount", "campaign", "closed_on", "stage"}
WAYS = (first, last, even)


@require_safe
def attribution(request: HttpRequest, key: int) -> HttpResponse:
    """What every campaign got of a year's won deals, this one marked; a table for each currency."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    campaign = find(actor, Campaign, key)
    if not registry.desk_of(Opportunity).whole_fields(actor).keys() >= NEEDED or not actor.may(Opportunity, "view"):
        raise Forbidden()
    this = timezone.localdate().year
    year = kind.read_key(request.GET.get("year", "")) or this
    year = year if 1900 <= year <= 9999 else this
    deals = won_in(year, actor)
    currencies = sorted({deal.currency for deal in deals}, key=lambda each: (each != campaign.currency, each))
    context = {
        "campaign": campaign,
        "title": link.name_of(actor, campaign),
        "year": year,
        "years": [each for each in (year - 1, year + 1) if each <= this],
        "courses": courses(actor),
        "tables": [table(each, [deal for deal in deals if deal.currency == each], actor) for each in currencies],
    }
    return respond.page(request, "sales/attribution.html", context)


def table(currency: str, deals: Sequence[Won], actor: Actor) -> dict[str, Any]:
    """A row for each campaign that got something, the most by the first way first, and the sums, which are all the same."""
    columns = [attribute(deals, way) for way in WAYS]
    keys = {key for column in columns for key in column}
    titles = link.titles(actor, registry.desk_of(Campaign), keys - {None})
    rows = [
        {"key": key, "title": titles.get(key, ""), "amounts": [column.get(key, Decimal(0)) for column in columns]}
        for key in keys
    ]
    rows.sort(key=lambda row: (row["key"] is None, [-amount for amount in row["amounts"]]))
    sums = [sum(column.values(), Decimal(0)) for column in columns]
    return {"currency": currency, "rows": rows, "sums": sums, "count": len(deals)}


#: What is told of every campaign over its whole life, and the list behind it where it is a count.
COURSE = {
    "lead_count": ("lead", {}), "cost": None, "cost_per_lead": None, "deal_count": ("opportunity", {}),
    "won_count": ("opportunity", {"stage.kind.in": "won"}), "cost_per_deal": None, "won_amount": None, "roi": None,
}  # fmt: skip
#: So many campaigns are compared.
MOST = 100


def courses(actor: Actor) -> dict[str, Any]:
    """What the campaigns cost and brought, the latest first, of what the actor may know of them."""
    desk = registry.desk_of(Campaign)
    names = desk.known(actor, COURSE)
    query = Query.parse(desk, actor, {"sort": desk.order(actor, "-starts_on")}, names)
    drawn, found = [show.shower(each) for each in query.columns], query.page(MOST).rows
    titles = link.titles(actor, desk, [row.id for row in found])
    rows = [
        {"key": row.id, "title": titles.get(row.id, ""), "cells": [
            (draw(raw) if raw is not None else "", _list_url(each.name, row.id, raw))
            for each, draw, raw in zip(query.columns, drawn, row.values, strict=False)
        ]}
        for row in found
    ]  # fmt: skip
    return {"heads": [str(each.label) for each in query.columns], "rows": rows}


def _list_url(name: str, campaign: int, raw: Any) -> str:
    """The list behind a count of a campaign, if that is one and there is any."""
    if COURSE[name] is None or not raw:
        return ""
    slug, more = COURSE[name]
    return f"{reverse('list', args=[slug])}?{urlencode({'campaign.in': campaign} | more)}"


@record_page.further(Campaign)
def to_attribution(subject: Subject) -> Action:
    """The way there from a campaign's page."""
    return Action(_("Compare"), "chart-column-stacked", reverse("attribution", args=[subject.record.pk]), "page")


paths = [path("campaign/<int:key>/attribution", attribution, name="attribution")]
