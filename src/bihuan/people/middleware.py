"""Who asks: the signed-in member of staff, their language, and the firm's configuration of this moment."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation

from bihuan.core import configuration
from bihuan.people import session, standing
from bihuan.people.staff import StaffActor

#: Where one may go as well while something is still asked: away.
WAY_OUT = "sign_out"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare a view that is answered without signing in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


class CurrentActor:
    """Sets `request.actor` for whoever is wholly signed in; all others reach public pages and what is asked of them alone.

    `request.half` is who has given login and password and is asked for more. Such a request has no actor, so that no page
    could answer it by mistake.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        configuration.refresh()
        holder, asked = session.holder(request), ""
        if holder is not None:
            asked = standing.open_step(request.session, holder.user_id)
        if asked and not session.is_fresh(request):
            holder, asked = None, ""
        if holder is not None:
            setattr(request, "half" if asked else "actor", holder)
        language = holder.person.language if holder is not None else translation.get_language_from_request(request)
        with translation.override(language):
            response = self.answered(request, holder, asked)
        response.headers.setdefault("Content-Language", language)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def answered(self, request: HttpRequest, holder: StaffActor | None, asked: str) -> HttpResponse:
        """The page itself for whom it is meant; else the way to what comes first."""
        wanted = match(request)
        is_open = wanted is not None and getattr(wanted.func, "is_public", False)
        if is_open or (holder is not None and not asked) or (asked and wanted and wanted.url_name in (asked, WAY_OUT)):
            return self.answer(request)
        return lead(request, reverse(asked)) if asked else ask_to_sign_in(request)


def match(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, which leads back here; a swap is told to load it as a page."""
    onward = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    swaps = request.headers.get("HX-Request") == "true"
    query = f"?{urlencode({'next': onward}, safe='/')}" if onward != "/" and not swaps else ""
    return lead(request, reverse("sign_in") + query)


def lead(request: HttpRequest, address: str) -> HttpResponse:
    """Send a page there, and a swap too."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
