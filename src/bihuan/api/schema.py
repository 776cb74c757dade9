"""What the API takes and gives of each kind of value, as JSON Schema; and whether a given value fits.

The schemas of the description are the ones that requests are held against, so the two cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from bihuan.api.problem import Problem
from bihuan.core import kind
from bihuan.core.access import Actor
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.field import Field

Schema = dict[str, Any]

#: The largest whole number that every reader of JSON keeps exact.
LARGEST = 2**53 - 1
KEY: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"}
#: Names of fields beyond links, such as account.level.
DOTTED = r"^\w+(\.\w+)+$"


def record(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """An object that has these properties and no others."""
    needed = list(required)
    return {"type": "object", "properties": dict(properties), "additionalProperties": False} | (
        {"required": needed} if needed else {}
    ) | more  # fmt: skip


# ---------------------------------------------------------------------- what is given

_GIVEN: dict[str, Schema] = {
    "quantity": DECIMAL,
    "amount": DECIMAL,
    "percent": DECIMAL,
    "choices": {"type": "array", "items": KEY},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "yesno": {"type": "boolean"},
    "choice": {"type": ["integer", "string"], "minimum": 1, "maximum": LARGEST, "minLength": 1},
    "stage": {"type": ["integer", "string"], "minimum": 1, "maximum": LARGEST, "minLength": 1},
    "link": KEY,
    "links": {"type": "array", "items": KEY},
    "structure": {"type": "object"},
    "file": record(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": 255},
            "media_type": {"type": "string", "maxLength": 120},
            "content": {"type": "string", "contentEncoding": "base64"},
        },
        ("name", "content"),
    ),
}


def given(field: Field) -> Schema:
    """What may be given for a field: null leaves it blank, where it may be."""
    if isinstance(field.kind, kind.State):
        schema: Schema = {"type": "string", "enum": list(field.states)}
    elif isinstance(field.kind, kind.Integer):
        schema = {"type": "integer", "minimum": field.limits[0], "maximum": field.limits[1]}
    else:
        limit = {"maxLength": field.max_length} if field.max_length else {}
        schema = dict(_GIVEN.get(field.kind.name) or {"type": "string", **limit})
    if field.required or field.kind.name in ("yesno", "links", "choices"):
        return _named(field, schema | ({"minLength": 1} if schema["type"] == "string" else {}))
    return _named(field, _or_null(schema))


def _or_null(schema: Schema) -> Schema:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return schema | {"type": [*types, "null"]} | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _named(field: Field, schema: Schema) -> Schema:
    """The schema with what people call the field."""
    return {"title": str(field.label), **schema} | ({"description": str(field.help)} if field.help else {})


def inputs(desk: Desk, actor: Actor, command: Command) -> Schema:
    """The body of a command; what must be given to make a record may be left out when one is changed."""
    fields = command.inputs(desk, actor)
    asked = fields if command.creates or not command.takes_fields else command.asks(desk, actor)
    required = [name for name, each in fields.items() if each.required and name in asked]
    return record({name: given(each) for name, each in fields.items()}, required)


# ---------------------------------------------------------------------- what is told

_TOLD: dict[str, Schema] = {
    "integer": {"type": "integer"},
    "quantity": {"type": "string"},
    "percent": {"type": "string"},
    "amount": record({"amount": {"type": "string"}, "currency": {"type": "string"}}, ("amount", "currency")),
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "yesno": {"type": "boolean"},
    "state": record({"key": {"type": "string"}, "label": {"type": "string"}}, ("key", "label")),
    "choice": record(
        {"id": KEY, "key": {"type": "string"}, "label": {"type": "string"}}, ("id", "key", "label")
    ),
    "stage": record(
        {"id": KEY, "key": {"type": "string"}, "label": {"type": "string"}, "kind": {"type": "string"}},
        ("id", "key", "label", "kind"),
    ),
    "link": record({"id": KEY, "title": {"type": "string"}}, ("id", "title")),
    "file": record(
        {
            "id": KEY, "name": {"type": "string"}, "size": {"type": "integer"}, "content_type": {"type": "string"},
            "url": {"type": "string"},
        },
        ("id", "name", "size", "content_type"),
    ),
}  # fmt: skip


def told(field: Field) -> Schema:
    """What is told of a field; null is what stands nowhere, or beyond what the caller sees."""
    if isinstance(field.kind, (kind.Links, kind.Picks)):
        return _named(
            field, {"type": "array", "items": _TOLD["link" if isinstance(field.kind, kind.Links) else "choice"]}
        )
    return _named(field, _or_null(dict(_TOLD.get(field.kind.name) or {"type": "string"})))


def of_record(desk: Desk, actor: Actor) -> Schema:
    """A record as it is told: every field the actor may see, or those that were asked for."""
    own = {"id": KEY, "version": KEY, "archived": {"type": "boolean"}}
    fields = {name: told(each) for name, each in desk.fields(actor).items()}
    return record(own | fields, own, patternProperties={DOTTED: {}}, title=str(desk.label))


# ---------------------------------------------------------------------- whether something fits


def fit(schema: Schema, value: Any) -> None:
    """Hold a value against a schema. Raises Problem with a sentence for each place where it does not fit."""
    wrong = dict(_misfits(schema, value, ""))
    if wrong:
        raise Problem(
            "malformed", " ".join(f"{place}: {text}" if place else text for place, text in wrong.items()), errors=wrong
        )


def _misfits(schema: Schema, value: Any, place: str) -> Iterator[tuple[str, str]]:
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    name = next((each for each in types if _IS[each](value)), None)
    if types and name is None:
        yield place, _("must be %(types)s.") % {"types": _(" or ").join(_TYPES[each]() for each in types)}
    elif "enum" in schema and value not in schema["enum"]:
        offered = ", ".join(each for each in schema["enum"] if each is not None)
        yield place, _("must be one of: %(offered)s.") % {"offered": offered}
    elif name == "string":
        yield from ((place, text) for text in _text_misfits(schema, value))
    elif name == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield place, _("must lie between %(low)s and %(high)s.") % {"low": schema["minimum"], "high": schema["maximum"]}
    elif name == "array":
        yield from _array_misfits(schema, value, place)
    elif name == "object" and "properties" in schema:
        yield from _object_misfits(schema, value, place)


def _text_misfits(schema: Schema, text: str) -> Iterator[str]:
    if len(text) < schema.get("minLength", 0):
        yield _("must not be empty.")
    elif len(text) > schema.get("maxLength", len(text)):
        yield _("must have at most %(limit)d characters.") % {"limit": schema["maxLength"]}
    elif "format" in schema and not _FORMATS[schema["format"]](text):
        yield _("must be %(example)s.") % {"example": _EXAMPLES[schema["format"]]}
    elif "pattern" in schema and not re.search(schema["pattern"], text):
        yield _('must be a decimal number in quotation marks, such as "1180000.00".')


def _array_misfits(schema: Schema, values: list[Any], place: str) -> Iterator[tuple[str, str]]:
    if not schema.get("minItems", 0) <= len(values) <= schema.get("maxItems", len(values)):
        yield (
            place,
            _("must have %(low)d to %(high)d entries.") % {"low": schema["minItems"], "high": schema["maxItems"]},
        )
        return
    for index, each in enumerate(values):
        yield from _misfits(schema["items"], each, f"{place}[{index}]")


def _object_misfits(schema: Schema, values: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    dot = "." if place else ""
    for name in schema.get("required", ()):
        if name not in values:
            yield f"{place}{dot}{name}", _("is needed.")
    for name, each in values.items():
        if name in schema["properties"]:
            yield from _misfits(schema["properties"][name], each, f"{place}{dot}{name}")
        else:
            yield f"{place}{dot}{name}", _("is not known here.")


def _is_whole(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    """Whether it is a moment by RFC 3339: with seconds, and with its distance from UTC."""
    clock = r"[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
    return _is_date(text[:10]) and re.fullmatch(clock, text[10:], re.ASCII) is not None


_FORMATS = {"date": _is_date, "date-time": _is_moment}
_EXAMPLES = {"date": "2026-03-17", "date-time": "2026-03-17T14:30:00+08:00"}
_IS = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}
_TYPES = {
    "string": lambda: _("a text"),
    "integer": lambda: _("a whole number"),
    "boolean": lambda: _("true or false"),
    "array": lambda: _("a list"),
    "object": lambda: _("an object"),
    "null": lambda: _("null"),
}
