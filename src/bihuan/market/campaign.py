"""Campaigns: what the firm does to be noticed, from when to when, for how much."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, NumberField, RuleField, StateField
from bihuan.core.desk import Desk, Section, View
from bihuan.core.field import Computed
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register
from bihuan.market import goals
from bihuan.web import list_rule as rules

STATES = {
    "planned": _("Planned"),
    "running": _("Running"),
    "paused": _("Paused"),
    "finished": _("Finished"),
    "cancelled": _("Cancelled"),
}


class Campaign(OwnedRecord):
    """An exhibition, a mailing, an advertisement: leads and deals name the one that they come from."""

    number = NumberField("MK-{year}-{n:03}")
    name = models.CharField(_("Campaign name"), max_length=200)
    code = models.CharField(
        _("Code"),
        max_length=40,
        unique=True,
        null=True,
        blank=True,
        help_text=_("What stands in links and QR codes, so that one sees who came by them."),
    )
    type = ChoiceField(set="campaign_type", verbose_name=_("Type"))
    channel = ChoiceField(set="channel", verbose_name=_("Channel"))
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    starts_on = models.DateField(_("Begins"), null=True, blank=True)
    ends_on = models.DateField(_("Ends"), null=True, blank=True)
    budget = AmountField(verbose_name=_("Budget"))
    cost = AmountField(verbose_name=_("Actual cost"))
    currency = CurrencyField()
    goal = models.PositiveIntegerField(
        _("Goal"), null=True, blank=True, help_text=_("So many are wanted. Empty: the campaign has no goal.")
    )
    goal_of = StateField(goals.OBJECTS, verbose_name=_("The goal counts"))
    goal_rule = RuleField(
        _("The goal’s filter"), of="goal_of", max_length=1000, blank=True,
        help_text=_(
            "Filter the list and copy what stands in its address behind the question mark. Leads and opportunities count "
            "where they came by this campaign, unless the filter names campaigns itself."
        ),
    )  # fmt: skip
    remark = models.TextField(_("Remark"), blank=True)
    lead_count = models.PositiveIntegerField(_("Lead count"), default=0, editable=False)
    converted_count = models.PositiveIntegerField(_("Converted"), default=0, editable=False)
    deal_count = models.PositiveIntegerField(_("Deals"), default=0, editable=False)
    won_count = models.PositiveIntegerField(_("Won deals"), default=0, editable=False)
    won_amount = AmountField(
        verbose_name=_("Won amount"), editable=False, help_text=_("Of won deals in the currency of the campaign.")
    )
    won_summed = models.PositiveIntegerField(
        _("Won deals in the won amount"), default=0, editable=False,
        help_text=_("Deals in other currencies are not in it, and without them no return is told."),
    )  # fmt: skip

    given_once = (*OwnedRecord.given_once, "state")

    class Meta(OwnedRecord.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")

    def problems(self) -> Iterable[tuple[str, str]]:
        for name in ("budget", "cost"):
            if (getattr(self, name) or 0) < 0:
                yield name, _("An amount cannot be negative.")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            yield "ends_on", _("The end lies before the beginning.")
        if self.goal == 0:
            yield "goal", _("A goal is at least 1.")
        yield from goals.problems(self)


def per(cost: Decimal | None, count: int) -> Decimal | None:
    """What one of them cost."""
    return None if cost is None or not count else (cost / count).quantize(Decimal("0.01"))


def return_on(cost: Decimal | None, won: Decimal | None, count: int, summed: int) -> Decimal | None:
    """What came back above the cost, in hundredths of it; None where some of the won deals are in another currency."""
    return None if not cost or summed < count else (((won or 0) - cost) * 100 / cost).quantize(Decimal("0.1"))


_RETURN = (
    "lead_count", "converted_count", "cost_per_lead", "deal_count", "won_count", "won_summed", "cost_per_deal", "won_amount", "roi",
)  # fmt: skip


@register(Campaign)
class CampaignDesk(Desk):
    icon = "megaphone"
    group = "reach"
    node = 0
    columns = (
        "name", "type", "state", "starts_on", "ends_on", "cost", "lead_count", "won_amount", "roi", "owner",
    )  # fmt: skip
    filters = ("state", "type", "channel", "starts_on", "owner")
    form = (
        Section(_("Campaign"), ("name", "number", "code", "type", "channel", "owner")),
        Section(_("Course"), ("starts_on", "ends_on", "budget", "cost", "currency", "remark")),
        Section(_("Goal"), ("goal", "goal_of", "goal_rule")),
    )
    quick = ("name", "type", "channel", "starts_on", "ends_on", "budget", "owner")
    views = (
        View("all", _("All campaigns"), {}),
        View("running", _("Running"), {"state.in": "running"}),
        View("mine", _("Mine"), {"owner.in": "me"}),
    )
    sort = "-starts_on"
    search = {"number": 8, "name": 10, "code": 5, "remark": 1}
    key = ("number", "name")
    tags = ("state", "type")
    subtitle = ("number", "channel", "owner")
    figures = ("budget", "cost", "lead_count", "cost_per_lead", "won_count", "cost_per_deal", "won_amount", "roi")
    facts = (
        Section(_("Campaign"), ("name", "number", "code", "type", "channel", "owner")),
        Section(_("Course"), ("starts_on", "ends_on", "budget", "cost", "currency", "remark")),
        Section(_("Goal"), ("goal", "goal_of", "goal_asked")),
        Section(_("Return"), _RETURN),
    )
    computed = (
        Computed("goal_asked", _("Of those counts"), kind.Text(), ("goal_of", "goal_rule"), rules.in_words),
        Computed("cost_per_lead", _("Cost per lead"), kind.Quantity(), ("cost", "lead_count"), per),
        Computed("cost_per_deal", _("Cost per won deal"), kind.Quantity(), ("cost", "won_count"), per),
        Computed("roi", _("ROI"), kind.Percent(), ("cost", "won_amount", "won_count", "won_summed"), return_on),
    )
    creates = ("type", "channel")
