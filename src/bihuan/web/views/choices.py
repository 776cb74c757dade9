"""The settings of lists of values, each in one sheet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core.choice import PIGMENTS
from bihuan.core.errors import NotFound
from bihuan.core.names import choice_lists
from bihuan.web import respond
from bihuan.web.drafting import DraftSheet, Place, draft_context
from bihuan.web.once import takes_once
from bihuan.web.views.settings import section_page
from bihuan.web.views.stages import settled

SHEET = ("name", "name_hant", "name_en", "pigment", "aliases")


@require_safe
def choice_sets(request: HttpRequest) -> HttpResponse:
    """The first list of values."""
    return respond.go(request, reverse("choices", args=[next(iter(choice_lists()))]))


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def choices(request: HttpRequest, name: str) -> HttpResponse:
    """The values of a list in one sheet; a post makes a draft of it, which goes live at once where it touches no record."""
    lists = choice_lists()
    if name not in lists:
        raise NotFound()
    place = Place(request.actor, ("choices", name))  # type: ignore[attr-defined]
    sheet = DraftSheet(place, SHEET, request.POST if request.method == "POST" else None)
    if request.method == "POST" and sheet.save():
        if key := request.POST.get("archive"):
            place.keep(place.without(key))
        if key := request.POST.get("restore"):
            place.keep(place.with_restored(key))
        return settled(request, place, reverse("choices", args=[name]))
    shown = [
        {"label": label, "url": reverse("choices", args=[key]), "current": key == name} for key, label in lists.items()
    ]
    context = {
        "name": name, "heading": lists[name], "lists": shown, "sheet": sheet, "pigments": PIGMENTS,
        "archived": place.archived(), "draft": draft_context(place),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return section_page(request, "choices", "web/pages/settings_choices.html", context, status=status)


paths = [
    path("settings/choices", choice_sets, name="choice_sets"),
    path("settings/choices/<str:name>", choices, name="choices"),
]
