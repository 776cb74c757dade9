"""A PostgreSQL of the benchmark's own, with Debian's or the packager's programs and default settings, durable as in life."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Where Debian puts programs that are not on everybody's PATH.
DEBIAN = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The directory of initdb and pg_ctl; None where no server is installed."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    versions = sorted(DEBIAN.glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def running(place: Path) -> Iterator[str]:
    """A server whose cluster is in `place`, made if it is missing; gives its URL but for the database's name."""
    home = programs()
    if home is None:
        raise SystemExit("There is no PostgreSQL server here: install one, or choose --database sqlite.")
    if not (place / "PG_VERSION").exists():
        place.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(place, "postgres")
        call(home / "initdb", "-D", place, "-U", "bihuan", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    call(home / "pg_ctl", "-D", place, "-l", place / "log", "-w", "-o", f"-k {place} -h ''", "start")
    try:
        yield f"postgresql://bihuan@/{{name}}?host={place}"
    finally:
        call(home / "pg_ctl", "-D", place, "-m", "fast", "-w", "stop")


def call(*words: str | Path) -> None:
    """Run one of its programs, which refuse to work for root."""
    command = [*(["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []), *map(str, words)]
    # not with pipes: the server that pg_ctl leaves behind would keep them open
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit(f"“{' '.join(command)}” failed.")


def create_database(place: Path, name: str) -> None:
    """Make a database unless it is there."""
    import psycopg

    with psycopg.connect(f"postgresql://bihuan@/postgres?host={place}", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
