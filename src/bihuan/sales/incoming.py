"""What comes in by a form becomes a lead, or a touch with the lead that there is already."""

from __future__ import annotations

from django.core.files import File
from django.utils.translation import gettext as _

from bihuan.core import registry
from bihuan.core.access import SYSTEM, visible
from bihuan.core.attached import Attachment, attach
from bihuan.core.choice import keyed, options
from bihuan.core.duplicates.check import likely
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.market.commands import accept_submission
from bihuan.market.form_submission import FormSubmission
from bihuan.market.own_questions import readable, told
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.sales.lead import Lead
from bihuan.touch.touchpoint import Touchpoint

#: Fields that leads have under the same name.
SAME = ("company", "title", "mobile", "phone", "email", "wechat", "province", "city", "demand")


def take_in(submission: FormSubmission) -> None:
    """Make a lead of a submission, or note it on an open lead that is the same; once, however often it is asked."""
    if submission.state != "received" or submission.archived_at is not None:
        return
    values = {name: getattr(submission, name) for name in SAME} | {"person": submission.name}
    own = readable(submission.answers)
    lead = _open_lead(Lead(**values))
    if lead is None:
        lead = _new_lead(submission, values | own)
    else:
        _note_touch(submission, lead)
        _add_what_is_new(lead, own)
    for each in visible(SYSTEM, Attachment).filter(about="formsubmission", about_id=submission.pk):
        do(attach, by=SYSTEM, about="lead", about_id=lead.pk, file=File(each.file, name=each.name))
    do(accept_submission, submission, by=SYSTEM, about="lead", about_id=lead.pk)


def _open_lead(made: Lead) -> Lead | None:
    """The likeliest of the open leads that may be the same."""
    keys = [each.id for each in likely(registry.desk_of(Lead), [made])[0]]
    found = visible(SYSTEM, Lead).filter(stage__kind="open").in_bulk(keys)
    return next((found[key] for key in keys if key in found), None)


def _new_lead(submission: FormSubmission, values: dict[str, str]) -> Lead:
    """A lead for whom the form names, or for the assignment rules."""
    if not (values["person"] or values["company"]):
        reached = (values[name] for name in ("email", "mobile", "phone", "wechat"))
        values["person"] = next(filter(None, reached), _("unnamed"))
    return do(
        create, by=SYSTEM, on=Lead, anyway=True, **values, owner=submission.form.receiver_id, campaign=submission.campaign_id,
        source=submission.form.source_id, remark=_known(submission),
    )  # fmt: skip


def _known(submission: FormSubmission) -> str:
    """Which contacts and accounts this may be, by their numbers: who may see them finds out who they are."""
    person = Contact(
        name=submission.name, mobile=submission.mobile, phone=submission.phone, email=submission.email, wechat=submission.wechat
    )  # fmt: skip
    firm = Account(name=submission.company, phone=submission.phone or submission.mobile)
    lines = []
    for record in (person, firm):
        desk = registry.desk_of(record)
        keys = [each.id for each in likely(desk, [record])[0]]
        numbers = visible(SYSTEM, type(record)).filter(pk__in=keys).order_by("pk").values_list("number", flat=True)
        if numbers:
            lines.append(
                _("May be this %(object)s: %(numbers)s") % {"object": desk.label, "numbers": ", ".join(numbers)}
            )
    return "\n".join(lines)


def _add_what_is_new(lead: Lead, own: dict[str, str]) -> None:
    """What the lead does not know yet of the firm's own fields; what somebody wrote there stays."""
    fields = registry.desk_of(Lead).own_fields
    new = {name: text for name, text in own.items() if fields[name].value_of(lead) in (None, "", ())}
    if new:
        do(update, lead, by=SYSTEM, **new)


def _note_touch(submission: FormSubmission, lead: Lead) -> None:
    """They have been in touch again: so the lead's timeline says."""
    channel = keyed("channel", "web") or options("channel")[0]
    said = [each for each in (submission.demand, told(submission.answers)) if each]
    do(
        create, by=SYSTEM, on=Touchpoint, channel=channel.id, direction="in", at=submission.created_at, about="lead", about_id=lead.pk,
        text="\n".join(said) or _("Sent the form “%(form)s”") % {"form": submission.form.label}, owner=lead.owner_id,
    )  # fmt: skip
