"""Conflicting promises: two people who offer the same product to the same customer at different prices."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.catalog.product import Product
from bihuan.core.columns import AmountField, CurrencyField, NumberField, StateField
from bihuan.core.desk import Desk, Panel, View
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.sales.opportunity import Opportunity

STATES = {"open": _("Open"), "over": _("Over")}


class PriceConflict(Record):
    """Two open deals of different owners that name different prices for one product. The worker notes it and ends it
    (see promises.py); it belongs to the account or the contact that both deals share.
    """

    number = NumberField("PC-{n:05}")
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, related_name="+"
    )
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("Product"), related_name="+")
    first = models.ForeignKey(Opportunity, models.PROTECT, verbose_name=_("One deal"), related_name="+")
    second = models.ForeignKey(Opportunity, models.PROTECT, verbose_name=_("The other deal"), related_name="+")
    first_price = AmountField(verbose_name=_("Price there"))
    second_price = AmountField(verbose_name=_("Price here"))
    currency = CurrencyField()
    state = StateField(STATES, verbose_name=_("State"))

    class Meta:
        verbose_name = _("conflicting promise")
        verbose_name_plural = _("conflicting promises")
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "product"], name="one_conflict"),
        ]


@register(PriceConflict)
class PriceConflictDesk(Desk):
    icon = "triangle-alert"
    title = "number"
    columns = ("number", "account", "contact", "product", "first", "first_price", "second", "second_price", "state")
    filters = ("state", "account", "product")
    views = (View("open", _("Open"), {"state.in": "open"}), View("all", _("All of them"), {}))
    key = ("number",)
    made_by = "note_conflict"
    through = ("first", "second")
    panels = tuple(
        Panel(link, ("product", "first", "first_price", "second", "second_price"), label=_("Conflicting promises"),
              where=models.Q(state="open"))
        for link in ("account", "contact", "first", "second")
    )  # fmt: skip
