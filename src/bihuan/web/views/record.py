"""The page of one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.core.merge.models import merged_into
from bihuan.web import record_page, respond
from bihuan.web.composer import composer
from bihuan.web.subject import Subject
from bihuan.web.timeline import timeline
from bihuan.web.timeline_filter import Wanted
from bihuan.web.views.door import record_of

#: The parts of the page that can be drawn anew: a file in web/parts/ each.
PARTS = {
    "header": record_page.header,
    "facts": record_page.facts,
    "panels": record_page.panels,
    "timeline": timeline,
    "composer": composer,
}


@require_safe
def record(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """The whole page, or with `parts` those of its parts that changed."""
    subject = subject_of(request, slug, key)
    wanted = request.GET.get("parts")
    into = merged_into(subject.desk.slug, subject.record.pk) if subject.is_archived else None
    if into is not None:
        return respond.go(
            request,
            reverse("record", args=[slug, into]),
            _("“%(title)s” was merged into this one.") % {"title": subject.title},
        )
    if wanted and respond.is_fragment(request):
        return respond.part(request, "web/parts/refresh.html", refreshed(request, subject, wanted.split(",")))
    return record_with(request, subject)


def record_with(
    request: HttpRequest,
    subject: Subject,
    *,
    template: str = "web/pages/record.html",
    more: Mapping[str, Any] | None = None,
    **changed: Any,
) -> HttpResponse:
    """The page, with some of its parts given: a refused composer keeps what was typed. `more` is for a template of one's own."""
    shown = {name: part(subject) for name, part in PARTS.items() if name != "timeline" and name not in changed}
    shown["timeline"] = timeline(subject, Wanted.read(request.GET), request.GET.get("after", ""))
    context = shown | changed | dict(more or {}) | {
        "title": subject.title, "label": str(subject.desk.label_plural).capitalize(), "list_url": reverse("list", args=[subject.desk.slug]),
        "record_url": subject.url("record"), "csrf_token": get_token(request),
    }  # fmt: skip
    return respond.page(request, template, context, status=422 if changed else 200)


def refreshed(request: HttpRequest, subject: Subject, names: Iterable[str]) -> dict[str, Any]:
    """What the swap of several parts needs: the parts by name."""
    parts = {name: PARTS[name](subject) for name in names if name in PARTS}
    return parts | {"names": list(parts), "csrf_token": get_token(request)}


def subject_of(request: HttpRequest, slug: str, key: int) -> Subject:
    """The record of the address as its finder meets it. Raises NotFound."""
    desk, found = record_of(request, slug, key)
    return Subject(request.actor, desk, found)  # type: ignore[attr-defined]


paths = [path("<slug:slug>/<int:key>", record, name="record")]
