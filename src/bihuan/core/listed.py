"""How the columns of a list are read from raw rows: amounts with their currency, links with their titles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor
from bihuan.core.field import Field


class Money(NamedTuple):
    """An amount and its currency, as a list shows it."""

    amount: Decimal
    currency: str


class Linked(NamedTuple):
    """A linked record: its object's slug, key and title."""

    object: str
    id: int
    title: str


class Row(NamedTuple):
    """One record of a list: `values` stand in the order of the columns."""

    id: int
    version: int
    values: list[Any]


def needs(column: Field) -> list[str]:
    """The paths a column reads."""
    if column.compute is not None:
        return list(column.needs)
    if isinstance(column.kind, kind.Links):
        return [_holder(column)]
    paths = [column.path]
    if isinstance(column.kind, kind.Link) and not column.custom:
        target = registry.desk_of(column.target)
        if not target.configuration:
            paths.append(f"{column.path.removesuffix('_id')}__{target.title}")
    return [*paths, column.currency] if column.currency else paths


def _holder(column: Field) -> str:
    """The path of the key of the record that a column of several links hangs on."""
    link_path, _dot, _name = column.path.rpartition("__")
    return f"{link_path}_id" if link_path else "pk"


def fill_links(actor: Actor, column: Field, rows: Sequence[dict[str, Any]]) -> None:
    """Put what each row's record links to, as a tuple, at the column's path."""
    relation = column.column
    near, far = f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"
    target, holder = registry.desk_of(column.target), _holder(column)
    keys = {row[holder] for row in rows}
    pairs = (
        relation.remote_field.through._base_manager.filter(**{f"{near}__in": keys})
        .order_by("pk")
        .values_list(near, far)
    )
    titles = link.titles(actor, target, {key for _, key in pairs})
    held: dict[int, list[Linked]] = {}
    for record, key in pairs:
        if key in titles:
            held.setdefault(record, []).append(Linked(target.slug, key, titles[key] or f"#{key}"))
    for row in rows:
        row[column.path] = tuple(held.get(row[holder], ()))


def fill_custom_link(actor: Actor, column: Field, rows: Sequence[dict[str, Any]]) -> None:
    """Put what each row links to at the column's path; what the actor does not see is nothing."""
    target = registry.desk_of(column.target)
    titles = link.titles(actor, target, {row[column.path] for row in rows})
    for row in rows:
        key = row[column.path]
        row[column.path] = Linked(target.slug, key, titles[key] or f"#{key}") if key in titles else None


def reader(column: Field) -> Callable[[dict[str, Any]], Any]:
    """How a column's value is made from the row's raw values."""
    if column.compute is not None:
        return lambda raw: (
            None if column.via and raw[column.path] is None else column.compute(*(raw[path] for path in column.needs))
        )
    path = column.path
    if isinstance(column.kind, kind.Amount):
        return lambda raw: (
            None if raw[path] is None else Money(raw[path], raw[column.currency] if column.currency else "CNY")
        )
    if not isinstance(column.kind, kind.Link) or column.custom:
        return lambda raw: raw[path]
    target = registry.desk_of(column.target)
    if target.configuration:
        return lambda raw: None if raw[path] is None else Linked(target.slug, raw[path], link.title(target, raw[path]))
    title = f"{path.removesuffix('_id')}__{target.title}"
    return lambda raw: (
        None
        if raw[path] is None or raw[title] is None
        else Linked(target.slug, raw[path], raw[title] or f"#{raw[path]}")
    )
