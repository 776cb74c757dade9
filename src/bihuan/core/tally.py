"""Tallies: how many records and how much money fall into each month, by unit and by owner, so that a year of a large firm, or a
board of all its deals, is added up from some hundred rows.

What a command changes is written as rows of its own, in its transaction: two who write never wait for each other. A chore folds
those rows into one for each place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from bihuan.core import registry, rows
from bihuan.core.access import Actor, Approach
from bihuan.core.columns import QuantityField
from bihuan.core.desk import Desk, Tallied
from bihuan.core.period import Period

#: So many rows are folded in one transaction.
FOLD = 2_000
#: The month of what has no day yet, as a deal that is not closed.
UNDATED = date.min


class Place(NamedTuple):
    """What the records counted together have in common. A key of 0 says that they have none.

    `part` is the stage or choice that the object is told apart by.
    """

    month: date
    part: int
    unit: int
    owner: int
    currency: str


class Tally(models.Model):
    """So many records, so much money. With an owner it is of what that person has, without one of all that the unit has."""

    object = models.CharField(max_length=40)
    month = models.DateField()
    part = models.BigIntegerField()
    unit = models.BigIntegerField()
    owner = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    number = models.BigIntegerField()
    total = QuantityField(null=False)
    is_folded = models.BooleanField(db_default=False)

    class Meta:
        app_label = "core"
        indexes = [
            models.Index(fields=["object", "owner", "month"], name="tally_place"),
            models.Index(fields=["id"], name="tally_fresh", condition=Q(is_folded=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["object", "owner", "month", "part", "unit", "currency"],
                name="one_folded_tally",
                condition=Q(is_folded=True),
            )
        ]


NAMES = ("object", *Place._fields, "number", "total")


# ---------------------------------------------------------------------- keeping


def keep(desk: Desk, written: Sequence[tuple[Mapping[str, Any], models.Model]]) -> None:
    """Count what was written: what each record was is taken away, what it is now is added. One statement, none if all is as before."""
    if desk.tallied is None:
        return
    names = _names(desk.model, desk.tallied)
    found: dict[Place, list[Any]] = {}
    for before, record in written:
        former, present = (tuple(map(each.get, names)) for each in (before, vars(record)))
        if former != present:
            if before:  # else it is new
                _count(found, former, -1)
            _count(found, present, 1)
    rows.insert(Tally, NAMES, ((desk.slug, *place, *sums) for place, sums in found.items() if any(sums)))


def _names(model: type[models.Model], tallied: Tallied) -> tuple[str, ...]:
    """The attributes that decide where a record counts and how much."""
    currency = getattr(model._meta.get_field(tallied.total), "currency", "") if tallied.total else ""
    part = model._meta.get_field(tallied.by).attname if tallied.by else ""
    return "archived_at", tallied.at, "unit_id", "owner_id", part, tallied.total, currency


def _count(found: dict[Place, list[Any]], values: Sequence[Any], sign: int) -> None:
    """Add a record to its unit's line and to its owner's; nothing where it is archived."""
    archived_at, at, unit, owner, part, total, currency = values
    if archived_at is not None:
        return
    month, amount = _month(at), sign * (total or Decimal(0))
    for whose in (0, owner) if owner else (0,):
        sums = found.setdefault(Place(month, part or 0, unit or 0, whose, currency or ""), [0, Decimal(0)])
        sums[0] += sign
        sums[1] += amount


def _month(at: date | None) -> date:
    """The first day of the month, in the firm's own time."""
    if at is None:
        return UNDATED
    day = timezone.localtime(at).date() if isinstance(at, datetime) else at
    return day.replace(day=1)


def fold() -> None:
    """Add what was written since to one row for each place, in steps that nobody waits for long."""
    while keys := list(Tally.objects.filter(is_folded=False).order_by("pk").values_list("pk", flat=True)[:FOLD]):
        with transaction.atomic(), connection.cursor() as cursor:
            fresh = list(Tally.objects.select_for_update().filter(pk__in=keys).values_list(*NAMES))
            cursor.executemany(_FOLD, list(_summed(fresh)))
            Tally.objects.filter(pk__in=keys).delete()


def _summed(fresh: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows with their sums by place, as the database stores them; in one order, so that two who fold cannot wait for each other."""
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for *place, number, total in fresh:
        both = sums.setdefault(tuple(place), [0, Decimal(0)])
        both[0] += number
        both[1] += total
    column = Tally._meta.get_field("total")
    yield from ((*place, number, column.get_prep_value(total)) for place, (number, total) in sorted(sums.items()))


_FOLD = """
    INSERT INTO core_tally (object, month, part, unit, owner, currency, number, total, is_folded)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, true)
    ON CONFLICT (object, owner, month, part, unit, currency) WHERE is_folded
    DO UPDATE SET number = core_tally.number + excluded.number, total = core_tally.total + excluded.total
