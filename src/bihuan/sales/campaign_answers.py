"""Who answered a campaign, and on which day: members that came as far, and what people did with its mailings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from bihuan.core import audit
from bihuan.core.access import Actor, visible
from bihuan.core.choice import keyed
from bihuan.sales.campaign_member import CampaignMember
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.writing import thread_of

#: The statuses of members, by their keys, that are an answer. Having been invited, or a mail opened by a program, is none.
ANSWERS = ("clicked", "responded", "attended")

#: Days and campaigns, by "contact" or "lead" and the key of that.
Answers = dict[tuple[str, int], set[tuple[date, int]]]


def answers_of(contacts: Collection[int], leads: Collection[int], by: Actor) -> Answers:
    """The campaigns that these people answered, as far as the actor sees members, mailings and mails."""
    theirs = Q(contact__in=contacts) | Q(lead__in=leads)
    found: Answers = defaultdict(set)
    for contact, lead, campaign, at in (*_of_members(theirs, by), *_of_mailings(theirs, by)):
        for name, key in (("contact", contact), ("lead", lead)):
            if key is not None:
                found[name, key].add((timezone.localdate(at), campaign))
    return found


_Answer = tuple[int | None, int | None, int, datetime]


def _of_members(theirs: Q, by: Actor) -> Iterable[_Answer]:
    """Members that came as far: on the day on which the status was changed, or on that on which they became one with it."""
    statuses = [each.id for key in ANSWERS if (each := keyed("campaign_member_status", key)) is not None]
    rows = visible(by, CampaignMember).filter(theirs, status__in=statuses)
    members = list(rows.values_list("pk", "contact", "lead", "campaign", "created_at"))
    moments = audit.came_to("campaignmember", "status", statuses, [key for key, *_rest in members])
    for key, contact, lead, campaign, made in members:
        yield contact, lead, campaign, moments.get(key, made)


def _of_mailings(theirs: Q, by: Actor) -> Iterable[_Answer]:
    """Links followed and mails written in reply."""
    rows = visible(by, MailingRecipient).filter(theirs, state="sent", mailing__campaign__isnull=False)
    sent = list(rows.values_list("contact", "lead", "mailing__campaign", "clicked_at", "message_id"))
    threads = {thread_of(message_id): (contact, lead, campaign) for contact, lead, campaign, _at, message_id in sent}
    replies = visible(by, MailMessage).filter(thread__in=threads, direction="in", automatic=False)
    for contact, lead, campaign, clicked, _message_id in sent:
        if clicked is not None:
            yield contact, lead, campaign, clicked
    for thread, at in replies.values_list("thread", "at"):
        yield (*threads[thread], at)
