"""The forecast as it stood in each week, so that one sees how it moved. Written by the worker, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from bihuan.core import rows
from bihuan.core.access import SYSTEM, visible
from bihuan.core.columns import QuantityField
from bihuan.core.once import once
from bihuan.core.period import Period
from bihuan.people.unit import Unit, below
from bihuan.sales.forecast import slices
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.quota import FIRM_CURRENCY
from bihuan.sales.scope import Scope

#: How many months ahead are kept, from the present quarter on.
AHEAD = 12
#: How many weeks are shown.
SHOWN = 8


class ForecastSnapshot(models.Model):
    """What the won and open deals of an owner in a unit said of a month, in the week that began on a Monday."""

    week = models.DateField()
    month = models.DateField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    category = models.CharField(max_length=12)  # one of CATEGORIES, or "won"
    currency = models.CharField(max_length=3)
    deals = models.PositiveIntegerField()
    amount = QuantityField()

    class Meta:
        app_label = "sales"
        indexes = [models.Index(fields=["month", "week"], name="snapshot_month")]


def keep(today: date | None = None) -> int:
    """Keep the forecast of this week, unless that is done; returns the number of rows."""
    today = today or timezone.localdate()
    week = today - timedelta(today.weekday())
    if ForecastSnapshot.objects.filter(week=week).exists():
        return 0
    with once(SYSTEM, f"forecast {week}", "") as call:
        if call.answer is not None:  # another worker has done it just now
            return 0
        call.answer = len(_write(week, Period.around(today, 3)))
    return call.answer


def _write(week: date, quarter: Period) -> list[int]:
    sums: dict[tuple[date, int | None, int | None, str, str], tuple[int, Decimal]] = {}
    for each in slices(visible(SYSTEM, Opportunity), Period(quarter.start, AHEAD)):
        place = (each.month, each.owner, each.unit, each.category, each.currency)
        deals, amount = sums.get(place, (0, Decimal(0)))
        sums[place] = (deals + each.deals, amount + each.amount)
    names = ("week", "month", "owner", "unit", "category", "currency", "deals", "amount")
    return rows.insert(ForecastSnapshot, names, [(week, *place, *held) for place, held in sums.items()])


@dataclass(slots=True)
class Week:
    """How the forecast of a period stood in a week, by category."""

    week: date
    sums: dict[str, Decimal] = field(default_factory=dict)

    @property
    def call(self) -> Decimal:
        """Won and committed."""
        return self.sums.get("won", Decimal(0)) + self.sums.get("commit", Decimal(0))


def weeks(scope: Scope, period: Period) -> list[Week]:
    """How the forecast of a scope that the asker may see moved, the latest week first. One query; none for a territory."""
    where = {"unit": Q(unit__in=below(scope.key)), "person": Q(owner=scope.key)}.get(scope.kind)
    if where is None:
        return []
    kept = ForecastSnapshot.objects.filter(where, month__gte=period.start, month__lt=period.end, currency=FIRM_CURRENCY)
    found: dict[date, Week] = {}
    totals = kept.values("week", "category").annotate(total=Sum("amount")).order_by("-week")
    for row in totals:
        found.setdefault(row["week"], Week(row["week"])).sums[row["category"]] = row["total"]
    return list(found.values())[:SHOWN]
