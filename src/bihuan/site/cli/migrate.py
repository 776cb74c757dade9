"""Bring the database to the form that this version needs."""

import argparse
import sys
from contextlib import AbstractContextManager


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def handle(options: argparse.Namespace) -> None:
    with readied_by_one():
        if not apply_pending():
            print("The database is up to date.")


def readied_by_one() -> AbstractContextManager[None]:
    """A context in which no other process makes this database ready, be it with migrations or what a firm starts with."""
    from django.conf import settings

    from bihuan.site import database

    return database.readied_by_one(settings.DATA)


def apply_pending() -> int:
    """Apply what has not been applied, telling of it on stderr; return how many that were. To be called `readied_by_one`.

    Raises SystemExit where the database cannot be opened, or is a copy that only its source can change.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    from bihuan.core import indexing

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise SystemExit(f"The database cannot be opened: {error}") from error
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending and settings.READ_ONLY:
        raise SystemExit(
            f"The database is a copy for reading and lacks {pending} migrations: start this version on the database it is copied from."
        )
    if pending:
        print(f"· Database: {pending} migrations", file=sys.stderr)
        call_command("migrate", interactive=False, stdout=sys.stderr)
        indexing.fill()
    return pending
