"""A draft goes live, or is forgotten."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bihuan.core import stage
from bihuan.core.blueprint import draft
from bihuan.core.blueprint.part import Address
from bihuan.core.errors import NotFound
from bihuan.web import respond


@require_POST
def live(request: HttpRequest, place: str) -> HttpResponse:
    """Carry a draft out; where records stand in the way the form says where each of them goes."""
    address, page = _place(place)
    goals = {
        (*_above(address), name.removeprefix("goal:")): (*_above(address), key)
        for name, key in request.POST.items() if name.startswith("goal:")
    }  # fmt: skip
    done = draft.go_live(address, by=request.actor, goals=goals)  # type: ignore[attr-defined]
    return respond.go(request, page, _("It is live.") if done else _("There was nothing to change."))


@require_POST
def discard(request: HttpRequest, place: str) -> HttpResponse:
    """Forget a draft."""
    address, page = _place(place)
    draft.discard(address, by=request.actor)  # type: ignore[attr-defined]
    return respond.go(request, page, _("The draft is discarded."))


def _place(text: str) -> tuple[Address, str]:
    """The address of a place and its page. Raises NotFound."""
    match tuple(text.split("/")):
        case ("choices", name):
            return ("choices", name), reverse("choices", args=[name])
        case ("pipelines", slug, key) if (found := stage.keyed_pipeline(slug, key)) is not None:
            return ("pipelines", slug, key), reverse("stages", args=[found.id])
    raise NotFound()


def _above(address: Address) -> Address:
    """Where the rows of a place stand."""
    return (*address, "stages") if address[0] == "pipelines" else address


paths = [
    path("settings/draft/<path:place>/live", live, name="draft_live"),
    path("settings/draft/<path:place>/discard", discard, name="draft_discard"),
]
