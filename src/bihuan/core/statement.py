"""Statements written once: a query about one record differs from the same about another only in the record's key.

The ORM takes ten times as long to write such a query as the database to answer it, and the page of a record asks
fifteen. So its statement is kept with the actor whose rights shape it, and asked again with other keys.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

if TYPE_CHECKING:
    from bihuan.core.access import Actor

#: What stands for the first key while a statement is written, and from there on for the others; no record has such a key.
STAND_IN = 2**62
#: So many statements are kept for each actor; whoever asks more begins anew.
MOST = 400


class Statement(NamedTuple):
    """What the ORM wrote, with stand-ins among its values, and how what the database gives becomes Python's."""

    sql: str
    values: tuple[Any, ...]
    converters: Any
    compiler: Any


def rows(
    actor: Actor, shape: Hashable, keys: Sequence[int], write: Callable[[Sequence[int]], QuerySet[Any]]
) -> list[tuple[Any, ...]]:
    """The rows of the query that `write` makes for these keys; it selects by ``values_list``.

    `shape` is everything that the query depends on beside the keys, the actor's rights and the day.
    """
    kept, place = actor.statements, (shape, len(keys))
    if place not in kept:
        if len(kept) >= MOST:
            kept.clear()
        kept[place] = _written(write(range(STAND_IN, STAND_IN + len(keys))))
    return _asked(kept[place], keys)


def _written(query: QuerySet[Any]) -> Statement | None:
    """The statement of a query; None for one that can have no rows."""
    compiler = query.query.get_compiler(connection=connection)
    try:
        sql, values = compiler.as_sql()
    except EmptyResultSet:
        return None
    converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
    return Statement(sys.intern(sql), tuple(values), converters, compiler)


def _asked(statement: Statement | None, keys: Sequence[int]) -> list[tuple[Any, ...]]:
    if statement is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, [_value(each, keys) for each in statement.values])
        found = cursor.fetchall()
    if not statement.converters:
        return found
    return list(map(tuple, statement.compiler.apply_converters(found, statement.converters)))


def _value(value: Any, keys: Sequence[int]) -> Any:
    """A value of the statement; where it is a stand-in the key, as the same type of whole number."""
    place = value - STAND_IN if isinstance(value, int) else -1
    return type(value)(keys[place]) if 0 <= place < len(keys) else value
