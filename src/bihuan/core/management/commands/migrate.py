"""Django's `migrate`, which makes the tables of an empty database at once, as the models say, and not step by step.

A hundred steps through the product's history take twenty times as long, and whoever starts it first waits for them. That both
ways lead to the same tables is held by tests/faults/test_upgrade.py.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from bihuan.core.search import schema


class Command(migrate.Command):
    """As Django's own where there is anything in the database already, or one room alone is named."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        tells_only = options["plan"] or options["check_unapplied"]
        if options["app_label"] or tells_only or connection.introspection.table_names():
            super().handle(*args, **options)
        else:
            make_at_once(connection)


def make_at_once(connection: BaseDatabaseWrapper) -> None:
    """Every table, and the note that every migration has been applied, in one transaction."""
    recorder, loader = MigrationRecorder(connection), MigrationLoader(None)
    with connection.schema_editor() as editor:
        for model in (recorder.Migration, *apps.get_models()):
            editor.create_model(model)
        schema.create(apps, editor)
        for app, name in sorted(loader.disk_migrations):
            recorder.record_applied(app, name)
