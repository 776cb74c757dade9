"""What the room does when something has happened."""

from __future__ import annotations

from bihuan.core import event, job
from bihuan.core.access import SYSTEM
from bihuan.core.run import Call, do, run
from bihuan.market.events import FormSubmitted
from bihuan.market.form_submission import FormSubmission
from bihuan.sales import commands, opportunity_competitor
from bihuan.sales.campaign_member import note_click
from bihuan.sales.events import LeadUnassigned, MailingClicked, RivalNamed
from bihuan.sales.incoming import take_in
from bihuan.sales.mailing.commands import note_response
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.events import MailFromStranger, MailReturned
from bihuan.touch.mail.message import MailMessage


@event.on(FormSubmitted)
def make_lead(happened: FormSubmitted) -> None:
    """Whoever sends a form becomes a lead."""
    take_in(FormSubmission._base_manager.select_related("form").get(pk=happened.record_id))


@event.on(event.Created, "lead")
def find_owner(happened: event.Created) -> None:
    """A new lead that is nobody's goes where the rules say."""
    job.enqueue_once("assign_leads")


@event.on(LeadUnassigned)
def find_another_owner(happened: LeadUnassigned) -> None:
    """So does one that was given back to them."""
    job.enqueue_once("assign_leads")


@event.on(MailFromStranger)
def make_lead_of_mail(happened: MailFromStranger) -> None:
    """Who writes to a mailbox that wants leads, and is nobody's contact, becomes one."""
    mail = MailMessage._base_manager.get(pk=happened.record_id)
    if happened.wish == "lead" and mail.state == "strange" and mail.sender:
        do(commands.make_lead, mail, by=SYSTEM)


@event.on(MailReturned)
def note_bounces(happened: MailReturned) -> None:
    """A mail of a mailing that comes back is marked as one, once."""
    sent = MailingRecipient._base_manager.filter(state="sent", bounced_at=None, archived_at=None)
    keys = sent.filter(message_id__in=happened.message_ids.split()).values_list("pk", flat=True)
    if calls := [Call({"response": "bounced_at"}, key) for key in keys]:
        run(note_response, calls, by=SYSTEM, on=MailingRecipient)


@event.on(MailingClicked)
def move_member_on(happened: MailingClicked) -> None:
    """A member of the campaign who follows a link of its mailing has come that far."""
    recipient = MailingRecipient._base_manager.select_related("mailing").get(pk=happened.record_id)
    note_click(recipient.mailing.campaign_id, contact=recipient.contact_id, lead=recipient.lead_id)


@event.on(event.WRITTEN, "scorerule")
def score_anew(happened: event.Event) -> None:
    """Other rules, other scores."""
    job.enqueue_once("score_leads")


@event.on((RivalNamed, event.Moved), "opportunity")
def settle_rivals(happened: event.Event) -> None:
    """The main competitor of a deal stands among its rivals, and each rival as the deal does: running, or at an end."""
    opportunity_competitor.settle(happened.record_id)


@event.on(event.Changed, "opportunity")
def note_rival(happened: event.Changed) -> None:
    """So it does when another one is named later."""
    if "competitor" in happened.fields:
        opportunity_competitor.settle(happened.record_id)
