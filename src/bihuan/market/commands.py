"""What can be done with campaigns, forms, segments and documents, in the order of their life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.files import File
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor, acting
from bihuan.core.command import command
from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.core.held_file import name_of
from bihuan.core.run import do
from bihuan.core.verbs import give, update
from bihuan.market.campaign import Campaign
from bihuan.market.document import DocumentVersion, MarketingDocument
from bihuan.market.events import FormSubmitted
from bihuan.market.form_submission import FormSubmission
from bihuan.market.segment import NAMED, Segment, SegmentSize, members


@command(Campaign, "planned", "paused", to="running", label=_("Start"), icon="play", needs="edit")
def start_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign runs from now on."""
    campaign.starts_on = campaign.starts_on or timezone.localdate()


@command(Campaign, "running", to="paused", label=_("Pause"), icon="hourglass", needs="edit")
def pause_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign rests for a while."""


@command(Campaign, "running", "paused", to="finished", label=_("Finish"), icon="check", needs="edit")
def finish_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign is over; what still comes in is counted all the same."""
    campaign.ends_on = campaign.ends_on or timezone.localdate()


@command(Campaign, "planned", "running", "paused", to="cancelled", label=_("Call off"), icon="ban", needs="edit")
def cancel_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign does not take place."""


# ---------------------------------------------------------------------- what comes in by forms


@command(FormSubmission, label=_("Send in"), icon="send", needs="create", creates=True, is_offered=False)
def submit(
    submission: FormSubmission, *, by: Actor, form: int, campaign: int | None = None, suspicion: str = "none",
    device: str = "", address: str = "", mark: str | None = None, own: dict[str, str] | None = None, **answers: Any,
) -> Iterable[Event]:  # fmt: skip
    """Keep what somebody sent by a form, and for which campaign it counts; `own` are the answers to questions of the firm's own."""
    give(submission, answers)
    submission.form_id, submission.campaign_id, submission.suspicion = form, campaign, suspicion
    submission.device, submission.address, submission.mark = device, address, mark or None
    submission.answers = own or {}
    if suspicion != "none":
        submission.state = "spam"
        return []
    return [FormSubmitted("formsubmission", 0)]


@command(FormSubmission, "received", to="accepted", label=_("Accept"), icon="check", needs="edit", is_offered=False)
def accept_submission(submission: FormSubmission, *, by: Actor, about: str, about_id: int) -> None:
    """Note what was made of the submission, or which record it belongs to."""
    submission.about, submission.about_id = about, about_id


@command(FormSubmission, "received", to="spam", label=_("It is spam"), icon="ban", needs="edit")
def mark_as_spam(submission: FormSubmission, *, by: Actor) -> None:
    """Put the submission among the spam; nothing is made of it."""


@command(FormSubmission, "spam", to="received", label=_("It is no spam"), icon="check", needs="edit")
def clear_of_spam(submission: FormSubmission, *, by: Actor) -> Iterable[Event]:
    """Take the submission out of the spam; it goes its way as if it had just come in."""
    return [FormSubmitted("formsubmission", submission.pk)]


# ---------------------------------------------------------------------- segments


@command(Segment, label=_("Count anew"), icon="refresh-cw", needs="edit")
def measure_segment(segment: Segment, *, by: Actor) -> None:
    """Count how many the segment has today, of those that its owner sees."""
    today = timezone.localdate()
    segment.size, segment.measured_on = members(segment, acting(segment.owner_id)).count(), today
    noted = SegmentSize._base_manager.filter(segment=segment, day=today).first()
    if noted is None:
        do(note_size, by=by, on=SegmentSize, segment=segment.pk, day=today, size=segment.size)
    else:
        do(update, noted, by=by, size=segment.size)


#: So many leads are named in the rule of a segment, which is as long as it may be.
LISTED = 1_000


@command(
    Segment, label=_("Keep as a fixed list"), icon="pin", needs="edit", suits=lambda segment: segment is None or bool(segment.rule)
)  # fmt: skip
def freeze_segment(segment: Segment, *, by: Actor) -> None:
    """Name those whom the rule finds now one by one, in its place: who comes later is not among them."""
    found = members(segment, by).order_by("pk").values_list("pk", flat=True)
    if segment.object in NAMED:
        give(segment, {NAMED[segment.object]: tuple(found)})
        segment.rule = ""
        return
    keys = list(found[: LISTED + 1])
    if len(keys) > LISTED:
        raise Refused(_now("At most %(most)d leads stand in a fixed list; narrow the rule down.") % {"most": LISTED})
    segment.rule = f"ids={','.join(map(str, keys))}" if keys else ""


@command(SegmentSize, label=_("Note"), icon="plus", needs="create", creates=True, is_offered=False)
def note_size(noted: SegmentSize, *, by: Actor, segment: int, day: date, size: int) -> None:
    """Keep how many a segment has on a day."""
    noted.segment_id, noted.day, noted.size = segment, day, size


# ---------------------------------------------------------------------- documents


@command(
    MarketingDocument, label=_("New version"), icon="upload", needs="edit", labels={"file": _("File"), "note": _("What is new")},
    refreshes=("header", "facts", "timeline", "panels"),
)  # fmt: skip
def add_version(document: MarketingDocument, *, by: Actor, file: File, note: str = "") -> None:
    """Put a new file in the place of the present one, which stays as an older version."""
    do(keep_version, by=by, on=DocumentVersion, document=document.pk, file=file, note=note)
    document.refresh_from_db(fields=["version_count"])


@command(
    DocumentVersion, label=_("Keep"), icon="upload", needs="create", creates=True, is_offered=False, labels={"file": _("File")}
)  # fmt: skip
def keep_version(version: DocumentVersion, *, by: Actor, document: int, file: File, note: str = "") -> None:
    """Keep a file as the next version of a document, the one that counts from now on."""
    earlier = DocumentVersion._base_manager.filter(document=document)
    for former in earlier.filter(state="current"):
        do(supersede_version, former, by=by)
    version.document_id, version.note = document, note
    version.edition = (earlier.aggregate(last=Max("edition"))["last"] or 0) + 1
    version.name, version.size, version.file = name_of(file), file.size, file


@command(
    DocumentVersion, "current", to="superseded", label=_("Supersede"), icon="archive", needs="edit", local=True, is_offered=False
)  # fmt: skip
def supersede_version(version: DocumentVersion, *, by: Actor) -> None:
    """Another version counts from now on."""
