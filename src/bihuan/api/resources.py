"""What stands at each address: the records of an object, one of them, a command on it, many calls at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.api import schema
from bihuan.api.door import Answer, Asked
from bihuan.api.files import handed_out, with_files
from bihuan.api.problem import Problem, told
from bihuan.api.representation import columns, of_rows, one, past
from bihuan.api.token import opened_to
from bihuan.core import registry
from bihuan.core.access import Actor, find, permits
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, NotFound, Refused, Stale
from bihuan.core.kind import read_key
from bihuan.core.past import read_moment
from bihuan.core.query import Query
from bihuan.core.run import Call, run

#: Parameters of a list that are no conditions; those have a dot in them.
PARAMETERS = ("q", "sort", "fields", "after", "before", "size", "archived")
SIZE, LARGEST_PAGE = 50, 200
#: The most calls of one request.
CALLS = 500


def desk_of(asked: Asked, slug: str) -> Desk:
    """The object of the address. Raises NotFound where the caller sees none of it, or the token is not for it."""
    found = next((desk for desk in opened_to(asked.actor) if desk.slug == slug), None)
    if found is None:
        raise NotFound()
    return found


def command_of(desk: Desk, name: str) -> Command:
    """The command that stands at an address of its own. Raises NotFound."""
    command = registry.commands(desk).get(name)
    if command is None or command.creates or name == "update":
        raise NotFound()
    return command


# ---------------------------------------------------------------------- reading


def listing(asked: Asked, slug: str) -> Answer:
    """A page of the records that meet the conditions of the address."""
    desk, params = desk_of(asked, slug), asked.params
    _know(params, PARAMETERS, conditions=True)
    size, archived = _size(params), _flag(params, "archived")
    names = [name for name in params.get("fields", "").split(",") if name] or columns(desk, asked.actor)
    meant = {name: text for name, text in params.items() if name in ("q", "sort") or "." in name}
    query = Query.parse(desk, asked.actor, meant | ({"archived": "1"} if archived else {}), names)
    page = query.page(size, after=params.get("after", ""), before=params.get("before", ""))
    neighbours = {"next": page.next, "previous": page.previous}
    return Answer(
        {"items": of_rows(query, page.rows, archived=archived), **neighbours}, headers=_link(asked, neighbours)
    )


def _know(params: Mapping[str, str], names: tuple[str, ...], *, conditions: bool = False) -> None:
    """Every parameter means something here. Raises Problem."""
    unknown = [name for name in params if name not in names and not (conditions and "." in name)]
    if unknown:
        raise Problem("malformed", _("Unknown parameters: %(names)s.") % {"names": ", ".join(unknown)})


def _size(params: Mapping[str, str]) -> int:
    size = read_key(params.get("size", SIZE))
    if size is None or not 1 <= size <= LARGEST_PAGE:
        raise Problem("malformed", _("“size” lies between 1 and %(most)d.") % {"most": LARGEST_PAGE})
    return size


def _flag(params: Mapping[str, str], name: str) -> bool:
    text = params.get(name, "false")
    if text not in ("true", "false"):
        raise Problem("malformed", _("“%(name)s” is true or false.") % {"name": name})
    return text == "true"


def _link(asked: Asked, neighbours: Mapping[str, str | None]) -> dict[str, str]:
    """The Link header (RFC 8288) with the addresses of the pages beside this one."""
    here = {name: text for name, text in asked.params.items() if name not in ("after", "before")}
    ways = (("next", "after"), ("previous", "before"))
    links = [
        f'<{asked.request.path}?{urlencode(here | {parameter: cursor})}>; rel="{rel}"'
        for rel, parameter in ways if (cursor := neighbours[rel])
    ]  # fmt: skip
    return {"Link": ", ".join(links)} if links else {}


def reading(asked: Asked, slug: str, key: str) -> Answer:
    """One record; `fields` narrows what is told of it, `as_of` tells it as it was at a moment."""
    desk = desk_of(asked, slug)
    _know(asked.params, ("fields", "as_of"))
    names = [name for name in asked.params.get("fields", "").split(",") if name]
    if "as_of" in asked.params:
        return _record(past(desk, asked.actor, read_key(key), read_moment(asked.params["as_of"]), names))
    return _record(one(desk, asked.actor, read_key(key), names))


def file(asked: Asked, slug: str, key: str, name: str, id: str) -> Answer:
    """The content of a file that a field of a record holds or has held."""
    desk = desk_of(asked, slug)
    _know(asked.params, ())
    return handed_out(asked.actor, desk, read_key(key), name, read_key(id))


def _record(found: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    return Answer(found, status, {"ETag": f'"{found["version"]}"'} | headers)


# ---------------------------------------------------------------------- changing


def making(asked: Asked, slug: str) -> Answer:
    """A new record."""
    desk = desk_of(asked, slug)
    command = registry.maker(desk)
    _allow(asked, desk, command)
    inputs = _inputs(desk, asked.actor, command, asked.body)
    key = run(command, [Call(inputs)], by=asked.actor, on=desk.model).records[0].pk
    return _record(one(desk, asked.actor, key), 201, Location=reverse("api_record", args=[slug, key]))


def changing(asked: Asked, slug: str, key: str) -> Answer:
    """Other values for some fields of a record."""
    desk = desk_of(asked, slug)
    return _carry_out(asked, desk, registry.commands(desk)["update"], read_key(key))


def acting(asked: Asked, slug: str, key: str, name: str) -> Answer:
    """A command on a record; nothing is told of one that was handed out of the caller's sight."""
    desk = desk_of(asked, slug)
    return _carry_out(asked, desk, command_of(desk, name), read_key(key))


