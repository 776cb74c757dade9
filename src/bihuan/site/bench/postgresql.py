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
def running(place: Path) -> Iterator[None]:
    """A server whose cluster is in `place`, made if it is missing."""
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
        yield
    finally:
        call(home / "pg_ctl", "-D", place, "-m", "fast", "-w", "stop")


def call(*words: str | Path) -> None:
    """Run one of its programs, which refuse to work for root."""
    command = [*(["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []), *map(str, words)]
    # not with pipes: the server that pg_ctl leaves behind would keep them open
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SystemExit(f"“{' '.join(command)}” failed.")


def address(place: Path, name: str) -> str:
    """The URL of a database there."""
    return f"postgresql://bihuan@/{name}?host={place}"


def create(place: Path, name: str, like: str = "template1") -> None:
    """Make a database, in place of one of that name."""
    drop(place, name)
    administer(place, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')


def drop(place: Path, name: str) -> None:
    administer(place, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def administer(place: Path, statement: str) -> None:
    import psycopg

    with psycopg.connect(address(place, "postgres"), autocommit=True) as connection:
        connection.execute(statement)
