"""Goals of campaigns: so many records wanted of those that a filter finds, and how many of them there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.errors import Refused
from bihuan.core.query import Query
from bihuan.web import list_rule as rules
from bihuan.web.counts import LOOKED_THROUGH, told

if TYPE_CHECKING:
    from bihuan.market.campaign import Campaign

#: What goals count, by the object's slug.
OBJECTS = {
    "lead": _("Leads"),
    "opportunity": _("Opportunities"),
    "contact": _("Contacts"),
    "account": _("Accounts"),
    "touchpoint": _("Touches"),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """How far a campaign has come: `reached` in words, `percent` of what is wanted, and the list of those that count."""

    label: str
    asked: str
    wanted: int
    reached: str
    percent: int
    url: str


def problems(campaign: Campaign) -> Iterable[tuple[str, str]]:
    """What is wrong with the filter of a goal. One that would count all that the firm has is none."""
    try:
        rules.check(campaign.goal_of, campaign.goal_rule)
    except Refused as refusal:
        yield "goal_rule", refusal.sentence
    else:
        if campaign.goal and not campaign.goal_rule.strip() and not _names_campaign(campaign.goal_of):
            yield "goal_rule", str(_("These name no campaign: say by a filter which of them count."))


def goal_of(campaign: Campaign, by: Actor) -> Goal | None:
    """How far a campaign has come, as somebody sees the records that count; None without a goal, or for whom one is hidden.

    It is counted up to as many as the counts beside views look through.
    """
    desk = registry.desk(campaign.goal_of)
    shown = registry.desk_of(campaign).whole_fields(by).keys() >= {"goal", "goal_of", "goal_rule"}
    if not campaign.goal or not shown or not by.may(desk.model, "view"):
        return None
    params = _params(campaign)
    try:
        count = Query.parse(desk, by, params).count(LOOKED_THROUGH + 1)
    except Refused:  # a filter that asks for what there no longer is, or what is hidden
        return None
    return Goal(
        str(OBJECTS[campaign.goal_of]), rules.in_words(campaign.goal_of, campaign.goal_rule), campaign.goal,
        told(count, most=LOOKED_THROUGH), min(count, campaign.goal) * 100 // campaign.goal,
        f"{reverse('list', args=[desk.slug])}?{urlencode(params)}",
    )  # fmt: skip


def _params(campaign: Campaign) -> dict[str, str]:
    """What the list asks for that shows those who count: of what names a campaign its own, unless the filter asks for others."""
    asked = rules.asked(campaign.goal_rule)
    is_open = _names_campaign(campaign.goal_of) and not any(name.partition(".")[0] == "campaign" for name in asked)
    return ({"campaign.in": str(campaign.pk)} if is_open else {}) | asked


def _names_campaign(slug: str) -> bool:
    return "campaign" in registry.desk(slug).declared_fields
