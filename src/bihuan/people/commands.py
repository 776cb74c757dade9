"""What can be done with roles and users, beside editing them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry, verbs
from bihuan.core.access import Actor, Limit
from bihuan.core.command import command
from bihuan.core.desk import ABOUT, Desk
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.event import Event
from bihuan.core.field import Field
from bihuan.core.record import KEPT
from bihuan.people.role import ANY, PROFILE, Grant, Reach, Role
from bihuan.people.unit import Unit, units
from bihuan.people.user import User


@command(
    Role,
    label=_("Grant"),
    icon="shield-check",
    needs="edit",
    labels={"object": _("Object"), "action": _("Act"), "reach": _("Which rows")},
)
def set_grant(role: Role, *, by: Actor, object: str, action: str, reach: int) -> Iterable[Event]:
    """Say which rows an act on an object reaches for the holders of this role; 0 takes it away."""
    grant(role, object, action, reach)
    return []


@command(Role, label=_("Set all grants"), icon="shield-check", needs="edit", is_offered=False)
def set_grants(role: Role, *, by: Actor, grants: dict[str, dict[str, Grant]]) -> Iterable[Event]:
    """Give the role exactly these grants: object (or "*") to act (or "*") to rows, or to a list of units."""
    role.grants = {}
    for object_name, acts in grants.items():
        for action, reach in acts.items():
            grant(role, object_name, action, reach)
    if role.key == "administrator" and role.grants.get(ANY, {}).get(ANY) != Reach.ALL:
        raise Refused(_now("The administrator's own grant stays whole."))
    return []


@command(Role, label=_("Set all limits"), icon="eye-off", needs="edit", is_offered=False)
def set_limits(role: Role, *, by: Actor, limits: dict[str, dict[str, int]]) -> Iterable[Event]:
    """Keep exactly these fields from the role's holders: object to field to hidden (0), masked (1) or read only (2)."""
    for object_name, fields in limits.items():
        for name, limit in fields.items():
            _check_limit(object_name, name, limit)
    if role.key == "administrator" and limits:
        raise Refused(_now("The administrator's own grant stays whole."))
    role.limits = {object_name: dict(fields) for object_name, fields in limits.items() if fields}
    return []


def _check_limit(object_name: str, name: str, limit: int) -> None:
    """Raises Refused where a page could not do without the field: what names a record, whose it is, where it stands."""
    desk = _object(object_name)
    each = desk.own_fields.get(name)
    if each is None or limit not in set(Limit):
        raise Refused(_now("There is no field “%(name)s”.") % {"name": name})
    if limit is not Limit.READ and name not in limitable(desk):
        raise Refused(_now("“%(field)s” cannot be kept from anybody who sees the record.") % {"field": each.label})


def limitable(desk: Desk) -> dict[str, Field]:
    """The fields that a role may hide or mask."""
    needed = {desk.title.split("__")[0], desk.stage_field, desk.number_field, desk.tile, "owner", "unit", *ABOUT}
    needed |= {desk.shown_columns()[0], *desk.through, *KEPT}
    if desk.stream:
        needed.add(desk.stream.at)
    return {name: each for name, each in desk.own_fields.items() if name not in needed}


def _object(name: str) -> Desk:
    try:
        return registry.desk(name)
    except KeyError:
        raise Refused(_now("There is no object “%(name)s”.") % {"name": name}, "object") from None


def grant(role: Role, object_name: str, action: str, reach: Grant) -> None:
    """Set one grant of a role. Raises Refused for an object, a reach or a unit that does not exist."""
    if object_name != ANY:
        _object(object_name)
    if isinstance(reach, list):
        if not reach or not set(reach) <= units():
            raise Refused(_now("Choose the units whose rows it reaches."), "reach")
    elif reach not in set(Reach):
        raise Refused(_now("Rows are 0 (none), 1 (own), 2 (unit and below), 3 (all) or 4 (unit alone)."), "reach")
    _keep_an_administrator(role, object_name, action, reach)
    role.grants = {**role.grants, object_name: {**role.grants.get(object_name, {}), action: reach}}


def _keep_an_administrator(role: Role, object_name: str, action: str, reach: Grant) -> None:
    """The grant that makes a role the administrator's cannot be lowered: nobody could give it back."""
    if role.key == "administrator" and ANY in (object_name, action) and reach != Reach.ALL:
        raise Refused(_now("The administrator's own grant stays whole."))


@command(Unit, label=_("Archive"), icon="archive", needs="archive")
def archive(unit: Unit, *, by: Actor) -> Iterable[Event]:
    """Take a unit out of use, once nobody and no other unit belongs to it."""
    members = User._base_manager.filter(unit=unit.pk, archived_at=None)
    if members.exists() or Unit._base_manager.filter(parent=unit.pk, archived_at=None).exists():
        raise Refused(_now("People or units still belong to “%(unit)s”.") % {"unit": unit.label})
    return verbs.archive.verb(unit, by=by) or ()


@command(User, label=_("Set password"), icon="key-round", needs="edit", labels={"password": _("New password")})
def set_password(user: User, *, by: Actor, password: str) -> Iterable[Event]:
    """Give the user a new password; sessions begun with the old one end."""
    _take(user, password, "password")
    return []


@command(
    User,
    label=_("Change my password"),
    icon="key-round",
    needs=PROFILE,
    labels={"current": _("Present password"), "new": _("New password")},
    is_offered=False,
)
def change_password(user: User, *, by: Actor, current: str, new: str) -> Iterable[Event]:
    """Change one's own password; sessions begun with the old one end."""
    _only_oneself(user, by)
    if not user.check_password(current):
        raise Refused(_now("The present password is wrong."), "current")
    _take(user, new, "new")
    return []


@command(User, label=_("Preferences"), icon="sliders-horizontal", needs=PROFILE, is_offered=False)
def set_preferences(
    user: User,
    *,
    by: Actor,
    language: str | None = None,
    theme: str | None = None,
    density: str | None = None,
    pigment: str | None = None,
) -> Iterable[Event]:
    """Set one's own language, theme, density of rows and colour."""
    _only_oneself(user, by)
    for name, value in (("language", language), ("theme", theme), ("density", density), ("pigment", pigment)):
        if value:
            setattr(user, name, value)
    return []


def _only_oneself(user: User, by: Actor) -> None:
    if by.user_id != user.pk:
        raise Forbidden()


def _take(user: User, password: str, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field) from None
    user.set_password(password)
