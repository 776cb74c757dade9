"""Whose figures are asked for: those of a unit with all below it, of a person, or of a territory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Model, Q

from bihuan.core import link, registry
from bihuan.core.access import Actor, Approach
from bihuan.people.staff import staff
from bihuan.people.territory import parted
from bihuan.people.unit import below, children_of, units

KINDS = ("unit", "person", "territory")


@dataclass(frozen=True, slots=True)
class Scope:
    """One of KINDS and the key of what it names. Written "unit-3" in addresses."""

    kind: str
    key: int

    @classmethod
    def read(cls, text: str) -> Scope | None:
        match = re.fullmatch(r"(unit|person|territory)-(\d{1,18})", text)
        return cls(match[1], int(match[2])) if match else None

    def __str__(self) -> str:
        return f"{self.kind}-{self.key}"

    @property
    def title(self) -> str:
        """What it is called in the language in force; empty where there is no such thing."""
        return link.title(registry.desk("user" if self.kind == "person" else self.kind), self.key)

    @property
    def named(self) -> dict[str, int | None]:
        """The columns of a target or an adjustment that is this scope's own; a person's unit is whatever it was."""
        if self.kind == "person":
            return {"person": self.key}
        return {"unit": None, "territory": None, "person": None, self.kind: self.key}

    def holds(self, model: type[Model]) -> Q:
        """The condition of the records that count for it: by who owned them, and to which unit they belonged."""
        if self.kind == "person":
            return Q(owner=self.key)
        if self.kind == "unit":
            # of the whole firm the unit says nothing, and a database that looks for each would look by the wrong index
            return Q(unit__isnull=False) if below(self.key) == units() else Q(unit__in=below(self.key))
        return reduce(or_, parted(registry.desk_of(model), [self.key], Approach.GATHER), Q(pk__in=()))

    def parts(self) -> list[Scope]:
        """The units and the people right under a unit, those that do not sign in any more among them; of others none."""
        if self.kind != "unit":
            return []
        people = (each.id for each in staff().values() if each.unit_id == self.key)
        return [*(Scope("unit", key) for key in children_of(self.key)), *(Scope("person", key) for key in people)]


def may_see(actor: Actor, scope: Scope, object: str = "opportunity") -> bool:
    """Whether an actor sees all records of an object that count for a scope, so that its figures tell them nothing new."""
    rows = actor.rows(object, "view")
    if scope.kind == "unit":
        return scope.key in units() and (rows.every or below(scope.key) <= rows.units)
    if scope.kind == "territory":
        return bool(scope.title) and (rows.every or scope.key in rows.territories)
    person = staff().get(scope.key)
    mine = rows.own and scope.key == actor.user_id
    return person is not None and (rows.every or mine or person.unit_id in rows.units)


def scopes_of(actor: Actor) -> Iterator[Scope]:
    """Every scope that an actor may see: the tree of units with its people, then territories."""
    tops = units() - {child for key in units() for child in children_of(key)}
    walked = [each for key in sorted(tops) for each in _walk(Scope("unit", key))]
    seats = {each.key for each in walked if each.kind == "person"}
    loose = (Scope("person", each.id) for each in staff().values() if each.id not in seats)
    territories = (Scope("territory", int(key)) for key in link.all_titles(registry.desk("territory")))
    yield from (each for each in (*walked, *loose, *territories) if may_see(actor, each))


def _walk(scope: Scope) -> Iterator[Scope]:
    yield scope
    for part in scope.parts():
        yield from _walk(part)


def own_scope(actor: Actor) -> Scope | None:
    """Where a person begins: the unit that they see all of, else they themselves; the first scope of who is no staff."""
    mine = [Scope("unit", actor.unit_id)] if actor.unit_id else []
    mine += [Scope("person", actor.user_id)] if actor.user_id else []
    return next((each for each in mine if may_see(actor, each)), next(scopes_of(actor), None))
