"""Which database is used, how it is opened, and who may make it ready."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# The first release without the race that can corrupt a WAL database with two writers.
SAFE_SQLITE = (3, 51, 3)
#: PostgreSQL's name for the lock of whoever makes a database ready; any number that nothing else of ours uses.
READYING = 0x62696875616E
#: What PostgreSQL calls the connection of whoever does, and for how many seconds the next waits for one that was killed.
READYING_NAME, PATIENCE = "bihuan: making ready", 60


def configuration(url: str | None, data: Path) -> dict[str, Any]:
    """Django's settings for the database: the PostgreSQL at `url`, or else the SQLite file in the data directory."""
    return postgresql(url) if url else sqlite(data / "db.sqlite3")


def sqlite(file: Path) -> dict[str, Any]:
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        raise ImproperlyConfigured(
            f"This Python uses SQLite {sqlite3.sqlite_version}, which can corrupt a database with two writers. "
            "Install pysqlite3 (it brings SQLite 3.53), or set DATABASE_URL to a PostgreSQL."
        )
    return {
        "ENGINE": "bihuan.site.sqlite",
        "NAME": file,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A transaction takes the write lock when it begins and waits for it up to 20 s. The default takes it at
            # the first write, when waiting is no longer possible: half of concurrent writes then fail as "locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: what has been acknowledged survives a power cut. NORMAL is faster and may lose the last commits.
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=268435456;"
            "PRAGMA cache_size=-65536;PRAGMA temp_store=MEMORY;PRAGMA journal_size_limit=67108864;",
        },
    }


def postgresql(url: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?sslmode=require`; whatever stands after "?" goes to libpq."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:port/name.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": parts.port or options.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


@contextmanager
def readied_by_one(data: Path) -> Iterator[None]:
    """Of several processes that start at once on one database, one makes it ready; the others wait here and find it done.

    The lock goes with its holder, however that ends.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        directory = os.open(data, os.O_RDONLY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield
        finally:
            os.close(directory)
        return
    # On a connection of its own, in a transaction: a pool that hands out connections per transaction keeps it together.
    waiting = connection.copy()
    try:
        with waiting.cursor() as cursor:
            waiting.set_autocommit(False)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [READYING])
            _wait_for_the_killed(cursor)
            with connection.cursor() as readying:
                readying.execute("SELECT set_config('application_name', %s, false)", [READYING_NAME])
            yield
            with connection.cursor() as readying:
                readying.execute("RESET application_name")
    finally:
        waiting.close()


def _wait_for_the_killed(cursor: Any) -> None:
    """Whoever was killed while they made the database ready has let go of the lock, but the server may still be at their last statement."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the answer would stay the same
        cursor.execute(others, [READYING_NAME])
        if not cursor.fetchone()[0]:
            return
        time.sleep(0.05)
