"""The settings that belong to people: the tree of units, users, roles and what they grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.core import link, registry
from bihuan.core.access import Reach, find, visible
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.kind import read_key
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, restore, update
from bihuan.people.commands import archive as archive_unit
from bihuan.people.commands import set_grants
from bihuan.people.role import ACTS, ANY, Role
from bihuan.people.territory import Territory
from bihuan.people.unit import Unit
from bihuan.people.user import User
from bihuan.web import respond
from bihuan.web.sections import Section, offer
from bihuan.web.sheet import Sheet
from bihuan.web.views.settings import section_page

offer(
    Section("units", gettext_lazy("Firm and units"), "people", "units", "unit"),
    Section("users", gettext_lazy("Users"), "people", "users", "user"),
    Section("roles", gettext_lazy("Roles and rights"), "people", "roles", "role"),
    Section("territories", gettext_lazy("Territories"), "people", "territories", "territory"),
)

# ---------------------------------------------------------------------- units

UNIT_FIELDS = ("name", "name_hant", "name_en", "code", "kind", "parent")


@require_http_methods(["GET", "HEAD", "POST"])
def units(request: HttpRequest) -> HttpResponse:
    """The tree of units in one sheet. A post saves it, then archives or restores the unit that it names."""
    actor = request.actor  # type: ignore[attr-defined]
    tree = list(branch(list(visible(actor, Unit).order_by("order", "id"))))
    sent = request.POST if request.method == "POST" else None
    sheet = Sheet(registry.desk_of(Unit), actor, [unit for unit, _depth in tree], UNIT_FIELDS, sent)
    if request.method == "POST" and sheet.save():
        for command in (archive_unit, restore):
            if key := request.POST.get(command.name):
                do(command, find(actor, Unit, key), by=actor)
        return respond.go(request, reverse("units"), _("Saved."))
    context = {
        "sheet": sheet, "depths": {unit.pk: depth for unit, depth in tree}, "archived": list(visible(actor, Unit, archived=True)),
    }  # fmt: skip
    return section_page(
        request, "units", "people/settings_units.html", context, status=422 if request.method == "POST" else 200
    )


def branch(rows: list[Unit], parent: int | None = None, depth: int = 0) -> Iterator[tuple[Unit, int]]:
    """Units below one, each with its depth, each followed by those below it; whose unit is archived stands at the top."""
    keys = {unit.pk for unit in rows}
    for unit in rows:
        above = unit.parent_id if unit.parent_id in keys else None
        if above == parent:
            yield unit, depth
            yield from branch(rows, unit.pk, depth + 1)


# ---------------------------------------------------------------------- users


@require_safe
def users(request: HttpRequest) -> HttpResponse:
    """Everybody, with what they may do here; names lead to the user's own page."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = visible(actor, User).prefetch_related("roles").order_by("name")
    desk = registry.desk_of(Unit)
    people = [
        {"user": row, "unit": link.title(desk, row.unit_id), "roles": _(", ").join(role.label for role in row.roles.all())} for row in rows
    ]  # fmt: skip
    return section_page(request, "users", "people/settings_users.html", {"people": people})


@require_POST
def user_active(request: HttpRequest, key: int) -> HttpResponse:
    """Let a user sign in, or no longer."""
    actor = request.actor  # type: ignore[attr-defined]
    do(update, find(actor, User, key), by=actor, is_active=request.POST.get("is_active", ""))
    return respond.go(request, reverse("users"), _("Saved."))


# ---------------------------------------------------------------------- territories


@require_safe
def territories(request: HttpRequest) -> HttpResponse:
    """Every territory with its members; what each is stands in its form."""
    rows = visible(request.actor, Territory).prefetch_related("members").order_by("order", "pk")  # type: ignore[attr-defined]
    shown = [{"territory": row, "members": [user.name for user in row.members.all()]} for row in rows]
    return section_page(request, "territories", "people/settings_territories.html", {"territories": shown})


# ---------------------------------------------------------------------- roles

