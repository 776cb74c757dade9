"""The settings page of roles: what each grants, object by act, and which fields it keeps from its holders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core import registry
from bihuan.core.access import find, visible
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.kind import read_key
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.people.commands import limitable, set_grants, set_limits
from bihuan.people.role import ACTS, ANY, LIMITS, REACHES, Grant, Reach, Role
from bihuan.people.unit import Unit
from bihuan.people.user import User
from bihuan.web import respond
from bihuan.web.once import takes_once
from bihuan.web.views.settings import section_page

ACT_LABELS = {
    ANY: gettext_lazy("Everything"), "view": gettext_lazy("View"), "create": gettext_lazy("Create"), "edit": gettext_lazy("Edit"),
    "archive": gettext_lazy("Archive"), "assign": gettext_lazy("Hand over"), "export": gettext_lazy("Export"),
    "import": gettext_lazy("Import"), "disclose": gettext_lazy("Personal data"), "erase": gettext_lazy("Erase"),
}  # fmt: skip
COLUMNS = (ANY, *ACTS)


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def roles(request: HttpRequest) -> HttpResponse:
    """The first role; a post makes a new one."""
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        made = do(create, by=actor, on=Role, **names_in(request.POST))
        return respond.go(request, reverse("role", args=[made.pk]), _("The role is there; say what it grants."))
    first = visible(actor, Role).order_by("id").values_list("pk", flat=True).first()
    if first is not None:
        return respond.go(request, reverse("role", args=[first]))
    return section_page(request, "roles", "people/settings_roles.html", {"role": None, "tabs": []})


@require_http_methods(["GET", "HEAD", "POST"])
def role(request: HttpRequest, key: int) -> HttpResponse:
    """What a role grants: object by act. A post saves its names and grants."""
    actor = request.actor  # type: ignore[attr-defined]
    found, error = find(actor, Role, key, archived=False), ""
    if request.method == "POST":
        try:
            save_role(request, found)
            return respond.go(request, reverse("role", args=[key]), _("Saved."))
        except Forbidden:
            raise
        except Refused as refusal:
            error = refusal.sentence
            found.grants, found.limits = grants_in(request.POST, found.grants), limits_in(request.POST, found.limits)
    everybody = visible(actor, Role).order_by("id")
    context = {
        "role": found, "error": error, "acts": ACT_LABELS, "rows": matrix(found), "words": words(found),
        "reaches": {str(int(reach)): label for reach, label in REACHES.items()}, "units": unit_options(),
        "limits": limited(found), "limit_labels": LIMITS, "fields": field_options(),
        "tabs": [{"label": each.label, "url": reverse("role", args=[each.pk]), "current": each.pk == key} for each in everybody],
        "holders": [row.name for row in visible(actor, User).filter(roles=key).order_by("name")[:20]],
    }  # fmt: skip
    return section_page(request, "roles", "people/settings_roles.html", context, status=422 if error else 200)


@transaction.atomic
def save_role(request: HttpRequest, found: Role) -> None:
    """Names, then grants. Raises Refused."""
    actor, sent = request.actor, request.POST.get("version", "")  # type: ignore[attr-defined]
    names = names_in(request.POST)
    grants, limits = grants_in(request.POST, found.grants), limits_in(request.POST, found.limits)
    do(update, found, by=actor, version=read_key(sent), **names)
    if grants != found.grants:
        do(set_grants, found, by=actor, grants=grants)
    if limits != found.limits:
        do(set_limits, found, by=actor, limits=limits)


def names_in(given: QueryDict) -> dict[str, str]:
    """The name in the three languages."""
    return {name: given.get(name, "") for name in ("name", "name_hant", "name_en")}


def grants_in(given: QueryDict, former: Mapping[str, Mapping[str, Grant]]) -> dict[str, dict[str, Grant]]:
    """The grants that the matrix holds; those of acts it has no column for stay as they were."""
    grants: dict[str, dict[str, Grant]] = {}
    for name in (ANY, *(desk.slug for desk in registry.desks())):
        acts = {act: reach for act, reach in former.get(name, {}).items() if act not in COLUMNS}
        acts |= {act: sent for act in COLUMNS if (sent := read_grant(given.get(f"{name}:{act}", ""))) is not None}
        if acts:
            grants[name] = acts
    return grants


def read_grant(text: str) -> Grant | None:
    """A reach by its number, or units as "u4,9"; None for a cell that says nothing."""
    if text.startswith("u"):
        return [key for part in text[1:].split(",") if (key := read_key(part)) is not None]
    return key if (key := read_key(text)) in set(Reach) else None


def grant_text(grant: Grant | None) -> str:
    """What `read_grant` reads back."""
    if grant is None:
        return ""
    return "u" + ",".join(map(str, grant)) if isinstance(grant, list) else str(int(grant))


def limits_in(given: QueryDict, former: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """The limits that the table of fields holds, and the one that is added below it."""
    sent = {f"{slug}.{name}": given.get(f"limit:{slug}.{name}", "") for slug, names in former.items() for name in names}
    sent[given.get("limit_field", "")] = given.get("limit_new", "")
    limits: dict[str, dict[str, int]] = {}
    for path_, text in sent.items():
        slug, _dot, name = path_.partition(".")
        if name and (limit := read_key(text)) is not None:
            limits.setdefault(slug, {})[name] = limit
    return limits


def limited(found: Role) -> list[tuple[str, str, int]]:
    """The fields that a role limits: where the limit is sent, what the field is called, and the limit."""
    return [
        (f"{desk.slug}.{name}", f"{desk.label} · {desk.own_fields[name].label}", limit)
        for desk in registry.desks()
        for name, limit in found.limits.get(desk.slug, {}).items()
        if name in desk.own_fields
    ]


def field_options() -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields that may be limited, under the name of their object."""
    return [
        (str(desk.label_plural), [(f"{desk.slug}.{name}", str(each.label)) for name, each in limitable(desk).items()])
        for desk in registry.desks()
        if not desk.configuration
    ]


