"""The inbox: who waits for an answer of somebody's, the most urgent first, with the time that is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.core import choice, link, registry, statement
from bihuan.core.access import Actor, seen, visible
from bihuan.people.work_calendar import working_time
from bihuan.people.working_time import working_minutes
from bihuan.touch.mail import writing
from bihuan.touch.mail.commands import write_mail
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.response import Whom
from bihuan.touch.touchpoint import ICONS
from bihuan.touch.waiting import Waiting
from bihuan.web.workbench import owned

#: An hour, a day around the clock, a day of work; in minutes.
HOUR, ROUND, SHIFT = 60, 24 * 60, 8 * 60
#: From so many hundredths of the time on, an answer is due soon.
SOON = 75


@dataclass(frozen=True, slots=True)
class Waiter:
    """A line of the inbox. `minutes` of working time are left, or have run over where it `is_late`; `percent` is used up.

    `answer_url` is the form of a reply to their mail, else the one that logs an answer, "" where one may do neither; `dismiss_url`
    asks why none is needed.
    """

    key: int
    icon: str
    who: str
    account: str
    words: str
    minutes: int
    is_late: bool
    percent: int
    url: str
    answer_url: str
    dismiss_url: str

    @property
    def time(self) -> str:
        """The time that is left or has run over, in words."""
        said = _("%(time)s over") if self.is_late else _("%(time)s left")
        return said % {"time": duration(self.minutes)}

    @property
    def state(self) -> str:
        """What the ring beside it warns of."""
        return "late" if self.is_late else "soon" if self.percent >= SOON else ""


def duration(minutes: int) -> str:
    """Working time in words: minutes, hours and minutes, or days of work."""
    if minutes < HOUR:
        return ngettext("%(num)s min", "%(num)s min", minutes) % {"num": minutes}
    if minutes < ROUND:
        return f"{minutes // HOUR}:{minutes % HOUR:02}"
    days = minutes // SHIFT
    return ngettext("%(num)s day", "%(num)s days", days) % {"num": days}


def inbox(actor: Actor, scope: str, limit: int) -> list[Waiter]:
    """Who waits for an answer from a scope (one of SCOPES), whose time is up first. As many queries for ten as for one: six, and one
    for each further object that touches are about."""
    rows = visible(actor, Waiting).filter(owned(actor, Waiting, scope), state="waiting").order_by("due_at", "pk")
    found, now = list(rows[:limit]), timezone.now()
    names = _names(actor, found)
    words = link.titles(actor, registry.desk("touchpoint"), (each.touchpoint_id for each in found))
    mine = seen(actor, Waiting, [each.pk for each in found], "edit")
    replies = _replies(actor, [each.touchpoint_id for each in found])
    return [
        _waiter(
            each,
            now,
            names,
            words.get(each.touchpoint_id, ""),
            replies.get(each.touchpoint_id, ""),
            may_dismiss=each.pk in mine,
        )
        for each in found
    ]


def _names(actor: Actor, found: Sequence[Waiting]) -> dict[Whom, str]:
    """What those are called who wait, and their accounts, as far as the actor sees them."""
    keys: dict[str, set[int]] = {"contact": set(), "account": set()}
    for each in found:
        for slug, key in _parties(each):
            keys.setdefault(slug, set()).add(key)
    return {
        (slug, key): name
        for slug, some in keys.items()
        for key, name in link.titles(actor, registry.desk(slug), some).items()
    }


def _parties(each: Waiting) -> Iterator[Whom]:
    """With whom it is: the contact, the account, and where there is neither the record that it is about."""
    yield from ((name, key) for name, key in (("contact", each.contact_id), ("account", each.account_id)) if key)
    if each.about and each.about_id and not (each.contact_id or each.account_id):
        yield each.about, each.about_id


def _replies(actor: Actor, touches: Sequence[int]) -> dict[int, str]:
    """The address of the reply to each touch that was a mail, for who has a mailbox to send it from. One query."""
    if not actor.may(MailMessage, "create") or not writing.own_mailboxes(actor).exists():
        return {}
    mails = visible(actor, MailMessage).filter(touchpoint__in=touches, direction="in").order_by("pk")
    return {
        touch: reverse("command", args=["mailmessage", mail, write_mail.name])
        for touch, mail in mails.values_list("touchpoint_id", "pk")
    }


def _waiter(
    each: Waiting, now: datetime, names: Mapping[Whom, str], words: str, reply_url: str, *, may_dismiss: bool
) -> Waiter:
    hours = working_time(each.unit_id)
    allowed = working_minutes(each.since, each.due_at, hours) or 1
    channel = choice.option(each.channel_id)
    whom = next((party for party in _parties(each) if names.get(party)), None)
    log_url = f"{reverse('command', args=[*whom, 'log_touch'])}?channel={each.channel_id}" if whom else ""
    return Waiter(
        key=each.pk,
        icon=ICONS.get(channel.key if channel else "", "message-square"),
        who=names[whom] if whom else f"#{each.pk}",
        account=names.get(("account", each.account_id or 0), "") if whom and whom[0] == "contact" else "",
        words=words.partition("\n")[0][:200],
        minutes=working_minutes(min(now, each.due_at), max(now, each.due_at), hours),
        is_late=now > each.due_at,
        percent=min(100, 100 * working_minutes(each.since, now, hours) // allowed),
        url=reverse("record", args=["waiting", each.pk]),
        answer_url=reply_url or log_url,
        dismiss_url=reverse("command", args=["waiting", each.pk, "dismiss"]) if may_dismiss else "",
    )


#: More are not counted.
MOST = 99


def count(actor: Actor) -> tuple[int, bool]:
    """How many wait for an answer of one's own, and whether one of them has waited too long. One query."""

    def write(owners: Sequence[int]) -> QuerySet[Any]:
        rows = visible(actor, Waiting).filter(owner__in=owners, state="waiting")
        return rows.order_by("due_at").values_list("due_at")[:MOST]

    due = statement.rows(actor, "inbox", [actor.user_id or 0], write)
    return len(due), bool(due) and due[0][0] < timezone.now()


def count_late(actor: Actor, scope: str) -> int:
    """How many have waited too long for an answer from a scope. One query."""
    rows = visible(actor, Waiting).filter(owned(actor, Waiting, scope), state="waiting", due_at__lt=timezone.now())
    return len(rows.values_list("pk")[:MOST])
