"""Recipients: each person whom a mailing is for, whether it went to them or why not, and what they did with it."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import make_msgid

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import SecretField, StateField
from bihuan.core.desk import Desk, Rollup, Section, View
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.parties.contact import LANGUAGES, Contact
from bihuan.sales.lead import Lead
from bihuan.sales.mailing.mailing import Mailing
from bihuan.touch.mail.connection import FAILURES
from bihuan.touch.mail.message import MAILINGS
from bihuan.touch.touchpoint import Touchpoint

STATES = {
    "planned": _("To be sent"),
    "left_out": _("Left out of it"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Not sent"),
}
#: Why somebody is left out; the first that holds is told.
REASONS = {
    "excluded": _("Is in a segment that does not get it"),
    "address": _("Has no mail address"),
    "opted_out": _("Wants no mailings"),
    "bounced": _("Mails come back"),
    "double": _("Another one with the same address gets it"),
}


class MailingRecipient(Record):
    """Somebody whom a mailing is for: a contact or a lead, both where the one came of the other, with the address of that time.

    `opens` and `clicks` count every time, `opened_at` and `clicked_at` tell the first. `due_at` is the next attempt, or
    while it is being sent the moment from which its sender is taken to be dead.
    """

    mailing = models.ForeignKey(Mailing, models.PROTECT, verbose_name=_("Mailing"), related_name="recipients")
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, related_name="mailings"
    )
    lead = models.ForeignKey(
        Lead, models.PROTECT, verbose_name=_("Lead"), null=True, blank=True, related_name="mailings"
    )
    address = models.EmailField(_("Address"), blank=True)
    language = StateField(LANGUAGES, verbose_name=_("Language"))
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    reason = StateField(REASONS, verbose_name=_("Why not"), default="", blank=True)
    at = models.DateTimeField(_("Sent at"), null=True, blank=True, editable=False)
    due_at = models.DateTimeField(_("Next attempt"), null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0, editable=False)
    failure = StateField(
        FAILURES, verbose_name=_("Why it was not sent"), null=True, blank=True, default=None, editable=False
    )
    failure_detail = models.CharField(_("What the server said"), max_length=300, blank=True, editable=False)
    message_id = SecretField(max_length=200, verbose_name=_("Message-ID"))
    touchpoint = models.ForeignKey(
        Touchpoint, models.PROTECT, verbose_name=_("Touch"), null=True, blank=True, related_name="+", editable=False
    )
    bounced_at = models.DateTimeField(_("Came back"), null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("Mail opened"), null=True, blank=True, editable=False)
    opens = models.PositiveIntegerField(_("Opens"), default=0, editable=False)
    clicked_at = models.DateTimeField(_("Clicked"), null=True, blank=True, editable=False)
    clicks = models.PositiveIntegerField(_("Clicks"), default=0, editable=False)
    unsubscribed_at = models.DateTimeField(_("Unsubscribed"), null=True, blank=True, editable=False)
    remark = models.TextField(_("Remark"), blank=True)

    given_once = (
        *Record.given_once, "mailing", "contact", "lead", "address", "language", "reason", "state", "at", "bounced_at", "opened_at",
        "opens", "clicked_at", "clicks", "unsubscribed_at",
    )  # fmt: skip

    class Meta:
        verbose_name = _("recipient of a mailing")
        verbose_name_plural = _("recipients of mailings")
        constraints = [
            *(
                models.UniqueConstraint(
                    fields=["mailing", other], name=f"one_recipient_{other}", condition=Q(archived_at=None)
                )
                for other in ("contact", "lead")
            ),
            # whatever goes wrong elsewhere: nobody gets a mailing twice
            models.UniqueConstraint(
                fields=["mailing", "address"],
                name="one_recipient_address",
                condition=Q(archived_at=None, reason="") & ~Q(address=""),
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "state", "id"], name="recipient_state"),
            models.Index(fields=["at"], name="recipient_at", condition=~Q(at=None)),
            models.Index(fields=["message_id"], name="recipient_message_id"),
            models.Index(fields=["due_at"], name="recipient_being_sent", condition=Q(state="sending")),
        ]

    def settle(self) -> None:
        if not self.message_id:
            self.message_id = make_msgid(domain=MAILINGS)

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.contact_id is None and self.lead_id is None:
            yield "contact", _("Name a contact or a lead.")


#: What a mailing tells of its recipients: the figure, and the conditions of the list of those that it counts.
FIGURES = {
    "planned_count": {"state": ("planned", "sending")},
    "left_out_count": {"state": ("left_out",)},
    "sent_count": {"state": ("sent",)},
    "failed_count": {"state": ("failed",)},
    "bounced_count": {"bounced_at": None},
    "opened_count": {"opened_at": None},
    "clicked_count": {"clicked_at": None},
    "unsubscribed_count": {"unsubscribed_at": None},
}


def _where(asked: dict[str, tuple[str, ...] | None]) -> Q:
    """The same conditions for the database: a state is one of several, a moment is there at all."""
    return Q(**{f"{name}__in" if states else f"{name}__isnull": states or False for name, states in asked.items()})


@register(MailingRecipient)
class MailingRecipientDesk(Desk):
    icon = "mail"
    title = "contact__name"
    made_by = "list_recipient"
    columns = (
        "address",
        "contact",
        "lead",
        "state",
        "reason",
        "at",
        "opened_at",
        "clicked_at",
        "bounced_at",
        "unsubscribed_at",
    )
    filters = ("mailing", "state", "reason", "language", "failure", "at", "clicked_at", "bounced_at", "unsubscribed_at")
    facts = (
        Section(_("Recipient"), ("mailing", "contact", "lead", "address", "language", "state", "reason", "remark")),
        Section(_("Sending"), ("at", "attempts", "due_at", "failure", "failure_detail", "touchpoint")),
        Section(_("What came of it"), ("opened_at", "opens", "clicked_at", "clicks", "bounced_at", "unsubscribed_at")),
    )
    views = (View("all", _("All recipients"), {}),)
    tags = ("state", "reason", "failure")
    subtitle = ("mailing", "contact", "lead")
    sort = "id"
    personal = Personal(
        ("address", "failure_detail", "remark"),
        of=("contact", "lead"),
        under_way=Q(state__in=("planned", "sending"), reason=""),
    )
    through = ("mailing",)
    hung_by = "edit"
    rollups = tuple(Rollup("mailing", column, Count("pk"), _where(asked)) for column, asked in FIGURES.items())
