"""What can be done with mailings and their recipients, in the order of their life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import audit, job
from bihuan.core.access import SYSTEM, Actor, find, permits
from bihuan.core.batch import Entry
from bihuan.core.command import command
from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, give
from bihuan.sales.events import MailingClicked
from bihuan.sales.mailing import letter, links
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail.template import MailTemplate
from bihuan.touch.touched import whom
from bihuan.touch.touchpoint import Touchpoint

#: Fields that say who gets a mailing: once one of them is changed the recipients have to be worked out anew.
WHO = {"segments", "to_members", "but", "campaign"}
#: Who sends a mail and is not heard of for so long is taken to be dead.
LEASE = timedelta(minutes=15)
#: What may come of a mail, by the field that keeps when it first did; and the field that counts how often.
RESPONSES = {"opened_at": "opens", "clicked_at": "clicks", "unsubscribed_at": "", "bounced_at": ""}


# ---------------------------------------------------------------------- before it starts


@command(Mailing, "draft", label=_("Take from a template"), icon="file-text", needs="edit", local=True)
def take_template(mailing: Mailing, *, by: Actor, template: MailTemplate) -> None:
    """Let the letter say what a template says; from then on the two are apart."""
    found = find(by, MailTemplate, template, archived=False)
    for name in ("subject", "text"):
        for language in ("", "_hant", "_en"):
            setattr(mailing, name + language, getattr(found, name + language))


@command(
    Mailing, "draft", label=_("Work out the recipients"), icon="users-round", needs="edit", told=True,
    refreshes=("header", "facts", "timeline"),
)  # fmt: skip
def plan_mailing(mailing: Mailing, *, by: Actor) -> None:
    """See who gets the mailing and who is left out, and why. It goes on in the background; nothing is sent by it."""
    if not (mailing.to_members or mailing.segments.exists()):
        raise Refused(_now("Say who gets it: the people of a segment, or the members of the campaign."), "segments")
    mailing.planned_version = None
    job.enqueue("plan_mailing", user_id=by.user_id, label=mailing.name, mailing=mailing.pk)


@command(Mailing, "draft", label=_("Note the recipients"), icon="check", needs="edit", local=True, internal=True)
def note_planned(mailing: Mailing, *, by: Actor, seen: int) -> None:
    """Note that the recipients are those of the mailing as it was in a version; only the product itself does so."""
    mailing.planned_version = seen


@command(Mailing, "draft", "scheduled", to="sending", label=_("Start"), icon="play", needs="edit")
def start_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Send the mailing from now on, as fast as the mailbox may."""
    _refuse_unready(mailing, by)
    mailing.started_at = mailing.due_at = timezone.now()


@command(Mailing, "draft", to="scheduled", label=_("Start later"), icon="clock", needs="edit")
def schedule_mailing(mailing: Mailing, *, by: Actor, starts_at: datetime) -> None:
    """Send the mailing from a moment on."""
    _refuse_unready(mailing, by)
    if starts_at <= timezone.now():
        raise Refused(_now("This moment is past."), "starts_at")
    mailing.starts_at = starts_at


@command(Mailing, "scheduled", to="draft", label=_("Back to the draft"), icon="undo-2", needs="edit")
def withdraw_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Do not send it at the moment that was set."""
    mailing.starts_at = None


def _refuse_unready(mailing: Mailing, by: Actor) -> None:
    """A mailing starts with everything that it needs, so that it does not stand still halfway."""
    mailbox = mailing.mailbox
    if not permits(by, mailbox, "edit"):
        raise Refused(_now("You may not write from this mailbox."), "mailbox")
    if not mailbox.active or mailbox.archived_at is not None or not mailbox.smtp_host:
        raise Refused(_now("Nothing is sent from this mailbox: it is off, or has no SMTP server."), "mailbox")
    links.site()
    planned = mailing.planned_version
    if planned is None or audit.changed_since("mailing", mailing.pk, planned) & WHO:
        raise Refused(_now("Work out the recipients first: who gets it was changed, or is not known yet."))
    rows = MailingRecipient._base_manager.filter(mailing=mailing, archived_at=None, state="planned")
    samples = [rows.filter(**{f"{link}__isnull": False}).first() for link in ("contact", "lead")]
    if not any(samples):
        raise Refused(_now("There is nobody left whom it would go to."))
    letter.refuse_gaps(mailing, filter(None, samples), by)


# ---------------------------------------------------------------------- while it is sent


@command(Mailing, "sending", to="paused", label=_("Pause"), icon="hourglass", needs="edit")
def pause_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Send no more for now; the mail that is under way goes."""
    mailing.due_at = None


