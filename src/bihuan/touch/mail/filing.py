"""Filing what came in: whose mail it is, to which thread and record it belongs, and the touch that it is.

    bytes → read → new ones → own, known or strange → thread → touches → mails → attachments, bounces

A batch is one transaction. The same mail in two mailboxes is two mails and one touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models.functions import Lower

from bihuan.core import registry
from bihuan.core.access import SYSTEM, visible
from bihuan.core.attached import Attachment, attach
from bihuan.core.desk import Desk
from bihuan.core.duplicates.match import keys_of
from bihuan.core.duplicates.models import MatchKey
from bihuan.core.run import Call, run
from bihuan.core.verbs import create
from bihuan.parties.account_contact import present_accounts
from bihuan.parties.contact import Contact
from bihuan.people.user import User
from bihuan.touch.mail import commands
from bihuan.touch.mail.mailbox import Mailbox, MailboxState
from bihuan.touch.mail.message import MAILINGS, MailMessage
from bihuan.touch.mail.parse import Parsed, parse
from bihuan.touch.mail.writing import thread_of
from bihuan.touch.touched import is_touched
from bihuan.touch.touchpoint import Touchpoint

#: A word that may be the number of a record.
NUMBER = re.compile(r"[A-Za-z][\w-]*\d[\w-]*")


@dataclass(slots=True)
class Letter:
    """A mail on its way into the records. `concerned` names contact, account and record, as far as they are known."""

    uid: int
    raw: bytes
    mail: Parsed
    is_out: bool = False
    thread: str = ""
    answers: int | None = None
    concerned: dict[str, Any] = field(default_factory=dict)
    touch: int | None = None

    @property
    def others(self) -> Sequence[str]:
        """With whom it was exchanged: the sender, or of what we have sent the recipients."""
        return (*self.mail.to, *self.mail.cc) if self.is_out else [self.mail.sender]

    @property
    def is_of_mailing(self) -> bool:
        """Whether it is our own copy of what a mailing has sent."""
        return self.is_out and self.mail.message_id.endswith(f"@{MAILINGS}>")

    @property
    def is_strange(self) -> bool:
        """Whether somebody wrote whom nobody knows."""
        return not (self.concerned or self.is_out or self.mail.is_automatic or self.touch)


def read(found: Iterable[tuple[int, bytes]], received: datetime) -> list[Letter]:
    """Mails by their UIDs, read. Asks no database, so that nobody waits for it."""
    return [Letter(uid, raw, parse(raw, received)) for uid, raw in found]


@transaction.atomic
def file(mailbox: Mailbox, folder: str, uidvalidity: int, letters: Sequence[Letter]) -> int:
    """Keep what is not there yet; returns how many mails were kept."""
    # whoever files waits for whoever is filing: else the same mail in two mailboxes at once would make two touches
    list(MailboxState.objects.select_for_update().order_by("pk")[:1])
    new = _new(mailbox, folder, uidvalidity, letters)
    own = _own_addresses()
    for letter in new:
        letter.is_out = letter.mail.sender in own
    new = [letter for letter in new if not letter.is_of_mailing]
    _concern(new, own)
    _thread(new)
    _find_touches(new)
    bounced = [address for letter in new for address in letter.mail.bounced]
    if mailbox.strangers == "ignore":
        new = [letter for letter in new if not letter.is_strange]
    _touch(mailbox, new)
    _keep(mailbox, folder, uidvalidity, new)
    _mark_bounced(bounced)
    return len(new)


def _new(mailbox: Mailbox, folder: str, uidvalidity: int, letters: Sequence[Letter]) -> list[Letter]:
    """Those that do not lie in the mailbox yet, in this folder or, moved or numbered anew, in another."""
    mails = visible(SYSTEM, MailMessage, archived=None).filter(mailbox=mailbox)
    here = mails.filter(folder=folder, uidvalidity=uidvalidity, uid__in=[letter.uid for letter in letters])
    known = set(here.values_list("uid", flat=True))
    prints = {letter.mail.fingerprint for letter in letters}
    seen = set(mails.filter(fingerprint__in=prints, direction="in").values_list("fingerprint", flat=True))
    sent = mails.filter(
        direction="out", message_id__in=[each.mail.message_id for each in letters if each.mail.message_id]
    )
    ours = set(sent.values_list("message_id", flat=True))
    new = []
    for letter in letters:
        mail = letter.mail
        if letter.uid not in known and mail.fingerprint not in seen and mail.message_id not in ours:
            seen.add(mail.fingerprint)
            new.append(letter)
    return new


def _own_addresses() -> set[str]:
    boxes = visible(SYSTEM, Mailbox, archived=None).values_list(Lower("address"), flat=True)
    people = visible(SYSTEM, User, archived=None).exclude(email="").values_list(Lower("email"), flat=True)
    return {*boxes, *people}


# ---------------------------------------------------------------------- whose it is


def _concern(letters: Sequence[Letter], own: set[str]) -> None:
    """Find who is on the other side of each mail: a contact, with the account of their present role, or a lead and its like."""
    addresses = {address for letter in letters for address in letter.others} - own
    contacts = with_address(registry.desk_of(Contact), addresses)
    accounts = present_accounts(contacts.values())
    for letter in letters:
        contact = next((contacts[each] for each in letter.others if each in contacts), None)
        if contact is not None:
            letter.concerned = {"contact": contact, "account": next(iter(accounts.get(contact, ())), None)}
    _name_records(letters, accounts)
    for desk in registry.desks():
        if is_touched(desk) and desk.model is not Contact and "email" in desk.own_fields:
            known = with_address(desk, addresses - contacts.keys())
            for letter in letters:
                if not letter.concerned and (
                    key := next((known[each] for each in letter.others if each in known), None)
                ):
                    letter.concerned = {"about": desk.slug, "about_id": key}


def with_address(desk: Desk, addresses: Iterable[str]) -> dict[str, int]:
    """Records in use by their mail addresses, which are given in small letters; of several with one address the oldest."""
    wanted = [address for address in addresses if address]
    # the index of what makes records alike knows addresses too
    keys = {number for address in wanted for number in keys_of(desk, desk.model(email=address))}
    alike = MatchKey.objects.filter(object=desk.slug, key__in=keys).values("record_id")
    rows = visible(SYSTEM, desk.model).filter(pk__in=alike).annotate(address=Lower("email")).filter(address__in=wanted)
    return dict(rows.order_by("-pk").values_list("address", "pk")) if wanted else {}


def _name_records(letters: Sequence[Letter], accounts: Mapping[int, Sequence[int]]) -> None:
    """Whose number stands in the subject: a record of one of the sender's accounts, for a subject can say anything."""
    words = {word for letter in letters if letter.concerned for word in NUMBER.findall(letter.mail.subject)}
    for desk in registry.desks() if words else ():
        if not (is_touched(desk) and desk.number_field and desk.board):
            continue
        rows = visible(SYSTEM, desk.model).filter(**{f"{desk.number_field}__in": words})
        for number, key, account in rows.values_list(desk.number_field, "pk", "account_id"):
            for letter in letters:
                if number in letter.mail.subject and account in accounts.get(letter.concerned.get("contact", 0), ()):
                    letter.concerned |= {"account": account, "about": desk.slug, "about_id": key}


