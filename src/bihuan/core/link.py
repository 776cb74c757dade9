"""Links by name: what records are called, and which record a text in a file or filter means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, QuerySet

from bihuan.core import registry, statement
from bihuan.core.access import Actor, as_seen, visible
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.kind import fold
from bihuan.core.record import label_of


@remembered
def _rows(slug: str) -> dict[int, tuple[str, str, str]]:
    desk = registry.desk(slug)
    if desk.titles_are_labels:
        return {
            key: (name, hant, en)
            for key, name, hant, en in desk.model._base_manager.values_list("pk", "name", "name_hant", "name_en")
        }
    return {key: (title, "", "") for key, title in desk.model._base_manager.values_list("pk", desk.title)}


def title(desk: Desk, key: int | None) -> str:
    """What a record of a configuration object (unit, user, role …) is called, from memory."""
    names = _rows(desk.slug).get(key) if key is not None else None
    return label_of(*names) if names else ""


def titles(actor: Actor, desk: Desk, keys: Iterable[int]) -> dict[int, str]:
    """What linked records are called, of those that the actor sees. From memory for configuration objects, else one query."""
    wanted = {key for key in keys if key is not None}
    if desk.configuration:
        return {key: title(desk, key) for key in wanted}

    def write(stand_ins: Sequence[int]) -> QuerySet[Any]:
        rows = visible(actor, desk.model, archived=None).filter(pk__in=stand_ins)
        return rows.values_list("pk", as_seen(actor, desk.model, desk.title))

    asked = statement.filled(wanted)
    return dict(statement.rows(actor, ("titles", desk.slug), asked, write)) if asked else {}


def name_of(actor: Actor, record: Model) -> str:
    """What a record is called. One that is named after another goes by its key where the actor does not see that other."""
    desk = registry.desk_of(record)
    if "__" not in desk.title:
        return desk.title_of(record)
    return titles(actor, desk, [record.pk]).get(record.pk) or f"#{record.pk}"


def resolve(actor: Actor, desk: Desk, texts: Iterable[str]) -> tuple[dict[str, int], dict[str, list[tuple[int, str]]]]:
    """Which records texts name, by the desk's keys in turn: what was found, and by text what is only near or ambiguous.

    A text is near a record when the two differ in width, case, spaces and punctuation alone ("GTXPro" and "GTX Pro").
    """
    left = {text.strip() for text in texts if text.strip()}
    found: dict[str, int] = {}
    unsure: dict[str, list[tuple[int, str]]] = {}
    rows = visible(actor, desk.model)
    for key in _keys(desk):
        hits: dict[str, list[int]] = {}
        for pk, value in rows.filter(**{f"{key}__in": left}).values_list("pk", key):
            hits.setdefault(value, []).append(pk)
        for value, keys in hits.items():
            if len(keys) == 1:
                found.setdefault(value, keys[0])
            elif value not in found:
                unsure[value] = [(pk, value) for pk in keys[:5]]
        left -= found.keys()
    unsure |= _near(desk, rows, left - unsure.keys())
    return found, {text: near for text, near in unsure.items() if text not in found}


def _keys(desk: Desk) -> tuple[str, ...]:
    """The paths by which a text may name a record, the surest first."""
    names = ("name", "name_hant", "name_en") if desk.titles_are_labels else ()
    return tuple(dict.fromkeys((*(desk.key or (desk.title,)), *names)))


#: A table of so many records is looked through as a whole; so is a larger one for more texts than the index is asked
#: for.
SMALL, FEW = 2000, 20


def _near(desk: Desk, rows: QuerySet[Any], texts: set[str]) -> dict[str, list[tuple[int, str]]]:
    """By text, up to five records one of whose keys is the text but for spelling."""
    from bihuan.core import search  # the index is large; only this function needs it

    wanted: dict[str, list[str]] = {}
    for text in texts:
        wanted.setdefault(fold(text), []).append(text)
    wanted.pop("", None)
    if not wanted:
        return {}
    if len(texts) <= FEW and not desk.configuration and rows[: SMALL + 1].count() > SMALL:
        rows = rows.filter(reduce(or_, (Q(pk__in=search.matches(text, desk.slug)) for text in texts)))
    near: dict[str, dict[int, str]] = {}
    for pk, *values in rows.values_list("pk", *_keys(desk)).iterator():
        for value in filter(None, values):
            for text in wanted.get(fold(value), ()):
                near.setdefault(text, {}).setdefault(pk, value)
    return {text: list(hits.items())[:5] for text, hits in near.items()}


def all_titles(desk: Desk) -> dict[str, str]:
    """Every record of a configuration object: key (as text) to title, from memory."""
    return {str(key): label_of(*names) for key, names in _rows(desk.slug).items()}