"""


# ---------------------------------------------------------------------- asking


class Month(NamedTuple):
    """What falls into a month: how many records, and their amount in a currency."""

    month: date
    currency: str
    number: int
    total: Decimal


def months(
    desk: Desk,
    period: Period,
    parts: Collection[int] | None = None,
    *,
    units: Collection[int] | None = None,
    owners: Collection[int] | None = None,
) -> Iterator[Month]:
    """What falls into the months of a period: of some stages or choices, of some units or of some owners. One query.

    The caller answers for it that the actor sees all of these records.
    """
    found = Tally.objects.filter(object=desk.slug, month__gte=period.start, month__lt=period.end)
    found = found.filter(owner__in=[0] if owners is None else owners)
    for name, keys in (("part", parts), ("unit", units)):
        found = found if keys is None else found.filter(**{f"{name}__in": keys})
    sums = found.values_list("month", "currency").annotate(Sum("number"), Sum("total")).order_by()
    yield from (Month(*each) for each in sums.exclude(number__sum=0))


def standing(actor: Actor, desk: Desk) -> QuerySet[Tally] | None:
    """The places that together hold every record that somebody sees, each record once; None where some are seen by other ways than
    their unit and their owner.
    """
    seen = actor.rows(desk.slug, "view")
    found = Tally.objects.filter(object=desk.slug)
    if seen.every:
        return found.filter(owner=0)
    if desk.through or seen.territories or list(actor.reached(desk, "view", Approach.GATHER)):
        return None
    own = Q(owner=actor.user_id) & ~Q(unit__in=seen.units) if seen.own else Q(pk__in=())
    return found.filter(Q(owner=0, unit__in=seen.units) | own)


def count(rows: QuerySet[Any], desk: Desk, period: Period, parts: Collection[int] | None = None) -> Iterator[Month]:
    """The same of any rows, counted one by one; a month may come several times. One query."""
    assert desk.tallied is not None, desk
    at, by = desk.tallied.at, desk.tallied.by
    is_moment = isinstance(desk.model._meta.get_field(at), models.DateTimeField)
    began, ended = period.moments() if is_moment else (period.start, period.end)
    rows = rows.filter(**{f"{at}__gte": began, f"{at}__lt": ended})
    rows = rows if parts is None else rows.filter(**{f"{by}__in": parts})
    placed = _counted(rows, desk.tallied, models.Value(0))
    yield from (Month(place.month, place.currency, *sums) for place, sums in placed)


# ---------------------------------------------------------------------- checking


def wrong() -> Iterator[tuple[str, int]]:
    """Objects with the number of places of which another sum is kept than there should be."""
    for desk in registry.desks():
        if desk.tallied is None:
            continue
        mine = Tally.objects.filter(object=desk.slug).values_list(*Place._fields).order_by()
        kept = {
            Place(*place): sums
            for *place, number, total in mine.annotate(Sum("number"), Sum("total"))
            if any(sums := [number, total])
        }
        right = dict(_all(desk.model, desk.tallied))
        yield desk.slug, sum(kept.get(place) != right.get(place) for place in kept.keys() | right.keys())


def fill(into: type[models.Model], slug: str, model: type[models.Model], tallied: Tallied) -> None:
    """Count the records of an object anew. The models may be those of a migration."""
    into._base_manager.filter(object=slug).delete()
    rows.insert(into, NAMES, ((slug, *place, *sums) for place, sums in _all(model, tallied)))


def _all(model: type[models.Model], tallied: Tallied) -> Iterator[tuple[Place, list[Any]]]:
    """All records that count, by place: for their units, then for their owners. Two queries."""
    in_use = model._base_manager.filter(archived_at=None)
    yield from _counted(in_use, tallied, models.Value(0))
    yield from _counted(in_use.exclude(owner=None), tallied, F("owner"))


def _counted(rows: QuerySet[Any], tallied: Tallied, owner: Any) -> Iterator[tuple[Place, list[Any]]]:
    """Rows by place, of each how many and how much."""
    amount: Any = rows.model._meta.get_field(tallied.total) if tallied.total else None
    places = {
        "_month": TruncMonth(tallied.at),
        "_part": F(tallied.by) if tallied.by else models.Value(0),
        "_unit": F("unit"),
        "_owner": owner,
        "_currency": F(amount.currency) if amount else models.Value(""),
    }
    total = Sum(tallied.total) if amount else models.Value(Decimal(0), QuantityField())
    for row in rows.order_by().values(**places).annotate(_number=Count("pk"), _total=total):
        at, part, unit, whose, currency, number, sum_ = (row[name] for name in (*places, "_number", "_total"))
        yield Place(_month(at), part or 0, unit or 0, whose, currency), [number, sum_ or Decimal(0)]