def _thread(letters: Sequence[Letter]) -> None:
    """Join each mail to the conversation that it goes on with; what that was about, this is about too."""
    wanted = {each for letter in letters for each in _before(letter.mail)}
    names = ("message_id", "pk", "thread", "contact_id", "account_id", "about", "about_id")
    rows = visible(SYSTEM, MailMessage, archived=None).filter(message_id__in=wanted).exclude(thread="").order_by("pk")
    earlier = {row[0]: row[1:] for row in rows.values_list(*names)}
    threads = {message_id: row[1] for message_id, row in earlier.items()}
    for letter in letters:
        before = _before(letter.mail)
        former = next((earlier[each] for each in before if each in earlier), None)
        known = next((threads[each] for each in before if each in threads), "")
        # a mail that names others none of which is here belongs together with those that name the first of them too
        letter.thread = known or thread_of(before[-1] if before else letter.mail.message_id or letter.mail.fingerprint)
        threads[letter.mail.message_id] = letter.thread
        if former is not None:
            letter.answers, _thread_key, _contact, account, about, about_id = former
            if account and "about" not in letter.concerned and letter.concerned.get("account", account) == account:
                letter.concerned |= {"account": account, "about": about, "about_id": about_id}


def _before(mail: Parsed) -> list[str]:
    """The mails that this one goes on with, the nearest first."""
    return list(dict.fromkeys(filter(None, (mail.in_reply_to, *reversed(mail.references)))))


# ---------------------------------------------------------------------- what is kept of it


