"""Who acts, and the only two doors to records: `visible` and `find`.

What an actor may not see does not exist for it: `find` raises the same NotFound for a missing and for a hidden record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, When

from bihuan.core import registry
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.record import OwnedRecord

if TYPE_CHECKING:
    from bihuan.core.desk import Desk

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an object on which somebody may do something: a union of every one, one's own, and those of some units."""

    every: bool = False
    own: bool = False
    units: frozenset[int] = frozenset()

    def __or__(self, other: Rows) -> Rows:
        if self.every or other.every:
            return ALL_ROWS
        return Rows(own=self.own or other.own, units=self.units | other.units)

    def __bool__(self) -> bool:
        return self.every or self.own or bool(self.units)

    def cover(self, other: Rows) -> bool:
        """Whether every row of `other` is one of these."""
        return self.every or (not other.every and self.own >= other.own and self.units >= other.units)


NO_ROWS, OWN_ROWS, ALL_ROWS = Rows(), Rows(own=True), Rows(every=True)


class Limit(IntEnum):
    """What keeps an actor from a field: they do not know of it, see a part of its text, or may not change it."""

    HIDDEN = 0
    MASKED = 1
    READ = 2


class Actor:
    """Who acts. `user_id` is None for actors that are not staff; `unit_ids` are the actor's units and those below them.

    One that `reads_only` changes nothing, whatever it may do.
    """

    kind = "system"
    user_id: int | None = None
    unit_id: int | None = None
    unit_ids: frozenset[int] = frozenset()
    name = "system"
    reads_only = False

    def rows(self, object: str, action: str) -> Rows:
        """The rows of `object` (a slug) on which this actor may do `action`."""
        return ALL_ROWS

    def limits(self, object: str) -> Mapping[str, Limit]:
        """The fields of `object` that this actor may not see or change as they are, by name."""
        return {}

    def may(self, model: type[Model] | str, action: str) -> bool:
        """Whether the actor may do this on at least some rows."""
        slug = model if isinstance(model, str) else registry.desk_of(model).slug
        return bool(self.rows(slug, action))


#: Acts for the product itself: demo, migrations, scheduled work. Never for a person's request.
SYSTEM = Actor()

_staff: list[Callable[[int], Actor | None]] = []


def finds_staff(find: Callable[[int], Actor | None]) -> Callable[[int], Actor | None]:
    """Declare the function that makes an actor of the id of a member of staff; None for one who may not sign in."""
    _staff[:] = [find]
    return find


def acting(user_id: int | None) -> Actor:
    """Who a stored user id stands for: long work goes on with the rights of whoever began it. Raises Forbidden."""
    found = SYSTEM if user_id is None else _staff[0](user_id)
    if found is None:
        raise Forbidden()
    return found


def visible(actor: Actor, model: type[M], action: str = "view", *, archived: bool | None = False) -> QuerySet[M]:
    """The records of `model` on which `actor` may do `action`; `archived` None means in use and archived alike."""
    desk = registry.desk_of(model)
    rows = model._base_manager.all()
    if archived is not None:
        rows = rows.filter(archived_at__isnull=not archived)
    scope = scope_of(actor, desk, action)
    if scope is None:
        return rows
    return rows.filter(scope) if scope else rows.none()


def find(actor: Actor, model: type[M], pk: Any, action: str = "view", *, archived: bool | None = None) -> M:
    """One record by its primary key. Raises NotFound."""
    try:
        return visible(actor, model, action, archived=archived).get(pk=pk)
    except (model.DoesNotExist, ValueError, TypeError, OverflowError):
        raise NotFound() from None


def hanging(actor: Actor, model: type[M], where: Q, links: Iterable[str]) -> QuerySet[M]:
    """The records of `model` that `where` ties by `links` to records the actor has found.

    An object that is seen through each of these links needs no further condition; any other keeps its own.
    """
    desk = registry.desk_of(model)
    if set(links) <= set(desk.through) and actor.may(model, "view"):
        return model._base_manager.filter(where, archived_at=None)
    return visible(actor, model).filter(where)


