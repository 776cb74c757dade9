"""Writing a mail: about a record, or in reply to another mail."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core.access import Actor, find, visible
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.template import Letter, MailTemplate, filled
from bihuan.touch.mail.text import quoted
from bihuan.touch.touched import whom


def draft(record: models.Model, by: Actor, *, contact: int | None = None, **inputs: Any) -> MailMessage:
    """A mail about a record, or in reply to one, that has not been sent. Raises Refused."""
    return do(create, by=by, on=MailMessage, **_concerned(record, by, contact, inputs["to"]), **inputs)


def _concerned(record: models.Model, by: Actor, contact: int | None, to: str) -> dict[str, Any]:
    if isinstance(record, MailMessage):
        return {
            "answers": record.pk, "contact": record.contact_id, "account": record.account_id,
            "about": record.about, "about_id": record.about_id,
        }  # fmt: skip
    if contact is None and not isinstance(record, Contact):
        contact = next(
            (each.pk for each in _people(record, by) if each.email and each.email.lower() in to.lower()), None
        )
    return whom(record, contact)


def _people(record: models.Model, by: Actor) -> Iterable[Contact]:
    """The contacts of an account, or of the account that a record belongs to; the main one first."""
    account = record.pk if isinstance(record, Account) else record.account_id  # type: ignore[attr-defined]
    rows = visible(by, Contact).filter(accounts__account=account, accounts__until=None, accounts__archived_at=None)
    return rows.order_by("-accounts__primary", "pk")


def thread_of(message_id: str) -> str:
    """The thread that a mail begins."""
    return sha256(message_id.encode()).hexdigest()


def letter_of(template: Any, record: models.Model, by: Actor) -> Letter:
    """A template, given by its key, about a record. Raises Refused."""
    return filled(find(by, MailTemplate, template, archived=False), record, by)


def text_of(template: Any, record: models.Model, by: Actor) -> str:
    """The text alone of a template about a record, for a touch or a note. Raises Refused."""
    return letter_of(template, record, by).text


def own_mailboxes(by: Actor) -> models.QuerySet[Mailbox]:
    """The mailboxes that somebody may send from."""
    return visible(by, Mailbox, "edit").filter(active=True).exclude(smtp_host="")


def proposal(record: models.Model, by: Actor) -> dict[str, str]:
    """What a new mail about a record begins with, as far as the actor sees it."""
    own = own_mailboxes(by)
    if isinstance(record, MailMessage):
        own = own.order_by(models.Case(models.When(pk=record.mailbox_id, then=0), default=1), "pk")
        given = _reply(record, by)
    else:
        own = own.order_by(models.Case(models.When(owner=by.user_id, then=0), default=1), "pk")
        people = [record] if hasattr(record, "email") else _people(record, by)
        given = {"to": next((to for each in people if (to := _seen(each, "email", by))), "")}
    first = own.values_list("pk", flat=True).first()
    return given | {"mailbox": str(first or "")}


def _reply(mail: MailMessage, by: Actor) -> dict[str, str]:
    sender, name, to, subject, text = (
        _seen(mail, each, by) for each in ("sender", "sender_name", "to", "subject", "text")
    )
    when = f"{timezone.localtime(mail.at):%Y-%m-%d %H:%M}"
    head = _("On %(when)s %(who)s wrote:") % {"when": when, "who": name or sender}
    return {
        "to": to if mail.direction == "out" else sender,
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "text": f"\n\n{head}\n{quoted(text)}",
    }  # fmt: skip


def _seen(record: models.Model, name: str, by: Actor) -> str:
    """A text of a record that the actor sees whole; else nothing."""
    field = desk_of(record).whole_fields(by).get(name)
    return field.value_of(record) if field is not None else ""
