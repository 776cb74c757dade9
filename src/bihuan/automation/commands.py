"""What can be done with webhooks, beside editing them."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.automation.message import WebhookMessage
from bihuan.automation.webhook import Webhook
from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.errors import Refused


@command(Webhook, label=_("New secret"), icon="key-round", needs="edit", is_offered=False)
def renew_secret(webhook: Webhook, *, by: Actor) -> None:
    """Sign with a new secret; for a day messages are signed with the former one too."""
    webhook.renew_secret(timezone.now())


@command(Webhook, label=_("Send a test"), icon="send", needs="edit", is_offered=False)
def send_test(webhook: Webhook, *, by: Actor) -> None:
    """Send a message that tells of nothing, to see whether the receiver answers."""
    if not webhook.active or webhook.archived_at is not None:
        raise Refused(_now("This webhook is off."))
    now = timezone.now()
    WebhookMessage.objects.create(webhook=webhook, type="test", created_at=now, due_at=now)


@command(
    Webhook, label=_("Send again"), icon="refresh-cw", needs="edit", is_offered=False, labels={"message": _("Message")}
)
def replay(webhook: Webhook, *, by: Actor, message: int | None = None) -> None:
    """Send one message again, or all that were given up, with as many attempts as new ones have."""
    if not webhook.active or webhook.archived_at is not None:
        raise Refused(_now("This webhook is off."))
    finished = WebhookMessage.objects.filter(webhook=webhook).exclude(state="waiting")
    chosen = finished.filter(state="dead") if message is None else finished.filter(pk=message)
    if not chosen.update(state="waiting", attempts=0, due_at=timezone.now(), done_at=None):
        raise Refused(_now("There is nothing to send again."))
