"""Long work: how far it is, what came of it, and how to stop it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.core import job as work
from bihuan.core import works
from bihuan.core.errors import NotFound
from bihuan.core.job import STATES, Job
from bihuan.web import respond
from bihuan.web.views.files import sealed

SIZE = 50
#: What each kind of work is called, and the figures of a result that its page names.
WORKS = {
    "import": _("Import"),
    "export": _("Export"),
    "bulk": _("Many records"),
    "hand_over": _("Hand-over"),
    "add_members": _("Members of a campaign"),
    "duplicates": _("Search for duplicates"),
    "import_undo": _("Taking an import back"),
    "import_trial": _("Dry run"),
}
COUNTS = {
    "done": _("Done"), "created": _("New"), "updated": _("Updated"), "unchanged": _("Unchanged"), "made": _("Made along the way"),
    "taken": _("Taken as the same"), "rows": _("Rows"), "refused": _("Refused"), "archived": _("In the recycle bin"),
    "restored": _("Set back"), "stayed": _("Left as they are"),
    "skipped": _("Likely duplicates"), "pairs": _("Likely pairs"),
}  # fmt: skip
#: What the file that each kind of work makes is called, where it is not what the work was for.
FILES = {"import": _("Refused rows"), "import_undo": _("What stays, as a file")}


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The work that whoever asks has begun, the latest first."""
    mine = Job.objects.filter(user=request.actor.user_id).order_by("-pk")[:SIZE]  # type: ignore[attr-defined]
    return respond.page(request, "web/pages/jobs.html", {"jobs": [_shown(each) for each in mine]})


@require_safe
def job(request: HttpRequest, key: int) -> HttpResponse:
    """One piece of work; while it goes on the page asks for its part again."""
    context = {"job": _shown(_mine(request, key))}
    if respond.is_fragment(request):
        return respond.part(request, "web/parts/job.html", context | {"csrf_token": get_token(request)})
    return respond.page(request, "web/pages/job.html", context)


@require_POST
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    """Ask for the work to stop after its present step."""
    work.cancel(_mine(request, key))
    return respond.go(request, reverse("job", args=[key]))


@require_POST
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Take an import back, in the background."""
    done = _mine(request, key)
    with transaction.atomic():
        queued = works.queue_undo(done, request.actor)  # type: ignore[attr-defined]
    return respond.go(request, reverse("job", args=[queued.pk]))


def _mine(request: HttpRequest, key: int) -> Job:
    found = Job.objects.filter(user=request.actor.user_id, pk=key).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


@require_safe
def job_file(request: HttpRequest, key: int) -> HttpResponseBase:
    """What the work made: an export, or the rows that an import refused."""
    found = _mine(request, key)
    name = found.result.get("file", "")
    if not name:
        raise NotFound()
    try:
        content = (works.folder_of(found.result["folder"]) / name).open("rb")
    except FileNotFoundError:
        raise NotFound() from None
    label = slugify(found.label, allow_unicode=True) or found.work
    return sealed(FileResponse(content, as_attachment=True, filename=f"{label}-{name}"))


def _shown(each: Job) -> dict[str, Any]:
    """A job as its page draws it."""
    result = each.result
    counts = [
        (label, result[name]) for name, label in COUNTS.items() if isinstance(result.get(name), int) and result[name]
    ]
    refused = result.get("refused")
    imported = each.inputs["plan"]["object"] if each.work == "import" else ""
    tried = [each.inputs["plan"]["object"], each.inputs["folder"]] if each.work == "import_trial" else []
    if each.work == "import_undo":
        refused = result.get("shown", [])
    if imported:
        refused = [(_("Row %(number)d") % {"number": number}, reason) for number, reason in result.get("shown", ())]
    is_fault = each.error.startswith("Traceback")
    return {
        "key": each.pk, "label": each.label or str(WORKS.get(each.work, each.work)), "work": WORKS.get(each.work, each.work),
        "work_name": each.work,
        "state": each.state, "state_label": STATES[each.state], "percent": 100 if each.state == "done" else each.percent,
        "done": each.done, "total": each.total, "is_over": each.is_over, "cancel_asked": each.cancel_asked, "at": each.created_at,
        "counts": counts, "refused": refused if isinstance(refused, list) else [], "has_file": bool(result.get("file")) and each.is_over,
        "imported": imported, "made": sum(len(names) for names in result.get("made", {}).values()) if imported else 0,
        "following": each.inputs.get("following", [])[:1], "may_undo": works.may_undo(each), "undone_by": result.get("undo"),
        "tried": tried, "file_label": FILES.get(each.work, _("Download")),
        "error": "" if is_fault else each.error, "fault": each.error if is_fault else "",
    }  # fmt: skip


paths = [
    path("jobs", jobs, name="jobs"),
    path("jobs/<int:key>", job, name="job"),
    path("jobs/<int:key>/cancel", cancel, name="job_cancel"),
    path("jobs/<int:key>/undo", undo, name="job_undo"),
    path("jobs/<int:key>/file", job_file, name="job_file"),
]
