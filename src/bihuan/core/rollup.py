"""Figures kept on a record about its relatives: maintained in the transaction that changes them, checked on demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from bihuan.core import registry
from bihuan.core.desk import Desk, Rollup


def maintain(desk: Desk, written: Sequence[tuple[Mapping[str, Any], models.Model]]) -> None:
    """Work out anew the figures on every parent, former and present. One statement per figure."""
    for each in desk.rollups:
        attname = desk.model._meta.get_field(each.into).attname
        parents = {before.get(attname) for before, _ in written} | {getattr(record, attname) for _, record in written}
        parents.discard(None)
        if parents:
            parent_of(desk, each)._base_manager.filter(pk__in=parents).update(**{each.column: expression(desk, each)})
    for other, each, link, asked in _asking_of(desk):
        changed = [record.pk for before, record in written if before and before[asked] != getattr(record, asked)]
        if changed:
            rows = other.model._base_manager.filter(**{f"{link}__in": changed})
            parents_of_rows = parent_of(other, each)._base_manager.filter(pk__in=rows.values(each.into))
            parents_of_rows.update(**{each.column: expression(other, each)})


def recount(desk: Desk, keys: Iterable[int]) -> None:
    """Work out anew every figure that these records keep about others."""
    for other in registry.desks():
        for each in other.rollups:
            if parent_of(other, each) is desk.model:
                desk.model._base_manager.filter(pk__in=keys).update(**{each.column: expression(other, each)})


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
    rows = desk.model._base_manager.filter(each.where, archived_at=None, **{each.into: OuterRef("pk")})
    figure = Subquery(rows.order_by().values(each.into).annotate(figure=each.value).values("figure"))
    column = parent_of(desk, each)._meta.get_field(each.column)
    return figure if column.null else Coalesce(figure, models.Value(0), output_field=models.BigIntegerField())


def wrong() -> Iterable[tuple[Desk, Rollup, int]]:
    """Figures that differ from what they should be: the desk, its rollup and how many parents are wrong."""
    for desk in registry.desks():
        for each in desk.rollups:
            rows = parent_of(desk, each)._base_manager.annotate(right=expression(desk, each))
            equal = Q(**{each.column: F("right")}) | Q(**{f"{each.column}__isnull": True}, right__isnull=True)
            yield desk, each, rows.exclude(equal).count()
