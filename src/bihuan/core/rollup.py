"""Figures kept on a record about its relatives: maintained in the transaction that changes them, checked on demand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, Greatest

from bihuan.core import registry, rows
from bihuan.core.desk import Desk, Gathered, Kept, Rollup

#: So many records are worked out anew at once.
BATCH = 1_000


def maintain(
    desk: Desk, written: Sequence[tuple[Mapping[str, Any], models.Model]], *, is_followed: bool = False
) -> None:
    """Work out anew the figures on every parent, former and present, one statement per figure, and what follows from them.

    `is_followed` tells that what follows from the records' own columns was written with them, and nothing of theirs since.
    """
    concerned: dict[Desk, set[int]] = {}
    if not is_followed:
        concerned[desk] = {record.pk for before, record in written if _is_concerned(desk, before, record)}
    for each in desk.rollups:
        attname = desk.model._meta.get_field(each.into).attname
        parents = {before.get(attname) for before, _ in written} | {getattr(record, attname) for _, record in written}
        parents |= _linked_by(desk, each.also, written) if each.also else set()
        parents.discard(None)
        if parents:
            parent = parent_of(desk, each)
            parent._base_manager.filter(pk__in=parents).update(**{each.column: expression(desk, each)})
            concerned.setdefault(registry.desk_of(parent), set()).update(parents)
    for keeper in registry.desks():
        for gathered in keeper.gathers:
            if gathered.of == desk.slug and (keys := _told_about(keeper, written)):
                keeper.model._base_manager.filter(pk__in=keys).update(**{gathered.column: _gathered(keeper, gathered)})
                concerned.setdefault(keeper, set()).update(keys)
    for other, each, link, asked in _asking_of(desk):
        changed = [record.pk for before, record in written if before and before[asked] != getattr(record, asked)]
        if changed:
            relatives = other.model._base_manager.filter(**{f"{link}__in": changed})
            parents_of_them = parent_of(other, each)._base_manager.filter(pk__in=relatives.values(each.into))
            parents_of_them.update(**{each.column: expression(other, each)})
            parent_desk = registry.desk_of(parent_of(other, each))
            if parent_desk.kept:
                concerned.setdefault(parent_desk, set()).update(parents_of_them.values_list("pk", flat=True))
    for concerned_desk, keys in concerned.items():
        follow(concerned_desk, keys)


def _linked_by(desk: Desk, name: str, written: Sequence[tuple[Mapping[str, Any], models.Model]]) -> set[int]:
    """The records to which a link to several leads from what was written, or led. One query, none where all are given."""
    column = desk.model._meta.get_field(name)
    given = [(before, record, vars(record).get("_links", {}).get(name)) for before, record in written]
    found = {key for before, _record, keys in given for key in (*before.get(name, ()), *(keys or ()))}
    kept = [record.pk for before, record, keys in given if before and keys is None]
    if kept:
        rows = column.remote_field.through._base_manager.filter(**{f"{column.m2m_field_name()}__in": kept})  # type: ignore[union-attr]
        found |= set(rows.values_list(f"{column.m2m_reverse_field_name()}_id", flat=True))  # type: ignore[union-attr]
    return found


def _told_about(keeper: Desk, written: Sequence[tuple[Mapping[str, Any], models.Model]]) -> set[int]:
    """The records of an object that something written is, or was, about."""
    now = (vars(record) for _before, record in written)
    places = (*now, *(before for before, _record in written))
    return {each["about_id"] for each in places if each.get("about") == keeper.slug and each["about_id"] is not None}


def _is_concerned(desk: Desk, before: Mapping[str, Any], record: models.Model) -> bool:
    """Whether something of a record was written that what it keeps follows from."""
    needs = (desk.model._meta.get_field(name).attname for name in (desk.kept.needs if desk.kept else ()))
    return any(before.get(attname) != getattr(record, attname) for attname in needs)


def follow(desk: Desk, keys: Iterable[int]) -> None:
    """Work out anew what these records keep that follows from their own columns. The caller has written or locked them."""
    if desk.kept is None:
        return
    wanted = sorted(keys)
    for start in range(0, len(wanted), BATCH):
        records = desk.model._base_manager.filter(pk__in=wanted[start : start + BATCH])
        changed = ((*values, key) for key, values in _differing(records, desk.kept))
        rows.write(desk.model, desk.kept.columns, changed)


def _differing(records: models.QuerySet[Any], kept: Kept) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The records that keep another thing than they should: their keys, each with what it should keep."""
    count = len(kept.columns)
    for key, *values in records.values_list("pk", *kept.columns, *kept.needs).iterator():
        right = kept.work_out(*values[count:])
        if tuple(values[:count]) != right:
            yield key, right


