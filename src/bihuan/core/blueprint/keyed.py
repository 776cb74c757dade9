"""Conditions that can be carried from one firm to another: values, stages and people in them by their keys, written “=key”."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from bihuan.core import kind, registry, stage
from bihuan.core.access import SYSTEM
from bihuan.core.choice import keyed, option
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.filters import ME, TEAM
from bihuan.core.kind import read_key

#: The operators whose operand names records, values or stages.
NAMING = ("in", "out", "reached", "unreached")


def asking_field(slug: str, name: str) -> Field | None:
    """The field that a condition is about, where its operand names records or values; None for any other."""
    path, _dot, operator = name.rpartition(".")
    try:
        field = registry.desk(slug).field(SYSTEM, path)
    except KeyError:
        return None
    return field if operator in NAMING and isinstance(field.kind, (kind.Pick, kind.Link)) else None


def turned(slug: str, name: str, text: str, turn: Callable[[Field, str], str]) -> str:
    """The operand of a condition with every value turned; what is no condition on such a field stays as it is."""
    field = asking_field(slug, name)
    return text if field is None else ",".join(turn(field, part.strip()) for part in text.split(",") if part.strip())


def as_key(field: Field, part: str) -> str:
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


def as_id(field: Field, part: str) -> str:
    """The way back: the value of a condition from a key. Raises Refused for a key that nobody has."""
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


def is_portable(slug: str, params: Mapping[str, str]) -> bool:
    """Whether everything that conditions on an object name is known by a key."""
    try:
        for name, text in params.items():
            turned(slug, name, text, as_key)
    except Refused:
        return False
    return True
