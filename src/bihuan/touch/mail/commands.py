"""What can be done with mailboxes and mails, in the order of their life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, Actor, permits
from bihuan.core.command import command
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.parties.account_contact import AccountContact
from bihuan.parties.contact import Contact
from bihuan.people.sealed import seal
from bihuan.touch.events import MailFromStranger, MailReturned
from bihuan.touch.mail import writing
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.template import MailTemplate
from bihuan.touch.mail.text import beginning
from bihuan.touch.touched import is_touched, whom
from bihuan.touch.touchpoint import Touchpoint

#: Who sends a mail and is not heard of for so long is taken to be dead.
LEASE = timedelta(minutes=15)


# ---------------------------------------------------------------------- mailboxes


@command(
    Mailbox, label=_("Set passwords"), icon="key-round", needs="edit", is_offered=False,
    labels={"imap_password": _("IMAP password"), "smtp_password": _("SMTP password")},
)  # fmt: skip
def set_mail_passwords(
    mailbox: Mailbox, *, by: Actor, imap_password: str = "", smtp_password: str = ""
) -> Iterable[Event]:
    """Keep the passwords of the mail servers; one that is left empty stays as it is."""
    if imap_password:
        mailbox.imap_password = seal(imap_password)
    if smtp_password:
        mailbox.smtp_password = seal(smtp_password)
    return []


# ---------------------------------------------------------------------- what comes in


@command(MailMessage, to="received", label=_("Receive"), icon="inbox", needs="create", creates=True, internal=True)
def receive_mail(mail: MailMessage, *, by: Actor, values: dict, returned: str = "") -> Iterable[Event]:
    """Keep a mail that lies on the server, with the Message-IDs of those that it reports back; only the product does so."""
    for name, value in values.items():
        setattr(mail, name, value)
    return [MailReturned("mailmessage", 0, returned)] if returned else []


@command(
    MailMessage, to="strange", label=_("Receive from an unknown sender"), icon="inbox", needs="create", creates=True, internal=True
)  # fmt: skip
def receive_from_stranger(mail: MailMessage, *, by: Actor, values: dict) -> Iterable[Event]:
    """Keep a mail of somebody whom nobody knows; only the product itself does so."""
    receive_mail.verb(mail, by=by, values=values)
    return [MailFromStranger("mailmessage", 0, mail.mailbox.strangers)]


@command(Contact, label=_("Mail came back"), icon="mail", needs="edit", internal=True)
def note_bounce(contact: Contact, *, by: Actor, comes_back: bool = True) -> Iterable[Event]:
    """Mark the mail address of a contact as one that mails come back from, or as a new one; only the product itself does so."""
    contact.email_bounced_at = timezone.now() if comes_back else None
    return []


@command(MailMessage, "strange", to="received", label=_("Assign to a contact"), icon="user-check", needs="edit")
def assign_mail(mail: MailMessage, *, by: Actor, contact: int) -> Iterable[Event]:
    """Say whose mail this is; it becomes a touch with them."""
    sender = Contact._base_manager.get(pk=contact)
    if not sender.email and mail.sender and permits(by, sender, "edit"):
        do(update, sender, by=by, email=mail.sender)
    become_touch(mail, whom(sender, None), mail.mailbox.owner_id)
    return []


@command(
    MailMessage, "strange", to="received", label=_("Make a contact"), icon="user-plus", needs="edit",
    labels={"name": _("Name")},
)  # fmt: skip
def make_contact(mail: MailMessage, *, by: Actor, name: str, account: int | None = None) -> Iterable[Event]:
    """Make a contact of the sender; the mail becomes a touch with them."""
    made = do(create, by=by, on=Contact, name=name, email=mail.sender)
    if account is not None:
        do(create, by=by, on=AccountContact, account=account, contact=made.pk)
    become_touch(mail, whom(made, None), mail.mailbox.owner_id)
    return []


def touch_of(mail: MailMessage, concerned: dict[str, Any], owner: int | None) -> dict[str, Any]:
    """The inputs of the touch that a mail is."""
    text = f"{mail.subject}\n{beginning(mail.text)}".strip()
    return {
        "channel": mail.mailbox.channel_id, "direction": mail.direction, "at": mail.at, "text": text, "owner": owner,
        **concerned,
    }  # fmt: skip


def become_touch(mail: MailMessage, concerned: dict[str, Any], owner: int | None) -> None:
    """Write a mail down as a touch, unless a copy of it in another mailbox is one, and let it know what it concerns."""
    copies = MailMessage._base_manager.filter(fingerprint=mail.fingerprint).exclude(fingerprint="")
    touch = copies.exclude(touchpoint=None).values_list("touchpoint_id", flat=True).first()
    mail.touchpoint_id = touch or do(create, by=SYSTEM, on=Touchpoint, **touch_of(mail, concerned, owner)).pk
    mail.contact_id, mail.account_id = concerned.get("contact"), concerned.get("account")
    mail.about, mail.about_id = concerned.get("about", ""), concerned.get("about_id")


# ---------------------------------------------------------------------- what goes out


def _may_be_written_to(desk: Desk) -> bool:
    return is_touched(desk) or desk.model is MailMessage


@command(
    None, label=_("Write a mail"), icon="square-pen", needs="view", fits=_may_be_written_to, fields_of=MailMessage, foremost=True,
    labels={"template": _("Template")},
)  # fmt: skip
def write_mail(
    record: models.Model, *, by: Actor, mailbox: int, to: str, subject: str = "", text: str = "", cc: str = "",
    contact: int | None = None, template: MailTemplate | None = None,
) -> Iterable[Event]:  # fmt: skip
    """Send a mail about this record, or in reply to this mail; it is logged as a touch once it has gone."""
    if template is not None:
        letter = writing.letter_of(template, record, by)
        subject, text = subject or letter.subject, text or letter.text
    draft = writing.draft(record, by, mailbox=mailbox, to=to, cc=cc, subject=subject, text=text, contact=contact)
    do(send_mail, draft, by=by)
    return []


@command(MailMessage, "draft", "failed", to="queued", label=_("Send"), icon="send", needs="edit")
def send_mail(mail: MailMessage, *, by: Actor) -> Iterable[Event]:
    """Hand the mail to the server that the mailbox sends by; also once more after it could not be sent."""
    mailbox = mail.mailbox
    if not mailbox.active or mailbox.archived_at is not None or not mailbox.smtp_host:
        raise Refused(_now("Nothing is sent from this mailbox: it is off, or has no SMTP server."), "mailbox")
    mail.sender, mail.sender_name = mailbox.address, " ".join(mailbox.name.split())
    former = mail.answers
    if former is not None:
        mail.references = " ".join(filter(None, (former.references, former.message_id)))
    mail.thread = former.thread if former is not None and former.thread else writing.thread_of(mail.message_id)
    mail.due_at, mail.attempts, mail.failure, mail.failure_detail = timezone.now(), 0, None, ""
    return []


@command(MailMessage, "queued", to="sending", label=_("Begin to send"), icon="send", needs="edit", internal=True)
def begin_sending(mail: MailMessage, *, by: Actor) -> Iterable[Event]:
    """Note that the mail is being sent from now on; only the product itself does so."""
    mail.at, mail.attempts = timezone.now(), mail.attempts + 1
    mail.due_at = timezone.now() + LEASE
    return []


@command(
    MailMessage, "sending", to="queued", label=_("Send later"), icon="hourglass", needs="edit", internal=True,
    labels={"until": _("Until")},
)  # fmt: skip
def put_off_sending(
    mail: MailMessage, *, by: Actor, failure: str, until: datetime, detail: str = ""
) -> Iterable[Event]:
    """Note why the mail has not gone yet, and when it is tried again; only the product itself does so."""
    mail.failure, mail.failure_detail, mail.due_at = failure, detail, until
    return []


@command(MailMessage, "sending", to="failed", label=_("Give up"), icon="circle-x", needs="edit", internal=True)
def give_up_sending(mail: MailMessage, *, by: Actor, failure: str, detail: str = "") -> Iterable[Event]:
    """Note why the mail was not sent; only the product itself does so."""
    mail.failure, mail.failure_detail, mail.due_at = failure, detail, None
    return []


@command(
    MailMessage, "sending", "failed", to="sent", label=_("Note as sent"), icon="check", needs="edit", internal=True
)
def note_sent(mail: MailMessage, *, by: Actor) -> Iterable[Event]:
    """Note that the server has taken the mail, and log it as a touch; only the product itself does so."""
    mail.failure, mail.failure_detail, mail.due_at = None, "", None
    concerned = {"contact": mail.contact_id, "account": mail.account_id, "about": mail.about, "about_id": mail.about_id}
    if mail.touchpoint_id is None and (mail.contact_id or mail.account_id or mail.about_id):
        become_touch(mail, concerned, mail.created_by_id)
    return []