def permits(actor: Actor, record: Any, action: str) -> bool:
    """Whether the actor may do `action` on a record that it has found. Queries only where a narrower reach hangs on parents."""
    desk = registry.desk_of(record)
    rows = actor.rows(desk.slug, action)
    if not rows or rows.cover(actor.rows(desk.slug, "view")):
        return bool(rows)
    if desk.through and not isinstance(record, OwnedRecord):
        return visible(actor, desk.model, action, archived=None).filter(pk=record.pk).exists()
    if rows.own and getattr(record, record.own_path) == actor.user_id:
        return True
    if isinstance(record, OwnedRecord):
        return record.unit_id in rows.units
    return bool(rows.units) and visible(actor, desk.model, action, archived=None).filter(pk=record.pk).exists()


def sight(actor: Actor, model: type[Model], path: str) -> Q:
    """The condition that every record on the way along an ORM path is one the actor sees, or not there at all."""
    condition = Q()
    for link, target in guarded(actor, model, path):
        seen = visible(actor, target, archived=None).filter(pk=OuterRef(f"{link}_id"))
        condition &= Q(**{f"{link}__isnull": True}) | Q(Exists(seen))
    return condition


def guarded(actor: Actor, model: type[Model], path: str) -> Iterator[tuple[str, type[Model]]]:
    """The links along an ORM path to objects of which the actor does not see every record, each with its model."""
    *links, _last = path.split("__")
    for place, name in enumerate(links):
        column = model._meta.get_field(name)
        if not column.is_relation:  # a value within a column
            return
        model = column.related_model  # type: ignore[assignment]
        if scope_of(actor, registry.desk_of(model), "view") is not None:
            yield "__".join(links[: place + 1]), model


def as_seen(actor: Actor, model: type[Model], path: str) -> F | Case:
    """What stands at the end of an ORM path, as far as the actor sees every record on the way there; else nothing."""
    condition = sight(actor, model, path)
    return Case(When(condition, then=F(path))) if condition else F(path)


def scope_of(actor: Actor, desk: Desk, action: str) -> Q | None:
    """The condition an actor's rows meet: None for every row, an empty Q for no row.

    What nobody owns is seen by whoever sees what it hangs on, and changed by who made it or may edit what it hangs on.
    """
    rows = actor.rows(desk.slug, action)
    if not rows:
        return Q()
    if issubclass(desk.model, OwnedRecord):
        beside = _through(actor, desk, "view") if desk.through and action == "view" else Q()
        return None if rows.every or beside is None else _held(actor, desk, rows) | beside
    seen = _through(actor, desk, "view")
    if rows.every or action == "view" or seen == Q():
        return seen
    beside = _through(actor, desk, "edit") if desk.through else Q()
    if beside is None:
        return seen
    held = _held(actor, desk, rows) | beside
    return held if seen is None else seen & held


def _held(actor: Actor, desk: Desk, rows: Rows) -> Q:
    """Rows that are somebody's own or their units'; the model says which columns tell."""
    scope = Q(**{desk.model.own_path: actor.user_id}) if rows.own else Q()  # type: ignore[attr-defined]
    return scope | Q(**{f"{desk.model.unit_path}__in": rows.units}) if rows.units else scope  # type: ignore[attr-defined]


def _through(actor: Actor, desk: Desk, action: str) -> Q | None:
    """Rows that belong to a record on which the actor may do `action`; None where nothing is hidden."""
    if not desk.through:
        return None
    scope = Q()
    for name in desk.through:
        part = _about(actor, action) if name == "about" else _parent(actor, desk, name, action)
        if part is None:
            return None
        scope |= part
    return scope


def _parent(actor: Actor, desk: Desk, name: str, action: str) -> Q | None:
    parent = registry.desk_of(desk.model._meta.get_field(name).related_model)
    scope = scope_of(actor, parent, action)
    if scope is None:
        return None
    if not scope:
        return Q()
    return Q(**{f"{name}__in": parent.model._base_manager.filter(scope).values("pk")})


def _about(actor: Actor, action: str) -> Q | None:
    """Rows that hang on any record by `about` and `about_id`."""
    scope, whole = Q(), True
    for desk in registry.desks():
        if "about" in desk.through:
            continue
        part = scope_of(actor, desk, action)
        whole = whole and part is None
        if part is None:
            scope |= Q(about=desk.slug)
        elif part:
            scope |= Q(about=desk.slug, about_id__in=desk.model._base_manager.filter(part).values("pk"))
    return None if whole else scope
