"""Forms that have one effect however often they are sent: by a double click, a second try, the way back."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from markupsafe import Markup

from bihuan.core.once import once
from bihuan.web import respond

NAME, LONGEST = "once", 64
#: What makes up an answer besides its body.
HEADERS = ("Location", "HX-Redirect", "HX-Trigger", "HX-Retarget", "HX-Reswap")


def once_field() -> Markup:
    """The hidden field that a form carries for this: another key each time the form is drawn."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(NAME, secrets.token_hex(32))


def takes_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare a view whose posts are carried out once for each key that a form brings, with the same in it.

    The view runs in one transaction with the key. An answer that refuses undoes both. Who sends a form again with something
    else in it means something else. Where a part of a page was the answer, the repeat has the page drawn anew.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.POST.get(NAME, "") if request.method == "POST" else ""
        if not key:
            return view(request, *args, **kwargs)
        digest = _digest(request)
        with once(request.actor, f"form {key[:LONGEST]} {digest[:32]}", digest) as call:  # type: ignore[attr-defined]
            if call.answer is not None:
                return _again(request, call.answer)
            response = view(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            call.answer = _kept(response)
            return response

    return answer


def _digest(request: HttpRequest) -> str:
    """What the form asked for: where it was sent and what was in it."""
    sent = sorted((name, values) for name, values in request.POST.lists() if name not in (NAME, "csrfmiddlewaretoken"))
    files = [(name, each.name, each.size) for name, several in request.FILES.lists() for each in several]
    return hashlib.sha256(json.dumps([request.path, sent, files]).encode()).hexdigest()


def _kept(response: HttpResponse) -> dict[str, Any]:
    headers = {name: response[name] for name in HEADERS if name in response}
    return {"status": response.status_code, "headers": headers, "has_body": bool(response.content)}


def _again(request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
    if not kept["has_body"]:
        return HttpResponse(status=kept["status"], headers=kept["headers"])
    if respond.is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return respond.go(request, respond.back_to(request, reverse("home")))
