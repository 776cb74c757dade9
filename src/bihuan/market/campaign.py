"""Campaigns: what the firm does to be noticed, from when to when, for how much."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, NumberField, StateField
from bihuan.core.desk import Desk, Section, View
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register

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
    remark = models.TextField(_("Remark"), blank=True)

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


@register(Campaign)
class CampaignDesk(Desk):
    icon = "megaphone"
    group = "reach"
    node = 0
    columns = ("name", "type", "channel", "state", "starts_on", "ends_on", "budget", "cost", "owner")
    filters = ("state", "type", "channel", "starts_on", "owner")
    form = (
        Section(_("Campaign"), ("name", "number", "code", "type", "channel", "owner")),
        Section(_("Course"), ("starts_on", "ends_on", "budget", "cost", "currency", "remark")),
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
    figures = ("budget", "cost", "starts_on", "ends_on")
    creates = ("type", "channel")
