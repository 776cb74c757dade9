"""Answers: a page or the part a swap asked for, a toast, a redirect, a refusal. Only here are HX headers read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused, Stale
from bihuan.web.assets import asset
from bihuan.web.shell import LANGUAGE_TAGS, firm_name, shell_of

STATUS: tuple[tuple[type[Refused], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Stale, 409),
    (Invalid, 422),
    (Refused, 422),
)


def is_fragment(request: HttpRequest) -> bool:
    """Whether the asker swaps the answer into a page it has (not a boosted visit, not a walk back in history)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page inside the shell. The browser asks for the page behind a plain link when the button goes down, not up."""
    messages = request.session.pop("messages", []) if hasattr(request, "session") else []
    shared = {"shell": shell_of(request), "messages": messages, "actor": request.actor}  # type: ignore[attr-defined]
    response = render(request, template, shared | (context or {}), status=status)
    response["Speculation-Rules"] = f'"{asset("links.speculationrules")}"'
    patch_vary_headers(response, ["HX-Request"])
    return response


def part(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A part of a page, for a swap."""
    response = render(request, template, {"actor": request.actor} | (context or {}), status=status)  # type: ignore[attr-defined]
    patch_vary_headers(response, ["HX-Request"])
    return response


#: The event that other parts of a page listen for; by then the swap has taken away the part that asked.
CHANGED = {"target": "body"}


def say(
    response: HttpResponse,
    text: str,
    *,
    kind: str = "good",
    undo: str = "",
    url: str = "",
    changed: bool = False,
    made: bool = False,
) -> HttpResponse:
    """Add a toast to an answer that is swapped in; `undo` takes back what was done, `url` leads to what was made.

    `changed` tells the page's other parts that records changed, `made` tells lists and boards that there is a new one.
    """
    toast = {"kind": kind, "text": text} | ({"undo_url": undo} if undo else {}) | ({"url": url} if url else {})
    told: dict[str, Any] = (
        {"toast": toast} | ({"changed": CHANGED} if changed else {}) | ({"made": CHANGED} if made else {})
    )
    response["HX-Trigger"] = json.dumps(told)  # ASCII: JSON escapes what a header cannot hold
    return response


def asked_from(request: HttpRequest, url: str) -> bool:
    """Whether the part was asked for from the page at `url`."""
    return urlsplit(request.headers.get("HX-Current-URL", "")).path == url


def into_dialog(response: HttpResponse) -> HttpResponse:
    """Send a part into the page's dialog, wherever it was asked for."""
    response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response


def go(request: HttpRequest, url: str, text: str = "", *, undo: str = "") -> HttpResponse:
    """Send the browser to another page, saying something there once; `undo` takes back what was done."""
    if text:
        request.session["messages"] = [{"kind": "good", "text": text, "undo": undo}]
    response = HttpResponse(status=204 if is_fragment(request) else 303)
    response["HX-Redirect" if is_fragment(request) else "Location"] = url
    return response


def back_to(request: HttpRequest, fallback: str) -> str:
    """Where the asker came from, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and ours else fallback


def refusal(request: HttpRequest, error: Refused) -> HttpResponse:
    """The answer to a refused call: a toast where a part was asked for, else a page that says what to do."""
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    if is_fragment(request):
        stale = isinstance(error, Stale)  # then the page shows what no longer is
        response = say(HttpResponse(status=status), error.sentence, kind="danger", changed=stale)
        response["HX-Reswap"] = "none"
        return response
    return page(
        request, "web/pages/refused.html", {"error": error, "status": status, "home": reverse("home")}, status=status
    )


def bare(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page outside the shell."""
    language = LANGUAGE_TAGS.get(get_language() or "", "zh-Hans")
    frame = {"product": firm_name(), "language": language, "csrf_token": get_token(request)}
    return render(request, template, frame | context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 404 in our dress."""
    return refusal(request, NotFound()) if hasattr(request, "actor") else fault(request, 404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address or body that no browser of ours sends."""
    return fault(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 403."""
    return refusal(request, Forbidden()) if hasattr(request, "actor") else fault(request, 403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: from elsewhere, or from a page that was open for too long."""
    return fault(request, 403, _("This form was not sent from here, or it was open for too long."))


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours. It asks nothing of the database, which may be what is broken."""
    return fault(request, 500)


def fault(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """A page, outside the shell and without a query, that says what happened and what to do now."""
    if is_fragment(request):
        said = say(HttpResponse(status=status), sentence or str(FAULTS[status][0]), kind="danger")
        said["HX-Reswap"] = "none"
        return said
    title, advice = FAULTS[status]
    frame = {
        "product": "Bihuan", "language": LANGUAGE_TAGS.get(get_language() or "", "zh-Hans"), "csrf_token": "", "title": title,
        "sentence": sentence, "advice": advice, "status": status, "home": reverse("home"),
    }  # fmt: skip
    return render(request, "web/pages/fault.html", frame, status=status)


_CANNOT_WORK = gettext_lazy("This cannot be done at present")
_LATER = gettext_lazy(
    "Nothing was changed, and what was saved before is safe. What you typed stands on the page before: tell whoever looks "
    "after the server, then go back and send it again."
)
#: What happened, and what to do, by status.
FAULTS = {
    400: (gettext_lazy("This address cannot be read"), gettext_lazy("Check it, or begin at the first page.")),
    403: (gettext_lazy("This was not done"), gettext_lazy("Go back, load the page again, and send it once more.")),
    404: (gettext_lazy("There is no such page."), gettext_lazy("Check the address, or begin at the first page.")),
    413: (gettext_lazy("This is too much at once"), gettext_lazy("Nothing was done. Go back and send less at a time.")),
    500: (
        gettext_lazy("Something broke on our side"),
        gettext_lazy(
            "Nothing was half done. Try again; if it breaks again, tell whoever looks after the product when it happened."
        ),
    ),
    503: (_CANNOT_WORK, _LATER),
    507: (_CANNOT_WORK, _LATER),
}
