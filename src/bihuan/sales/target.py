"""Targets: what a unit, a person or a territory shall reach in a month."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.columns import CurrencyField, NumberField, QuantityField, StateField
from bihuan.core.desk import Desk, View
from bihuan.core.record import Record, staff
from bihuan.core.registry import register
from bihuan.people.staff import staff as colleagues
from bihuan.people.territory import Territory
from bihuan.people.unit import Unit

#: What is measured. Receipts and margin wait for the rooms that know of money received and of cost.
MEASURES = {
    "orders": _("Orders won"),
    "receipts": _("Receipts"),
    "margin": _("Margin"),
    "accounts": _("New accounts"),
    "visits": _("Visits"),
}
#: Those that are amounts of money; the others are counts.
MONEY = ("orders", "receipts", "margin")
_LIVE = {"archived_at": None}


class Target(Record):
    """A goal for one month. With a person it is theirs, and `unit` is where they were when it was set; with a territory
    it is the territory's; with neither it is the unit's own.
    """

    number = NumberField("TG-{n:06}")
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("Unit"), null=True, blank=True, related_name="+",
        help_text=_("Of a person: filled in. With nothing else given it is your own."),
    )  # fmt: skip
    person = staff(_("Person"))
    territory = models.ForeignKey(
        Territory, models.PROTECT, verbose_name=_("Territory"), null=True, blank=True, related_name="+"
    )
    month = models.DateField(_("Month"), help_text=_("Any day of it."))
    measure = StateField(MEASURES, verbose_name=_("Measure"))
    base = QuantityField(_("Base"), null=False, blank=False)
    stretch = QuantityField(_("Stretch"))
    currency = CurrencyField()

    given_once = (*Record.given_once, "unit", "person", "territory", "month", "measure")
    own_path, unit_path = "person_id", "unit_id"

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        indexes = [models.Index(fields=["month", "measure"], name="target_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "measure", "month"], name="one_unit_target",
                condition=Q(person_id=None, territory_id=None, **_LIVE),
            ),
            models.UniqueConstraint(
                fields=["person", "measure", "month"], name="one_person_target", condition=Q(**_LIVE)
            ),
            models.UniqueConstraint(
                fields=["territory", "measure", "month"], name="one_territory_target", condition=Q(**_LIVE)
            ),
        ]  # fmt: skip

    def fill(self, by: Actor) -> None:
        self.month = self.month.replace(day=1)
        if not (self.unit_id or self.territory_id):
            self.person_id = self.person_id or by.user_id
        if self.person_id:
            self.unit_id = colleagues()[self.person_id].unit_id

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.person_id and self.territory_id:
            yield "territory", _("A target belongs to a person or to a territory, not to both.")
        if self.territory_id and self.unit_id:
            yield "unit", _("A territory lies across the units; leave the unit empty.")
        if not (self.person_id or self.territory_id or self.unit_id):
            yield "unit", _("Say whose target it is: a unit's, a person's or a territory's.")
        if self.base is not None and self.base < 0:
            yield "base", _("A target cannot be negative.")
        if self.stretch is not None and self.base is not None and self.stretch < self.base:
            yield "stretch", _("What one stretches for lies above the base.")


@register(Target)
class TargetDesk(Desk):
    icon = "gauge"
    group = "run"
    scoped = True
    home = "targets"
    title = "number"
    columns = ("number", "month", "measure", "unit", "person", "territory", "base", "stretch", "currency")
    filters = ("month", "measure", "unit", "person", "territory")
    quick = ("unit", "person", "territory", "month", "measure", "base", "stretch", "currency")
    views = (View("all", _("All targets"), {}), View("year", _("This year"), {"month.in": "this_year"}))
    sort = "-month"
    key = ("number",)
    aliases = {
        "person": ("sales_agent", "salesperson", "销售", "员工", "業務"),
        "unit": ("department", "team", "部门", "部門"),
        "base": ("target", "quota", "目标", "目標"),
        "month": ("period", "月份"),
    }
