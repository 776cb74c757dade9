"""Links by name: what records are called, and which record a text in a file or filter means."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.core import registry
from bihuan.core.access import Actor, visible
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.kind import fold
from bihuan.core.record import label_of


@remembered
def _rows(slug: str) -> dict[int, tuple[str, str, str]]:
    desk = registry.desk(slug)
    if desk.titles_are_labels:
        return {key: (name, hant, en) for key, name, hant, en in desk.model._base_manager.values_list("pk", "name", "name_hant", "name_en")}
    return {key: (title, "", "") for key, title in desk.model._base_manager.values_list("pk", desk.title)}


def title(desk: Desk, key: int | None) -> str:
    """What a record of a configuration object (unit, user, role …) is called, from memory."""
    names = _rows(desk.slug).get(key) if key is not None else None
    return label_of(*names) if names else ""


def titles(actor: Actor, desk: Desk, keys: Iterable[int]) -> dict[int, str]:
    """What linked records are called. From memory for configuration objects, else one query."""
    wanted = {key for key in keys if key is not None}
    if desk.configuration:
        return {key: title(desk, key) for key in wanted}
    path = desk.title
    rows = desk.model._base_manager.filter(pk__in=wanted)
    return dict(rows.values_list("pk", path)) if wanted else {}


def resolve(actor: Actor, desk: Desk, texts: Iterable[str]) -> tuple[dict[str, int], dict[str, list[tuple[int, str]]]]:
    """Which records texts name, by the desk's keys in turn: what was found, and by text what is only near or ambiguous.

    A text is near a record when the two differ in width, case, spaces and punctuation alone ("GTXPro" and "GTX Pro").
    """
    left = {text.strip() for text in texts if text.strip()}
    found: dict[str, int] = {}
    unsure: dict[str, list[tuple[int, str]]] = {}
    rows = visible(actor, desk.model)
    for key in desk.key or (desk.title,):
        hits: dict[str, list[int]] = {}
        for pk, value in rows.filter(**{f"{key}__in": left}).values_list("pk", key):
            hits.setdefault(value, []).append(pk)
        for value, keys in hits.items():
            if len(keys) == 1:
                found.setdefault(value, keys[0])
            elif value not in found:
                unsure[value] = [(pk, value) for pk in keys[:5]]
        left -= found.keys()
    for text in left - unsure.keys():
        near = _near(actor, desk, text)
        if near:
            unsure[text] = near
    return found, {text: near for text, near in unsure.items() if text not in found}


def _near(actor: Actor, desk: Desk, text: str) -> list[tuple[int, str]]:
    """Records of a small catalogue, or found by the index, whose key is the text but for spelling."""
    from bihuan.core import search  # the index reads desks; only this function needs it

    rows = visible(actor, desk.model)
    if desk.configuration or rows[:2001].count() <= 2000:
        pool = rows
    else:
        pool = rows.filter(pk__in=search.matches(text, desk.slug))
    wanted = fold(text)
    key = (desk.key or (desk.title,))[-1]
    return [(pk, value) for pk, value in pool.values_list("pk", key)[:2000] if value and fold(value) == wanted][:5]
