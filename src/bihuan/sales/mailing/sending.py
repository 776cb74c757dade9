"""Sending mailings: portion by portion, each mail noted before and after, no faster than the mailbox may.

    planned → (noted) sending → the server takes it → (noted) sent
                              → the server does not take it now → planned, tried again later
                              → it refuses, or for too long → failed, with a sentence
            → has opted out since → left out

If the process or the connection ends between the two notes, nobody knows whether the server took the mail: it is then not
sent again, but says so.
"""

from __future__ import annotations

import random
import smtplib
from collections.abc import Iterable
from datetime import timedelta
from email import policy
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bihuan.core.access import SYSTEM, visible
from bihuan.core.command import Command
from bihuan.core.errors import Refused
from bihuan.core.outbound import Failed
from bihuan.core.run import do
from bihuan.market.opt_out import opted_out
from bihuan.sales.mailing import commands, letter
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail import connection
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.send import PASSING, PAUSES, hand_over
from bihuan.touch.worker import Errand

#: Mails that go over one connection before others have their turn.
PORTION = 20
#: After so many refusals one after the other something is wrong that somebody has to look after.
MOST_REFUSED = 5


def due() -> Iterable[Errand]:
    """The mailings of which something can be sent now, each with what sends a portion of it."""
    now = timezone.now()
    moment = Q(state="scheduled", starts_at__lte=now) | Q(state="sending", due_at__lte=now)
    for mailing in (
        visible(SYSTEM, Mailing).filter(moment, state__in=("scheduled", "sending")).select_related("mailbox")
    ):
        if mailing.state == "scheduled" or allowance(mailing.mailbox) > 0:
            yield ("mailing", mailing.pk), partial(go_on, mailing.pk)


def allowance(mailbox: Mailbox) -> int:
    """How many mails the mailbox may send now; what it has sent otherwise counts too."""
    now = timezone.now()
    left = []
    for most, window in ((mailbox.per_minute, timedelta(minutes=1)), (mailbox.per_hour, timedelta(hours=1))):
        mailings = visible(SYSTEM, MailingRecipient, archived=None).filter(
            mailing__mailbox=mailbox, at__gt=now - window
        )
        others = visible(SYSTEM, MailMessage, archived=None).filter(
            mailbox=mailbox, direction="out", at__gt=now - window
        )
        left.append(most - mailings.count() - others.count())
    return min(left)


def give_up_unknown() -> None:
    """Say of what somebody began to send and never said more about that nobody knows whether it went."""
    begun = visible(SYSTEM, MailingRecipient, archived=None).filter(state="sending", due_at__lte=timezone.now())
    for key in list(begun.values_list("pk", flat=True)):
        do(commands.give_up_letter, key, by=SYSTEM, on=MailingRecipient, failure="unknown")


def go_on(key: int) -> None:
    """Begin a mailing that is due, or send a portion of one; and end it when everybody has been written to."""
    mailing = visible(SYSTEM, Mailing).select_related("mailbox").get(pk=key)
    try:
        if mailing.state == "scheduled":
            mailing = do(commands.start_mailing, mailing, by=SYSTEM)
        _send_portion(mailing)
    except Failed as failed:
        _wait(mailing, failed)
    except Refused as refused:  # it was paused just now, or something is wrong that was not when it was set to start
        _hold_up(mailing, "text", refused.sentence)
    except Exception:  # a fault of ours: it must not go through the whole list
        _hold_up(mailing, "fault", "")
        raise


def _send_portion(mailing: Mailing) -> None:
    """Send some mails over one connection. Raises Failed when the server is not to be used now."""
    if _next(mailing) is None:
        _end(mailing)
        return
    refused = 0
    with connection.smtp(mailing.mailbox) as server:
        for _turn in range(PORTION):
            recipient = _begin(mailing)
            if recipient is None:
                return
            failure = _send(mailing, recipient, server)
            if failure is None:
                refused = 0
                _note_recovery(mailing)
                continue
            if failure.code not in ("recipient", "refused"):
                raise failure
            refused += 1
            if refused == MOST_REFUSED:
                _hold_up(mailing, "many", failure.detail)
                return
            with connection.plainly():
                server.rset()


