"""What goes wrong, as application/problem+json (RFC 9457), in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused, Stale
from bihuan.core.once import Reused
from bihuan.core.outage import outage_of
from bihuan.web.outage import AGAIN, SENTENCES

#: Every kind of problem: its code, its status and its title.
KINDS: dict[str, tuple[int, Any]] = {
    "malformed": (400, _("The request does not fit the description")),
    "unauthorized": (401, _("A valid token is needed")),
    "forbidden": (403, _("Not allowed")),
    "not_found": (404, _("Not found")),
    "method": (405, _("No such method here")),
    "stale": (412, _("The record has changed")),
    "too_large": (413, _("The request is too large")),
    "media_type": (415, _("Only JSON is understood")),
    "invalid": (422, _("Some values are refused")),
    "refused": (422, _("Refused by a rule")),
    "reused": (422, _("The idempotency key stands for another request")),
    "rate": (429, _("Too many requests")),
    "fault": (500, _("A fault of the server")),
    "outage": (503, _("The server cannot do this at present")),
}
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that says what went wrong: `kind` is one of KINDS, `detail` a sentence, `members` what else it tells."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.kind, self.detail = kind, str(detail)
        self.headers, self.members = dict(headers or {}), members


#: What the kernel's refusals are called here, the more exact first.
_REFUSALS: tuple[tuple[type[Refused], str], ...] = (
    (NotFound, "not_found"),
    (Forbidden, "forbidden"),
    (Stale, "stale"),
    (Reused, "reused"),
    (Invalid, "invalid"),
    (Refused, "refused"),
)


def of_fault(error: Exception) -> Problem:
    """What is told of a fault: of the machine's what is missing, of ours only that it has been written down."""
    outage = outage_of(error)
    if outage is None:
        return Problem("fault", _now("This is a fault of the server; it has been written down."))
    return Problem("outage", str(SENTENCES[outage]), headers={"Retry-After": str(AGAIN)})


def told(error: Problem | Refused) -> dict[str, Any]:
    """The members of the answer."""
    if isinstance(error, Problem):
        kind, detail, members = error.kind, error.detail, error.members
    else:
        kind = next(name for refusal, name in _REFUSALS if isinstance(error, refusal))
        errors = {name: text for name, text in error.errors.items() if name}
        detail, members = error.sentence, {"errors": errors} if errors else {}
    status, title = KINDS[kind]
    return {
        "type": f"/api/v1/#{kind}", "code": kind, "title": str(title), "status": status, "detail": detail, **members,
    }  # fmt: skip


def response(error: Problem | Refused) -> HttpResponse:
    """The answer."""
    body = told(error)
    headers = error.headers if isinstance(error, Problem) else {}
    return HttpResponse(orjson.dumps(body), status=body["status"], content_type=MEDIA_TYPE, headers=headers)