def recount(desk: Desk, keys: Iterable[int]) -> None:
    """Work out anew every figure that these records keep about others."""
    for other in registry.desks():
        for each in other.rollups:
            if parent_of(other, each) is desk.model:
                desk.model._base_manager.filter(pk__in=keys).update(**{each.column: expression(other, each)})
    for each in desk.gathers:
        desk.model._base_manager.filter(pk__in=keys).update(**{each.column: _gathered(desk, each)})
    follow(desk, keys)


def _asking_of(desk: Desk) -> Iterable[tuple[Desk, Rollup, str, str]]:
    """Rollups whose condition asks a column of these records over a link: open deals ask the kind of their stage."""
    for other in registry.desks():
        for each in other.rollups:
            for name, _value in each.where.children:
                link, _, asked = name.partition("__")
                if other.model._meta.get_field(link).related_model is desk.model:
                    yield other, each, link, asked


def parent_of(desk: Desk, each: Rollup) -> type[models.Model]:
    """The model that keeps the figure."""
    return desk.model._meta.get_field(each.into).related_model  # type: ignore[return-value]


def expression(desk: Desk, each: Rollup) -> Any:
    """The figure as a subquery over the relatives that are not archived."""
    figure = _over(desk, each, each.into)
    if not each.also:
        return figure
    # asked only where there are such: for almost all the first figure is the whole answer
    further = _over(desk, each, each.also)
    there_are = Exists(desk.model._base_manager.filter(**{each.also: OuterRef("pk")}))
    return Case(When(there_are, then=Coalesce(Greatest(figure, further), figure, further)), default=figure)


def _over(desk: Desk, each: Rollup, link: str) -> Any:
    rows = desk.model._base_manager.filter(each.where, archived_at=None, **{link: OuterRef("pk")})
    return _figure(rows, link, each.value, parent_of(desk, each), each.column)


def _gathered(keeper: Desk, each: Gathered) -> Any:
    """The same over the records that are about these."""
    rows = registry.desk(each.of).model._base_manager.filter(
        each.where, archived_at=None, about=keeper.slug, about_id=OuterRef("pk")
    )
    return _figure(rows, "about_id", each.value, keeper.model, each.column)


def _figure(
    rows: models.QuerySet[Any], by: str, value: models.Aggregate, keeper: type[models.Model], column: str
) -> Any:
    figure = Subquery(rows.order_by().values(by).annotate(figure=value).values("figure"))
    null = keeper._meta.get_field(column).null
    return figure if null else Coalesce(figure, models.Value(0), output_field=models.BigIntegerField())


def wrong() -> Iterable[tuple[type[models.Model], str, int]]:
    """Kept figures that differ from what they should be: the model and column that keep each, and on how many records."""
    for desk in registry.desks():
        figures = [(parent_of(desk, each), each.column, expression(desk, each)) for each in desk.rollups]
        figures += [(desk.model, each.column, _gathered(desk, each)) for each in desk.gathers]
        for model, column, right in figures:
            equal = Q(**{column: F("right")}) | Q(**{f"{column}__isnull": True}, right__isnull=True)
            yield model, column, model._base_manager.annotate(right=right).exclude(equal).count()
        if desk.kept:
            differing = sum(1 for _ in _differing(desk.model._base_manager.all(), desk.kept))
            yield desk.model, desk.kept.columns[0], differing
