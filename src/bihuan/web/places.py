"""Pages of a day's work that stand at the head of the navigation, above the objects. Each room offers its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bihuan.core.access import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """A page for whoever may view an object (`object`, a slug; empty: for everybody). `url_name` is its address, `key` its
    first step, `order` tells where it stands among the others.

    `count` tells what waits there, and whether it is urgent; it is asked for every page, so it is one short query.
    """

    key: str
    label: Any
    icon: str
    url_name: str
    object: str
    order: int
    goto: str = ""
    count: Callable[[Actor], tuple[int, bool]] | None = None


_places: list[Place] = []


def offer_place(place: Place) -> None:
    """Add a page to the head of the navigation."""
    _places.append(place)


def places_of(actor: Actor) -> list[Place]:
    """The pages that the actor may use, in their order."""
    mine = [place for place in _places if not place.object or actor.may(place.object, "view")]
    return sorted(mine, key=lambda place: place.order)