REACHES = {
    Reach.NONE: gettext_lazy("none"), Reach.OWN: gettext_lazy("one's own"), Reach.UNIT: gettext_lazy("unit and below"),
    Reach.ALL: gettext_lazy("all"),
}  # fmt: skip
ACT_LABELS = {
    ANY: gettext_lazy("Everything"), "view": gettext_lazy("View"), "create": gettext_lazy("Create"), "edit": gettext_lazy("Edit"),
    "archive": gettext_lazy("Archive"), "assign": gettext_lazy("Hand over"), "export": gettext_lazy("Export"),
    "import": gettext_lazy("Import"),
}  # fmt: skip
COLUMNS = (ANY, *ACTS)


@require_http_methods(["GET", "HEAD", "POST"])
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
            found.grants = grants_in(request.POST, found.grants)
    everybody = visible(actor, Role).order_by("id")
    context = {
        "role": found, "error": error, "acts": ACT_LABELS, "reaches": REACHES, "rows": matrix(found), "words": words(found),
        "tabs": [{"label": each.label, "url": reverse("role", args=[each.pk]), "current": each.pk == key} for each in everybody],
        "holders": [row.name for row in visible(actor, User).filter(roles=key).order_by("name")[:20]],
    }  # fmt: skip
    return section_page(request, "roles", "people/settings_roles.html", context, status=422 if error else 200)


@transaction.atomic
def save_role(request: HttpRequest, found: Role) -> None:
    """Names, then grants. Raises Refused."""
    actor, sent = request.actor, request.POST.get("version", "")  # type: ignore[attr-defined]
    names = names_in(request.POST)
    grants = grants_in(request.POST, found.grants)
    do(update, found, by=actor, version=read_key(sent), **names)
    if grants != found.grants:
        do(set_grants, found, by=actor, grants=grants)


def names_in(given: QueryDict) -> dict[str, str]:
    """The name in the three languages."""
    return {name: given.get(name, "") for name in ("name", "name_hant", "name_en")}


def grants_in(given: QueryDict, former: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """The grants that the matrix holds; those of acts it has no column for stay as they were."""
    grants: dict[str, dict[str, int]] = {}
    for name in (ANY, *(desk.slug for desk in registry.desks())):
        acts = {act: reach for act, reach in former.get(name, {}).items() if act not in COLUMNS}
        acts |= {act: sent for act in COLUMNS if (sent := read_key(given.get(f"{name}:{act}", ""))) in set(Reach)}
        if acts:
            grants[name] = acts
    return grants


def matrix(found: Role) -> list[dict[str, Any]]:
    """A row per object with a cell per act: the grant of its own ("" where it is inherited) and what counts."""
    everywhere = [{"act": act, "own": found.grants.get(ANY, {}).get(act), "counts": None} for act in COLUMNS]
    rows = [{"name": ANY, "label": _("All objects"), "icon": "blocks", "cells": everywhere}]
    for desk in sorted(registry.desks(), key=lambda desk: (desk.configuration, not desk.group)):
        own = found.grants.get(desk.slug, {})
        cells = [
            {"act": act, "own": own.get(act), "counts": None if act == ANY else found.reach(desk.slug, act)}
            for act in COLUMNS
        ]
        rows.append({"name": desk.slug, "label": desk.label_plural, "icon": desk.icon, "cells": cells})
    return rows


def words(found: Role) -> list[tuple[str, str]]:
    """What whoever holds this role may do, in words, for the objects of the navigation."""
    told = []
    for desk in registry.desks():
        if not desk.group:
            continue
        reaches = {act: found.reach(desk.slug, act) for act in ACTS}
        may = [
            _("%(name)s: %(value)s") % {"name": ACT_LABELS[act], "value": REACHES[reach]}
            for act, reach in reaches.items() if reach > Reach.NONE
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
    path("settings/units", units, name="units"),
    path("settings/users", users, name="users"),
    path("settings/users/<int:key>/active", user_active, name="user_active"),
    path("settings/territories", territories, name="territories"),
    path("settings/roles", roles, name="roles"),
    path("settings/roles/<int:key>", role, name="role"),
    path("settings/roles/<int:key>/archive", role_archive, name="role_archive"),
]
