"""Records as JSON: read by the list engine, under the caller's own sight, and written kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from bihuan.api.files import with_address
from bihuan.core import choice, kind, link, registry, stage
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound, Refused
from bihuan.core.field import Field
from bihuan.core.listed import Linked, Money, Row
from bihuan.core.past import as_of
from bihuan.core.past import untold as untold_of
from bihuan.core.query import Query, find_field


def columns(desk: Desk, actor: Actor) -> tuple[str, ...]:
    """What is told of a record unless the caller names fields: everything that the actor may see."""
    return tuple(desk.fields(actor))


def one(desk: Desk, actor: Actor, key: int | None, names: Sequence[str] = ()) -> dict[str, Any]:
    """A record, in use or archived. Raises NotFound where the actor sees none."""
    query = Query.parse(desk, actor, {"sort": "id"}, names or columns(desk, actor))
    for archived in (False, True):
        rows = replace(query, archived=archived, extra=Q(pk=key)).page(1).rows
        if rows:
            return of_rows(query, rows, archived=archived)[0]
    raise NotFound()


def past(desk: Desk, actor: Actor, key: int | None, moment: datetime, names: Sequence[str] = ()) -> dict[str, Any]:
    """A record as it was at a moment; null is also what nobody wrote down. Raises NotFound, and Refused."""
    fields = [find_field(desk, actor, name) for name in names or columns(desk, actor)]
    if any(each.via for each in fields):
        raise Refused(_("Of the past a record tells its own fields alone."))
    record, untold = as_of(actor, desk, key, moment), untold_of(desk)
    told = {
        each.name: None
        if each.name in untold
        else with_address(desk, record.pk, each, writer(each)(_held(actor, record, each)))
        for each in fields
    }
    return {"id": record.pk, "version": record.version, "archived": record.archived_at is not None} | told


def _held(actor: Actor, record: Any, field: Field) -> Any:
    """What a record holds in a field, as the list engine gives it."""
    raw = field.value_of(record)
    if raw is None:
        return None
    if isinstance(field.kind, kind.Amount):
        return Money(raw, getattr(record, field.currency) if field.currency else "CNY")
    if not isinstance(field.kind, (kind.Link, kind.Links)):
        return raw
    target = registry.desk_of(field.target)  # type: ignore[arg-type]
    titles = link.titles(actor, target, raw if isinstance(raw, tuple) else (raw,))
    found = {key: Linked(target.slug, key, title or f"#{key}") for key, title in titles.items()}
    return tuple(found[key] for key in raw if key in found) if isinstance(raw, tuple) else found.get(raw)


def of_rows(query: Query, rows: Sequence[Row], *, archived: bool) -> list[dict[str, Any]]:
    """The rows of a page, each with its key, version and the query's columns by name."""
    writers = [writer(column) for column in query.columns]
    return [
        {"id": row.id, "version": row.version, "archived": archived}
        | {
            column.name: with_address(query.desk, row.id, column, write(value))
            for column, write, value in zip(query.columns, writers, row.values, strict=True)
        }
        for row in rows
    ]


def writer(field: Field) -> Callable[[Any], Any]:
    """How a value of this field is told; what is no value is null."""
    write = _WRITERS.get(type(field.kind))
    if isinstance(field.kind, kind.State):
        return lambda value: None if value is None else _state(field, value)
    if write is None:
        return lambda value: value
    return lambda value: None if value is None else write(value)


def _state(field: Field, value: str) -> dict[str, str]:
    return {"key": value, "label": str(field.states.get(value, value))}


def _choice(key: int) -> dict[str, Any]:
    found = choice.option(key)
    return {"id": key, "key": found.key if found else "", "label": found.label if found else ""}


def _stage(key: int) -> dict[str, Any]:
    found = stage.step(key)
    return {
        "id": key,
        "key": found.key if found else "",
        "label": found.label if found else "",
        "kind": found.kind if found else "",
    }


def _amount(value: Any) -> dict[str, str]:
    return {"amount": f"{value.amount:f}", "currency": value.currency}


def _link(value: Any) -> dict[str, Any]:
    return {"id": value.id, "title": value.title}


def _file(value: Any) -> dict[str, Any]:
    return {"id": value.id, "name": value.name, "size": value.size, "content_type": value.media_type}


_WRITERS: dict[type[kind.Kind], Callable[[Any], Any]] = {
    kind.Amount: _amount,
    kind.Quantity: lambda value: f"{value:f}",
    kind.Percent: lambda value: f"{value:f}",
    kind.Pick: _choice,
    kind.Picks: lambda values: [_choice(each) for each in values],
    kind.StagePick: _stage,
    kind.Link: _link,
    kind.File: _file,
    kind.Links: lambda values: [_link(each) for each in values],
    kind.Moment: lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    kind.Date: lambda value: value.isoformat(),
}
