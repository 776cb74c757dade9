"""Records as other programs read them: plain values that JSON can hold, of the fields that an actor may see.

amount          {"amount": "386000.00", "currency": "CNY"}
link            {"object": "account", "id": 12, "title": "…"}; several links: a list of them
choice, stage   {"id": 3, "key": "won", "label": "…"} in the language in force
state           its name in code
date, moment    "2026-03-17", "2026-03-17T06:30:00Z" (always UTC)
number          an exact decimal as text, a whole number as it is
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bihuan.core import kind
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.query import Linked, Money, Query, Row


def records(actor: Actor, desk: Desk, keys: Collection[int]) -> dict[int, dict[str, Any]]:
    """Those of the named records that the actor sees, archived ones too, by id. Two queries, and one per field of several links."""
    names = list(desk.fields(actor))
    wanted = {"ids": ",".join(map(str, keys)), "sort": "id"}
    found: dict[int, dict[str, Any]] = {}
    for archived in ("", "1"):
        query = Query.parse(desk, actor, wanted | {"archived": archived}, names)
        rows = query.page(len(keys)).rows if len(found) < len(keys) else []
        found |= {row.id: record(query, row) for row in rows}
    return found


def record(query: Query, row: Row) -> dict[str, Any]:
    """One row of a list, with its id, its version and the columns that were asked for."""
    values = zip(query.columns, row.values, strict=True)
    head = {"id": row.id, "version": row.version, "archived": query.archived}
    return head | {column.name: value(column, raw) for column, raw in values}


def value(field: Field, raw: Any) -> Any:
    """One value of a list as JSON holds it."""
    if isinstance(raw, Money):
        return {"amount": f"{raw.amount:f}", "currency": raw.currency}
    if isinstance(raw, Linked):
        return raw._asdict()
    if isinstance(raw, tuple):
        return [value(field, each) for each in raw]
    if isinstance(field.kind, kind.Pick) and raw is not None:
        option = field.kind.option(raw)
        return {"id": raw, "key": option.key, "label": option.label} if option else {"id": raw, "key": "", "label": ""}
    if isinstance(raw, datetime):
        return raw.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(raw, date):
        return raw.isoformat()
    return f"{raw:f}" if isinstance(raw, Decimal) else raw
