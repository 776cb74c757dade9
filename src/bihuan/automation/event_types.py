"""Event types: what a webhook can ask for, by object: "account.created", "opportunity.won"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from bihuan.core import event, registry
from bihuan.core.desk import Desk
from bihuan.core.record import OwnedRecord

#: Everything that happens to every object; "account.*" is everything that happens to accounts.
ANY = "*"


def type_of(object: str, name: str) -> str:
    """The type of an event by the object's slug and the event's name: OpportunityWon is "opportunity.won"."""
    own = name.removeprefix(registry.desk(object).model.__name__)
    return f"{object}.{re.sub(r'(?<!^)(?=[A-Z])', '_', own or name).lower()}"


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The types by the slug of their object, each with its label. How the firm is set up is no business of a receiver."""
    return {
        desk.slug: {type_of(desk.slug, each.__name__): each.label or each.__name__ for each in _events_of(desk)}
        for desk in registry.desks()
        if not desk.configuration
    }


def _events_of(desk: Desk) -> Iterable[type[event.Event]]:
    """What every record can meet with, as far as it fits the object; then the object's own, which begin with its name."""
    yield from (event.Created, event.Changed, event.Archived, event.Restored)
    if issubclass(desk.model, OwnedRecord):
        yield event.Assigned
    if desk.stage_field:
        yield event.Moved
    yield from (each for name, each in event.known().items() if name.startswith(desk.model.__name__))


def split(text: str) -> tuple[str, ...]:
    """The types named in a text, parted by commas, blanks or lines."""
    return tuple(dict.fromkeys(re.split(r"[\s,，、;；]+", text.strip(" ,，、;；\n"))) if text.strip() else ())


def unknown(types: Iterable[str]) -> list[str]:
    """Those of the named types that there are not."""
    known = {ANY, *(f"{slug}.{ANY}" for slug in catalogue()), *(name for own in catalogue().values() for name in own)}
    return [name for name in types if name not in known]


def covers(types: Iterable[str], object: str, type: str) -> bool:
    """Whether somebody who asked for `types` is told of an event of an object."""
    return object in catalogue() and not {ANY, f"{object}.{ANY}", type}.isdisjoint(types)
