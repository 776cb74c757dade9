"""Everything that has been decided about an import before its first row is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

#: What becomes of rows whose record is there already, or is not there yet.
MODES = {"create": _("Create only"), "update": _("Update only"), "both": _("Create and update")}
#: What becomes of new rows that look like a record that is there.
DUPLICATES = {"skip": _("Leave them out"), "update": _("Update that record"), "create": _("Make them anyway")}


@dataclass
class Plan:
    """`fields` names for every column the field it fills ("": left out).

    `keys`: by which fields rows find their record, each row by the first that it fills.
    `values`: field → text → id of the record or choice meant. `dates`: field → order of day, month and year. `numbers`: field →
    "point" or "comma", which parts the decimals. `refused`: fields whose unknown texts make no new record or choice; `created`:
    links whose unknown texts make new records though the object itself asks for none.
    `constants`: what new records get where the file says nothing. `strict`: links must be spelt exactly.
    `duplicates`: one of DUPLICATES.
    """

    object: str
    fields: list[str]
    mode: str = "create"
    keys: list[str] = field(default_factory=list)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    strict: bool = False
    duplicates: str = "create"

    def as_json(self) -> dict[str, Any]:
        """For the inputs of a job."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Plan:
        """What `as_json` gave."""
        return cls(**stored)
