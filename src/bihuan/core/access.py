"""Who acts, and the only two doors to records: `visible` and `find`.

What an actor may not see does not exist for it: `find` raises the same NotFound for a missing and for a hidden record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Case, Exists, F, Func, Model, OuterRef, Q, QuerySet, When
from django.db.models.lookups import Exact, In

from bihuan.core import registry, statement
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.record import OwnedRecord
from bihuan.core.union import any_rows

if TYPE_CHECKING:
    from bihuan.core.desk import Desk

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an object on which somebody may do something: a union of every one, one's own, and those of some units
    and territories.
    """

    every: bool = False
    own: bool = False
    units: frozenset[int] = frozenset()
    territories: frozenset[int] = frozenset()

    def __or__(self, other: Rows) -> Rows:
        if self.every or other.every:
            return ALL_ROWS
        return Rows(
            own=self.own or other.own, units=self.units | other.units, territories=self.territories | other.territories
        )

    def __bool__(self) -> bool:
        return self.every or self.own or bool(self.units or self.territories)

    def cover(self, other: Rows) -> bool:
        """Whether every row of `other` is one of these."""
        wider = self.own >= other.own and self.units >= other.units and self.territories >= other.territories
        return self.every or (not other.every and wider)


NO_ROWS, OWN_ROWS, ALL_ROWS = Rows(), Rows(own=True), Rows(every=True)


class Approach(Enum):
    """How a database had best come by the rows that somebody may see. The rows are the same."""

    PROBE = auto()  # the query names its rows, and each is looked at by itself
    GATHER = auto()  # the rows are few, or all are wanted: they are fetched by what makes them visible
    WALK = auto()  # the rows are many and wanted in an order: they are read in that order, each looked at by itself


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

    @property
    def kept(self) -> dict[Any, Any]:
        """What was worked out from this actor's rights as they are today: see statement.py. Of the product itself nothing is."""
        return {}

    def rows(self, object: str, action: str) -> Rows:
        """The rows of `object` (a slug) on which this actor may do `action`."""
        return ALL_ROWS

    def limits(self, object: str) -> Mapping[str, Limit]:
        """The fields of `object` that this actor may not see or change as they are, by name."""
        return {}

    def reached(self, desk: Desk, action: str, approach: Approach) -> Iterable[Q]:
        """What of an object this actor may reach beside what somebody owns: by a territory, a rule of the object, or a share."""
        return ()

    def holds(self, roles: Collection[int]) -> bool:
        """Whether the actor holds one of these roles, given by their ids."""
        return True

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


def visible(
    actor: Actor,
    model: type[M],
    action: str = "view",
    *,
    archived: bool | None = False,
    approach: Approach = Approach.PROBE,
) -> QuerySet[M]:
    """The records of `model` on which `actor` may do `action`; `archived` None means in use and archived alike."""
    scope = scope_of(actor, registry.desk_of(model), action, approach)
    rows = among(model, archived)
    if scope is None:
        return rows
    return rows.filter(scope) if scope else rows.none()


def among(model: type[M], archived: bool | None) -> QuerySet[M]:
    """The records in use, those in the archive, or (None) both; for whoever narrows them to what an actor may see."""
    rows = model._base_manager.all()
    return rows if archived is None else rows.filter(archived_at__isnull=not archived)


def find(actor: Actor, model: type[M], pk: Any, action: str = "view", *, archived: bool | None = None) -> M:
    """One record by its primary key. Raises NotFound."""
    try:
        return visible(actor, model, action, archived=archived).get(pk=pk)
    except (model.DoesNotExist, ValueError, TypeError, OverflowError):
        raise NotFound() from None


def seen(
    actor: Actor, model: type[Model], keys: Iterable[int], action: str = "view", *, archived: bool | None = None
) -> set[int]:
    """Those of the keys whose records are there for the actor to do `action` on. One query."""

    def write(stand_ins: Sequence[int]) -> QuerySet[Any]:
        return visible(actor, model, action, archived=archived).filter(pk__in=stand_ins).values_list("pk")

    shape = ("seen", registry.desk_of(model).slug, action, archived)
    wanted = statement.filled(keys)
    return {key for (key,) in statement.rows(actor, shape, wanted, write)} if wanted else set()


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
    if not rows or reaches_all_seen(actor, desk, action):
        return bool(rows)
    if desk.through and not isinstance(record, OwnedRecord):
        return bool(seen(actor, desk.model, [record.pk], action, archived=None))
    if rows.own and getattr(record, record.own_path) == actor.user_id:
        return True
    if is_held(desk):
        if record.unit_id in rows.units:
            return True
        if not list(actor.reached(desk, action, Approach.PROBE)):
            return False
    elif not rows.units:
        return False
    return bool(seen(actor, desk.model, [record.pk], action, archived=None))


def reaches_all_seen(actor: Actor, desk: Desk, action: str) -> bool:
    """Whether the actor may do `action` on every row that it sees, as far as that can be told without a query."""
    rows = actor.rows(desk.slug, action)
    if rows.every:
        return True
    return rows.cover(actor.rows(desk.slug, "view")) and not list(actor.reached(desk, "view", Approach.PROBE))


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


def is_held(desk: Desk) -> bool:
    """Whether an object's records are somebody's, or a unit's, and not everybody's who may see any."""
    return desk.scoped or issubclass(desk.model, OwnedRecord)


def scope_of(actor: Actor, desk: Desk, action: str, approach: Approach = Approach.PROBE) -> Q | None:
    """The condition an actor's rows meet: None for every row, an empty Q for no row."""
    return _any_of(ways_to(actor, desk, action, approach))


def _any_of(ways: list[Q] | None) -> Q | None:
    return None if ways is None else reduce(or_, ways, Q())


