"""How much may be sent at once. What is too much is refused before it is taken in, with a sentence."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.web import respond

#: Bytes that a form with a file may hold besides the file.
BESIDES = 2**20
#: A body of up to so many bytes is heard to its end though it is refused: a browser listens only when it has sent all.
HEARD = 2 * settings.IMPORT_LIMIT


class BodyLimit:
    """Refuses a body by the length that its sender declares; without a declared length the server reads none."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        if (
            not length.isdecimal()
            or int(length) <= _limit(request)
            or request.path.startswith(settings.OWN_BODY_LIMITS)
        ):
            return self.answer(request)
        if int(length) <= HEARD:
            hear_out(request)
        return respond.fault(request, 413, _too_much(request))


def hear_out(request: HttpRequest) -> None:
    """Read what is still being sent, and forget it."""
    while request.META["wsgi.input"].read(2**16):
        pass


def _limit(request: HttpRequest) -> int:
    """Bytes that may come: of a form with files, a file and what stands beside it."""
    with_files = request.content_type == "multipart/form-data"
    return settings.IMPORT_LIMIT + BESIDES if with_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _too_much(request: HttpRequest) -> str:
    if request.content_type == "multipart/form-data":
        return _("The file is larger than %(limit)d MB.") % {"limit": settings.IMPORT_LIMIT // 2**20}
    return _("More was sent than a form can hold.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 400: a form with too much in it, or an address or body that no browser of ours sends."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        hear_out(request)
        return respond.fault(request, 413, _("More was sent than a form can hold."))
    return respond.bad_request(request, exception)
