"""The calendar feed: its address on a page of one's own, and what other programs get there."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.core.access import find
from bihuan.core.run import do
from bihuan.people import staff
from bihuan.people.middleware import public
from bihuan.people.user import User
from bihuan.touch import feed
from bihuan.touch.commands import end_feed, open_feed
from bihuan.web import respond
from bihuan.web.sections import Section, offer_in_profile

offer_in_profile(Section("feed", gettext_lazy("Calendar feed"), "people", "feed", "task"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feed_page(request: HttpRequest) -> HttpResponse:
    """Whether one's calendar has an address; a post makes a new one, and its answer shows it this once."""
    actor, address = request.actor, ""  # type: ignore[attr-defined]
    if request.method == "POST":
        token = do(open_feed, find(actor, User, actor.user_id), by=actor).feed_token
        address = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
    context = {"address": address, "since": feed.since(actor.user_id)}
    return respond.page(request, "touch/feed.html", context)


@require_POST
def feed_end(request: HttpRequest) -> HttpResponse:
    """The address leads nowhere any more."""
    actor = request.actor  # type: ignore[attr-defined]
    do(end_feed, find(actor, User, actor.user_id), by=actor)
    return respond.go(request, reverse("feed"), _("The calendar feed has ended."))


@public
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever the secret belongs to, with their rights of this moment."""
    user_id = feed.holder(token)
    actor = staff.actor(user_id) if user_id is not None else None
    if actor is None:
        raise Http404
    with translation.override(actor.person.language):
        text = feed.text(actor, actor.name, request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


paths = [
    path("profile/calendar", feed_page, name="feed"),
    path("profile/calendar/end", feed_end, name="feed_end"),
    path("calendar/<str:token>.ics", calendar_feed, name="calendar_feed"),
]