def _find_touches(letters: Sequence[Letter]) -> None:
    """The touch that a mail is already, because it came into another mailbox, or was sent from here."""
    mails = visible(SYSTEM, MailMessage, archived=None).exclude(touchpoint=None)
    prints = {letter.mail.fingerprint for letter in letters}
    copies = dict(mails.filter(fingerprint__in=prints).values_list("fingerprint", "touchpoint_id"))
    ids = [letter.mail.message_id for letter in letters if letter.is_out and letter.mail.message_id]
    sent = dict(mails.filter(direction="out", message_id__in=ids).values_list("message_id", "touchpoint_id"))
    for letter in letters:
        letter.touch = copies.get(letter.mail.fingerprint) or (
            sent.get(letter.mail.message_id) if letter.is_out else None
        )


def _touch(mailbox: Mailbox, letters: Sequence[Letter]) -> None:
    """Write the mails down as touches, in one batch."""
    due = [letter for letter in letters if letter.concerned and not letter.touch and not letter.mail.bounced]
    calls = []
    for letter in due:
        mail = _record(mailbox, letter)
        inputs = commands.touch_of(mail, letter.concerned, mailbox.owner_id)
        calls.append(Call(inputs | {"automatic": letter.mail.is_automatic}))
    for letter, touch in zip(due, run(create, calls, by=SYSTEM, on=Touchpoint).records if calls else (), strict=True):
        letter.touch = touch.pk


def _record(mailbox: Mailbox, letter: Letter) -> MailMessage:
    mail = letter.mail
    return MailMessage(
        mailbox=mailbox, direction="out" if letter.is_out else "in", at=mail.at, subject=mail.subject, text=mail.text
    )


def _keep(mailbox: Mailbox, folder: str, uidvalidity: int, letters: Sequence[Letter]) -> None:
    """Keep the mails with all that came with them, in one batch each."""
    if not letters:
        return
    place = {"mailbox": mailbox, "folder": folder, "uidvalidity": uidvalidity}
    kept: list[tuple[MailMessage, Letter]] = []
    for command, strange in ((commands.receive_mail, False), (commands.receive_from_stranger, True)):
        some = [letter for letter in letters if letter.is_strange is strange]
        calls = [Call({"values": place | _values(letter)} | _report(letter)) for letter in some]
        made = run(command, calls, by=SYSTEM, on=MailMessage).records if calls else ()
        kept += zip(made, some, strict=True)
    files = [
        Call({"about": "mailmessage", "about_id": mail.pk, "file": SimpleUploadedFile(each.name, each.content, each.media_type)})
        for mail, letter in kept
        for each in letter.mail.attachments
        if 0 < len(each.content) <= settings.UPLOAD_LIMIT  # a larger one lies in the raw mail
    ]  # fmt: skip
    if files:
        run(attach, files, by=SYSTEM, on=Attachment)


def _values(letter: Letter) -> dict[str, Any]:
    mail, concerned = letter.mail, letter.concerned
    return {
        "uid": letter.uid, "direction": "out" if letter.is_out else "in", "sender": mail.sender,
        "sender_name": mail.sender_name, "to": _joined(mail.to), "cc": _joined(mail.cc), "subject": mail.subject,
        "text": mail.text, "quoted": mail.quoted, "at": mail.at, "answers_id": letter.answers,
        "contact_id": concerned.get("contact"), "account_id": concerned.get("account"),
        "about": concerned.get("about", ""), "about_id": concerned.get("about_id"), "touchpoint_id": letter.touch,
        "automatic": mail.is_automatic, "message_id": mail.message_id, "references": " ".join(_before(mail)[::-1]),
        "thread": letter.thread, "fingerprint": mail.fingerprint, "raw": ContentFile(letter.raw, "mail.eml"),
    }  # fmt: skip


def _report(letter: Letter) -> dict[str, str]:
    return {"returned": " ".join(letter.mail.returned)} if letter.mail.returned else {}


def _joined(addresses: Sequence[str]) -> str:
    """Addresses as a column holds them: as many as fit."""
    text = ""
    for each in addresses:
        longer = f"{text}, {each}" if text else each
        if len(longer) > MailMessage._meta.get_field("to").max_length:
            return text
        text = longer
    return text


def _mark_bounced(addresses: Sequence[str]) -> None:
    if calls := [Call(record=key) for key in with_address(registry.desk_of(Contact), addresses).values()]:
        run(commands.note_bounce, calls, by=SYSTEM, on=Contact)
