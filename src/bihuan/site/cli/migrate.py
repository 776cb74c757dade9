"""Bring the database to the form that this version needs."""

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def handle(options: argparse.Namespace) -> None:
    if not apply_pending():
        print("The database is up to date.")


def apply_pending() -> int:
    """Apply what has not been applied, telling of each on stderr; return how many that were."""
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    from bihuan.core import indexing

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise SystemExit(f"The database cannot be opened: {error}") from error
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        print(f"· Database: {pending} migrations", file=sys.stderr)
        call_command("migrate", interactive=False, stdout=sys.stderr)
        indexing.fill()
    return pending
