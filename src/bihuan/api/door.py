"""The door of the API: who asks, how often they may, what they sent, and what becomes of a refusal.

Only a token opens it. A session's cookie does not, so no page of another site can ask in anybody's name.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from bihuan.api import problem, rate
from bihuan.api.problem import Problem
from bihuan.api.token import TokenActor, actor_of
from bihuan.core.errors import Refused
from bihuan.core.kind import read_key
from bihuan.core.once import once
from bihuan.people.middleware import public

logger = logging.getLogger("bihuan.api")

#: Bytes of a body: a file at its largest, written in base64, and some more for what stands beside it.
BODY_LIMIT = settings.UPLOAD_LIMIT * 4 // 3 + 2**20
#: What an Idempotency-Key looks like.
ONCE_KEY = "^[!-~]{1,120}$"


@dataclass(slots=True)
class Asked:
    """A request that has come through the door. `body` is the JSON object that was sent, {} where there was none."""

    actor: TokenActor
    request: HttpRequest
    params: Mapping[str, str]
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """What is answered: plain values for JSON, None for nothing, or a response that is a file."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Act = Callable[..., Answer]


def resource(**acts: Act) -> Callable[..., HttpResponse]:
    """The view of an address: one function per method, given what was asked and the parts of the address."""

    @csrf_exempt
    @public
    def view(request: HttpRequest, **place: str) -> HttpResponse:
        language = _language(request)
        with translation.override(language):
            response = _answer(request, acts, place)
            response["Content-Language"] = translation.get_language() or language
        patch_vary_headers(response, ["Authorization", "Accept-Language"])
        return response

    return view


def _language(request: HttpRequest) -> str:
    """The language that the caller asks for; whoever asks for none gets their user's own further on."""
    return translation.get_language_from_request(request)


def _answer(request: HttpRequest, acts: Mapping[str, Act], place: Mapping[str, str]) -> HttpResponse:
    told: dict[str, str] = {}
    try:
        actor = caller(request)
        if not request.headers.get("Accept-Language"):
            translation.activate(actor.person.language)
        told = rate.count(actor.token_id)
        response = _carry_out(request, actor, acts, place)
    except (Problem, Refused) as error:
        response = problem.response(error)
    except Exception as error:  # a fault: written down for whoever mends it, and told without its details
        logger.exception("%s %s", request.method, request.path)
        response = problem.response(problem.of_fault(error))
    for name, value in told.items():
        response.setdefault(name, value)
    return response


def caller(request: HttpRequest) -> TokenActor:
    """Whose token stands in the Authorization header. Raises Problem."""
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    actor = actor_of(token.strip()) if scheme.lower() == "bearer" else None
    if not isinstance(actor, TokenActor):
        challenge = 'Bearer realm="Bihuan"' + (', error="invalid_token"' if token else "")
        sentence = _("Send “Authorization: Bearer …” with a token that is neither over nor revoked.")
        raise Problem("unauthorized", sentence, headers={"WWW-Authenticate": challenge})
    return actor


def _carry_out(
    request: HttpRequest, actor: TokenActor, acts: Mapping[str, Act], place: Mapping[str, str]
) -> HttpResponse:
    method = "GET" if request.method == "HEAD" else request.method or ""
    if method not in acts:
        allowed = ", ".join([*acts, *(["HEAD"] if "GET" in acts else [])])
        sentence = _("Here one may: %(methods)s.") % {"methods": allowed or "–"}
        raise Problem("method", sentence, headers={"Allow": allowed})
    sent = _read(request)
    asked = Asked(actor, request, _parameters(request), _parsed(request, sent))
    key = request.headers.get("Idempotency-Key")
    if method == "GET" or key is None:
        return _response(acts[method](asked, **place))
    return _once(asked, key, sent, lambda: _response(acts[method](asked, **place)))


def _parameters(request: HttpRequest) -> dict[str, str]:
    """The parameters of the address, each given once."""
    several = [name for name, values in request.GET.lists() if len(values) > 1]
    if several:
        sentence = _("Give each parameter once.")
        raise Problem("malformed", sentence, errors=dict.fromkeys(several, sentence))
    return request.GET.dict()  # type: ignore[return-value]


def _read(request: HttpRequest) -> bytes:
    """The body as it was sent. Raises Problem for one that is too large."""
    said = read_key(request.headers.get("Content-Length")) or 0
    sent = request.read(BODY_LIMIT + 1) if said <= BODY_LIMIT else b""
    if max(said, len(sent)) > BODY_LIMIT:
        raise Problem("too_large", _("A request may have up to %(limit)d MB.") % {"limit": BODY_LIMIT // 2**20})
    return sent


def _parsed(request: HttpRequest, sent: bytes) -> dict[str, Any]:
    if not sent.strip():
        return {}
    if request.content_type != "application/json":
        raise Problem("media_type", _("Send “Content-Type: application/json”."))
    try:
        body = orjson.loads(sent)
    except orjson.JSONDecodeError:
        raise Problem("malformed", _("This is not JSON in UTF-8.")) from None
    if not isinstance(body, dict):
        raise Problem("malformed", _("The body is a JSON object."))
    return body


def _once(asked: Asked, key: str, sent: bytes, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    """One effect for a key, however often it is sent; what was refused has had none, and may be tried again."""
    if not re.fullmatch(ONCE_KEY, key):
        raise Problem("malformed", _("An Idempotency-Key has 1 to 120 plain characters without blanks."))
    request = asked.request
    parts = (request.method, request.get_full_path(), request.headers.get("If-Match", ""))
    digest = hashlib.sha256(b"\0".join([*(str(part).encode() for part in parts), sent])).hexdigest()
    with once(asked.actor, f"api {asked.actor.token_id} {key}", digest) as call:
        if call.answer is not None:
            kept = call.answer
            return HttpResponse(
                kept["body"], status=kept["status"], headers=kept["headers"] | {"Idempotency-Replayed": "true"}
            )
        response = carry_out()
        headers = {name: response[name] for name in ("Content-Type", "Location", "ETag") if name in response}
        call.answer = {"status": response.status_code, "headers": headers, "body": response.content.decode()}
        return response


def _response(answer: Answer) -> HttpResponse:
    if isinstance(answer.body, HttpResponseBase):
        return answer.body  # type: ignore[return-value]
    if answer.body is None:
        response = HttpResponse(status=answer.status, headers=dict(answer.headers))
        del response["Content-Type"]
        return response
    body = orjson.dumps(answer.body)
    return HttpResponse(body, status=answer.status, content_type="application/json", headers=dict(answer.headers))
