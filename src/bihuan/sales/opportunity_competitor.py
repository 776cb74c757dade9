"""Who else wants a deal: each rival of it, how strong, at what price, and how it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, visible
from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, StateField
from bihuan.core.desk import Desk, Panel, Rollup
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.core.run import Call, do, run
from bihuan.core.stage import step
from bihuan.core.verbs import create, update
from bihuan.sales.competitor import Competitor
from bihuan.sales.opportunity import Opportunity

OUTCOMES = {
    "running": _("In the running"),
    "beaten": _("We won"),
    "ahead": _("They won"),
    "neither": _("Neither of us"),
}


class OpportunityCompetitor(Record):
    """A rival in a deal. When the deal closes, `outcome` is set (see `settle`); people may correct it."""

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, verbose_name=_("Opportunity"), related_name="rivals")
    competitor = models.ForeignKey(Competitor, models.PROTECT, verbose_name=_("Competitor"), related_name="met_in")
    strength = ChoiceField(set="competitor_strength", verbose_name=_("Position"))
    price = AmountField(verbose_name=_("Their price"))
    currency = CurrencyField()
    outcome = StateField(OUTCOMES, verbose_name=_("Outcome"))
    remark = models.TextField(_("Remark"), blank=True)

    class Meta:
        verbose_name = _("competitor in a deal")
        verbose_name_plural = _("competitors in deals")
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "competitor"], name="one_deal_rival", condition=Q(archived_at=None)
            )
        ]


@register(OpportunityCompetitor)
class OpportunityCompetitorDesk(Desk):
    icon = "scale"
    title = "competitor__name"
    columns = ("opportunity", "competitor", "strength", "price", "outcome")
    filters = ("outcome", "strength", "competitor")
    creates = ("competitor", "strength")
    through = ("opportunity",)
    panels = (
        Panel("opportunity", ("competitor", "strength", "price", "outcome"), label=_("Competitors")),
        Panel("competitor", ("opportunity", "price", "outcome"), label=_("Met in deals")),
    )
    rollups = (
        Rollup("competitor", "deals_met", Count("pk")),
        Rollup("competitor", "won_against", Count("pk"), Q(outcome="beaten")),
        Rollup("competitor", "lost_to", Count("pk"), Q(outcome="ahead")),
    )


def settle(key: int) -> None:
    """Bring the rivals of a deal in line with it: its main competitor is one; those that still run end with it.

    What people said of an outcome stays, until the deal is opened again.
    """
    deal = visible(SYSTEM, Opportunity, archived=None).get(pk=key)
    rivals = visible(SYSTEM, OpportunityCompetitor).filter(opportunity=deal)
    if deal.competitor_id and not rivals.filter(competitor=deal.competitor_id).exists():
        named = {"opportunity": deal.pk, "competitor": deal.competitor_id, "currency": deal.currency}
        do(create, by=SYSTEM, on=OpportunityCompetitor, **named)
    here = step(deal.stage_id)
    if here is None or here.kind == "open":
        calls = [Call({"outcome": "running"}, each) for each in rivals.exclude(outcome="running")]
    else:
        ended = rivals.filter(outcome="running")
        calls = [Call({"outcome": _outcome(deal, here.kind, each)}, each) for each in ended]
    run(update, calls, by=SYSTEM, on=OpportunityCompetitor)


def _outcome(deal: Opportunity, kind: str, rival: OpportunityCompetitor) -> str:
    """What a closed deal means for a rival: a lost one went to the main competitor, as far as anybody knows."""
    if kind == "won":
        return "beaten"
    return "ahead" if rival.competitor_id == deal.competitor_id else "neither"
