"""Who gets a mailing: the people of its segments and the members of its campaign, less those who are left out.

Whoever is left out is kept with the reason, so that what is shown before the start are lists, not only numbers. Worked out
anew, the list changes only where it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.db.models.functions import Lower

from bihuan.core.access import SYSTEM, Actor, find, visible
from bihuan.core.command import Command
from bihuan.core.run import Call, run
from bihuan.core.verbs import archive
from bihuan.market.opt_out import opted_out
from bihuan.market.segment import Segment
from bihuan.parties.contact import LANGUAGES, Contact
from bihuan.sales.campaign_member import CampaignMember, People, people_of
from bihuan.sales.lead import Lead
from bihuan.sales.mailing.commands import list_recipient, relist_recipient
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient

#: So many are listed in one go.
BATCH = 500
#: Somebody: the link to them, "contact" or "lead", and their key.
Who = tuple[str, int]


class Line(NamedTuple):
    """How somebody is reached, and why they get nothing: a key of REASONS, or ""."""

    address: str
    language: str
    reason: str


def planned(mailing: Mailing, by: Actor) -> dict[Who, Line]:
    """Everybody whom the mailing concerns, of those that the actor sees. Raises NotFound for a segment that they do not see."""
    people = _people(_sources(mailing, by))
    excluded = {who for source in _segments(mailing.but, by) for who in _people([source])}
    addresses = {address for address, _language in people.values() if address}
    unwanted = opted_out(addresses) | _addresses(Contact, opted_out=True)
    dead = _addresses(Contact, email_bounced_at__isnull=False) | _dead_addresses_of_leads()
    lines, taken = {}, set()
    for who, (address, language) in people.items():
        reasons = {
            "excluded": who in excluded, "address": not address, "opted_out": address in unwanted, "bounced": address in dead,
            "double": address in taken,
        }  # fmt: skip
        reason = next((name for name, holds in reasons.items() if holds), "")
        if not reason:
            taken.add(address)
        lines[who] = Line(address, language, reason)
    return lines


def _sources(mailing: Mailing, by: Actor) -> Iterable[People]:
    yield from _segments(mailing.segments, by)
    if mailing.to_members:
        members = visible(by, CampaignMember).filter(campaign=mailing.campaign_id)
        yield People("contact", visible(by, Contact).filter(pk__in=members.values("contact")))
        yield People("lead", visible(by, Lead).filter(pk__in=members.filter(contact=None).values("lead")))


def _segments(segments: Any, by: Actor) -> Iterable[People]:
    for key in segments.order_by("pk").values_list("pk", flat=True):
        yield people_of(find(by, Segment, key), by)


def _people(sources: Iterable[People]) -> dict[Who, tuple[str, str]]:
    """Each person once, with address in small letters ("": none that one could write to) and language; contacts before leads."""
    found: dict[Who, tuple[str, str]] = {}
    for link, rows in sources:
        columns = ("pk", "email", "language") if link == "contact" else ("pk", "email")
        for key, address, *language in rows.order_by("pk").values_list(*columns):
            found[link, key] = (_usable(address), language[0] if language else next(iter(LANGUAGES)))
    return dict(sorted(found.items()))


def _usable(address: str) -> str:
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address if address.isascii() else ""


def _addresses(model: type[Contact], **where: Any) -> set[str]:
    rows = visible(SYSTEM, model).filter(**where).exclude(email="")
    return set(rows.values_list(Lower("email"), flat=True))


def _dead_addresses_of_leads() -> set[str]:
    """Leads have no mark of their own for mails that came back; what was sent to them tells."""
    rows = visible(SYSTEM, MailingRecipient).filter(Q(contact=None), bounced_at__isnull=False)
    return set(rows.values_list("address", flat=True))


# ---------------------------------------------------------------------- writing it down


def write(mailing: Mailing, wanted: Mapping[Who, Line]) -> Iterator[int]:
    """Bring the list of the mailing to what is wanted, batch by batch; yields how many lines each batch wrote."""
    listed = {}
    rows = visible(SYSTEM, MailingRecipient).filter(mailing=mailing)
    for key, contact, lead, *line in rows.values_list("pk", "contact", "lead", "address", "language", "reason"):
        who = ("contact", contact) if contact is not None else ("lead", lead)
        listed[who] = (key, Line(*line))
    gone = [Call(record=key) for who, (key, _line) in listed.items() if who not in wanted]
    changed = [(listed[who][0], line) for who, line in wanted.items() if who in listed and listed[who][1] != line]
    # who is taken off makes place for another with the same address
    changed.sort(key=lambda each: not each[1].reason)
    new = ((who, line) for who, line in wanted.items() if who not in listed)
    yield from _run(archive, gone)
    yield from _run(relist_recipient, [Call(line._asdict(), key) for key, line in changed])
    yield from _run(
        list_recipient, [Call({"mailing": mailing.pk, link: key} | line._asdict()) for (link, key), line in new]
    )


def _run(command: Command, calls: Sequence[Call]) -> Iterator[int]:
    for start in range(0, len(calls), BATCH):
        batch = calls[start : start + BATCH]
        run(command, batch, by=SYSTEM, on=MailingRecipient)
        yield len(batch)
