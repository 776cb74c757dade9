"""What the audit tells of a record: which columns, and how to read back the plain values that stand there."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

from bihuan.core import registry, rollup
from bihuan.core.audit import SECRET
from bihuan.core.columns import SecretField
from bihuan.core.desk import Desk
from bihuan.core.held_file import HeldFile

#: Columns that every write stamps, and what is noted in passing: no change that anybody made.
STAMPS = frozenset(
    {
        "id", "version", "created_at", "created_by_id", "changed_at", "changed_by_id", "last_login", "last_used_at",
        "custom",
    }
)  # fmt: skip


@cache
def columns(model: type[models.Model]) -> dict[str, models.Field]:
    """The columns whose change the audit tells of, by field name."""
    return {each.name: each for each in model._meta.concrete_fields if each.attname not in STAMPS}


@cache
def secrets(model: type[models.Model]) -> frozenset[str]:
    """The fields of which the audit tells that they changed, and nothing more."""
    return frozenset(
        each.name for each in model._meta.concrete_fields if each.name == "password" or isinstance(each, SecretField)
    )


def figures(desk: Desk) -> frozenset[str]:
    """The fields that hold figures about relatives, or follow from other fields. Their changes are not told."""
    kept = (*(each.column for each in desk.gathers), *(desk.kept.columns if desk.kept else ()))
    return frozenset(kept) | frozenset(
        each.column
        for other in registry.desks() for each in other.rollups if rollup.parent_of(other, each) is desk.model
    )  # fmt: skip


def value(column: models.Field, plain: Any) -> Any:
    """What a column holds (for a link its key, none for the text that it was once) when the audit tells `plain` of it."""
    if plain in (None, SECRET) or (column.is_relation and isinstance(plain, str)):
        return None
    return column.target_field.to_python(plain) if column.is_relation else column.to_python(plain)


def custom_value(key: str, plain: Any) -> Any:
    """The same for a custom value, whose `key` begins with the letter that says how it is stored."""
    if plain in (None, "", SECRET):
        return None
    match key[0]:
        case "n":
            return Decimal(plain)
        case "d":
            return date.fromisoformat(plain)
        case "m":
            return datetime.fromisoformat(plain)
        case "s":
            return tuple(plain)
        case "f":
            return HeldFile.of(plain)
    return plain
