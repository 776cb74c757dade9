"""What can be done with roles and users, beside editing them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
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
from bihuan.people import handing_over, password_link, second_factor, session, standing
from bihuan.people.identity_provider import ClientSecret, IdentityProvider
from bihuan.people.role import ANY, PROFILE, Grant, Reach, Role
from bihuan.people.sealed import seal
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
    needed |= {desk.shown_columns()[0], *desk.through, *desk.never_hidden, *KEPT}
    if desk.stream:
        needed |= {desk.stream.at, desk.stream.pinned}
    needed |= {name for panel in desk.panels for name, _value in panel.where.children}
    if desk.titles_are_labels:
        needed |= {"name", "name_hant", "name_en"}
    needed |= {"state" for each in registry.commands(desk, internal=True).values() if each.states}  # the buttons tell it
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
    members = User._base_manager.filter(Q(unit=unit.pk) | Q(units=unit.pk), archived_at=None)
    if members.exists() or Unit._base_manager.filter(parent=unit.pk, archived_at=None).exists():
        raise Refused(_now("People or units still belong to “%(unit)s”.") % {"unit": unit.label})
    return verbs.archive.verb(unit, by=by) or ()


@command(
    User,
    label=_("Set password"),
    icon="key-round",
    needs="edit",
    labels={"password": _("New password"), "must_change": _("To be changed at the next sign-in")},
)
def set_password(user: User, *, by: Actor, password: str, must_change: bool = False) -> Iterable[Event]:
    """Give the user a new password; sessions begun with the old one end."""
    _take(user, password, "password")
    user.must_change_password = bool(must_change)  # a form that leaves it open sends nothing
    return []


@command(User, label=_("Make a link for a new password"), icon="link", needs="edit", is_offered=False)
def make_password_link(user: User, *, by: Actor) -> Iterable[Event]:
    """Make a link that lets its holder set this user's password once, within an hour."""
    # told on the record that `do` returns, and kept nowhere
    user.link_token = password_link.issue(user, by.user_id)  # type: ignore[attr-defined]
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
    _present_password(user, current)
    _take_another(user, new)
    return []


@command(
    User, label=_("New password"), icon="key-round", needs=PROFILE, labels={"new": _("New password")}, is_offered=False
)
def renew_password(user: User, *, by: Actor, new: str) -> Iterable[Event]:
    """Replace one's own password once it must change; whoever is asked to has just given the old one."""
    _only_oneself(user, by)
    if not standing.must_change(user.pk):
        raise Refused(_now("Your password need not change now."))
    _take_another(user, new)
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


@command(
    User, label=_("Set up a second factor"), icon="shield-plus", needs=PROFILE, is_offered=False,
    labels={"secret": _("Secret"), "code": _("Code from the app")},
)  # fmt: skip
def set_up_second_factor(user: User, *, by: Actor, secret: str, code: str) -> Iterable[Event]:
    """Tie one's own account to an app that shows codes for this secret."""
    _only_oneself(user, by)
    if user.pk in second_factor.holders():
        raise Refused(_now("You have a second factor already; take it away first."))
    period = second_factor.period_of(secret, code)
    if period is None:
        raise Refused(_now("This code is wrong. Is the clock of the device right?"), "code")
    # told on the record that `do` returns, and kept nowhere
    user.recovery_codes = second_factor.keep(user, secret, period)  # type: ignore[attr-defined]
    user.second_factor_since = timezone.now()
    return []


@command(
    User, label=_("Take my second factor away"), icon="shield-alert", needs=PROFILE, is_offered=False,
    labels={"current": _("Present password")},
)  # fmt: skip
def drop_second_factor(user: User, *, by: Actor, current: str) -> Iterable[Event]:
    """Sign in with the password alone again, where the firm's policy allows it."""
    _only_oneself(user, by)
    _present_password(user, current)
    _drop_factor(user)
    return []


@command(User, label=_("Reset the second factor"), icon="shield-alert", needs="edit", is_offered=False)
def reset_second_factor(user: User, *, by: Actor) -> Iterable[Event]:
    """Take away the second factor of somebody who lost their device; their sessions end."""
    _drop_factor(user)
    session.end(user.pk)
    return []


@command(User, label=_("End sessions"), icon="log-out", needs="edit", is_offered=False)
def end_sessions(user: User, *, by: Actor) -> Iterable[Event]:
    """Sign the user out everywhere."""
    session.end(user.pk)
    return []


@command(
    User, label=_("Hand everything over"), icon="users-round", needs="edit", is_offered=False,
    labels={"successor": _("To whom"), "plan": _("To others")},
)  # fmt: skip
def hand_over(user: User, *, by: Actor, successor: User, plan: dict[str, list[int]] | None = None) -> Iterable[Event]:
    """Give all that the user owns to a successor, or by `plan` (object to users) to several, then let them no longer sign in."""
    # the work goes on in the background; the record that `do` returns tells which it is
    user.job = handing_over.queue(user, successor, plan or {}, by)  # type: ignore[arg-type, attr-defined]
    return []


def _only_oneself(user: User, by: Actor) -> None:
    if by.user_id != user.pk:
        raise Forbidden()


def _present_password(user: User, given: str) -> None:
    if not user.check_password(given):
        raise Refused(_now("The present password is wrong."), "current")


def _take_another(user: User, password: str) -> None:
    if user.check_password(password):
        raise Refused(_now("This is the password you have."), "new")
    _take(user, password, "new")


def _take(user: User, password: str, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field) from None
    user.set_password(password)
    user.password_set_at, user.must_change_password = timezone.now(), False


def _drop_factor(user: User) -> None:
    second_factor.SecondFactor.objects.filter(user=user).delete()
    user.second_factor_since = None


@command(
    IdentityProvider, label=_("Set the client's secret"), icon="key-round", needs="edit", is_offered=False,
    labels={"secret": _("Client secret")},
)  # fmt: skip
def set_client_secret(provider: IdentityProvider, *, by: Actor, secret: str) -> Iterable[Event]:
    """Keep the secret that the provider gave this product; nobody reads it again."""
    ClientSecret.objects.update_or_create(provider=provider, defaults={"secret": seal(secret)})
    return []
