"""Database indexes of custom fields: made of the very expression that lists filter and sort by."""

from __future__ import annotations

from django.db import connection

from bihuan.core import registry
from bihuan.core.custom import CustomField
from bihuan.core.stored import CustomColumn, CustomValue


def index(own: CustomField) -> None:
    """Create or drop the index that lists filter and sort by, and that of a unique field, against races."""
    table = connection.ops.quote_name(registry.desk(own.object).model._meta.db_table)
    name, value = f"custom_{own.object}_{own.pk}", expression(own)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {name}")
        cursor.execute(f"DROP INDEX IF EXISTS {name}_unique")
        if own.indexed:
            cursor.execute(f"CREATE INDEX {name} ON {table} ({value}, id) WHERE archived_at IS NULL")
        if own.unique:
            cursor.execute(f"CREATE UNIQUE INDEX {name}_unique ON {table} ({value})")


def expression(own: CustomField) -> str:
    """The value as the database reads it, letter for letter as in the statements of lists."""
    model = registry.desk(own.object).model
    column = next(each for each in model._meta.fields if isinstance(each, CustomColumn))
    rows = model._base_manager.values_list(f"{column.name}__{own.store}")
    compiler = rows.query.get_compiler(connection=connection)
    compiler.setup_query()
    value = next(each for each, _sql, _alias in compiler.select if isinstance(each, CustomValue))
    statement, _params = compiler.compile(value)
    table = connection.ops.quote_name(model._meta.db_table)
    return (
        f"({statement.replace(f'{table}.', '')})"
        if connection.vendor == "postgresql"
        else statement.replace(f"{table}.", "")
    )
