"""What is owed to webhooks when something happens."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.utils import timezone

from bihuan.automation import event_types, webhook
from bihuan.automation.message import WebhookMessage
from bihuan.core import event, rows


@event.outbox
def owe_messages(happened: Sequence[tuple[int, event.Event]]) -> None:
    """A message for every webhook that asked for one of these events; who asked is known from memory."""
    now = timezone.now()
    owed = [
        (uuid4(), receiver, key, event_types.type_of(each.object, each.name), "waiting", 0, now, now)
        for key, each in happened
        for receiver in webhook.asking(each.object, each.name)
    ]
    if owed:
        names = ("key", "webhook", "happening", "type", "state", "attempts", "created_at", "due_at")
        rows.insert(WebhookMessage, names, owed)
