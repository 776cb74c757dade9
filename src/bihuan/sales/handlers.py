"""What the room does when something has happened."""

from __future__ import annotations

from bihuan.core import event, job
from bihuan.core.access import SYSTEM
from bihuan.core.run import do
from bihuan.market.events import FormSubmitted
from bihuan.market.form_submission import FormSubmission
from bihuan.sales import commands, opportunity_competitor
from bihuan.sales.events import LeadUnassigned, RivalNamed
from bihuan.sales.incoming import take_in
from bihuan.touch.events import MailFromStranger
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
