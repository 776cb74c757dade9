"""Conditions that are asked of a record as it stands in memory. A rule keeps them as the address of a list, values by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from bihuan.core import kind
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.blueprint.keyed import as_id, turned
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.filters import ME, OF_THE_PAST, Condition

Conditions = tuple[Condition, ...]


def read(desk: Desk, when: str) -> Conditions:
    """The conditions that a rule's text means. Raises Refused where it names what there is not."""
    return tuple(_condition(desk, name, text) for name, text in params_of(when).items())


def hold(conditions: Iterable[Condition], record: Any, by: Actor) -> bool:
    """Whether all of them are met by a record. Asks the database nothing."""
    return all(each.met_by(each.field.value_of(record), by) for each in conditions)


def params_of(when: str) -> dict[str, str]:
    """The conditions of a rule as the parameters of an address, values by their keys."""
    return dict(parse_qsl(when.strip().lstrip("?"), keep_blank_values=True))


def asking_fields(desk: Desk) -> Mapping[str, Field]:
    """The fields that can be asked for: those whose value stands in the record itself."""
    return {
        name: each
        for name, each in desk.own_fields.items()
        if each.compute is None and each.kind.operators and not isinstance(each.kind, kind.Links)
    }


def _condition(desk: Desk, name: str, text: str) -> Condition:
    path, _dot, operator = name.rpartition(".")
    field = asking_fields(desk).get(path)
    if field is None:
        raise Refused(_("There is no field “%(name)s” that a rule could ask for.") % {"name": path})
    if operator in OF_THE_PAST:
        raise Refused(_("“%(field)s” cannot be filtered so.") % {"field": field.label})
    found = Condition(field, operator, turned(desk.slug, name, text, as_id))
    if isinstance(field.kind, kind.Link) and operator in ("in", "out"):
        for part in found.operand.split(","):
            if part.strip() != ME and kind.read_key(part) is None:
                raise Refused(
                    _("A rule asks for records that are chosen one by one, not for “%(text)s”.") % {"text": part}
                )
    found.where(SYSTEM)  # refuses what does not fit the field
    return found
