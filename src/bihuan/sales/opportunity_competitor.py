"""Who else wants a deal: each rival of it, how strong, at what price, and how it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, StateField
from bihuan.core.desk import Desk, Panel, Rollup
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.sales.competitor import Competitor
from bihuan.sales.opportunity import Opportunity

OUTCOMES = {
    "running": _("In the running"),
    "beaten": _("We won"),
    "ahead": _("They won"),
    "neither": _("Neither of us"),
}


class OpportunityCompetitor(Record):
    """A rival in a deal. When the deal closes, `outcome` is set (see handlers.py); people may correct it."""

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
