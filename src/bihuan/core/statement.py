"""Statements written once: a query about one record differs from the same about another only in the record's key.

The ORM takes ten times as long to write such a query as the database to answer it, and the page of a record asks
fifteen. So its statement is kept with the actor whose rights shape it, and asked again with other keys
(docs/decisions/0012-statements-written-once.md).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from bihuan.core.access import Actor

T = TypeVar("T")
#: What stands for the first key while a statement is written, and from there on for the others; no record has such a key.
STAND_IN = 2**62
#: A statement for more keys is written for the once.
MOST_KEYS = 512
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
    if len(keys) > MOST_KEYS:
        return list(write(keys))
    written = _once(actor, (shape, len(keys)), lambda: _written(write(range(STAND_IN, STAND_IN + len(keys)))))
    return _asked(written, keys)


def filled(keys: Iterable[int]) -> list[int]:
    """The keys that a record can have, to the next power of two filled with the last: so few different statements are written."""
    given = [key for key in keys if abs(key) < STAND_IN]
    return given + given[-1:] * (2 ** (len(given) - 1).bit_length() - len(given)) if given else given


def condition(actor: Actor, shape: Hashable, write: Callable[[], QuerySet[Any]]) -> RawSQL | Q:
    """The condition of the query that `write` makes, for other queries on the same table; not for one within another."""
    return _once(actor, shape, lambda: _condition(write()))


def _once(actor: Actor, shape: Hashable, make: Callable[[], T]) -> T:
    kept = actor.kept
    if shape not in kept:
        if len(kept) >= MOST:
            kept.clear()
        kept[shape] = make()
    return kept[shape]


def _written(query: QuerySet[Any]) -> Statement | None:
    """The statement of a query; None for one that can have no rows."""
    compiler = query.query.get_compiler(connection=connection)
    try:
        sql, values = compiler.as_sql()
    except EmptyResultSet:
        return None
    converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
    return Statement(sys.intern(sql), tuple(values), converters, compiler)


def _condition(query: QuerySet[Any]) -> RawSQL | Q:
    compiler = query.query.get_compiler(connection=connection)
    try:
        compiler.pre_sql_setup()
        sql, values = compiler.compile(compiler.where)
    except FullResultSet:
        return Q()
    except EmptyResultSet:
        return Q(pk__in=())
    return RawSQL(sys.intern(sql), values, output_field=BooleanField())  # noqa: S611  (the ORM's own)


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
