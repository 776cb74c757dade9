"""What belongs to a blueprint. A row is a record of the configuration as plain values; its address is made of keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from bihuan.core.blueprint.source import Recorded, Source
from bihuan.core.blueprint.value import Value

#: The keys under which a row stands in the text, from the outside in: ("choices", "source", "referral").
Address = tuple[str, ...]
#: The values of a record by the names of its part's fields.
Row = Mapping[str, Any]
#: A configuration, or some sections of it, in the order in which the firm has put things.
Rows = dict[Address, Row]

#: The field of a row that says at which place among its neighbours it stands. The text says so by its order.
PLACE = "order"


@dataclass(frozen=True)
class Part:
    """How the records of one object stand in a blueprint.

    `at` is the pattern of their addresses: a step in braces is a field of the record, and may walk links. A part with
    `only` writes that one field in the place of the row. `known` tells, by the step, which names are right there: code
    knows them, so a wrong one is a slip of the pen. `source` is where the records come from and go to.
    """

    model: type[models.Model]
    at: tuple[str, ...]
    fields: Mapping[str, Value]
    only: str = ""
    ordered: bool = True
    known: Mapping[str, Callable[[], Collection[str]]] = field(default_factory=dict)
    source: Source = field(default_factory=Recorded)

    @property
    def section(self) -> str:
        """The key of the whole section, at the left edge of the text."""
        return self.at[0]

    def fits(self, address: Address) -> bool:
        """Whether a row of this part may stand there."""
        return len(address) == len(self.at) and all(
            step.startswith("{") or step == given for step, given in zip(self.at, address, strict=True)
        )

    def named(self, address: Address) -> dict[str, str]:
        """What an address says of its record: field path to key."""
        return {step[1:-1]: key for step, key in zip(self.at, address, strict=True) if step.startswith("{")}

    def blank(self) -> dict[str, Any]:
        """The values of a row that says nothing."""
        return {name: value.blank for name, value in self.fields.items()}

    def parent(self) -> tuple[str, Part] | None:
        """The link by which the records hang on those of another part, with that part."""
        link = next((path.split(".")[0] for step in self.at if "." in (path := step[1:-1])), "")
        if not link:
            return None
        target = self.model._meta.get_field(link).related_model
        return link, next(each for each in parts() if each.model is target)


_parts: list[Part] = []


def belongs(*found: Part) -> None:
    """Declare what of a room belongs to a blueprint; what others hang on or link to comes first."""
    _parts.extend(found)


def parts() -> tuple[Part, ...]:
    """Every part, in the order of declaration."""
    return tuple(_parts)


def part_at(address: Address) -> Part:
    """The part of which a row stands at an address. Raises KeyError."""
    try:
        return next(each for each in _parts if each.fits(address))
    except StopIteration:
        raise KeyError(address) from None


def sections() -> tuple[str, ...]:
    """The keys at the left edge of a whole blueprint, in the order of declaration."""
    return tuple(dict.fromkeys(each.section for each in _parts))
