"""The forecast as it stood in each week, so that one sees how it moved. Written by the worker, never changed."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from bihuan.core.access import SYSTEM, visible
from bihuan.core.columns import QuantityField
from bihuan.core.stage import step
from bihuan.people.unit import Unit
from bihuan.sales.forecast_category import category_of
from bihuan.sales.opportunity import Opportunity


class ForecastSnapshot(models.Model):
    """What the open and won deals of an owner in a unit said of a month, on the Monday of a week."""

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
