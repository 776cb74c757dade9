"""How values of custom fields stand in a JSON column, and how the databases read them out of it.

The first letter of a key says how its values are stored: t text, i whole number, n exact number in ten-thousandths, b yes (1)
or no (0), d date and m moment (in UTC) as text that sorts, s several ids as ",3,7,", f a mapping that tells of a file. Both
databases can index each of them but the last: the path stands in the statement as text, for an expression with a parameter
never matches an index.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.db import models

from bihuan.core import money
from bihuan.core.columns import QuantityField
from bihuan.core.held_file import HeldFile

KEY = re.compile(r"[tinbdmsf]\d+")


def stored(key: str, value: Any) -> Any:
    """A value as JSON holds it; None for one that is blank and is not kept."""
    if value in (None, "", ()):
        return None
    match key[0]:
        case "n":
            return money.to_units(value)
        case "b":
            return int(value)
        case "d":
            return value.isoformat()
        case "m":
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        case "s":
            return f",{','.join(map(str, value))},"
        case "f":
            return value.plain
    return value


def read_stored(key: str, plain: Any) -> Any:
    """The value that `stored` made `plain` of; a blank text is "" and no choices are ()."""
    if plain is None:
        return {"t": "", "s": (), "b": False}.get(key[0])
    match key[0]:
        case "n":
            return money.from_units(int(plain))
        case "b":
            return bool(plain)
        case "d":
            return date.fromisoformat(plain)
        case "m":
            return datetime.strptime(plain, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
        case "s":
            return tuple(int(part) for part in plain.strip(",").split(","))
        case "f":
            return HeldFile.of(plain)
    return plain


class YesNoValue(models.BooleanField):
    """Yes or no as 1 or 0."""

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else int(bool(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bool | None:
        return None if value is None else bool(value)


class SeveralValue(models.TextField):
    """Several ids as a tuple."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> tuple[int, ...]:
        return read_stored("s", value)


class TextValue(models.TextField):
    """A text; one that is not there is empty, as in a column."""


class FileValue(models.TextField):
    """What is told of a file, which the databases hand out as the text of a JSON object."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> HeldFile | None:
        return None if value is None else HeldFile.of(json.loads(value))


@FileValue.register_lookup
class FileName(models.Transform):
    """The name of a file, to filter by."""

    lookup_name = "name"
    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        inner, params = compiler.compile(self.lhs)
        return f"json_extract({inner}, '$.name')", params

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        inner, params = compiler.compile(self.lhs)
        return f"({inner}::json ->> 'name')", params


#: What the database gets out of JSON for each letter.
_FIELDS: dict[str, type[models.Field]] = {
    "t": TextValue, "i": models.BigIntegerField, "n": QuantityField, "b": YesNoValue, "d": models.DateField,
    "m": models.DateTimeField, "s": SeveralValue, "f": FileValue,
}  # fmt: skip


class CustomValue(models.Transform):
    """One value out of the JSON column, as a column of its own type."""

    def __init__(self, expression: Any, key: str = "", **extra: Any) -> None:
        if not KEY.fullmatch(key):
            raise ValueError(f"“{key}” is no key of a custom field")
        self.key = key
        super().__init__(expression, output_field=_FIELDS[key[0]](), **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        inner, params = compiler.compile(self.lhs)
        return f"json_extract({inner}, '$.{self.key}')", params

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        inner, params = compiler.compile(self.lhs)
        return _POSTGRESQL[self.key[0]].format(text=f"({inner} ->> '{self.key}')"), [*params] * _TIMES[self.key[0]]


_DAY = "substr({text}, 1, 4)::int, substr({text}, 6, 2)::int, substr({text}, 9, 2)::int"
#: Built of functions that PostgreSQL calls immutable, or it would refuse to index them.
_POSTGRESQL = {
    **dict.fromkeys("tsf", "{text}"),
    **dict.fromkeys("inb", "{text}::bigint"),
    "d": f"make_date({_DAY})",
    "m": (
        f"(make_timestamp({_DAY}, substr({{text}}, 12, 2)::int, substr({{text}}, 15, 2)::int,"
        " substr({text}, 18)::double precision) AT TIME ZONE 'UTC')"
    ),
}
_TIMES = {letter: form.count("{text}") for letter, form in _POSTGRESQL.items()}


class CustomColumn(models.JSONField):
    """The JSON column of custom values: `custom__n12` in an ORM path is the value under that key."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default": dict, "editable": False, "blank": True, **kwargs})

    def get_transform(self, name: str) -> Any:
        return partial(CustomValue, key=name) if KEY.fullmatch(name) else None


def column_at(model: type[models.Model], path: str) -> models.Field:
    """The column at the end of an ORM path, or the type of the custom value there."""
    for name in path.split("__"):
        if name == "pk":
            return model._meta.pk  # type: ignore[return-value]
        column = model._meta.get_field(name)
        if isinstance(column, CustomColumn):
            return _FIELDS[path.rpartition("__")[2][0]]()
        if column.is_relation and name != column.attname:
            model = column.related_model  # type: ignore[assignment]
    return column  # type: ignore[return-value]
