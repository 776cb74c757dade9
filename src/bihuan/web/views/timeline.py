"""The timeline of a record: further pages of it, and what is written down in the composer above it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.web import loop_line, respond
from bihuan.web.composer import compose, composer, worded
from bihuan.web.once import takes_once
from bihuan.web.record_page import part_id
from bihuan.web.subject import Subject
from bihuan.web.timeline import timeline, totals
from bihuan.web.timeline_filter import Wanted
from bihuan.web.views.record import record_with, refreshed, subject_of
from bihuan.web.wording import listed, wordings


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def entries(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """One page of the timeline (GET), how much each tab of it and each node of the loop has (`?totals`), the ready-made texts
    for the composer (`?wordings`); or one more entry (POST), or one of those texts put into the composer (POST with `wording`).
    """
    subject = subject_of(request, slug, key)
    if request.method == "POST":
        return word(request, subject, request.POST["wording"]) if "wording" in request.POST else write(request, subject)
    if not respond.is_fragment(request):
        return record_with(request, subject)
    if "totals" in request.GET:
        found = [(part_id(subject, f"entries-{tab}"), count) for tab, count in totals(subject).items()]
        line = loop_line.line(subject) if loop_line.is_shown(subject.desk) else []
        context = {"totals": found, "line": line, "line_id": part_id(subject, "line")}
        return respond.part(request, "web/parts/timeline_totals.html", context)
    if "wordings" in request.GET:
        return respond.part(
            request, "web/parts/wordings.html", {"wordings": listed(subject.actor), "of": wordings(subject.actor)}
        )
    after = request.GET.get("after", "")
    shown = timeline(subject, Wanted.read(request.GET), after)
    template = "web/parts/timeline_days.html" if after else "web/parts/timeline.html"
    return respond.part(request, template, {"timeline": shown, "csrf_token": get_token(request)})


def write(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Write down what the composer sent; a refused draft stays in it."""
    try:
        compose(subject, request.POST, request.FILES.getlist("file"))
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        return _draft(request, subject, composer(subject, request.POST, refusal), status=422)
    subject.record.refresh_from_db()
    if not respond.is_fragment(request):
        return respond.go(request, subject.url("record"), _("Written down."))
    context = refreshed(request, subject, ("header", "timeline", "panels")) | {"composer": composer(subject)}
    return respond.part(request, "web/parts/composed.html", context)


def word(request: HttpRequest, subject: Subject, key: str) -> HttpResponse:
    """Put a ready-made text into the composer beside what stands there; nothing is written down."""
    try:
        return _draft(request, subject, composer(subject, worded(subject, request.POST, key)))
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        return _draft(request, subject, composer(subject, request.POST, refusal), status=422)


def _draft(request: HttpRequest, subject: Subject, draft: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The composer with what has not been written down yet; where no part can be swapped, on the page."""
    if not respond.is_fragment(request):
        return record_with(request, subject, composer=draft)
    return respond.part(
        request, "web/parts/composer.html", {"composer": draft, "csrf_token": get_token(request)}, status=status
    )


paths = [path("<slug:slug>/<int:key>/timeline", entries, name="timeline")]
