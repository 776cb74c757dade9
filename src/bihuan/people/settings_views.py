"""The settings that belong to people: the tree of units, users, roles and what they grant."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.core import link, registry
from bihuan.core.access import find, visible
from bihuan.core.run import do
from bihuan.core.verbs import restore, update
from bihuan.people.commands import archive as archive_unit
from bihuan.people.territory import Territory
from bihuan.people.unit import Unit
from bihuan.people.user import User
from bihuan.people.work_calendar import WorkCalendar
from bihuan.people.working_time import KNOWN_UNTIL
from bihuan.web import respond
from bihuan.web.once import takes_once
from bihuan.web.sections import Section, offer
from bihuan.web.sheet import Sheet
from bihuan.web.views.settings import section_page

offer(
    Section("units", gettext_lazy("Firm and units"), "people", "units", "unit"),
    Section("users", gettext_lazy("Users"), "people", "users", "user"),
    Section("roles", gettext_lazy("Roles and rights"), "people", "roles", "role"),
    Section("territories", gettext_lazy("Territories"), "people", "territories", "territory"),
    Section("work_calendars", gettext_lazy("Working time"), "people", "work_calendars", "workcalendar"),
)

# ---------------------------------------------------------------------- units

UNIT_FIELDS = ("name", "name_hant", "name_en", "code", "kind", "parent")


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
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


# ---------------------------------------------------------------------- working time


@require_safe
def work_calendars(request: HttpRequest) -> HttpResponse:
    """Every calendar with its units and hours, and up to which year the public holidays are known."""
    rows = visible(request.actor, WorkCalendar).prefetch_related("units").order_by("name", "pk")  # type: ignore[attr-defined]
    context = {"calendars": rows, "known_until": KNOWN_UNTIL}
    return section_page(request, "work_calendars", "people/settings_work_calendars.html", context)


paths = [
    path("settings/units", units, name="units"),
    path("settings/users", users, name="users"),
    path("settings/users/<int:key>/active", user_active, name="user_active"),
    path("settings/territories", territories, name="territories"),
    path("settings/working-time", work_calendars, name="work_calendars"),
]
