"""Bring a backup back to an empty place: a new data directory, and with DATABASE_URL an empty PostgreSQL database.

A backup of SQLite may come back as PostgreSQL: that is how a firm moves.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

#: The data directory is made of the backup, not beforehand.
MAKES_DATA = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the backup; - is the standard input")


def handle(options: argparse.Namespace) -> None:
    from bihuan.site import data_directory, restore

    data = data_directory.path()
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise SystemExit(f"{data} holds something already; name an empty or new directory with --data.")
    read = read_postgresql if os.environ.get("DATABASE_URL") else restore.read
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with sys.stdin.buffer if options.file == "-" else Path(options.file).open("rb") as stream:
            manifest = read(stream, data)
    except restore.Damaged as damage:
        raise SystemExit(f"This backup is not restored: {damage}.") from damage
    except OSError as error:
        raise SystemExit(f"Nothing is restored: {error.strerror} ({error.filename or options.file}).") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit("Nothing is restored: pg_restore failed.") from error
    print(f"{data}: {sum(manifest['rows'].values()):,} rows as of {manifest['made_at']}; `bihuan up` starts it.")


def read_postgresql(stream: IO[bytes], data: Path) -> dict[str, Any]:
    """Into the database of DATABASE_URL, if it is empty."""
    import django
    from django.db import connection

    from bihuan.site import restore

    django.setup()
    if connection.introspection.table_names():
        raise SystemExit("The database at DATABASE_URL holds tables already; name an empty one.")
    return restore.read_postgresql(stream, data)
