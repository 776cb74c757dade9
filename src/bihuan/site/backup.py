"""One file that holds a whole firm as it was at one moment, made while everybody goes on working.

It is a tar.gz:

    media/…            the uploaded files
    database.sqlite3   a snapshot by SQLite's online backup, or
    database.dump      one by pg_dump
    secret_key         what signs sessions and links
    manifest.json      the last: by whom it was made, the rows of every table, the size and SHA-256 of everything else

Files are read before the snapshot and, where they changed meanwhile, once more after it, in which case the later one
counts: what the snapshot speaks of is there, be it that work in progress has thrown it away since.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile, TemporaryDirectory
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from bihuan import __version__

FORMAT = 1
#: Files up to this many bytes are read in memory on their way into the archive.
SPOOLED = 2**20


def write(target: Path) -> dict[str, Any]:
    """Write the backup to `target`, which is there only when it is whole; returns its manifest."""
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
        draft = Path(stream.name)  # readable by nobody else, as it holds the secret key
        try:
            manifest = write_stream(stream)
            stream.flush()
            os.fsync(stream.fileno())
            draft.replace(target)
        except BaseException:
            draft.unlink()
            raise
    return manifest


def write_stream(stream: IO[bytes]) -> dict[str, Any]:
    """Write the backup to an open file or pipe; returns its manifest."""
    with (
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=stream, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        files: dict[str, dict[str, Any]] = {}
        seen = _add_media(tar, files, {})
        with _snapshot() as (name, content, rows):
            _add(tar, files, name, content)
        _add_media(tar, files, seen)
        _add(tar, files, "secret_key", io.BytesIO(settings.SECRET_KEY.encode()))
        manifest = {
            "format": FORMAT, "version": __version__, "made_at": timezone.now().isoformat(), "database": connection.vendor,
            "rows": rows, "files": files,
        }  # fmt: skip
        _add(tar, {}, "manifest.json", io.BytesIO(json.dumps(manifest, indent=1).encode()))
    return manifest


def _add(tar: tarfile.TarFile, files: dict[str, dict[str, Any]], name: str, content: IO[bytes]) -> None:
    """Add a file, however it grows or shrinks while it is read, and note its size and checksum."""
    digest = hashlib.sha256()
    with SpooledTemporaryFile(SPOOLED, dir=settings.DATA) as copy:
        while block := content.read(SPOOLED):
            digest.update(block)
            copy.write(block)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = copy.tell(), 0o600, int(timezone.now().timestamp())
        copy.seek(0)
        tar.addfile(entry, copy)
    files[name] = {"size": entry.size, "sha256": digest.hexdigest()}


def _add_media(
    tar: tarfile.TarFile, files: dict[str, dict[str, Any]], seen: dict[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Add the uploaded files that are new or changed since they were `seen`; returns how each was seen now."""
    root, now = Path(settings.MEDIA_ROOT), {}
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        name = f"media/{path.relative_to(root).as_posix()}"
        try:
            state = path.stat()
            now[name] = (state.st_size, state.st_mtime_ns)
            if seen.get(name) != now[name]:
                with path.open("rb") as content:
                    _add(tar, files, name, content)
        except FileNotFoundError:  # thrown away since it was listed
            continue
    return now


@contextmanager
def _snapshot() -> Iterator[tuple[str, IO[bytes], dict[str, int]]]:
    """The database at one moment: its name in the archive, its content, and how many rows each table has."""
    with TemporaryDirectory(dir=settings.DATA, prefix=".backup-") as directory:
        file = Path(directory) / "database"
        if connection.vendor == "sqlite":
            name, rows = "database.sqlite3", _copy_sqlite(file)
        else:
            name, rows = "database.dump", _dump_postgresql(file)
        with file.open("rb") as content:
            yield name, content, rows


def _copy_sqlite(file: Path) -> dict[str, int]:
    import sqlite3

    connection.ensure_connection()
    with closing(sqlite3.connect(file)) as copy:
        # All pages in one step: a reader's snapshot, which holds nobody up and cannot be made stale by writers.
        connection.connection.backup(copy, pages=-1)
        tables = [name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: copy.execute(count_of(name)).fetchone()[0] for name in sorted(tables)}


def _dump_postgresql(file: Path) -> dict[str, int]:
    """By pg_dump, which must be of the server's version or newer; the rows are counted in the very same snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        command = [
            "pg_dump",
            "--format=custom",
            "--compress=0",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
        ]
        subprocess.run([*command, f"--file={file}"], env=postgresql_environment(), check=True)
        tables = connection.introspection.table_names(cursor)
        rows = {}
        for name in sorted(tables):
            cursor.execute(count_of(name))
            rows[name] = cursor.fetchone()[0]
        return rows


def count_of(table: str) -> str:
    """The statement that counts the rows of a table, in either database."""
    return f'SELECT COUNT(*) FROM "{table}"'  # noqa: S608


def postgresql_environment() -> dict[str, str]:
    """Where PostgreSQL's own programs find the database; not as arguments, which everybody on the machine can read."""
    given = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    found = {variable: str(given[name]) for variable, name in names.items() if given[name]}
    found |= {f"PG{name.upper()}": str(value) for name, value in given["OPTIONS"].items() if name.startswith("ssl")}
    return os.environ | found
