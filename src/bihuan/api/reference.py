"""The description of the API: as OpenAPI for programs, as a page for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.api import openapi, problem, schema
from bihuan.api.door import caller
from bihuan.api.problem import Problem
from bihuan.api.token import opened_to
from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.people.middleware import public
from bihuan.web import respond


@require_safe
@public
def openapi_json(request: HttpRequest) -> HttpResponse:
    """OpenAPI for whoever's token is sent, or who has signed in: it only reads, and tells what they may do alone."""
    by_token = "Authorization" in request.headers or not hasattr(request, "actor")
    try:
        actor: Actor = caller(request) if by_token else request.actor  # type: ignore[attr-defined]
    except Problem as error:
        return problem.response(error)
    return HttpResponse(orjson.dumps(openapi.document(actor, _server(request))), content_type="application/json")


def _server(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What a program can do with one's own rights: in general, or with one object."""
    actor, slug = request.actor, request.GET.get("object", "")  # type: ignore[attr-defined]
    desks = {desk.slug: desk for desk in opened_to(actor)}
    if slug and slug not in desks:
        raise NotFound()
    here = reverse("api_reference")
    context = {
        "objects": [{"label": headed(desk), "url": f"{here}?object={key}", "current": key == slug} for key, desk in desks.items()],
        "shown": _object(desks[slug], actor) if slug else None,
        "problems": [{"code": code, "status": status, "title": title} for code, (status, title) in problem.KINDS.items()],
        "address": _server(request), "rate": settings.API_RATE,
    }  # fmt: skip
    return respond.page(request, "api/reference.html", context)


def headed(desk: Desk) -> str:
    """What an object's records are called, at the beginning of a line."""
    name = str(desk.label_plural)
    return name[:1].upper() + name[1:]


def _object(desk: Desk, actor: Actor) -> dict[str, Any]:
    """An object as the page shows it: its operations, then its fields."""
    fields = [
        {"name": name, "label": each.label, "value": in_words(schema.told(each)),
         "operators": ", ".join(each.kind.operators) if each.compute is None else ""}
        for name, each in desk.fields(actor).items()
    ]  # fmt: skip
    return {"label": headed(desk), "operations": list(_operations(desk, actor)), "fields": fields}


def _operations(desk: Desk, actor: Actor) -> Iterator[dict[str, Any]]:
    base = reverse("api_list", args=[desk.slug])
    yield {"name": "list", "label": _("List"), "method": "GET", "path": base, "help": "", "inputs": []}
    yield {"name": "get", "label": _("One record"), "method": "GET", "path": f"{base}/{{id}}", "help": "", "inputs": []}
    for command in openapi.commands(desk, actor):
        method, path = _place(desk, command, base)
        yield {
            "name": command.name, "label": command.label, "method": method, "path": path, "help": command.help,
            "inputs": list(_inputs(schema.inputs(desk, actor, command))),
        }  # fmt: skip


def _place(desk: Desk, command: Command, base: str) -> tuple[str, str]:
    if command is registry.maker(desk):
        return "POST", base
    return ("PATCH", f"{base}/{{id}}") if command.name == "update" else ("POST", f"{base}/{{id}}/{command.name}")


def _inputs(described: schema.Schema) -> Iterator[dict[str, Any]]:
    needed = described.get("required", ())
    for name, each in described["properties"].items():
        yield {"name": name, "label": each["title"], "required": name in needed, "value": in_words(each)}


def in_words(described: schema.Schema) -> str:
    """A schema in a few words of JSON."""
    types = described["type"] if isinstance(described["type"], list) else [described["type"]]
    said = [_in_word(name, described) for name in types if name != "null"]
    return " | ".join([*said, *(["null"] if "null" in types else [])])


def _in_word(name: str, described: schema.Schema) -> str:
    if "enum" in described:
        return " | ".join(f'"{value}"' for value in described["enum"] if value is not None)
    if name == "object" and "properties" in described:
        return "{" + ", ".join(described["properties"]) + "}"
    if name == "array":
        return f"[{in_words(described['items'])}, …]"
    if name == "string":
        return (
            '"12.50"'
            if "pattern" in described
            else described.get("format", "") or described.get("contentEncoding", "") or _("text")
        )
    return {"integer": _("whole number"), "boolean": "true | false"}.get(name, name)
