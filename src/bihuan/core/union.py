"""Several queries asked as one, each with an order and an end of its own: what the ORM cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, QuerySet
from django.db.models.expressions import RawSQL


def keys_of(parts: Sequence[QuerySet[Any]]) -> RawSQL | tuple[()]:
    """The keys of the rows that any of the queries gives, for ``pk__in``."""
    # "pk" is what the ORM calls the key there; a name that the part lacks would be looked for in the query around it
    key = connection.ops.quote_name("pk")
    statements, params = [], []
    for n, (sql, values) in enumerate(_compiled(parts)):
        statements.append(f"SELECT part_{n}.{key} FROM ({sql}) AS part_{n}")  # noqa: S608
        params += values
    return RawSQL(" UNION ALL ".join(statements), params, output_field=BigIntegerField()) if statements else ()  # noqa: S611


def any_rows(parts: Sequence[QuerySet[Any]]) -> bool:
    """Whether any of the queries gives a row."""
    compiled = list(_compiled(parts))
    if not compiled:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + " OR ".join(f"EXISTS ({sql})" for sql, _values in compiled),
            [value for _sql, values in compiled for value in values],
        )
        return bool(cursor.fetchone()[0])


def _compiled(parts: Sequence[QuerySet[Any]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The statement and the values of each query that can have rows."""
    for part in parts:
        try:
            yield part.values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
