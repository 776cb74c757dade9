"""A record as it was at any moment."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from bihuan.core.past import as_of, read_moment
from bihuan.web import past_page, respond
from bihuan.web.subject import Subject
from bihuan.web.views.record import subject_of


@require_safe
def past(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """The record as it was at `at`; without it, as it is now, with a moment to be chosen."""
    now = subject_of(request, slug, key)
    moment = read_moment(request.GET["at"]) if request.GET.get("at") else timezone.now()
    then = Subject(now.actor, now.desk, as_of(now.actor, now.desk, key, moment))
    return respond.page(request, "web/pages/past.html", past_page.page(then, now, moment))


paths = [path("<slug:slug>/<int:key>/past", past, name="past")]
