"""Mailboxes: from where mails are fetched and sent, for one person or for those with whom it is shared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import ChoiceField, NumberField, PortField, SecretField, StateField
from bihuan.core.desk import Desk, Section
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register
from bihuan.touch.mail.connection import FAILURES
from bihuan.touch.visited import Visited

SECURITY = {"tls": _("TLS from the start"), "starttls": _("STARTTLS"), "none": _("not encrypted")}
STRANGERS = {
    "keep": _("Keep them in the mailbox until somebody says whose they are"),
    "lead": _("Keep them, and make leads of them"),
    "ignore": _("Do not fetch them"),
}


class Mailbox(OwnedRecord):
    """One address with its two servers. Who owns it, or has it shared with them to edit, writes from it."""

    number = NumberField("MB-{n:03}")
    address = models.EmailField(_("Address"))
    name = models.CharField(_("Sender name"), max_length=120, help_text=_("Stands before the address in what is sent."))
    active = models.BooleanField(_("Active"), default=True)
    channel = ChoiceField(set="channel", verbose_name=_("Channel"), null=False, blank=False)
    strangers = StateField(STRANGERS, verbose_name=_("Mails of unknown senders"))
    since = models.DateField(
        _("Mails since"), default=timezone.localdate, help_text=_("Older ones stay on the server alone.")
    )
    folders = models.CharField(
        _("Folders"), max_length=400, default="INBOX", help_text=_("What is fetched, parted by commas.")
    )
    imap_host = models.CharField(_("IMAP server"), max_length=200, blank=True)
    imap_port = PortField(_("IMAP port"), default=993)
    imap_security = StateField(SECURITY, verbose_name=_("IMAP encryption"))
    imap_login = models.CharField(_("IMAP login"), max_length=200, blank=True)
    imap_password = SecretField(max_length=1000, verbose_name=_("IMAP password"))
    smtp_host = models.CharField(_("SMTP server"), max_length=200, blank=True)
    smtp_port = PortField(_("SMTP port"), default=465)
    smtp_security = StateField(SECURITY, verbose_name=_("SMTP encryption"))
    smtp_login = models.CharField(_("SMTP login"), max_length=200, blank=True)
    smtp_password = SecretField(max_length=1000, verbose_name=_("SMTP password"))
    per_minute = models.PositiveIntegerField(
        _("Mails a minute"), default=20, help_text=_("No mailing sends faster; single mails are never held back.")
    )
    per_hour = models.PositiveIntegerField(_("Mails an hour"), default=600)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.imap_host and not self.folder_names:
            yield "folders", _("Name at least one folder.")
        for name in ("imap_port", "smtp_port"):
            if not 0 < (getattr(self, name) or 0) < 65536:
                yield name, _("A port is a number from 1 to 65535.")

    @property
    def folder_names(self) -> list[str]:
        return [name.strip() for name in self.folders.split(",") if name.strip()]


@register(Mailbox)
class MailboxDesk(Desk):
    icon = "inbox"
    columns = ("address", "name", "active", "strangers", "owner")
    form = (
        Section(_("Mailbox"), ("address", "name", "active", "channel", "number", "owner")),
        Section(_("Fetching (IMAP)"), (
            "imap_host", "imap_port", "imap_security", "imap_login", "folders", "since", "strangers",
        )),
        Section(_("Sending (SMTP)"), ("smtp_host", "smtp_port", "smtp_security", "smtp_login", "per_minute", "per_hour")),
    )  # fmt: skip
    quick = ("address", "name", "channel", "imap_host", "imap_login", "smtp_host", "smtp_login")
    title = "address"
    key = ("number", "address")
    sort = "address"
    search = {"address": 5, "name": 2}
    subtitle = ("name", "owner")


class MailboxState(Visited):
    """How far a mailbox is fetched: by folder, the server's UIDVALIDITY and the last UID; and what came of the last visit."""

    mailbox = models.OneToOneField(Mailbox, models.CASCADE, related_name="state")
    cursor = models.JSONField(default=dict)

    of, sentences = "mailbox", FAILURES

    class Meta:
        app_label = "touch"

    @classmethod
    def open(cls) -> models.QuerySet[Self]:
        return super().open().exclude(mailbox__imap_host="")
