"""The lists that somebody keeps for everybody, as they stand in a blueprint: values, stages and people by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import kind, registry, stage
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.blueprint.impact import Impact, names_rows
from bihuan.core.blueprint.part import Address, Part, belongs
from bihuan.core.blueprint.value import Value
from bihuan.core.choice import Choice, keyed, option
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.filters import ME, TEAM
from bihuan.core.kind import read_key
from bihuan.core.stage import Stage
from bihuan.web.saved_view import SavedView


class Kept:
    """The shared views. Those with conditions on business records are no configuration and stay out of it."""

    has_history = False

    def records(self, model: type[models.Model], before: int | None) -> list[SavedView]:
        found, taken = [], set()
        for view in SavedView.objects.filter(shared=True).order_by("object", "order", "pk"):
            if (view.object, view.name) not in taken and is_portable(view):
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
    view.params = {name: _operand(view.object, name, text, _as_id) for name, text in view.params.items()}
    view.save()
    return view


def is_portable(view: SavedView) -> bool:
    """Whether everything that the view's conditions name is known by a key."""
    try:
        for name, text in view.params.items():
            _operand(view.object, name, text, _as_key)
    except Refused:
        return False
    return True


def _field(slug: str, name: str) -> Field | None:
    """The field that a condition is about, where its operand names records or values; None for any other."""
    path, _dot, operator = name.rpartition(".")
    try:
        field = registry.desk(slug).field(SYSTEM, path)
    except KeyError:
        return None
    return field if operator in ("in", "out") and isinstance(field.kind, (kind.Pick, kind.Link)) else None


def _operand(slug: str, name: str, text: str, turn: Any) -> str:
    """The operand of a condition with every value turned; what is no condition on such a field stays as it is."""
    field = _field(slug, name)
    return text if field is None else ",".join(turn(field, part) for part in text.split(",") if part)


def _as_key(field: Field, part: str) -> str:
    """The key of what a value of a condition names. Raises Refused where it has none."""
    key = read_key(part)
    if key is None or part in (ME, TEAM):
        return part
    if isinstance(field.kind, kind.StagePick):
        step = stage.step(key)
        pipeline = next((each.key for each in stage.pipelines(field.set) if step and each.id == step.pipeline), None)
        found = f"{pipeline}/{step.key}" if step is not None and pipeline is not None else None
    elif isinstance(field.kind, kind.Pick):
        chosen = option(key)
        found = chosen.key if chosen is not None else None
    else:
        found = _login(field, key)
    if found is None:
        raise Refused(_("There is no “%(key)s” to link to.") % {"key": part})
    return f"={found}"


def _as_id(field: Field, part: str) -> str:
    """The way back: the value of a condition from a key."""
    if not part.startswith("="):
        return part
    key, found = part[1:], None
    if isinstance(field.kind, kind.StagePick):
        pipeline, _slash, name = key.partition("/")
        there = next((each.id for each in stage.pipelines(field.set) if each.key == pipeline), 0)
        found = next((each.id for each in stage.steps(field.set, there) if each.key == name), None)
    elif isinstance(field.kind, kind.Pick):
        chosen = keyed(field.set, key)
        found = chosen.id if chosen is not None else None
    elif field.target is get_user_model():
        found = get_user_model().objects.filter(username=key).values_list("pk", flat=True).first()
    if found is None:
        raise Refused(_("There is no “%(key)s” to link to.") % {"key": key})
    return str(found)


def _login(field: Field, key: int) -> str | None:
    """The login of a member of staff; nobody else is configuration."""
    if field.target is not get_user_model():
        return None
    return get_user_model().objects.filter(pk=key).values_list("username", flat=True).first()


class Conditions(Value):
    """What makes a list, by the names that its address has."""

    def __init__(self) -> None:
        super().__init__({})

    def takes(self, raw: Any) -> dict[str, str]:
        if not isinstance(raw, dict) or not all(isinstance(each, str) for each in raw.values()):
            raise Refused(_("A mapping is needed here."))
        return raw

    def reads(self, record: Any, name: str) -> dict[str, str]:
        return {each: _operand(record.object, each, text, _as_key) for each, text in record.params.items()}

    def shown(self, value: Mapping[str, str]) -> str:
        return " · ".join(f"{name} {text}" for name, text in value.items()) or "–"


@names_rows
def views_that_name(address: Address, record: Any) -> Iterable[Impact]:
    """The kept views whose conditions name a stage or a value that goes out of use."""
    wanted = {Stage: kind.StagePick, Choice: kind.Pick}.get(type(record))
    for view in SavedView.objects.order_by("object", "name") if wanted is not None else ():
        for name, text in view.params.items():
            field = _field(view.object, name)
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
