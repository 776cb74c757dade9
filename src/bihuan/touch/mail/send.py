"""Sending what is queued: one mail after the other, each noted before and after.

    queued → (noted) sending → the server takes it → (noted) sent
                             → the server does not take it now → queued, tried again later
                             → it refuses, or for too long → failed, with a sentence

If the process or the connection ends between the two notes, nobody knows whether the server took the mail: it is then
not sent again, but says so.
"""

from __future__ import annotations

import random
import re
import smtplib
from collections.abc import Iterable
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from django.utils import timezone

from bihuan.core.access import SYSTEM, visible
from bihuan.core.attached import Attachment
from bihuan.core.errors import Refused
from bihuan.core.outbound import Failed
from bihuan.core.run import do
from bihuan.touch.mail import connection
from bihuan.touch.mail.commands import begin_sending, give_up_sending, note_sent, put_off_sending
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.mail.message import MailMessage

#: Seconds from one attempt to the next, at the most: two days altogether.
PAUSES = (60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400)
#: What a file may say that it is; a mail within a mail would need more than its bytes.
MEDIA_TYPE = re.compile(r"(application|audio|font|image|text|video)/([\w.+-]+)")
#: What ends by itself; anything else that goes wrong goes wrong again.
PASSING = ("name", "connection", "time", "answer", "busy")


def due(limit: int = 20) -> list[int]:
    """The mails that are to be sent now, the longest waiting first."""
    rows = visible(SYSTEM, MailMessage).filter(state="queued", due_at__lte=timezone.now())
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def give_up_unknown() -> None:
    """Say of what somebody began to send and never said more about that nobody knows whether it went."""
    begun = visible(SYSTEM, MailMessage, archived=None).filter(state="sending", due_at__lte=timezone.now())
    for key in list(begun.values_list("pk", flat=True)):
        do(give_up_sending, key, by=SYSTEM, on=MailMessage, failure="unknown")


def send(key: int) -> None:
    """Send one mail, if nobody else has begun to."""
    try:
        mail = do(begin_sending, key, by=SYSTEM, on=MailMessage)
    except Refused:  # another process was faster, or it was archived
        return
    try:
        _post(mail.mailbox, mail)
    except Failed as failed:
        _note(mail, failed)
    else:
        do(note_sent, mail, by=SYSTEM)


def _note(mail: MailMessage, failed: Failed) -> None:
    told = {"failure": failed.code, "detail": failed.detail[:300]}
    if failed.code not in PASSING or mail.attempts > len(PAUSES):
        do(give_up_sending, mail, by=SYSTEM, **told)
        return
    # anything up to the limit, so that many that failed together do not come together
    pause = timedelta(seconds=PAUSES[mail.attempts - 1] * random.uniform(0.5, 1))  # noqa: S311  (spreads load; keeps no secret)
    do(put_off_sending, mail, by=SYSTEM, until=timezone.now() + pause, **told)


def _post(mailbox: Mailbox, mail: MailMessage) -> None:
    """Hand a mail to the server. Raises Failed; with "unknown" where the server may have taken it all the same."""
    content = letter(mail).as_bytes(policy=policy.SMTP)
    with connection.smtp(mailbox) as server:
        hand_over(server, mailbox.address, mail.recipients, content)


def hand_over(server: smtplib.SMTP, sender: str, recipients: Iterable[str], content: bytes) -> None:
    """The same on a connection that is open; after a failure it is to be reset or given up."""
    with connection.plainly():
        server.ehlo_or_helo_if_needed()
        _expect(server.mail(sender), "refused")
        for each in recipients:
            _expect(server.rcpt(each), "recipient")
        try:
            answer = server.data(content)
        except smtplib.SMTPDataError as error:  # the server did not want to hear any of it
            _expect((error.smtp_code, error.smtp_error), "refused")
        except OSError as error:  # of which SMTPServerDisconnected is one, and what a dead connection raises
            raise Failed("unknown", f"{type(error).__name__}: {error}") from None
        else:
            _expect(answer, "refused")


def _expect(answer: tuple[int, bytes | str], failure: str) -> None:
    code, said = answer
    if code >= 400:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise Failed("busy" if code < 500 else failure, f"{code} {text}"[:300])


def letter(mail: MailMessage) -> EmailMessage:
    """The mail as it travels."""
    made = EmailMessage()
    made["From"] = formataddr((mail.sender_name, mail.sender))
    made["To"] = mail.to
    if mail.cc:
        made["Cc"] = mail.cc
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(timezone.localtime(mail.at))
    made["Message-ID"] = mail.message_id
    if mail.references:
        made["In-Reply-To"] = mail.references.split()[-1]
        made["References"] = mail.references
    made.set_content(mail.text)
    for each in visible(SYSTEM, Attachment).filter(about="mailmessage", about_id=mail.pk).order_by("pk"):
        known = MEDIA_TYPE.fullmatch(each.media_type)
        kind, subtype = known.groups() if known else ("application", "octet-stream")
        with each.file.open("rb") as content:
            made.add_attachment(content.read(), maintype=kind, subtype=subtype, filename=each.name)
    return made
