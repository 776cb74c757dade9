"""Members of staff as actors, from memory: building one costs no query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from bihuan.core import registry
from bihuan.core.access import Actor, Reach, finds_staff
from bihuan.core.configuration import remembered
from bihuan.people.role import PROFILE, Role
from bihuan.people.unit import below
from bihuan.people.user import User


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
    """A member of staff with the rights of all their roles: of several reaches the widest counts."""

    kind = "user"

    def __init__(self, person: Staff) -> None:
        self.person = person
        self.user_id = person.id
        self.name = person.name
        self.unit_id = person.unit_id
        self.unit_ids = below(person.unit_id) if person.unit_id else frozenset()
        self._reaches: dict[tuple[str, str], Reach] = {}

    def holds(self, roles: Collection[int]) -> bool:
        return any(role.pk in roles for role in _roles().get(self.person.id, ()))

    def reach(self, object: str, action: str) -> Reach:
        asked = (object, action)
        if asked not in self._reaches:
            reaches = [role.reach(object, action) for role in _roles().get(self.person.id, ())]
            # names of units, colleagues, stages and choices stand on every page: everybody may read them
            if action == "view" and registry.desk(object).configuration:
                reaches.append(Reach.ALL)
            if (object, action) == ("user", PROFILE):
                reaches.append(Reach.OWN)
            self._reaches[asked] = max(reaches, default=Reach.NONE)
        return self._reaches[asked]


@finds_staff
@remembered
def actor(user_id: int) -> StaffActor | None:
    """A member of staff as an actor; None when there is none, or they may not sign in."""
    person = staff().get(user_id)
    return StaffActor(person) if person is not None and person.active else None
