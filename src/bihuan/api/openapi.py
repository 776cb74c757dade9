"""The description of the API in OpenAPI 3.1: what one caller may do, made from desks, fields and commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

import bihuan
from bihuan.api import problem, schema
from bihuan.api.door import ONCE_KEY
from bihuan.api.resources import CALLS, LARGEST_PAGE, SIZE, bulk_of
from bihuan.api.token import opened_to
from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.filters import OPERATORS
from bihuan.core.kind import File

#: Problems that any request may meet, those of any with a body, of any that changes something.
ANY = ("malformed", "unauthorized", "rate", "fault", "outage")
BODY = ("too_large", "media_type")
CHANGE = ("forbidden", "not_found", "refused")


def document(actor: Actor, server: str) -> dict[str, Any]:
    """The description for one caller: only objects they see, and commands that they may give."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"problem": _problem(), "bulk_results": BULK_RESULTS}
    for desk in opened_to(actor):
        schemas[desk.slug] = schema.of_record(desk, actor)
        schemas |= {f"{desk.slug}.{each.name}": schema.inputs(desk, actor, each) for each in commands(desk, actor)}
        paths |= _paths(desk, actor)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bihuan", "version": bihuan.__version__,
            "description": _("Objects and commands of the product, as far as the caller may use them."),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "tags": [{"name": desk.slug, "description": str(desk.label_plural)} for desk in opened_to(actor)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
            "responses": _problems(),
            "headers": _HEADERS,
            "parameters": _parameters(),
        },
    }  # fmt: skip


def commands(desk: Desk, actor: Actor) -> list[Command]:
    """The commands of an object that the caller may give on at least some records; the one that makes a record first."""
    maker = registry.maker(desk)
    others = [each for each in registry.commands(desk).values() if not each.creates]
    return [each for each in (maker, *others) if not actor.reads_only and actor.may(desk.model, each.needs)]


# ---------------------------------------------------------------------- addresses


def _paths(desk: Desk, actor: Actor) -> dict[str, Any]:
    base = f"/api/v1/{desk.slug}"
    offered = {each.name: each for each in commands(desk, actor)}
    maker = registry.maker(desk)
    key = {"$ref": "#/components/parameters/id"}
    several: dict[str, Any] = {"get": _listing(desk, actor)}
    single: dict[str, Any] = {"parameters": [key], "get": _reading(desk, actor)}
    if maker.name in offered:
        several["post"] = _making(desk, maker, offered)
    if "update" in offered:
        single["patch"] = _acting(desk, actor, offered["update"])
    found = {base: several, f"{base}/{{id}}": single}
    if offered:
        found[f"{base}/bulk"] = {"post": _bulk(desk, actor, list(offered.values()))}
    if files := [name for name, each in desk.fields(actor).items() if isinstance(each.kind, File)]:
        found[f"{base}/{{id}}/files/{{field}}/{{file}}"] = {"parameters": [key], "get": _handing_out(desk, files)}
    for name, each in offered.items():
        if name not in (maker.name, "update"):
            found[f"{base}/{{id}}/{name}"] = {"parameters": [key], "post": _acting(desk, actor, each)}
    return found


def _operation(desk: Desk, name: str, summary: str, problems: Iterable[str], **more: Any) -> dict[str, Any]:
    return {"operationId": f"{desk.slug}.{name}", "tags": [desk.slug], "summary": summary, **more} | {
        "responses": more["responses"] | dict(_refused((*ANY, *problems)))
    }