def _carry_out(asked: Asked, desk: Desk, command: Command, key: int | None) -> Answer:
    _allow(asked, desk, command, key)
    version = _expected(asked)
    try:
        inputs = _inputs(desk, asked.actor, command, asked.body)
    except Problem:  # of what is wrong with it learns only who may do this to this very record
        if not permits(asked.actor, find(asked.actor, desk.model, key), command.needs):
            raise Forbidden() from None
        raise
    call = Call(inputs, 0 if key is None else key, version, exact=version is not None)
    try:
        run(command, [call], by=asked.actor, on=desk.model)
    except Stale as stale:
        raise _both_sides(asked, desk, key, stale) from None
    try:
        return _record(one(desk, asked.actor, key))
    except NotFound:
        return Answer(status=204)


def _allow(asked: Asked, desk: Desk, command: Command, key: int | None = None) -> None:
    """Whether the caller may do this at all. Raises Forbidden, and NotFound for a record that does not exist for them."""
    _know(asked.params, ())
    if not asked.actor.may(desk.model, command.needs):
        if not command.creates:
            one(desk, asked.actor, key)
        raise Forbidden()


def _inputs(desk: Desk, actor: Actor, command: Command, body: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a command from a body that fits its description. Raises Problem."""
    schema.fit(schema.inputs(desk, actor, command), body)
    return with_files(command.inputs(desk, actor), body)


def _expected(asked: Asked) -> int | None:
    """The version that If-Match names; None where any will do. What names no version fits none."""
    tags = asked.request.headers.get("If-Match", "*").strip()
    if tags == "*":
        return None
    versions = [read_key(text) or 0 for text in re.findall(r'(?<!/)"([0-9]+)"', tags)]
    return max(versions, default=0)


def _both_sides(asked: Asked, desk: Desk, key: int | None, stale: Stale) -> Problem:
    """Somebody saved first: what stands there now of the fields they changed and of those that the caller meant to."""
    fields = desk.fields(asked.actor)
    names = tuple(dict.fromkeys(name for name in (*stale.theirs, *asked.body) if name in fields))
    current = one(desk, asked.actor, key, names or columns(desk, asked.actor))
    etag = {"ETag": f'"{current["version"]}"'}
    return Problem("stale", stale.sentence, etag, changed=list(stale.theirs), current=current, yours=asked.body)


# ---------------------------------------------------------------------- many at once


#: The body of many calls, as far as it holds for any command.
BULK = schema.record(
    {
        "command": {"type": "string"},
        "partial": {"type": "boolean"},
        "calls": {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": CALLS},
    },
    ("command", "calls"),
)


def bulk_of(command: Command, inputs: schema.Schema, *, needed: bool) -> schema.Schema:
    """The body of many calls of one command; `needed` where its inputs may not be left out."""
    required = [*(() if command.creates else ("id",)), *(("inputs",) if needed else ())]
    own = {} if command.creates else {"id": schema.KEY, "version": schema.KEY}
    calls = BULK["properties"]["calls"] | {"items": schema.record({**own, "inputs": inputs}, required)}
    named = {"command": {"type": "string", "enum": [command.name]}, "calls": calls}
    return BULK | {"properties": BULK["properties"] | named}


def many(asked: Asked, slug: str) -> Answer:
    """Several calls of one command in one transaction. Unless `partial` is false, refused ones do not hinder the others."""
    desk, actor = desk_of(asked, slug), asked.actor
    schema.fit(BULK, asked.body)
    command = registry.commands(desk).get(asked.body["command"])
    if command is None or (command.creates and command is not registry.maker(desk)):
        raise Problem("malformed", _("There is no command “%(name)s” here.") % {"name": asked.body["command"]})
    _know(asked.params, ())
    if not actor.may(desk.model, command.needs):
        raise Forbidden()
    inputs = schema.inputs(desk, actor, command)
    schema.fit(bulk_of(command, inputs, needed="required" in inputs), asked.body)
    calls = [_bulk_call(desk, actor, command, each) for each in asked.body["calls"]]
    outcome = run(command, calls, by=actor, on=desk.model, partial=asked.body.get("partial", True))
    status = 201 if command.creates else 200
    results = [
        {"status": status, "id": record.pk, "version": record.version} if record is not None else _refused(outcome.refusals[index])
        for index, record in enumerate(outcome.records)
    ]  # fmt: skip
    return Answer({"results": results, "done": len(calls) - len(outcome.refusals), "refused": len(outcome.refusals)})


def _bulk_call(desk: Desk, actor: Actor, command: Command, body: dict[str, Any]) -> Call:
    version = body.get("version")
    inputs = _inputs(desk, actor, command, body.get("inputs", {}))
    return Call(inputs, None if command.creates else body["id"], version, exact=version is not None)


def _refused(refusal: Refused) -> dict[str, Any]:
    problem = told(refusal)
    return {"status": problem["status"], "problem": problem}


def nothing(asked: Asked, **_place: str) -> Answer:
    """Any other address."""
    raise NotFound()
