"""Messages to webhooks: one for every event and receiver, sent at least once, with every attempt kept."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.automation.webhook import Webhook
from bihuan.core import outbound
from bihuan.core.columns import StateField
from bihuan.core.event import Happening

STATES = {
    "waiting": _("Waiting"),
    "delivered": _("Delivered"),
    "withheld": _("Withheld"),
    "dead": _("Given up"),
}

#: Why an attempt failed: no answer came, or one that is none.
FAILURES = {
    **outbound.FAILURES,
    "status": _("The receiver answered with an error."),
    "redirect": _("The receiver answered with a redirect; these are not followed."),
    "gone": _("The receiver says that it is gone for good."),
    "owner": _("Whoever saved this webhook may no longer sign in; save it again."),
}

#: Seconds from one attempt to the next, at the most: 70 hours altogether.
PAUSES = (10, 60, 300, 1200, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
ATTEMPTS = len(PAUSES) + 1

#: Whoever has taken a message up and is not heard of for so long is taken to be dead; another sends it again.
LEASE = timedelta(seconds=60)


class WebhookMessage(models.Model):
    """One event owed to one webhook; without one, a test. `key` stays the same however often it is sent.

    Waiting messages are sent when they are due. Whoever sends one moves that moment on by LEASE first.
    """

    key = models.UUIDField(default=uuid4, unique=True)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="+", db_index=False)
    happening = models.ForeignKey(Happening, models.CASCADE, null=True, related_name="+", db_index=False)
    type = models.CharField(max_length=100)
    state = StateField(STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "automation"
        indexes = [
            models.Index(fields=["webhook", "due_at", "id"], name="message_due", condition=models.Q(state="waiting")),
            models.Index(fields=["webhook", "state", "-id"], name="message_state"),
            models.Index(fields=["webhook", "-id"], name="message_webhook"),
            models.Index(fields=["done_at"], name="message_done"),
        ]

    @property
    def name(self) -> str:
        """What its receiver knows it by; who gets one of the same name again has it already."""
        return f"msg_{self.key.hex}"


class WebhookAttempt(models.Model):
    """One time a message was sent: what came back, or why nothing did. `answer` is the beginning of the body."""

    message = models.ForeignKey(WebhookMessage, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        app_label = "automation"


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: anything up to the limit, so that many that failed together do not come together.

    Source: "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), "full jitter".
    """
    return timedelta(seconds=random.uniform(0, PAUSES[attempts - 1]))  # noqa: S311  (spreads load; keeps no secret)
