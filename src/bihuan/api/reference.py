"""The description of the API: as OpenAPI for programs, as a page for people."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bihuan.api import openapi, problem
from bihuan.api.door import caller
from bihuan.api.problem import Problem
from bihuan.core.access import Actor
from bihuan.people.middleware import public
from bihuan.web import respond


@require_safe
@public
def openapi_json(request: HttpRequest) -> HttpResponse:
    """OpenAPI for whoever's token is sent, or who has signed in: it only reads, and tells what they may do alone."""
    try:
        by_token = "Authorization" in request.headers or not hasattr(request, "actor")
        actor: Actor = caller(request) if by_token else request.actor  # type: ignore[attr-defined]
    except Problem as error:
        return problem.response(error)
    body = orjson.dumps(openapi.document(actor, f"{request.scheme}://{request.get_host()}"))
    return HttpResponse(body, content_type="application/json")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What a program can ask for: an object at a time, with its fields, conditions and commands."""
    return respond.page(request, "api/reference.html", {})