def _next(mailing: Mailing) -> MailingRecipient | None:
    """Who is to be written to next. None: everybody has been, or they have to wait."""
    rows = visible(SYSTEM, MailingRecipient).filter(mailing=mailing, state="planned")
    ready = rows.filter(Q(due_at=None) | Q(due_at__lte=timezone.now())).select_related("contact", "lead")
    return ready.order_by("pk").first()


def _begin(mailing: Mailing) -> MailingRecipient | None:
    """Note who is written to from now on: one at a time for a mailbox, so that its pace is kept by several workers too."""
    with transaction.atomic():
        list(
            visible(SYSTEM, Mailbox, archived=None).filter(pk=mailing.mailbox_id).select_for_update().values_list("pk")
        )
        while (
            visible(SYSTEM, Mailing).filter(pk=mailing.pk, state="sending").exists() and allowance(mailing.mailbox) > 0
        ):
            recipient = _next(mailing)
            if recipient is None:
                return None
            if not _wants_none(recipient):
                return do(commands.begin_letter, recipient, by=SYSTEM)
            do(commands.leave_out, recipient, by=SYSTEM, reason="opted_out")
    return None


def _wants_none(recipient: MailingRecipient) -> bool:
    """Whether somebody has opted out since the recipients were worked out."""
    contact = recipient.contact
    return bool((contact is not None and contact.opted_out) or opted_out([recipient.address]))


def _send(mailing: Mailing, recipient: MailingRecipient, server: smtplib.SMTP) -> Failed | None:
    """Send one mail and note what came of it; returns what went wrong."""
    try:
        mail = letter.composed(mailing, recipient, SYSTEM)
    except Refused as refused:
        _put_off(recipient, Failed("fault", refused.sentence))
        raise
    try:
        hand_over(server, mailing.mailbox.address, [recipient.address], mail.as_bytes(policy=policy.SMTP))
    except Failed as failed:
        if failed.code in PASSING and recipient.attempts <= len(PAUSES):
            _put_off(recipient, failed)
        else:
            do(commands.give_up_letter, recipient, by=SYSTEM, failure=failed.code, detail=failed.detail[:300])
        return failed
    do(commands.note_letter_sent, recipient, by=SYSTEM, subject=mail["Subject"])
    return None


def _put_off(recipient: MailingRecipient, failed: Failed) -> None:
    told = {"failure": failed.code, "detail": failed.detail[:300]}
    do(commands.put_off_letter, recipient, by=SYSTEM, until=timezone.now() + _pause(recipient.attempts), **told)


def _pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts, spread so that many that failed together do not come together."""
    longest = PAUSES[min(attempts, len(PAUSES)) - 1]
    return timedelta(seconds=longest * random.uniform(0.5, 1))  # noqa: S311  (spreads load; keeps no secret)


def _wait(mailing: Mailing, failed: Failed) -> None:
    """The server is not to be used now: look again later, or leave it to somebody where that does not help."""
    attempts = mailing.attempts + 1
    if failed.code not in (*PASSING, "unknown") or attempts > len(PAUSES):
        _hold_up(mailing, failed.code, failed.detail)
        return
    told = {"failure": failed.code, "detail": failed.detail[:300], "until": timezone.now() + _pause(attempts)}
    _unless_changed(commands.note_course, mailing, **told)


def _note_recovery(mailing: Mailing) -> None:
    """The server takes mails again."""
    if mailing.attempts:
        mailing.attempts = 0
        _unless_changed(commands.note_course, mailing, until=timezone.now())


def _hold_up(mailing: Mailing, failure: str, detail: str) -> None:
    _unless_changed(commands.hold_up_mailing, mailing, failure=failure, detail=detail[:300])


def _end(mailing: Mailing) -> None:
    """Everybody who was to be written to has been, unless some have to wait or are under way."""
    waiting = visible(SYSTEM, MailingRecipient).filter(mailing=mailing, state__in=("planned", "sending"))
    soonest = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    if soonest is None:
        _unless_changed(commands.end_mailing, mailing)
    else:
        _unless_changed(commands.note_course, mailing, until=soonest)


def _unless_changed(command: Command, mailing: Mailing, **inputs: object) -> None:
    """Note something of a mailing, unless somebody has paused or stopped it in the meantime."""
    try:
        do(command, mailing.pk, by=SYSTEM, on=Mailing, **inputs)
    except Refused:
        return
