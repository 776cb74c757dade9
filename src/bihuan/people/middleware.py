"""Who asks: the signed-in member of staff, their language, and the firm's configuration of this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare

from bihuan.core import configuration
from bihuan.people import staff

#: Session keys: who signed in, and the stamp of the password they did it with.
USER, STAMP = "user", "stamp"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare a view that is answered without signing in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


class CurrentActor:
    """Sets `request.actor`; sends whoever has not signed in to the sign-in page."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        configuration.refresh()
        actor = signed_in(request)
        if actor is not None:
            request.actor = actor  # type: ignore[attr-defined]
        language = actor.person.language if actor is not None else translation.get_language_from_request(request)
        with translation.override(language):
            response = self.answer(request) if actor is not None or is_public(request) else ask_to_sign_in(request)
        response.headers.setdefault("Content-Language", language)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def signed_in(request: HttpRequest) -> staff.StaffActor | None:
    """The actor of the session, unless they may no longer sign in or their password changed since."""
    user_id = request.session.get(USER)
    actor = staff.actor(user_id) if user_id is not None else None
    if actor is None or not constant_time_compare(request.session.get(STAMP, ""), actor.person.stamp):
        return None
    return actor


def is_public(request: HttpRequest) -> bool:
    try:
        view: Any = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(view, "is_public", False)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, which leads back here; a swap is told to load it as a page."""
    onward = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    address = reverse("sign_in") + (f"?{urlencode({'next': onward}, safe='/')}" if onward != "/" else "")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("sign_in")})
    return redirect(address)
