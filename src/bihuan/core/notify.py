"""Telling a member of staff, once per event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone


class Notification(models.Model):
    """A line in somebody's bell. `key` makes the same event tell the same person only once.

    The text is kept as message and arguments, so that everybody reads it in their own language.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    message = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    about = models.CharField(max_length=40, blank=True)
    about_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=120)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="told_once")]
        indexes = [models.Index(fields=["user", "-id"], name="notification_user")]


def notice(
    user_id: int, message: str, *, key: str, about: str = "", about_id: int | None = None, **arguments: str
) -> Notification:
    """A line for a person's bell, not written yet. `message` is an English msgid with %(name)s places for `arguments`."""
    now = timezone.now()
    return Notification(
        user_id=user_id, message=message, arguments=arguments, about=about, about_id=about_id, key=key, at=now
    )


def tell_all(lines: Iterable[Notification]) -> None:
    """Put lines into people's bells, in one statement; one whose `key` the person has been told already is dropped."""
    Notification.objects.bulk_create(lines, ignore_conflicts=True)


def tell(user_id: int, message: str, **known: Any) -> None:
    """Put one line in a person's bell; what else is `known` of it as `notice` takes it."""
    tell_all([notice(user_id, message, **known)])


def told(user_ids: Iterable[int], keys: Iterable[str]) -> set[str]:
    """Those of the keys under which one of these people has been told something."""
    rows = Notification.objects.filter(user__in=set(user_ids), key__in=list(keys))
    return set(rows.values_list("key", flat=True))


def unread(user_id: int, cap: int = 99) -> int:
    """How many lines a person has not read, counted up to `cap`."""
    return len(Notification.objects.filter(user_id=user_id, read_at=None).values_list("pk")[:cap])
