"""A firm's data carried over from SQLite to PostgreSQL: every row as it is, and the indexes that each database keeps in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from bihuan.core import custom_index, indexing, registry
from bihuan.core.custom import CustomField
from bihuan.core.search.models import SearchEntry
from bihuan.site import database

#: What the SQLite file is called among Django's databases while it is read.
SOURCE = "source"
BATCH = 2000


class NotAlike(Exception):
    """The SQLite database is not of this version."""


def from_sqlite(file: Path) -> dict[str, int]:
    """Fill the empty PostgreSQL database of the settings with what an SQLite file holds; returns the rows of each table.

    Raises NotAlike. The rows come in one transaction: all or none.
    """
    connections.databases[SOURCE] = connections.configure_settings(
        {"default": connection.settings_dict, SOURCE: database.sqlite(file)}
    )[SOURCE]
    try:
        call_command("migrate", interactive=False, verbosity=0)
        if _migrations(SOURCE) != _migrations("default"):
            raise NotAlike()
        with transaction.atomic():
            return _carry_over()
    finally:
        connections[SOURCE].close()
        del connections[SOURCE], connections.databases[SOURCE]


def _migrations(alias: str) -> set[tuple[str, str]]:
    return set(MigrationRecorder(connections[alias]).applied_migrations())


def _carry_over() -> dict[str, int]:
    carried = list(_models())
    with connection.cursor() as cursor:
        names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in carried)
        cursor.execute(f"TRUNCATE {names}")  # what migrations have put there
        rows = {model._meta.db_table: _copy(model) for model in carried}
        for statement in connection.ops.sequence_reset_sql(no_style(), carried):
            cursor.execute(statement)
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # what refers to nothing is found here; and no index is made before
    for desk in registry.desks():
        if desk.searched():
            indexing.rebuild(desk)
    for own in CustomField._base_manager.filter(Q(indexed=True) | Q(unique=True)):
        custom_index.index(own)
    return rows


def _models() -> Iterator[type[models.Model]]:
    """Whatever has a table of its own; but the search index is built anew."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model is not SearchEntry:
            yield model


def _copy(model: type[models.Model]) -> int:
    count = 0
    held: Iterator[Any] = model._base_manager.using(SOURCE).order_by("pk").iterator(chunk_size=BATCH)
    while rows := list(islice(held, BATCH)):
        model._base_manager.using("default").bulk_create(rows)
        count += len(rows)
    return count
