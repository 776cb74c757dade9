"""What can be done with campaigns and leads, in the order of their life; and what is noted of deals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import job, stage
from bihuan.core.access import Actor, find
from bihuan.core.command import command
from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.core.verbs import create, enter, give
from bihuan.market.campaign import Campaign
from bihuan.market.segment import Segment
from bihuan.parties.contact import Contact
from bihuan.sales.campaign_member import CampaignMember, to_add
from bihuan.sales.conversion import Conversion, Wish
from bihuan.sales.events import LeadConverted, LeadUnassigned
from bihuan.sales.lead import Lead
from bihuan.sales.mailing import commands as mailing  # noqa: F401  (declares them)
from bihuan.sales.price_conflict import PriceConflict
from bihuan.touch.mail.commands import become_touch
from bihuan.touch.mail.filing import with_address
from bihuan.touch.mail.message import MailMessage


@command(
    Campaign, "planned", "running", "paused", label=_("Add members"), icon="user-plus", needs="edit", fields_of=CampaignMember, told=True,
    labels={"segment": _("Those of this segment"), "but": _("But for those of")}, refreshes=("header", "timeline", "panels"),
)  # fmt: skip
def add_members(
    campaign: Campaign, *, by: Actor, segment: Segment, but: Segment | None = None, status: int | None = None
) -> None:
    """Let the campaign address whom a segment holds, but for those who want no mailings. It goes on in the background."""
    wanted, others = (each and find(by, Segment, _key(each)) for each in (segment, but))
    total = to_add(campaign, wanted, others, by).rows.count()
    job.enqueue(
        "add_members", user_id=by.user_id, label=campaign.name, total=total,
        campaign=campaign.pk, segment=wanted.pk, but=others and others.pk, status=status,
    )  # fmt: skip


def _is_open(lead: Lead | None) -> bool:
    return lead is None or lead.converted_at is None


@command(Lead, label=_("Find an owner"), icon="shuffle", needs="assign", suits=_is_open)
def find_owner(lead: Lead, *, by: Actor) -> Iterable[Event]:
    """Give the lead back to the assignment rules, which find it an owner."""
    if not _is_open(lead):
        raise Refused(_now("This lead was converted already."))
    lead.owner_id = None
    return [LeadUnassigned("lead", lead.pk)]


@command(
    Lead, label=_("Convert"), icon="user-check", needs="edit", suits=_is_open, refreshes=("header", "facts", "timeline", "panels"),
    labels={
        "account": _("Account that is there already"), "contact": _("Contact that is there already"),
        "partner": _("Second contact of a joint account"), "make_opportunity": _("Make an opportunity too"),
        "opportunity_name": _("Opportunity name"), "anyway": _("It is another one: make it anyway"),
    },
)  # fmt: skip
def convert_lead(
    lead: Lead, *, by: Actor, kind: str = "", account: int | None = None, contact: int | None = None,
    partner: Contact | None = None, make_opportunity: bool = True, opportunity_name: str = "", budget: Decimal | None = None,
    anyway: bool = False,
) -> Iterable[Event]:  # fmt: skip
    """Make a contact, an account and an opportunity of the lead. Repeated, it changes nothing."""
    if lead.converted_at is not None:
        return []
    goal = _end(lead)
    lead.kind = kind or lead.kind
    lead.budget = lead.budget if budget is None else budget
    wish = Wish(lead.kind, account, contact, _key(partner), make_opportunity, opportunity_name, lead.budget, anyway)
    Conversion(lead, wish, by).carry_out()
    lead.converted_at = timezone.now()
    made = LeadConverted("lead", lead.pk, lead.account_id or 0, lead.contact_id or 0, lead.opportunity_id or 0)
    return [*enter(lead, goal.id, by), made]


@command(MailMessage, "strange", to="received", label=_("Make a lead"), icon="sprout", needs="edit")
def make_lead(mail: MailMessage, *, by: Actor) -> Iterable[Event]:
    """Make a lead of the sender, who is nobody's contact yet; the mail becomes a touch with it."""
    told = {"person": mail.sender_name or mail.sender, "email": mail.sender, "demand": f"{mail.subject}\n{mail.text}"}
    known = with_address(desk_of(Lead), [mail.sender]).get(mail.sender)
    lead = known or do(create, by=by, on=Lead, anyway=True, **told).pk
    become_touch(mail, {"about": "lead", "about_id": lead}, mail.mailbox.owner_id)
    return []


def _key(linked: models.Model | int | None) -> int | None:
    """The key of what a link names: it arrives as one, or as the record."""
    return linked.pk if isinstance(linked, models.Model) else linked


def _end(lead: Lead) -> stage.Step:
    """The stage of converted leads in the pipeline that the lead is in."""
    here = stage.step(lead.stage_id)
    ends = [each for each in stage.steps("lead", here.pipeline if here else None) if each.kind == "won"]
    if not ends:
        raise Refused(_now("This pipeline has no stage for converted leads."), "stage")
    return ends[0]


@command(PriceConflict, label=_("Note"), icon="triangle-alert", needs="create", creates=True, is_offered=False)
def note_conflict(conflict: PriceConflict, *, by: Actor, **values: Any) -> None:
    """Note that two deals promise the same customer different prices; the product itself looks for them."""
    give(conflict, values)