@command(Mailing, "paused", to="sending", label=_("Go on"), icon="play", needs="edit")
def continue_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Go on where the mailing stopped."""
    _set_going(mailing)


@command(Mailing, "scheduled", "sending", "paused", to="stopped", label=_("Stop for good"), icon="ban", needs="edit")
def stop_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Send nothing more of it; whoever has not got it does not get it."""
    mailing.due_at, mailing.ended_at = None, timezone.now()


def _has_failed(mailing: Mailing | None) -> bool:
    return mailing is None or mailing.failed_count > 0


@command(
    Mailing, "paused", "done", to="sending", label=_("Try the failed ones again"), icon="rotate-cw", needs="edit", suits=_has_failed
)  # fmt: skip
def retry_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Send it once more to those whom it could not be sent to, but not where nobody knows whether it went."""
    failed = MailingRecipient._base_manager.filter(mailing=mailing, archived_at=None, state="failed")
    keys = failed.exclude(failure="unknown").values_list("pk", flat=True)
    if calls := [Call(record=key) for key in keys]:
        run(list_again, calls, by=SYSTEM, on=MailingRecipient)
    _set_going(mailing)


def _set_going(mailing: Mailing) -> None:
    mailing.due_at, mailing.ended_at = timezone.now(), None
    mailing.attempts, mailing.failure, mailing.failure_detail = 0, None, ""


@command(
    Mailing, "sending", label=_("Go on later"), icon="hourglass", needs="edit", local=True, internal=True,
    labels={"until": _("Until")},
)  # fmt: skip
def note_course(mailing: Mailing, *, by: Actor, until: datetime, failure: str = "", detail: str = "") -> None:
    """Note when the next mails go, and what is wrong with the server if anything is; only the product itself does so."""
    mailing.failure, mailing.failure_detail, mailing.due_at = failure or None, detail, until
    mailing.attempts = mailing.attempts + 1 if failure else 0


@command(
    Mailing, "scheduled", "sending", to="paused", label=_("Hold up"), icon="circle-alert", needs="edit", local=True, internal=True
)  # fmt: skip
def hold_up_mailing(mailing: Mailing, *, by: Actor, failure: str, detail: str = "") -> None:
    """Pause the mailing for what somebody has to look after; only the product itself does so."""
    mailing.failure, mailing.failure_detail, mailing.due_at = failure, detail, None


@command(Mailing, "sending", to="done", label=_("End"), icon="check", needs="edit", local=True, internal=True)
def end_mailing(mailing: Mailing, *, by: Actor) -> None:
    """Note that everybody has been written to; only the product itself does so."""
    mailing.due_at, mailing.ended_at = None, timezone.now()
    mailing.attempts, mailing.failure, mailing.failure_detail = 0, None, ""


# ---------------------------------------------------------------------- the recipients


def _none_under_way(entries: Sequence[Entry], by: Actor) -> None:
    """Refuse those whose mailing has started; one that is brought along as history is over."""
    keys = {entry.inputs["mailing"] for entry in entries}
    rows = Mailing._base_manager.filter(pk__in=keys, state__in=("scheduled", "sending", "paused"))
    started = set(rows.values_list("pk", flat=True))
    for entry in entries:
        if entry.inputs["mailing"] in started:
            entry.refusal = Refused(_now("The mailing has started already."), "mailing")


@command(
    MailingRecipient, label=_("List"), icon="plus", needs="create", creates=True, local=True, is_offered=False, weigh=_none_under_way
)  # fmt: skip
def list_recipient(
    recipient: MailingRecipient, *, by: Actor, mailing: int, contact: int | None = None, lead: int | None = None, address: str = "",
    language: str = "zh-hans", reason: str = "", **history: Any,
) -> None:  # fmt: skip
    """Put somebody on the list of a mailing that has not started, or among those whom it leaves out for a reason."""
    recipient.mailing_id, recipient.contact_id, recipient.lead_id = mailing, contact, lead
    relist_recipient.verb(recipient, by=SYSTEM, address=address, language=language, reason=reason)
    give(recipient, history)


@command(
    MailingRecipient, "planned", "left_out", label=_("List anew"), icon="refresh-cw", needs="edit", local=True, internal=True
)  # fmt: skip
def relist_recipient(
    recipient: MailingRecipient, *, by: Actor, address: str = "", language: str = "zh-hans", reason: str = ""
) -> None:
    """Note how somebody is reached, and whether they get the mailing; only the product itself does so."""
    recipient.address, recipient.language, recipient.reason = address, language, reason
    recipient.state = "left_out" if reason else "planned"


@command(
    MailingRecipient, "planned", to="sending", label=_("Begin to send"), icon="send", needs="edit", local=True, internal=True
)  # fmt: skip
def begin_letter(recipient: MailingRecipient, *, by: Actor) -> None:
    """Note that the mail is being sent from now on; only the product itself does so."""
    recipient.at, recipient.attempts = timezone.now(), recipient.attempts + 1
    recipient.due_at = timezone.now() + LEASE


@command(
    MailingRecipient, "planned", to="left_out", label=_("Leave out"), icon="ban", needs="edit", local=True, internal=True
)  # fmt: skip
def leave_out(recipient: MailingRecipient, *, by: Actor, reason: str) -> None:
    """Do not write to somebody after all; only the product itself does so."""
    recipient.reason = reason


@command(
    MailingRecipient, "sending", to="planned", label=_("Send later"), icon="hourglass", needs="edit", local=True, internal=True,
    labels={"until": _("Until")},
)  # fmt: skip
def put_off_letter(recipient: MailingRecipient, *, by: Actor, failure: str, until: datetime, detail: str = "") -> None:
    """Note why the mail has not gone yet, and when it is tried again; only the product itself does so."""
    recipient.at = None
    recipient.failure, recipient.failure_detail, recipient.due_at = failure, detail, until


@command(
    MailingRecipient, "sending", to="failed", label=_("Give up"), icon="circle-x", needs="edit", local=True, internal=True
)  # fmt: skip
def give_up_letter(recipient: MailingRecipient, *, by: Actor, failure: str, detail: str = "") -> None:
    """Note why the mail was not sent; only the product itself does so."""
    recipient.failure, recipient.failure_detail, recipient.due_at = failure, detail, None


@command(
    MailingRecipient, "failed", to="planned", label=_("Send again"), icon="rotate-cw", needs="edit", local=True, internal=True
)  # fmt: skip
def list_again(recipient: MailingRecipient, *, by: Actor) -> None:
    """Put somebody back on the list to whom the mail could not be sent; only the product itself does so."""
    recipient.at = recipient.due_at = None
    recipient.attempts, recipient.failure, recipient.failure_detail = 0, None, ""


@command(
    MailingRecipient, "sending", "failed", to="sent", label=_("Note as sent"), icon="check", needs="edit", internal=True
)  # fmt: skip
def note_letter_sent(recipient: MailingRecipient, *, by: Actor, subject: str = "") -> None:
    """Note that the server has taken the mail, and log it as a touch for which nobody waits; only the product itself does so."""
    recipient.failure, recipient.failure_detail, recipient.due_at = None, "", None
    mailing, person = recipient.mailing, recipient.contact or recipient.lead
    concerned = {"about": "mailing", "about_id": mailing.pk} | whom(person, None)  # type: ignore[arg-type]
    touch = do(
        create, by=SYSTEM, on=Touchpoint, channel=mailing.mailbox.channel_id, direction="out",
        at=recipient.at, text=subject, owner=mailing.owner_id, automatic=True, **concerned,
    )  # fmt: skip
    recipient.touchpoint_id = touch.pk


# ---------------------------------------------------------------------- what comes of it


@command(MailingRecipient, "sent", label=_("Note a response"), icon="eye", needs="edit", local=True, internal=True)
def note_response(recipient: MailingRecipient, *, by: Actor, response: str) -> Iterable[Event]:
    """Note what came of the mail, a name of RESPONSES, when it first did and how often; only the product itself does so."""
    is_first = getattr(recipient, response) is None
    if is_first:
        setattr(recipient, response, timezone.now())
    if counted := RESPONSES[response]:
        setattr(recipient, counted, getattr(recipient, counted) + 1)
    return [MailingClicked("mailingrecipient", recipient.pk)] if is_first and response == "clicked_at" else []
