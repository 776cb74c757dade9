"""Reading a mail: from its bytes to what people and the contact centre need of it.

Nothing here raises, whatever arrives: a part that cannot be read is left out, and stands in the raw mail that is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TypeVar

from imap_tools import MailMessage
from imap_tools.utils import EmailAddress

from bihuan.touch.mail.text import of_html, parted

T = TypeVar("T")

#: A mail address as far as a reply could reach it.
ADDRESS = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
#: Senders that are programs of mail servers.
SERVERS = re.compile(r"^(mailer-daemon|postmaster)@", re.IGNORECASE)
#: A year outside of these is a slip of the sender's clock or pen.
YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file within a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """A mail, read. `text` is what its sender wrote, `quoted` what stood below of earlier mails.

    `bounced` are the addresses that a mail server reports to be no good, `returned` the Message-IDs of the mails that it
    could not deliver; `is_automatic` holds for those reports too.
    """

    sender: str = ""
    sender_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: str = ""
    subject: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    quoted: str = ""
    attachments: tuple[Attached, ...] = ()
    is_automatic: bool = False
    bounced: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the copies of one mail in several mailboxes and folders, and for no other mail."""
        parts = (self.message_id, self.sender, self.subject, str(self.at if not self.message_id else ""), self.text)
        return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def parse(raw: bytes, received: datetime) -> Parsed:
    """Read a mail that came at `received`, which counts where it says no moment of its own."""
    mail = MailMessage.from_bytes(raw)
    sender = next(iter(_addresses(mail, "From")), EmailAddress("", ""))
    text, quoted = parted(_clean(_read(lambda: mail.text, "")) or of_html(_clean(_read(lambda: mail.html, ""))))
    bounced = _read(lambda: tuple(dict.fromkeys(_bounced(mail.obj))), ())
    return Parsed(
        sender=_valid(sender.email),
        sender_name=_line(sender.name)[:200],
        to=_valids(mail, "To"),
        cc=_valids(mail, "Cc"),
        reply_to=next(iter(_valids(mail, "Reply-To")), ""),
        subject=_line(_read(lambda: mail.subject, "") or str(mail.obj["Subject"] or ""))[:1000],
        at=_moment(mail, received),
        message_id=next(iter(_ids(mail, "Message-ID")), ""),
        in_reply_to=next(iter(_ids(mail, "In-Reply-To")), ""),
        references=tuple(_ids(mail, "References")),
        text=text,
        quoted=quoted,
        attachments=tuple(_attached(mail)),
        is_automatic=bool(bounced) or _is_automatic(mail, sender.email),
        bounced=bounced,
        returned=_read(lambda: tuple(_returned(mail.obj)), ()) if bounced else (),
    )


def _read(part: Callable[[], T], otherwise: T) -> T:
    """A part of a mail; libraries raise whatever comes to hand where it is broken."""
    try:
        return part()
    except Exception:
        return otherwise


def _clean(text: str) -> str:
    """Text as the databases hold it."""
    return text.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


# ---------------------------------------------------------------------- heads


def _addresses(mail: MailMessage, name: str) -> Iterable[EmailAddress]:
    values = {"From": lambda: [mail.from_values], "To": lambda: mail.to_values, "Cc": lambda: mail.cc_values}
    found: Iterable[EmailAddress | None] = _read(values.get(name, lambda: mail.reply_to_values), ())
    return [each for each in found if each is not None]


def _valid(address: str) -> str:
    """An address in small letters; "" for what is none."""
    address = _clean(address).strip().lower()
    return address if ADDRESS.fullmatch(address) and len(address) <= 320 else ""


def _valids(mail: MailMessage, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for each in _addresses(mail, name) if (found := _valid(each.email))))


def _ids(mail: MailMessage, name: str) -> Iterator[str]:
    for value in mail.obj.get_all(name, []):
        yield from (_clean(found) for found in MESSAGE_ID.findall(str(value)))


def _moment(mail: MailMessage, received: datetime) -> datetime:
    """When it was sent, as the sender says; else as the last server that passed it on does; else when it was fetched."""
    passed_on = (str(value).rpartition(";")[2] for value in mail.obj.get_all("Received", [])[:1])
    for text in (mail.date_str, *passed_on):
        try:
            found = parsedate_to_datetime(text.strip())
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            if found.year in YEARS and found.astimezone(UTC) <= received:
                return found
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return received


def _is_automatic(mail: MailMessage, sender: str) -> bool:
    """Whether a program wrote it, so that nobody waits for an answer. Source: RFC 3834, and what common servers send."""
    head = {name.lower(): str(value).strip().lower() for name, value in mail.obj.items()}
    return (
        head.get("auto-submitted", "no") != "no"
        or head.get("precedence", "") in ("bulk", "junk", "list", "auto_reply")
        or any(name in head for name in ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "list-id"))
        or head.get("return-path") == "<>"
        or bool(SERVERS.match(sender or ""))
    )


# ---------------------------------------------------------------------- what is attached, and what bounced


def _attached(mail: MailMessage) -> Iterator[Attached]:
    for number, each in enumerate(_read(lambda: mail.attachments, []), 1):
        if each.content_type.startswith("text/") and not each.part.get_filename():
            continue  # a body that has a content ID
        kind = each.content_type.rpartition("/")[2]
        name = _line(_read(lambda each=each: each.filename, "")) or f"{number}.{'eml' if kind == 'rfc822' else kind}"
        yield Attached(name, each.content_type[:120], _read(lambda each=each: each.payload, b""))


def _bounced(mail: Message) -> Iterator[str]:
    """The recipients that a delivery report says have failed for good. Source: RFC 3464."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        # some servers send the report as one text, which the parser leaves whole
        for block in blocks if isinstance(blocks, list) else _blocks(part.get_payload(decode=True) or b""):
            action, status = (str(block.get(name, "")).strip().lower() for name in ("Action", "Status"))
            said = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
            address = _valid(said.rpartition(";")[2].strip().strip("<>"))
            if address and (action == "failed" or (not action and status.startswith("5"))):
                yield address


def _returned(mail: Message) -> Iterator[str]:
    """The Message-IDs of the mails that a delivery report carries along, whole or as their heads alone. Source: RFC 3462."""
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            part = message_from_bytes(part.get_payload(decode=True) or b"")
        if part is not mail:
            yield from MESSAGE_ID.findall(str(part.get("Message-ID", "")))


def _blocks(content: bytes) -> Iterator[Message]:
    for block in re.split(rb"\r?\n\r?\n", content):
        yield message_from_bytes(block)