def unit_options() -> list[tuple[str, str]]:
    """Each unit as a grant."""
    return [
        (grant_text([unit.pk]), unit.label)
        for unit in Unit._base_manager.filter(archived_at=None).order_by("order", "id")
    ]


def matrix(found: Role) -> list[dict[str, Any]]:
    """A row per object with a cell per act: the grant of its own ("" where it is inherited) and what counts."""
    general = found.grants.get(ANY, {})
    everywhere = [{"act": act, "own": grant_text(general.get(act)), "counts": "–"} for act in COLUMNS]
    rows = [{"name": ANY, "label": _("All objects"), "icon": "blocks", "cells": everywhere}]
    for desk in sorted(registry.desks(), key=lambda desk: (desk.configuration, not desk.group)):
        own = found.grants.get(desk.slug, {})
        cells = [
            {
                "act": act,
                "own": grant_text(own.get(act)),
                "counts": "–" if act == ANY else in_words(found.granted(desk.slug, act)),
            }
            for act in COLUMNS
        ]
        rows.append({"name": desk.slug, "label": desk.label_plural, "icon": desk.icon, "cells": cells})
    return rows


def in_words(grant: Grant) -> str:
    """A grant in words: a reach, or the units by their names."""
    if not isinstance(grant, list):
        return str(REACHES[Reach(grant)])
    names = dict(unit_options())
    return _(", ").join(names.get(grant_text([key]), f"#{key}") for key in grant)


def words(found: Role) -> list[tuple[str, str]]:
    """What whoever holds this role may do, in words, for the objects of the navigation."""
    told = []
    for desk in registry.desks():
        if not desk.group:
            continue
        grants = {act: found.granted(desk.slug, act) for act in ACTS}
        may = [
            _("%(name)s: %(value)s") % {"name": ACT_LABELS[act], "value": in_words(grant)}
            for act, grant in grants.items() if grant != Reach.NONE
        ]  # fmt: skip
        told.append((str(desk.label_plural), " · ".join(may) or _("no rights")))
    return told


@require_POST
def role_archive(request: HttpRequest, key: int) -> HttpResponse:
    """Take a role out of use; whoever holds it loses what it grants."""
    actor = request.actor  # type: ignore[attr-defined]
    do(archive, find(actor, Role, key), by=actor)
    return respond.go(request, reverse("roles"), _("Archived."))


paths = [
    path("settings/roles", roles, name="roles"),
    path("settings/roles/<int:key>", role, name="role"),
    path("settings/roles/<int:key>/archive", role_archive, name="role_archive"),
]
