"""Campaign members: the contacts and leads that a campaign addresses, and how far each has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.choice import keyed, options
from bihuan.core.columns import ChoiceField
from bihuan.core.desk import Desk, Panel
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.market.campaign import Campaign
from bihuan.market.segment import Segment, members
from bihuan.parties.account_contact import AccountContact
from bihuan.parties.contact import Contact
from bihuan.sales.lead import Lead

BATCH = 500


class CampaignMember(Record):
    """A contact or a lead that a campaign addresses; both where the one came of the other."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("Campaign"), related_name="members")
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, related_name="campaigns"
    )
    lead = models.ForeignKey(
        Lead, models.PROTECT, verbose_name=_("Lead"), null=True, blank=True, related_name="campaigns"
    )
    status = ChoiceField(set="campaign_member_status", verbose_name=_("Status"))

    class Meta:
        verbose_name = _("campaign member")
        verbose_name_plural = _("campaign members")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", other], name=f"one_member_{other}", condition=Q(archived_at=None)
            )
            for other in ("contact", "lead")
        ]

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.contact_id is None and self.lead_id is None:
            yield "contact", _("Name a contact or a lead.")


@register(CampaignMember)
class CampaignMemberDesk(Desk):
    icon = "users-round"
    title = "contact__name"
    columns = ("campaign", "contact", "lead", "status", "created_at")
    filters = ("campaign", "status")
    through = ("campaign",)
    creates = ("status",)
    panels = (
        Panel("campaign", ("contact", "lead", "status"), label=_("Members")),
        Panel("contact", ("campaign", "status"), label=_("Campaigns")),
        Panel("lead", ("campaign", "status"), label=_("Campaigns")),
    )


class People(NamedTuple):
    """Some contacts or leads, and which of the two: the name of the link to them."""

    link: str
    rows: QuerySet[Any]


def people_of(segment: Segment, by: Actor) -> People:
    """Whom a segment addresses, as far as the actor sees them: the leads, the contacts, or those of the accounts."""
    found = members(segment, by)
    if segment.object == "lead":
        return People("lead", found)
    if segment.object == "contact":
        return People("contact", found)
    roles = visible(by, AccountContact).filter(account__in=found.order_by().values("pk"), until=None)
    return People("contact", visible(by, Contact).filter(pk__in=roles.values("contact")))


def to_add(campaign: Campaign, segment: Segment, but: Segment | None, by: Actor) -> People:
    """Whom a segment would add to a campaign: nobody who is a member, is of the other segment, or wants no mailings."""
    link, rows = people_of(segment, by)
    known = visible(by, CampaignMember).filter(campaign=campaign, **{f"{link}__isnull": False})
    rows = rows.exclude(pk__in=known.values(link))
    if link == "contact":
        rows = rows.filter(opted_out=False)
    if but is not None and (others := people_of(but, by)).link == link:
        rows = rows.exclude(pk__in=others.rows.order_by().values("pk"))
    return People(link, rows)


def batches(people: People, after: int) -> Iterator[Sequence[int]]:
    """The keys of some people beyond one, in order, as many at a time as a step adds."""
    while keys := list(people.rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield keys
        after = keys[-1]


def note_click(campaign: int | None, *, contact: int | None, lead: int | None) -> None:
    """Let a member who followed a link of the campaign's have the status of that, unless they have come further already."""
    reached = keyed(CampaignMember._meta.get_field("status").set, "clicked")
    if campaign is None or reached is None:
        return
    order = [each.id for each in options(reached.set)]
    members = visible(SYSTEM, CampaignMember).filter(campaign=campaign)
    members = members.filter(contact=contact) if contact is not None else members.filter(lead=lead)
    for member in members:
        if member.status_id not in order or order.index(member.status_id) < order.index(reached.id):
            do(update, member, by=SYSTEM, status=reached.id)
