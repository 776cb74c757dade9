"""What every answer of the product has: a strict content policy, pages sent compressed and never from before a change,
refusals turned into pages."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from gzip import GzipFile
from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from bihuan.core.errors import Refused
from bihuan.web.respond import refusal

#: Nothing runs that is not a file of ours; `style` attributes may carry custom properties (a bar's length), nothing
#: else inline.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors {}; form-action 'self'{}"
)


def policy(frame_ancestors: Sequence[str] = (), form_action: Sequence[str] = ()) -> str:
    """The policy of a page that these sites may embed, and whose forms may lead on to these beside our own."""
    return _POLICY.format(" ".join(frame_ancestors) or "'none'", "".join(f" {each}" for each in form_action))


POLICY = policy()


#: Bytes of a page below which compressing saves no packet.
WORTHWHILE = 1400


class Compression:
    """Pages go out compressed: a list of 100 KB as 14, for less than half a millisecond of work.

    A random name in front makes the length say nothing of the content (BREACH); forms mask their tokens anew each time. Django's
    own would compress the API too and weaken the ETags that its If-Match compares.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        is_page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        if not is_page or len(response.content) < WORTHWHILE:
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = compressed(response.content)
            response["Content-Encoding"], response["Content-Length"] = "gzip", str(len(response.content))
        return response


def compressed(content: bytes) -> bytes:
    packed = BytesIO()
    name = secrets.token_hex(1 + secrets.randbelow(50))
    with GzipFile(name, "wb", compresslevel=1, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


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
