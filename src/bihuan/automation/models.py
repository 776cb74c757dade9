"""The tables of this room, for Django to find."""

from bihuan.automation.message import WebhookAttempt, WebhookMessage
from bihuan.automation.webhook import Webhook

__all__ = ["Webhook", "WebhookAttempt", "WebhookMessage"]
