"""The front door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bihuan.web.shell import actor_navigation


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where a working day begins: the first page of the navigation, or one's own page for who has none yet."""
    groups = actor_navigation(request.actor, get_language() or "")  # type: ignore[attr-defined]
    return HttpResponseRedirect(groups[0].items[0].url if groups else reverse("profile"))


paths = [path("", home, name="home")]
