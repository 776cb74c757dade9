"""Mails: what came into a mailbox, and what is written from one."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import make_msgid

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.columns import AboutField, NumberField, StateField
from bihuan.core.desk import Desk, Panel, Section, View
from bihuan.core.held_file import stored_under
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.touch.mail.connection import FAILURES
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.touchpoint import DIRECTIONS, Touchpoint

STATES = {
    "draft": _("Draft"),
    "queued": _("To be sent"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Not sent"),
    "received": _("Received"),
    "strange": _("Of an unknown sender"),
}


#: The domain of the Message-IDs of mailings: what a folder of sent mails has of them is noted elsewhere, and not fetched.
MAILINGS = "mailing.bihuan.mail"


class MailMessage(Record):
    """One mail in one mailbox. Seen by whoever sees the mailbox, or the touch that the mail is.

    Nothing but the remark can be changed. `thread` is shared by all mails of a conversation, `fingerprint` by the copies
    of one mail in several mailboxes. What came in lies whole in `raw`; what did not fit into `to` and `cc` stands there alone.
    """

    number = NumberField("ML-{year}-{n:06}")
    mailbox = models.ForeignKey(Mailbox, models.PROTECT, verbose_name=_("Mailbox"), related_name="mails")
    direction = StateField(DIRECTIONS, verbose_name=_("Direction"), editable=False)
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    sender = models.CharField(_("Sender"), max_length=320, blank=True, editable=False)
    sender_name = models.CharField(_("Sender name"), max_length=200, blank=True, editable=False)
    to = models.CharField(_("Recipients"), max_length=4000, help_text=_("Mail addresses, parted by commas."))
    cc = models.CharField(_("Cc"), max_length=4000, blank=True)
    subject = models.CharField(_("Subject"), max_length=1000)
    text = models.TextField(_("Text"), blank=True)
    quoted = models.TextField(_("Quoted"), blank=True, editable=False)
    at = models.DateTimeField(_("When"), editable=False)
    answers = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("Reply to"), null=True, blank=True, related_name="answered_by"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, related_name="mails"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, blank=True, related_name="mails"
    )
    about = AboutField()
    about_id = models.BigIntegerField(_("Record"), null=True, blank=True)
    touchpoint = models.ForeignKey(
        Touchpoint, models.PROTECT, verbose_name=_("Touch"), null=True, blank=True, related_name="mails", editable=False
    )
    remark = models.TextField(_("Remark"), blank=True)
    automatic = models.BooleanField(_("Written by a program"), default=False, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=1000, blank=True, editable=False)
    references = models.TextField(_("References"), blank=True, editable=False)
    thread = models.CharField(_("Thread"), max_length=64, blank=True, editable=False)
    fingerprint = models.CharField(_("Fingerprint"), max_length=64, blank=True, editable=False)
    folder = models.CharField(_("Folder"), max_length=200, blank=True, editable=False)
    uidvalidity = models.BigIntegerField(_("UIDVALIDITY"), null=True, blank=True, editable=False)
    uid = models.BigIntegerField(_("UID"), null=True, blank=True, editable=False)
    raw = models.FileField(upload_to=stored_under, max_length=100, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0, editable=False)
    due_at = models.DateTimeField(_("Next attempt"), null=True, blank=True, editable=False)
    failure = StateField(
        FAILURES, verbose_name=_("Why it was not sent"), null=True, blank=True, default=None, editable=False
    )
    failure_detail = models.CharField(_("What the server said"), max_length=300, blank=True, editable=False)

    given_once = (
        *Record.given_once, "mailbox", "to", "cc", "subject", "text", "contact", "account", "about", "about_id",
    )  # fmt: skip

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "folder", "uidvalidity", "uid"], name="one_mail_of_a_uid")
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="mail_at"),
            models.Index(fields=["mailbox", "-at", "-id"], name="mail_mailbox"),
            models.Index(fields=["thread", "at"], name="mail_thread"),
            models.Index(fields=["message_id"], name="mail_message_id"),
            models.Index(fields=["fingerprint"], name="mail_fingerprint"),
            models.Index(fields=["due_at"], name="mail_due", condition=~Q(due_at=None)),
        ]

    def fill(self, by: Actor) -> None:
        self.at = timezone.now()
        self.subject = " ".join(self.subject.split())  # it becomes one line of the mail's head
        self.message_id = make_msgid(domain="bihuan.mail")

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.direction == "out" and self.state == "draft":
            yield from ((name, wrong) for name in ("to", "cc") if (wrong := _wrong(getattr(self, name))))

    @property
    def recipients(self) -> list[str]:
        return [*split(self.to), *split(self.cc)]


def split(addresses: str) -> list[str]:
    """Addresses that are parted by commas or semicolons."""
    found = addresses.replace(";", ",").replace("，", ",").replace("；", ",").split(",")
    return [each.strip() for each in found if each.strip()]


def _wrong(addresses: str) -> str:
    """What is wrong with addresses that somebody typed; "" for nothing."""
    for each in split(addresses):
        try:
            validate_email(each)
            each.encode("ascii")
        except (ValidationError, UnicodeEncodeError):
            return _now("“%(text)s” is not an e-mail address.") % {"text": each}
    return ""


@register(MailMessage)
class MailMessageDesk(Desk):
    never_hidden = ("at", "direction", "state")
    icon = "mail"
    group = "reach"
    title = "subject"
    columns = ("subject", "direction", "sender", "to", "at", "contact", "account", "state", "mailbox")
    filters = ("mailbox", "direction", "state", "at", "contact", "account", "touchpoint")
    form = (
        Section(_("Mail"), ("mailbox", "to", "cc", "subject", "text")),
        Section(_("About"), ("contact", "account", "answers", "remark")),
    )
    quick = ("mailbox", "to", "cc", "subject", "text", "contact", "account")
    facts = (
        Section(_("Mail"), ("sender", "sender_name", "to", "cc", "at", "direction", "mailbox")),
        Section(_("About"), ("number", "contact", "account", "touchpoint", "answers", "automatic", "remark")),
        Section(_("Sending"), ("state", "due_at", "failure", "failure_detail")),
    )
    views = (
        View("all", _("All mails"), {}),
        View("unassigned", _("Unknown senders"), {"state.in": "strange"}),
        View("unsent", _("Not sent"), {"state.in": "draft,queued,sending,failed"}),
    )
    sort = "-at"
    key = ("number",)
    search = {"subject": 6, "sender": 5, "sender_name": 4, "text": 1}
    tags = ("state", "failure")
    subtitle = ("sender", "to", "at")
    through = ("mailbox", "touchpoint")
    personal = Personal(
        (
            "sender", "sender_name", "to", "cc", "subject", "text", "quoted", "remark", "message_id", "references", "raw",
            "failure_detail",
        ),
        of=("contact", "touchpoint", "about"), under_way=Q(state__in=("queued", "sending")),
    )  # fmt: skip
    hung_by = "edit"  # nobody writes from a mailbox that they may only look into
    panels = (Panel("touchpoint", ("subject", "sender", "at"), label=_("Mail")),)
