"""Members of staff as actors, from memory: building one costs no query."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.crypto import salted_hmac

from bihuan.core import configuration, registry
from bihuan.core.access import ALL_ROWS, NO_ROWS, OWN_ROWS, Actor, Approach, Limit, Rows, finds_staff
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.people.role import ACTS, PROFILE, Grant, Reach, Role
from bihuan.people.share import opened
from bihuan.people.territory import parted, territories_of
from bihuan.people.unit import below
from bihuan.people.user import User, units_reached

#: Seconds.
QUARTER = 15 * 60


@dataclass(frozen=True, slots=True)
class Staff:
    """What every page needs to know of a member of staff. `stamp` changes with the password and ends old sessions."""

    id: int
    name: str
    username: str
    unit_id: int | None
    pigment: str
    language: str
    theme: str
    density: str
    active: bool
    stamp: str


@remembered
def staff() -> dict[int, Staff]:
    """Everybody, by id."""
    names = (
        "pk",
        "name",
        "username",
        "unit_id",
        "pigment",
        "language",
        "theme",
        "density",
        "is_active",
        "password",
        "archived_at",
    )
    return {
        row[0]: Staff(
            *row[:8],
            active=row[8] and row[10] is None,
            stamp=salted_hmac("bihuan.session", row[9], algorithm="sha256").hexdigest(),
        )
        for row in User._base_manager.values_list(*names)
    }


@remembered
def _roles() -> dict[int, tuple[Role, ...]]:
    roles = {role.pk: role for role in Role._base_manager.filter(archived_at=None)}
    held: dict[int, tuple[Role, ...]] = {}
    for user, role in User.roles.through._base_manager.values_list("user_id", "role_id"):
        if role in roles:
            held[user] = (*held.get(user, ()), roles[role])
    return held


class StaffActor(Actor):
    """A member of staff with the rights of all their roles: what one role grants, no other takes away."""

    kind = "user"

    def __init__(self, person: Staff) -> None:
        self.person = person
        self.user_id = person.id
        self.name = person.name
        self.unit_id = person.unit_id
        self.unit_ids = units_reached(person.id, person.unit_id)
        self._rows: dict[tuple[str, str], Rows] = {}
        self._limits: dict[str, dict[str, Limit]] = {}
        self._kept: tuple[tuple[int, float], dict[Any, Any]] = ((-1, 0), {})

    @property
    def kept(self) -> dict[Any, Any]:
        """Good until the configuration changes, or a day may have ended (which it does at a quarter of an hour everywhere)."""
        era = (configuration.generation(), time.time() // QUARTER)
        if self._kept[0] != era:
            self._kept = (era, {})
        return self._kept[1]

    def holds(self, roles: Collection[int]) -> bool:
        return any(role.pk in roles for role in self._roles)

    def rows(self, object: str, action: str) -> Rows:
        asked = (object, action)
        if asked not in self._rows:
            found = reduce(or_, (self._covered(role.granted(*asked)) for role in self._roles), NO_ROWS)
            # names of units, colleagues, stages and choices stand on every page: everybody may read them
            desk = registry.desk(object)
            if action == "view" and desk.configuration and not desk.confidential:
                found = ALL_ROWS
            if asked == ("user", PROFILE):
                found |= OWN_ROWS
            self._rows[asked] = found
        return self._rows[asked]

    def limits(self, object: str) -> dict[str, Limit]:
        """A field is limited where every role that shows the object limits it, and by the mildest of them."""
        if object not in self._limits:
            showing = [role.limits.get(object, {}) for role in self._roles if role.granted(object, "view")]
            limited = set.intersection(*map(set, showing)) if showing else set()
            self._limits[object] = {name: Limit(max(each[name] for each in showing)) for name in limited}
        return self._limits[object]

    def reached(self, desk: Desk, action: str, approach: Approach) -> Iterator[Q]:
        """The records of one's territories, those that the object opens by a rule of its own, and those that were shared: to view
        them, and with the right to do what is editing.
        """
        yield from parted(desk, self.rows(desk.slug, action).territories, approach)
        for opened_to in desk.opened:
            yield from opened_to(self, desk, action)
        if action in ("view", "edit") or action not in ACTS:
            shares = opened(desk.slug, self.person.id, self.unit_id, to_edit=action != "view")
            if shares is not None:
                yield shares

    @property
    def _roles(self) -> tuple[Role, ...]:
        return _roles().get(self.person.id, ())

    def _covered(self, grant: Grant) -> Rows:
        """The rows that a role's grant means for this person."""
        if isinstance(grant, list):
            return Rows(own=True, units=frozenset().union(*map(below, grant)))
        if grant == Reach.ALL:
            return ALL_ROWS
        if grant == Reach.TERRITORY:
            return Rows(own=True, territories=frozenset(each.pk for each in territories_of(self.person.id)))
        team = frozenset({self.unit_id} if self.unit_id else ())
        units = {Reach.TEAM: team, Reach.UNIT: self.unit_ids}.get(Reach(grant), frozenset())
        return Rows(own=grant != Reach.NONE, units=units)


@finds_staff
@remembered
def actor(user_id: int) -> StaffActor | None:
    """A member of staff as an actor; None when there is none, or they may not sign in."""
    person = staff().get(user_id)
    return StaffActor(person) if person is not None and person.active else None
