"""Mailings: one letter to many people, each in their language, sent at the pace of the mailbox."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.columns import NumberField, StateField
from bihuan.core.desk import Desk, Panel, Section, View
from bihuan.core.field import Computed
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register
from bihuan.market.campaign import Campaign
from bihuan.market.segment import Segment
from bihuan.touch.mail.connection import FAILURES
from bihuan.touch.mail.mailbox import Mailbox

STATES = {
    "draft": _("Draft"),
    "scheduled": _("Scheduled"),
    "sending": _("Being sent"),
    "paused": _("Paused"),
    "done": _("Sent"),
    "stopped": _("Stopped"),
}
#: Why a mailing stands still, beside what can be wrong with its mail server.
TROUBLES = FAILURES | {
    "text": _("A place in the text cannot be filled in."),
    "many": _("The mail server refused several mails one after the other."),
}


def _count(label: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(label, default=0, editable=False)


class Mailing(OwnedRecord):
    """A letter to the people of segments, or to the members of its campaign. See recipient.py for each of them.

    It goes to whom was worked out when it had `planned_version`. While it is sent `due_at` is when the next portion is
    due, and `attempts` counts those that failed since one got through.
    """

    number = NumberField("MM-{year}-{n:03}")
    name = models.CharField(_("Mailing name"), max_length=200)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("Campaign"), null=True, blank=True, related_name="mailings"
    )
    mailbox = models.ForeignKey(
        Mailbox, models.PROTECT, verbose_name=_("Sent from"), related_name="mailings", help_text=_("Answers go there.")
    )
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    segments = models.ManyToManyField(Segment, verbose_name=_("To these segments"), blank=True, related_name="+")
    to_members = models.BooleanField(_("To the members of the campaign"), default=False)
    but = models.ManyToManyField(Segment, verbose_name=_("But not to these segments"), blank=True, related_name="+")
    subject = models.CharField(_("Subject (简体)"), max_length=300, blank=True)
    subject_hant = models.CharField(_("Subject (繁體)"), max_length=300, blank=True)
    subject_en = models.CharField(_("Subject (English)"), max_length=300, blank=True)
    text = models.TextField(_("Text (简体)"), blank=True)
    text_hant = models.TextField(_("Text (繁體)"), blank=True)
    text_en = models.TextField(_("Text (English)"), blank=True)
    imprint = models.CharField(
        _("Address of the firm"), max_length=300, help_text=_("Stands below each mail, under the name of the firm.")
    )
    counts_clicks = models.BooleanField(
        _("Count clicks"), default=True, help_text=_("Links lead by way of this product.")
    )
    counts_opens = models.BooleanField(
        _("Count opens"),
        default=False,
        help_text=_("By a picture that cannot be seen. Tells no more than an estimate."),
    )
    planned_version = models.PositiveIntegerField(_("Recipients known of version"), null=True, editable=False)
    starts_at = models.DateTimeField(_("Starts"), null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("Started"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("Ended"), null=True, blank=True, editable=False)
    due_at = models.DateTimeField(_("Next attempt"), null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0, editable=False)
    failure = StateField(
        TROUBLES, verbose_name=_("Why it stands still"), null=True, blank=True, default=None, editable=False
    )
    failure_detail = models.CharField(_("What the server said"), max_length=300, blank=True, editable=False)
    planned_count = _count(_("To be sent"))
    left_out_count = _count(_("Left out of it"))
    sent_count = _count(_("Sent"))
    failed_count = _count(_("Not sent"))
    bounced_count = _count(_("Came back"))
    opened_count = _count(_("Mail opened"))
    clicked_count = _count(_("Clicked"))
    unsubscribed_count = _count(_("Unsubscribed"))

    given_once = (*OwnedRecord.given_once, "state", "started_at", "ended_at")

    class Meta(OwnedRecord.Meta):
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        indexes = [
            *OwnedRecord.Meta.indexes,
            models.Index(fields=["campaign", "-id"], name="mailing_campaign"),
            models.Index(
                fields=["state", "id"], name="mailing_under_way", condition=Q(state__in=("scheduled", "sending"))
            ),
        ]

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.to_members and self.campaign_id is None:
            yield "campaign", _("Name the campaign whose members get it.")


def in_words(sent: int, clicked: int, unsubscribed: int) -> str:
    """What a mailing came to, in a line; "" for one of which nothing has gone."""
    told = {"sent": sent, "clicked": clicked, "unsubscribed": unsubscribed}
    return _now("%(sent)d sent, %(clicked)d clicked, %(unsubscribed)d unsubscribed") % told if sent else ""


@register(Mailing)
class MailingDesk(Desk):
    icon = "send"
    group = "reach"
    columns = (
        "name", "state", "campaign", "started_at", "sent_count", "bounced_count", "clicked_count", "unsubscribed_count", "owner",
    )  # fmt: skip
    filters = ("state", "campaign", "mailbox", "started_at", "owner")
    form = (
        Section(_("Mailing"), ("name", "number", "campaign", "mailbox", "imprint", "owner")),
        Section(_("Who gets it"), ("segments", "to_members", "but")),
        Section(_("简体"), ("subject", "text")),
        Section(_("繁體"), ("subject_hant", "text_hant")),
        Section(_("In English"), ("subject_en", "text_en")),
        Section(_("What is counted"), ("counts_clicks", "counts_opens")),
    )
    quick = ("name", "campaign", "mailbox", "segments", "to_members", "subject", "text", "imprint")
    facts = (
        Section(_("Mailing"), ("number", "campaign", "mailbox", "segments", "to_members", "but", "owner")),
        Section(_("Letter"), ("subject", "text", "imprint", "counts_clicks", "counts_opens")),
        Section(_("Course"), ("starts_at", "started_at", "ended_at", "due_at", "failure", "failure_detail")),
    )
    views = (
        View("all", _("All mailings"), {}),
        View("under_way", _("Under way"), {"state.in": "scheduled,sending,paused"}),
        View("mine", _("Mine"), {"owner.in": "me"}),
    )
    search = {"number": 8, "name": 10, "subject": 4}
    key = ("number", "name")
    tags = ("state", "failure")
    subtitle = ("number", "campaign", "mailbox", "owner")
    panels = (Panel("campaign", ("name", "came_to", "state"), label=_("Mailings")),)
    computed = (
        Computed("came_to", _("What it came to"), kind.Text(), ("sent_count", "clicked_count", "unsubscribed_count"), in_words),
    )  # fmt: skip
