"""The letter of a mailing as it travels: filled in for one person, as plain text and as a simple page of the same words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import NamedTuple

from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core.access import Actor
from bihuan.core.errors import Refused
from bihuan.sales.mailing import links
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail.template import filled
from bihuan.web.shell import LANGUAGE_TAGS, firm_name

#: An address within a text, up to what does not belong to one.
LINK = re.compile(
    r"https?://[^\s<>\"'“”‘’（）【】《》，。；：！？、]*[^\s<>\"'“”‘’（）【】《》，。；：！？、.,;:!?)\]]"
)


class Page(NamedTuple):
    """What stands in a letter: its words, and where to unsubscribe. `picture` is the address that counts opens, or ""."""

    subject: str
    text: str
    paragraphs: list[Markup]
    leave: str
    picture: str


def page(mailing: Mailing, recipient: MailingRecipient, by: Actor, key: int, at: str = "") -> Page:
    """The letter in the language in force, about a recipient as the actor sees them; its links name `key` and begin with `at`.

    Raises Refused for a place that cannot be filled in.
    """
    words = filled(mailing, person_of(recipient), by)
    follow: Callable[[str], str] = (lambda target: links.to_follow(key, target, at)) if mailing.counts_clicks else str
    picture = links.to_open(key, at) if mailing.counts_opens else ""
    return Page(words.subject, words.text, list(paragraphs(words.text, follow)), links.to_leave(key, at), picture)


def person_of(recipient: MailingRecipient) -> models.Model:
    """The contact or lead that a letter is about."""
    return recipient.contact or recipient.lead  # type: ignore[return-value]


def paragraphs(text: str, follow: Callable[[str], str]) -> Iterable[Markup]:
    """A text as paragraphs of a page; `follow` gives for an address in it where its link leads."""
    for block in re.split(r"\n\s*\n", text.strip()):
        yield Markup("<br>").join(_line(line, follow) for line in block.splitlines())


def _line(line: str, follow: Callable[[str], str]) -> Markup:
    made, end = Markup(), 0
    for found in LINK.finditer(line):
        link = Markup('<a href="{}">{}</a>').format(follow(found[0]), found[0])
        made, end = made + escape(line[end : found.start()]) + link, found.end()
    return made + escape(line[end:])


def composed(mailing: Mailing, recipient: MailingRecipient, by: Actor) -> EmailMessage:
    """The mail to a recipient. Raises Refused."""
    return _mail(mailing, recipient, by, recipient.address, recipient.pk)


def trial(mailing: Mailing, recipient: MailingRecipient, by: Actor, to: str) -> EmailMessage:
    """The same mail, about the same person, to somebody else; what is done with it is not noted. Raises Refused."""
    return _mail(mailing, recipient, by, to, links.NOBODY)


def _mail(mailing: Mailing, recipient: MailingRecipient, by: Actor, to: str, key: int) -> EmailMessage:
    with translation.override(recipient.language):
        letter = page(mailing, recipient, by, key, links.site())
        context = {
            "page": letter, "mailing": mailing, "firm": firm_name(), "unsubscribe": _("Unsubscribe"),
            "language": LANGUAGE_TAGS[recipient.language],
        }  # fmt: skip
        rendered = render_to_string("sales/mailing_letter.html", context)
        below = f"{firm_name()}\n{mailing.imprint}\n{_('Unsubscribe')}: {letter.leave}"
    made = EmailMessage()
    made["From"] = formataddr((" ".join(mailing.mailbox.name.split()), mailing.mailbox.address))
    made["To"] = Address(addr_spec=to)
    made["Subject"] = " ".join(letter.subject.split())
    made["Date"] = format_datetime(timezone.localtime())
    if key:
        made["Message-ID"] = recipient.message_id
    made["List-Unsubscribe"] = f"<{letter.leave}>"
    made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made["Precedence"] = "bulk"
    made.set_content(f"{letter.text}\n\n-- \n{below}\n")
    made.add_alternative(rendered, subtype="html")
    return made


def refuse_gaps(mailing: Mailing, recipients: Iterable[MailingRecipient], by: Actor) -> None:
    """Fill the letter in for some recipients in all its languages, to no other end than to see that it can be. Raises Refused."""
    for recipient in recipients:
        for language in LANGUAGE_TAGS:
            with translation.override(language):
                letter = filled(mailing, person_of(recipient), by)
            if not (letter.subject.strip() and letter.text.strip()):
                raise Refused(_("The letter has no subject or no text."))
