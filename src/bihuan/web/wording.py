"""Ready-made texts for the composer, from the object whose room offers them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db.models import Model

from bihuan.core import registry
from bihuan.core.access import Actor, visible


class Wordings(NamedTuple):
    """An object of named texts, by its slug, and what one of them, given by its key, says about a record to an actor."""

    object: str
    text: Callable[[Any, Model, Actor], str]


_offered: list[Wordings] = []


def offer_wordings(object: str, text: Callable[[Any, Model, Actor], str]) -> None:
    """Declare where ready-made texts come from; `text` raises Refused where one does not fit a record."""
    _offered[:] = [Wordings(object, text)]


def wordings(actor: Actor) -> Wordings | None:
    """Where the actor finds texts, if anywhere."""
    return next((each for each in _offered if actor.may(each.object, "view")), None)


def listed(actor: Actor) -> Iterable[Any]:
    """The texts that the actor may choose from, by name. One query."""
    found = wordings(actor)
    return visible(actor, registry.desk(found.object).model).order_by("name") if found else ()
