"""The export log: who took which list out of the house, when, from where and how much of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from bihuan.core import event
from bihuan.core.exchange.exporting import Exported
from bihuan.people.sign_in_policy import keep_days
from bihuan.people.user import User


class ExportEntry(models.Model):
    """One export. `asked` is the list's address behind the question mark; `key` keeps an event from counting twice."""

    key = models.CharField(max_length=32, unique=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()
    object = models.CharField(max_length=40)
    asked = models.TextField()
    columns = models.TextField()
    format = models.CharField(max_length=10)
    rows = models.PositiveIntegerField()

    class Meta:
        app_label = "people"
        indexes = [
            models.Index(fields=["at"], name="export_at"),
            models.Index(fields=["user", "-at"], name="export_user"),
        ]


@event.on(Exported)
def note(happened: Exported) -> None:
    """Write an export down; what is older than the logs are kept goes."""
    if days := keep_days():
        ExportEntry.objects.filter(at__lt=timezone.now() - timedelta(days=days)).delete()
    told = {
        "user_id": happened.by_id,
        "address": happened.address,
        "at": datetime.fromisoformat(happened.at),
        "object": happened.object,
        "asked": happened.asked,
        "columns": happened.columns,
        "format": happened.format,
        "rows": happened.rows,
    }
    ExportEntry.objects.get_or_create(key=happened.key, defaults=told)
