"""Touchpoints: every contact with a customer, on whatever channel, in whatever department."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from django.db import models
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import AboutField, ChoiceField, StateField
from bihuan.core.desk import Desk, Rollup, Section, Stream, Tallied, View
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.account_contact import present_accounts
from bihuan.parties.contact import Contact

DIRECTIONS = {"out": _("Outgoing"), "in": _("Incoming")}

#: Touches that somebody made: what a machine sends, such as a mailing or the notice of an absence, counts as no touch.
BY_PEOPLE = Q(automatic=False)

#: The drawing of a channel, by the key of its choice.
ICONS = {
    "phone": "phone", "visit": "map-pin", "mail": "mail", "wechat": "message-circle", "sms": "message-square", "letter": "send",
    "fax": "printer", "event": "users-round", "web": "globe", "media": "megaphone",
    "chat": "messages-square", "portal": "id-card",
}  # fmt: skip


class Touchpoint(OwnedRecord):
    """One touch: who, when, on which channel, about what, and what came of it."""

    channel = ChoiceField(set="channel", verbose_name=_("Channel"), null=False, blank=False)
    direction = StateField(DIRECTIONS, verbose_name=_("Direction"))
    at = models.DateTimeField(_("When"), blank=True)
    minutes = models.PositiveIntegerField(_("Minutes"), null=True, blank=True)
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, related_name="touchpoints"
    )
    others = models.ManyToManyField(Contact, verbose_name=_("Others present"), blank=True, related_name="+")
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, blank=True, related_name="touchpoints"
    )
    about = AboutField()
    about_id = models.BigIntegerField(_("Record"), null=True, blank=True)
    text = models.TextField(_("What was said"), blank=True)
    outcome = ChoiceField(set="outcome", verbose_name=_("Outcome"))
    automatic = models.BooleanField(_("Sent by a machine"), default=False, editable=False)

    given_once = (*OwnedRecord.given_once, "automatic")

    class Meta(OwnedRecord.Meta):
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        indexes = [
            *OwnedRecord.Meta.indexes,
            models.Index(fields=["account", "-at", "-id"], name="touch_account"),
            models.Index(fields=["contact", "-at", "-id"], name="touch_contact"),
            models.Index(fields=["about", "about_id", "-at"], name="touch_about"),
            models.Index(fields=["-at", "-id"], name="touch_at"),
            # how often a unit, or one of its people, has touched on a channel, from the index alone
            models.Index(fields=["channel", "-at", "unit"], name="touch_channel", condition=models.Q(archived_at=None)),
            models.Index(fields=["owner", "channel", "-at"], name="touch_mine", condition=models.Q(archived_at=None)),
        ]

    def fill(self, by):  # type: ignore[no-untyped-def]
        self.at = self.at or timezone.now()

    @classmethod
    def fill_all(cls, records: Sequence[Self]) -> None:
        """Who names a contact alone means the account of the present role too, on whose timeline the touch then stands."""
        alone = [each for each in records if each.contact_id and not each.account_id]
        accounts = present_accounts(each.contact_id for each in alone) if alone else {}
        for each in alone:
            each.account_id = next(iter(accounts.get(each.contact_id, ())), None)

    def problems(self):  # type: ignore[no-untyped-def]
        if not (self.contact_id or self.account_id or self.about_id):
            yield "contact", _("Say who was touched: a contact, an account or a record.")


@register(Touchpoint)
class TouchpointDesk(Desk):
    icon = "phone"
    group = "reach"
    title = "text"
    columns = ("at", "channel", "direction", "contact", "account", "text", "outcome", "owner")
    filters = ("channel", "direction", "owner", "at", "outcome")
    form = (
        Section(_("Touch"), ("channel", "direction", "at", "minutes", "contact", "others", "account", "owner")),
        Section(_("What happened"), ("text", "outcome")),
    )
    facts = (
        Section(
            _("Touch"), ("channel", "direction", "at", "minutes", "contact", "others", "account", "about", "owner")
        ),
        Section(_("What happened"), ("text", "outcome")),
    )
    quick = ("channel", "direction", "contact", "account", "at", "text", "outcome")
    views = (
        View("all", _("All touches"), {}),
        View("mine", _("My touches"), {"owner.in": "me"}),
        View("week", _("This week"), {"at.in": "this_week"}),
    )
    sort = "-at"
    search = {"text": 3}
    creates = ("channel", "outcome")
    stream = Stream(
        at="at",
        text="text",
        tab="touches",
        mark="channel",
        icons=ICONS,
        whom="contact",
        flow="direction",
        outcome="outcome",
        opens="mailmessage.touchpoint",
    )
    through = ("account", "contact")
    personal = Personal(("text",), of=("contact", "about"))
    tallied = Tallied("at", by="channel")
    rollups = (
        Rollup("account", "last_touch_at", Max("at"), BY_PEOPLE),
        Rollup("contact", "last_touch_at", Max("at"), BY_PEOPLE, also="others"),
    )
