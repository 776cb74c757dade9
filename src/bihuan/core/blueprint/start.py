"""What a firm can start with: the rooms above offer whole configurations, the set-up page shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bihuan.core.blueprint.present import present
from bihuan.core.record import label_of


@dataclass(frozen=True, slots=True)
class Start:
    """A configuration to start with: its name and what it is for, each in three languages."""

    key: str
    names: tuple[str, str, str]
    about: tuple[str, str, str]
    load: Callable[[], None]

    @property
    def label(self) -> str:
        return label_of(*self.names)

    @property
    def description(self) -> str:
        return label_of(*self.about)


_offers: list[Callable[[], dict[str, Start]]] = []


def offers_starts(found: Callable[[], dict[str, Start]]) -> Callable[[], dict[str, Start]]:
    """Declare the function that knows the configurations to start with, by key, the usual one first."""
    _offers.append(found)
    return found


def starts() -> dict[str, Start]:
    """What a firm can start with, by key; nothing once it has a configuration of its own."""
    rows = present().rows
    if any(address[0] in ("choices", "pipelines") for address in rows):
        return {}
    return {key: start for offer in _offers for key, start in offer().items()}
