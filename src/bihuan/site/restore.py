"""A backup unpacked to an empty place. Whatever is damaged in it is found before anything of it counts."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from bihuan import __version__
from bihuan.site import backup

#: How every backup begins: the head of a gzip file without a name or time.
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


class Damaged(Exception):
    """The archive is not what was written, or is no backup at all; the argument says in what way."""


def read(stream: IO[bytes], data: Path) -> dict[str, Any]:
    """Unpack a backup of SQLite into the directory `data`, which is made; returns the manifest.

    Raises Damaged; then there is nothing at `data`.
    """
    with unpacked(stream, data.parent) as (directory, manifest):
        if manifest["database"] != "sqlite":
            raise Damaged("it holds a PostgreSQL database; set DATABASE_URL to an empty one")
        check_sqlite(directory / "database.sqlite3", manifest)
        (directory / "database.sqlite3").rename(directory / "db.sqlite3")
        directory.rename(data)
    return manifest


def read_postgresql(stream: IO[bytes], data: Path) -> dict[str, Any]:
    """Unpack a backup: the files into the directory `data`, the rows into the empty PostgreSQL of the settings, be it that
    they come from another or from SQLite.

    Raises Damaged before any row is written, CalledProcessError where pg_restore fails, which leaves nothing either.
    """
    with unpacked(stream, data.parent) as (directory, manifest):
        if manifest["database"] == "sqlite":
            _move_rows(directory / "database.sqlite3", manifest)
        else:
            _load_dump(directory / "database.dump", manifest)
        for part in directory.glob("database.*"):
            part.unlink()
        directory.rename(data)
    return manifest


def _load_dump(dump: Path, manifest: dict[str, Any]) -> None:
    from django.db import connection

    command = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname="]
    subprocess.run([*command, str(dump)], env=backup.postgresql_environment(), check=True)
    with connection.cursor() as cursor:
        compare(manifest, lambda statement: cursor.execute(statement) and cursor.fetchone()[0])


def _move_rows(file: Path, manifest: dict[str, Any]) -> None:
    from bihuan.site import move

    check_sqlite(file, manifest)
    try:
        moved = move.from_sqlite(file)
    except move.NotAlike as error:
        raise Damaged(
            "it is of another version: restore it to SQLite, start this version on that, and back it up"
        ) from error
    wrong = [table for table, rows in moved.items() if manifest["rows"][table] != rows]
    if wrong:
        raise Damaged(f"{wrong[0]} has another number of rows than it had")


@contextmanager
def unpacked(stream: IO[bytes], beside: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files of the archive in a new directory, every one compared with the manifest. What is left there is removed."""
    with TemporaryDirectory(dir=beside, prefix=".restore-", ignore_cleanup_errors=True) as place:
        directory = Path(place) / "data"
        (directory / "media").mkdir(parents=True)
        try:
            found = _extract(stream, directory)
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, OSError, ValueError) as error:
            raise Damaged(f"it cannot be read to its end ({error})") from error
        yield directory, _manifest(directory, found)


def _extract(stream: IO[bytes], directory: Path) -> dict[str, dict[str, Any]]:
    """Unpack everything; returns size and SHA-256 by name."""
    if (head := stream.read(len(HEAD))) != HEAD:
        raise ValueError("it does not begin like a backup")
    found = {}
    with (
        gzip.GzipFile(fileobj=_Rejoined(head, stream), mode="rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for entry in tar:
            tar.extract(entry, directory, filter="data")
            with (directory / entry.name).open("rb") as content:
                digest = hashlib.file_digest(content, "sha256")
            found[entry.name] = {"size": entry.size, "sha256": digest.hexdigest()}
        while packed.read(backup.SPOOLED):  # to the end, where gzip compares its own checksum
            pass
    return found


class _Rejoined:
    """A stream whose first bytes have been read already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self.head, self.rest = head, rest

    def read(self, size: int = -1) -> bytes:
        head, self.head = self.head[:size], self.head[size:]
        return head or self.rest.read(size)


def _manifest(directory: Path, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The manifest, if it speaks of exactly what was found."""
    if "manifest.json" not in found:
        raise Damaged("its end is missing")
    manifest = json.loads((directory / "manifest.json").read_bytes())
    del found["manifest.json"]
    if manifest["format"] != backup.FORMAT:
        raise Damaged(f"it was made by version {manifest['version']}, which this version ({__version__}) cannot read")
    wrong = sorted(name for name in found.keys() | manifest["files"] if found.get(name) != manifest["files"].get(name))
    if wrong:
        raise Damaged(f"{len(wrong)} files are not what they were, among them {wrong[0]}")
    (directory / "manifest.json").unlink()
    return manifest


def check_sqlite(file: Path, manifest: dict[str, Any]) -> None:
    """SQLite's own opinion of the database, and the count of its rows."""
    import sqlite3

    with closing(sqlite3.connect(file)) as database:
        wrong = [line for (line,) in database.execute("PRAGMA integrity_check") if line != "ok"]
        wrong += [f"{table} refers to what is not there" for table, *_ in database.execute("PRAGMA foreign_key_check")]
        if wrong:
            raise Damaged(f"its database is corrupt: {wrong[0]}")
        compare(manifest, lambda statement: database.execute(statement).fetchone()[0])


def compare(manifest: dict[str, Any], count: Any) -> None:
    """Compare the rows of every table with what the manifest says."""
    wrong = [name for name, rows in manifest["rows"].items() if count(backup.count_of(name)) != rows]
    if wrong:
        raise Damaged(f"{wrong[0]} has another number of rows than it had")
