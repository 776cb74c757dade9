"""The lists that somebody keeps for everybody, as they stand in a blueprint: values, stages and people by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import kind, registry
from bihuan.core.access import Actor
from bihuan.core.blueprint.asked import Conditions
from bihuan.core.blueprint.impact import Impact, names_rows
from bihuan.core.blueprint.keyed import as_id, asking_field, is_portable, turned
from bihuan.core.blueprint.part import Address, Part, belongs
from bihuan.core.choice import Choice
from bihuan.core.errors import Refused
from bihuan.core.stage import Stage
from bihuan.web.saved_view import SavedView


class Kept:
    """The shared views. Those with conditions on business records are no configuration and stay out of it."""

    has_history = False

    def records(self, model: type[models.Model], before: int | None) -> list[SavedView]:
        found, taken = [], set()
        for view in SavedView.objects.filter(shared=True).order_by("object", "order", "pk"):
            if (view.object, view.name) not in taken and is_portable(view.object, view.params):
                taken.add((view.object, view.name))
                found.append(view)
        return found

    def is_active(self, record: SavedView) -> bool:
        return True

    def create(self, model: type[models.Model], inputs: Sequence[Mapping[str, Any]], by: Actor) -> list[SavedView]:
        return [_checked(SavedView(user_id=by.user_id, shared=True), each) for each in inputs]

    def update(self, model: type[models.Model], changes: Sequence[tuple[Any, Mapping[str, Any]]], by: Actor) -> None:
        for record, each in changes:
            _checked(record, each)

    def restore(self, record: SavedView, by: Actor) -> None:
        raise NotImplementedError  # none is ever archived

    def remove(self, record: SavedView, by: Actor, goal: int | None) -> None:
        record.delete()


def _checked(view: SavedView, inputs: Mapping[str, Any]) -> SavedView:
    """Save a view with its conditions in the form of addresses. Raises Refused for a key that nobody has."""
    for name, value in inputs.items():
        setattr(view, name, value)
    limit = SavedView._meta.get_field("name").max_length or 0
    if len(view.name) > limit:
        raise Refused(_("Give the view a name of at most %(limit)d characters.") % {"limit": limit})
    view.params = {name: turned(view.object, name, text, as_id) for name, text in view.params.items()}
    view.save()
    return view


@names_rows
def views_that_name(address: Address, record: Any) -> Iterable[Impact]:
    """The kept views whose conditions name a stage or a value that goes out of use."""
    wanted = {Stage: kind.StagePick, Choice: kind.Pick}.get(type(record))
    for view in SavedView.objects.order_by("object", "name") if wanted is not None else ():
        for name, text in view.params.items():
            field = asking_field(view.object, name)
            if field is not None and type(field.kind) is wanted and str(record.pk) in text.split(","):
                told = {"view": view.name, "value": record.label}
                sentence = _("The view “%(view)s” asks for “%(value)s”.") % told
                yield Impact(address, sentence, 1, view.object, {"view": f"s{view.pk}"})


def listed() -> frozenset[str]:
    return frozenset(desk.slug for desk in registry.desks())


belongs(
    Part(
        SavedView, ("views", "{object}", "{name}"), {"params": Conditions()}, only="params", ordered=False,
        known={"object": listed}, source=Kept(),
    )
)  # fmt: skip
