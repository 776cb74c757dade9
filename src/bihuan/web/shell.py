"""The frame of every page: navigation by the quarters of the loop, the user, language and theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bihuan.core import link, notify, registry
from bihuan.core.access import Actor
from bihuan.core.configuration import remembered
from bihuan.core.desk import GROUPS
from bihuan.web.places import places_of
from bihuan.web.sections import sections_of
from bihuan.web.show import initial

GROUP_LABELS = {
    "reach": gettext_lazy("Win customers"),
    "win": gettext_lazy("Close deals"),
    "serve": gettext_lazy("Deliver and serve"),
    "return": gettext_lazy("Keep and return"),
    "run": gettext_lazy("Run the firm"),
}
LANGUAGE_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the navigation."""

    slug: str
    label: str
    url: str
    icon: str
    goto: str = ""
    count: int | None = None
    hot: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A quarter of the loop in the navigation; `quarter` 1 to 4, None for what stands beside the loop.

    Without a label it is the head of the navigation: the pages of a day's work.
    """

    label: str
    quarter: int | None
    items: tuple[Item, ...]


def shell_of(request: HttpRequest) -> dict[str, Any]:
    """What `web/shell.html` needs."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = actor.person  # type: ignore[attr-defined]
    current = request.path.split("/")[1]
    groups = actor_navigation(actor, get_language() or "")
    counts = {place.key: place.count(actor) for place in places_of(actor) if place.count}
    marked = [
        replace(group, items=tuple(_marked(item, current, *counts.get(item.slug, (0, False))) for item in group.items))
        for group in groups
    ]
    return {
        "firm": firm_name(),
        "groups": marked,
        "tabs": tabs_of(marked),
        "user": {
            "name": person.name,
            "initial": initial(person.name),
            "pigment": person.pigment,
            "unit": unit_name(person.unit_id),
            "url": reverse("profile"),
        },
        "theme": person.theme,
        "density": person.density,
        "language": LANGUAGE_TAGS.get(get_language() or "", "zh-Hans"),
        "unread": notify.unread(person.id),
        "notices_url": reverse("notices"),
        "search_url": reverse("palette"),
        "preferences_url": reverse("preferences"),
        "sign_out_url": reverse("sign_out"),
        "read_only": settings.READ_ONLY,
        "csrf_token": get_token(request),
    }


def _marked(item: Item, current: str, count: int, hot: bool) -> Item:
    """A line as this page shows it: whether it is the page's own, and what waits there."""
    return replace(item, current=item.slug == current, count=count or None, hot=hot)


def tabs_of(groups: Sequence[Group]) -> list[Item]:
    """The four lines at the foot of a phone: the pages of the day's work, then whom and what the firm trades with."""
    parted = {group.quarter or group.label: group.items for group in groups}
    at_hand = {desk.slug for desk in registry.desks() if desk.at_hand}
    chosen = [*(parted.get("") or parted.get(1, ()))[:2], *(item for item in parted.get(2, ()) if item.slug in at_hand)]
    return [*chosen, *(item for group in groups for item in group.items if item not in chosen)][:4]


def actor_navigation(actor: Actor, language: str) -> tuple[Group, ...]:
    """The groups an actor sees, in one language; kept with the actor, whom a changed configuration forgets."""
    kept = actor.__dict__.setdefault("navigation", {})
    if language not in kept:
        kept[language] = _navigation(actor)
    return kept[language]


def _navigation(actor: Actor) -> tuple[Group, ...]:
    places = tuple(
        Item(each.key, str(each.label), reverse(each.url_name), each.icon, goto=each.goto) for each in places_of(actor)
    )
    groups = [Group("", None, places)] if places else []
    for place, name in enumerate(GROUPS):
        items = [
            Item(desk.slug, str(desk.label_plural).capitalize(), _home_of(desk), desk.icon, goto=desk.slug[0])
            for desk in sorted(registry.desks(), key=lambda desk: (desk.node is None, desk.node or 0))
            if desk.group == name and actor.may(desk.model, "view")
        ]
        if items:
            groups.append(Group(str(GROUP_LABELS[name]), place + 1 if place < 4 else None, tuple(items)))
    if sections_of(actor):
        run = groups.pop().items if groups and groups[-1].quarter is None else ()
        settings = Item("settings", _("Settings"), reverse("settings"), "settings-2", goto="s")
        groups.append(Group(str(GROUP_LABELS["run"]), None, (*run, settings)))
    return tuple(groups)


def _home_of(desk: Any) -> str:
    return reverse(desk.home) if desk.home else reverse("board" if desk.board else "list", args=[desk.slug])


def firm_name() -> str:
    """The name of the whole firm: the unit of that kind that belongs to no other."""
    return unit_name(_firm()) or "Bihuan"


@remembered
def _firm() -> int | None:
    rows = registry.desk("unit").model._base_manager.filter(parent=None, kind="firm", archived_at=None)
    return rows.order_by("pk").values_list("pk", flat=True).first()


def unit_name(unit_id: int | None) -> str:
    """A unit in the language in force."""
    return link.title(registry.desk("unit"), unit_id)