def _refused(kinds: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for status in sorted({problem.KINDS[kind][0] for kind in kinds}):
        yield str(status), {"$ref": f"#/components/responses/{status}"}


def _listing(desk: Desk, actor: Actor) -> dict[str, Any]:
    return _operation(
        desk, "list", str(desk.label_plural), ("not_found", "refused"), description=_("A page of records, cut by key."),
        parameters=[
            {"name": "q", "in": "query", "description": _("Search words."), "schema": {"type": "string"}},
            {"name": "sort", "in": "query", "description": _("A field to sort by, falling with a hyphen before it."),
             "schema": {"anyOf": [{"enum": _sorts(desk, actor)}, {"type": "string", "pattern": schema.DOTTED.replace("^", "^-?")}]}},
            _fields(desk, actor),
            {"name": "after", "in": "query", "description": _("The cursor “next” of the page before."), "schema": {"type": "string"}},
            {"name": "before", "in": "query", "description": _("The cursor “previous” of the page after."), "schema": {"type": "string"}},
            {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": SIZE}},
            {"name": "archived", "in": "query", "description": _("The recycle bin."), "schema": {"type": "boolean", "default": False}},
            {"name": "filter", "in": "query", "style": "form", "explode": True,
             "description": _("Conditions, each a parameter of its own: field.operator=value."), "schema": _conditions(desk, actor)},
        ],
        responses={"200": _told(schema.record(
            {"items": {"type": "array", "items": _ref(desk.slug)}, "next": _CURSOR, "previous": _CURSOR},
            ("items", "next", "previous"),
        ), str(desk.label_plural), "Link")},
    )  # fmt: skip


def _sorts(desk: Desk, actor: Actor) -> list[str]:
    names = ["id", *(name for name, each in desk.fields(actor).items() if each.sortable)]
    return [f"{sign}{name}" for name in names for sign in ("", "-")]


def _fields(desk: Desk, actor: Actor) -> dict[str, Any]:
    names = {"anyOf": [{"enum": list(desk.fields(actor))}, {"type": "string", "pattern": schema.DOTTED}]}
    return {
        "name": "fields", "in": "query", "style": "form", "explode": False,
        "description": _("The fields to be told, also beyond links (account.level); all if none is named."),
        "schema": {"type": "array", "items": names},
    }  # fmt: skip


def _conditions(desk: Desk, actor: Actor) -> schema.Schema:
    """Every field with every operator of its kind."""
    properties = {
        f"{name}.{operator}": {"type": "string", "description": f"{each.label} {OPERATORS[operator]}"}
        for name, each in desk.fields(actor).items() if each.compute is None for operator in each.kind.operators
    }  # fmt: skip
    return schema.record(properties, patternProperties={schema.DOTTED: {"type": "string"}})


def _reading(desk: Desk, actor: Actor) -> dict[str, Any]:
    return _operation(
        desk, "get", str(desk.label), ("not_found", "refused"),
        parameters=[_fields(desk, actor), {
            "name": "as_of", "in": "query", "schema": {"type": "string", "format": "date-time"},
            "description": _("The moment at which the record is told as it was then; now if it is left out."),
        }],
        responses={"200": _told(_ref(desk.slug), str(desk.label), "ETag")},
    )  # fmt: skip


def _handing_out(desk: Desk, files: list[str]) -> dict[str, Any]:
    return _operation(
        desk, "file", _("The content of a file"), ("not_found",),
        parameters=[
            {"name": "field", "in": "path", "required": True, "schema": {"type": "string", "enum": files}},
            {"name": "file", "in": "path", "required": True, "schema": schema.KEY,
             "description": _("The id that is told with the field, also of a file that it held before.")},
        ],
        responses={"200": {"description": _("The content of a file"), "content": {"application/octet-stream": {}}}},
    )  # fmt: skip


def _making(desk: Desk, command: Command, offered: dict[str, Command]) -> dict[str, Any]:
    links = {"get": _link(desk, "get")} | {
        name: _link(desk, name) for name in ("update", "archive", "restore") if name in offered
    }
    made = _told(_ref(desk.slug), str(desk.label), "ETag", "Location") | {"links": links}
    return _operation(
        desk, command.name, str(command.label), (*CHANGE, *BODY), description=_(command.help), parameters=[_ONCE],
        requestBody=_body(_ref(f"{desk.slug}.{command.name}"), needed=True), responses={"201": made},
    )  # fmt: skip


def _link(desk: Desk, name: str) -> dict[str, Any]:
    return {"operationId": f"{desk.slug}.{name}", "parameters": {"id": "$response.body#/id"}}


def _acting(desk: Desk, actor: Actor, command: Command) -> dict[str, Any]:
    needed = bool(schema.inputs(desk, actor, command).get("required"))
    gone = {"204": {"description": _("Done; the record is no longer within your sight.")}}
    return _operation(
        desk, command.name, str(command.label), (*CHANGE, *BODY, "stale"), description=_(command.help), parameters=[_MATCH, _ONCE],
        requestBody=_body(_ref(f"{desk.slug}.{command.name}"), needed=needed),
        responses={"200": _told(_ref(desk.slug), str(desk.label), "ETag")} | gone,
    )  # fmt: skip


def _bulk(desk: Desk, actor: Actor, offered: list[Command]) -> dict[str, Any]:
    bodies = [
        bulk_of(each, _ref(f"{desk.slug}.{each.name}"), needed="required" in schema.inputs(desk, actor, each)) for each in offered
    ]  # fmt: skip
    return _operation(
        desk, "bulk", _("Many calls at once"), (*CHANGE, *BODY, "stale"), parameters=[_ONCE],
        description=_("Up to %(most)d calls of one command in one transaction.") % {"most": CALLS}
        + " " + _("Unless “partial” is false, refused ones do not hinder the others."),
        requestBody=_body({"oneOf": bodies}, needed=True), responses={"200": _told(_ref("bulk_results"), _("What came of each call."))},
    )  # fmt: skip


# ---------------------------------------------------------------------- parts


def _ref(name: str) -> schema.Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(described: schema.Schema, *, needed: bool) -> dict[str, Any]:
    return {"required": needed, "content": {"application/json": {"schema": described}}}


def _told(described: schema.Schema, description: str, *headers: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in (*headers, "RateLimit", "RateLimit-Policy")},
        "content": {"application/json": {"schema": described}},
    }  # fmt: skip


_CURSOR: schema.Schema = {"type": ["string", "null"]}
_HEADERS = {
    name: {"schema": {"type": "string"}}
    for name in ("ETag", "Location", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "Allow", "WWW-Authenticate")
}  # fmt: skip
_MATCH = {"$ref": "#/components/parameters/If-Match"}
_ONCE = {"$ref": "#/components/parameters/Idempotency-Key"}


def _parameters() -> dict[str, Any]:
    return {
        "id": {"name": "id", "in": "path", "required": True, "schema": schema.KEY},
        "If-Match": {
            "name": "If-Match", "in": "header", "schema": {"type": "string"},
            "description": _("The ETag of the record as you know it: refused when somebody saved since."),
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key", "in": "header",
            "schema": {"type": "string", "pattern": ONCE_KEY},
            "description": _("However often a request is sent with the same key, it has one effect and one answer."),
        },
    }  # fmt: skip


def _problem() -> schema.Schema:
    """The members of application/problem+json (RFC 9457)."""
    texts = {name: {"type": "string"} for name in ("type", "code", "title", "detail")}
    properties: dict[str, schema.Schema] = {
        **texts,
        "code": {"type": "string", "enum": list(problem.KINDS)},
        "status": {"type": "integer"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        "changed": {"type": "array", "items": {"type": "string"}},
        "current": {"type": "object"},
        "yours": {"type": "object"},
    }
    return schema.record(properties, ("type", "code", "title", "status", "detail"))


BULK_RESULTS = schema.record(
    {
        "results": {
            "type": "array",
            "items": schema.record(
                {"status": {"type": "integer"}, "id": schema.KEY, "version": schema.KEY, "problem": _ref("problem")},
                ("status",),
            ),
        },
        "done": {"type": "integer", "minimum": 0},
        "refused": {"type": "integer", "minimum": 0},
    },
    ("results", "done", "refused"),
)  # fmt: skip

_MORE = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    412: ("ETag",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
}


def _problems() -> dict[str, Any]:
    """One response per status, with the titles of the problems that have it."""
    titles: dict[int, list[str]] = {}
    for status, title in problem.KINDS.values():
        titles.setdefault(status, []).append(str(title))
    return {
        str(status): {
            "description": _(" · ").join(several),
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _MORE.get(status, ())},
            "content": {problem.MEDIA_TYPE: {"schema": _ref("problem")}},
        }
        for status, several in titles.items()
    }
