"""What every answer of the product has: a strict content policy, no pages from before a change, refusals turned into pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from bihuan.core.errors import Refused
from bihuan.web.respond import refusal

#: Nothing runs that is not a file of ours; `style` attributes may carry custom properties (a bar's length), nothing
#: else inline.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


class ContentSecurityPolicy:
    """Sets the policy on every answer."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response


class LoadedAhead:
    """After whatever may have changed something, the browser throws away the pages that it has loaded ahead (`respond.page`)."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            response["Clear-Site-Data"] = '"prefetchCache"'
        return response


class Refusals:
    """A command or door that refused becomes an answer with its sentence and the fitting status."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refusal(request, error) if isinstance(error, Refused) else None
