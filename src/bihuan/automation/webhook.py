"""Webhooks: addresses of other programs that are told what happens, each with the rights of whoever saved it last."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.automation import event_types
from bihuan.core import outbound
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.record import Record
from bihuan.core.registry import register

#: How long messages are signed with the former secret too, so that a receiver can change over at leisure.
OVERLAP = timedelta(hours=24)


class Webhook(Record):
    """One receiver. It is told of records as `changed_by` sees them: nobody can save one and get another's sight.

    `keys` are the random parts of the secrets in force, the newest first, each with the moment until which it counts.
    """

    name = models.CharField(_("Receiver"), max_length=120)
    address = models.CharField(_("Address"), max_length=500, help_text=_("Where messages are posted to."))
    events = models.TextField(
        _("Events"), default=event_types.ANY, help_text=_("What the receiver is told of, parted by commas.")
    )
    active = models.BooleanField(_("Active"), default=True)
    keys = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def fill(self, by: Actor) -> None:
        self.renew_secret(timezone.now())

    def problems(self):  # type: ignore[no-untyped-def]
        try:
            outbound.check(self.address)
        except Refused as refusal:
            yield "address", refusal.sentence
        types = event_types.split(self.events)
        if not types:
            yield "events", _now("Choose at least one event.")
        if unknown := event_types.unknown(types):
            yield "events", _now("There is no event “%(name)s”.") % {"name": unknown[0]}

    def renew_secret(self, now: datetime) -> None:
        """Begin a new secret; the one before it counts for some time yet."""
        new = {"nonce": secrets.token_urlsafe(24), "until": None}
        former = [{**each, "until": (now + OVERLAP).isoformat()} for each in self.keys[:1]]
        self.keys = [new, *former]

    def secrets(self, now: datetime) -> list[bytes]:
        """The secrets that count at a moment, the newest first."""
        return [
            secret(each["nonce"])
            for each in self.keys
            if each["until"] is None or now < datetime.fromisoformat(each["until"])
        ]

    @property
    def shown_secret(self) -> str:
        """The newest secret as its receiver keeps it (the form of Standard Webhooks)."""
        return "whsec_" + base64.b64encode(secret(self.keys[0]["nonce"])).decode()


def secret(nonce: str) -> bytes:
    """The 32 bytes of a secret. They are worked out from the server's own key, so that no copy of the database holds them."""
    return salted_hmac("bihuan.webhook", nonce, algorithm="sha256").digest()


@register(Webhook)
class WebhookDesk(Desk):
    icon = "plug"
    columns = ("name", "address", "events", "active", "changed_by", "changed_at")
    sort = "name"
    key = ("name",)
    configuration = True
    confidential = True


@remembered
def active() -> dict[int, tuple[str, ...]]:
    """The webhooks that are told, with the types of events that each asked for."""
    rows = visible(SYSTEM, Webhook).filter(active=True).order_by("pk")
    return {key: event_types.split(events) for key, events in rows.values_list("pk", "events")}


@remembered
def asking(object: str, name: str) -> tuple[int, ...]:
    """The webhooks that are told of an event."""
    if object not in event_types.catalogue():
        return ()
    type = event_types.type_of(object, name)
    return tuple(key for key, types in active().items() if event_types.covers(types, object, type))
