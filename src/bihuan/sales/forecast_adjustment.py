"""What a manager adds to a forecast or takes from it: kept apart from what the deals say, with the reason."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.columns import AmountField, CurrencyField, NumberField
from bihuan.core.desk import Desk, View
from bihuan.core.record import Record, staff
from bihuan.core.registry import register
from bihuan.people.staff import staff as colleagues
from bihuan.people.unit import Unit


class ForecastAdjustment(Record):
    """An amount by which somebody's judgement differs from the deals of a unit or a person in a month."""

    number = NumberField("FA-{n:05}")
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("Unit"), null=True, blank=True, related_name="+",
        help_text=_("Of a person: filled in. With nothing else given it is your own."),
    )  # fmt: skip
    person = staff(_("Person"))
    month = models.DateField(_("Month"), help_text=_("Any day of it."))
    amount = AmountField(
        verbose_name=_("More or less"), null=False, blank=False, help_text=_("Less with a minus before it.")
    )
    currency = CurrencyField()
    reason = models.CharField(_("Reason"), max_length=300)

    given_once = (*Record.given_once, "unit", "person", "month")
    own_path, unit_path = "person_id", "unit_id"

    class Meta:
        verbose_name = _("forecast adjustment")
        verbose_name_plural = _("forecast adjustments")
        indexes = [models.Index(fields=["month"], name="adjustment_month")]

    def fill(self, by: Actor) -> None:
        self.month = self.month.replace(day=1)
        if not self.unit_id:
            self.person_id = self.person_id or by.user_id
        if self.person_id:
            self.unit_id = colleagues()[self.person_id].unit_id

    def problems(self) -> Iterable[tuple[str, str]]:
        if not (self.person_id or self.unit_id):
            yield "unit", _("Say whose forecast it is: a unit's or a person's.")


@register(ForecastAdjustment)
class ForecastAdjustmentDesk(Desk):
    icon = "sliders-horizontal"
    scoped = True
    title = "number"
    columns = ("number", "month", "unit", "person", "amount", "reason", "created_by", "created_at")
    filters = ("month", "unit", "person")
    quick = ("unit", "person", "month", "amount", "currency", "reason")
    views = (View("all", _("All adjustments"), {}),)
    sort = "-month"
    key = ("number",)
