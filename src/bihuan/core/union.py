"""Several queries asked as one, each with an order and an end of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, QuerySet
from django.db.models.expressions import RawSQL


def keys_of(parts: Sequence[QuerySet[Any]]) -> RawSQL:
    """The keys of the rows that any of the queries gives, for ``pk__in``: what the ORM cannot say for parts that are cut."""
    compiled = [part.values("pk").query.sql_with_params() for part in parts]
    # "pk" is what the ORM calls the key there; a name that the part lacks would be looked for in the query around it
    key = connection.ops.quote_name("pk")
    statements = [f"SELECT part_{n}.{key} FROM ({sql}) AS part_{n}" for n, (sql, _params) in enumerate(compiled)]  # noqa: S608
    params = [value for _sql, params in compiled for value in params]
    return RawSQL(" UNION ALL ".join(statements), params, output_field=BigIntegerField())  # noqa: S611