def ways_to(actor: Actor, desk: Desk, action: str, approach: Approach = Approach.PROBE) -> list[Q] | None:
    """Conditions of which each of an actor's rows meets at least one: None for every row, none for no row.

    What nobody owns is seen by whoever sees what it hangs on, and changed by who made it or may edit what it hangs on.
    """
    kept, place = actor.kept, ("ways", desk.slug, action, approach)
    if place not in kept:
        kept[place] = _ways_to(actor, desk, action, approach)
    return kept[place]


def _ways_to(actor: Actor, desk: Desk, action: str, approach: Approach) -> list[Q] | None:
    rows = actor.rows(desk.slug, action)
    if not rows:
        return []
    if is_held(desk):
        beside = _through(actor, desk, "view", approach) if desk.through and action == "view" else []
        if rows.every or beside is None:
            return None
        return [*_held(actor, desk, rows, approach), *beside, *actor.reached(desk, action, approach)]
    seen = _through(actor, desk, "view", approach)
    if rows.every or action == "view" or seen == []:
        return seen
    beside = _through(actor, desk, "edit", approach) if desk.through else []
    if beside is None:
        return seen
    held = [*_held(actor, desk, rows, approach), *beside]
    return held if seen is None else [reduce(or_, seen) & reduce(or_, held, Q())]


#: Of more parts than these a list is not put together.
MANY = 40


def branches(actor: Actor, desk: Desk) -> list[Q]:
    """What an actor sees of records that somebody owns, owner by owner and unit by unit: each part has an index, newest first.

    None where these are too many, or where some are seen for what they hang on.
    """
    rows = actor.rows(desk.slug, "view")
    if not issubclass(desk.model, OwnedRecord) or desk.through or len(rows.units) > MANY:
        return []
    own = [Q(owner=actor.user_id)] if rows.own else []
    return [*own, *(Q(unit=unit) for unit in sorted(rows.units)), *actor.reached(desk, "view", Approach.GATHER)]


#: Up to so many rows it is quicker to fetch all of somebody's rows and sort them than to look through others for them.
FEW = 2_000


def has_few(actor: Actor, desk: Desk, lists: int = 1) -> bool:
    """Whether an actor sees so few rows that they are best gathered, for each of so many lists anew. One query."""
    parts = _parts_beyond(FEW // lists, actor, desk)
    return parts is not None and not any_rows(parts)


def _parts_beyond(few: int, actor: Actor, desk: Desk) -> list[QuerySet[Any]] | None:
    """For each way to a row, those after the first few; None where there are more ways than are worth a look."""
    rows = actor.rows(desk.slug, "view")
    if rows.every or rows.territories or "about" in desk.through:
        return None
    held = _held(actor, desk, rows, Approach.GATHER) if is_held(desk) else []
    held += [way for opened in desk.opened for way in opened(actor, desk, "view")]
    parts: list[QuerySet[Any]] = [
        among(desk.model, False).filter(way).order_by()[few : few + 1] for way in reversed(held)
    ]
    for name in desk.through:
        further = _parts_beyond(few, actor, registry.desk_of(desk.model._meta.get_field(name).related_model))
        if further is None:
            return None
        parts += further
    return parts


class Unindexed(Func):
    """A column as it is, by which SQLite shall not enter an index; PostgreSQL has statistics and knows better."""

    template, arity = "%(expressions)s", 1

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="+%(expressions)s")


def _held(actor: Actor, desk: Desk, rows: Rows, approach: Approach) -> list[Q]:
    """Rows that are somebody's own or their units'; the model says which columns tell."""
    column = Unindexed if approach is Approach.WALK else F
    own, unit = desk.model.own_path, desk.model.unit_path  # type: ignore[attr-defined]
    ways = [Q(Exact(column(own), actor.user_id))] if rows.own else []
    return [*ways, Q(In(column(unit), sorted(rows.units)))] if rows.units else ways


def _through(actor: Actor, desk: Desk, action: str, approach: Approach) -> list[Q] | None:
    """Rows that belong to a record on which the actor may do `action`; None where nothing is hidden."""
    if not desk.through:
        return None
    ways = []
    for name in desk.through:
        part = _about(actor, action, approach) if name == "about" else _parent(actor, desk, name, action, approach)
        if part is None:
            return None
        ways += part
    return ways


def hung_on(actor: Actor, desk: Desk, action: str) -> Q | None:
    """The condition that a record hangs on one on which the actor may do `action`: None for every row, an empty Q for none."""
    return _any_of(_through(actor, desk, action, Approach.PROBE))


def _parent(actor: Actor, desk: Desk, name: str, action: str, approach: Approach) -> list[Q] | None:
    parent = registry.desk_of(desk.model._meta.get_field(name).related_model)
    scope = scope_of(actor, parent, action, approach)
    if scope is None:
        return None
    return [belonging(parent.model, scope, f"{name}_id", approach)] if scope else []


def belonging(model: type[Model], scope: Q, column: str, approach: Approach) -> Q:
    """The condition that a column holds the key of one of the records of `model` that meet `scope`."""
    rows = model._base_manager.filter(scope)
    if approach is Approach.GATHER:
        return Q(**{f"{column}__in": rows.values("pk")})
    return Q(Exists(rows.filter(pk=OuterRef(column))))


def _about(actor: Actor, action: str, approach: Approach) -> list[Q] | None:
    """Rows that hang on any record by `about` and `about_id`."""
    ways, whole = [], True
    for desk in registry.desks():
        if "about" in desk.through:
            continue
        scope = scope_of(actor, desk, action, approach)
        whole = whole and scope is None
        if scope is None:
            ways.append(Q(about=desk.slug))
        elif scope:
            ways.append(Q(about=desk.slug) & belonging(desk.model, scope, "about_id", approach))
    return None if whole else ways
