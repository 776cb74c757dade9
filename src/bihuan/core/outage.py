"""Faults of the machine, not of a call: no room, no right to write, no database. They pass, and what failed can be done again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from enum import Enum


class Outage(Enum):
    """What is missing."""

    ROOM = "room"
    READING = "reading"  # the database can be read and takes no changes: a copy, or closed by whoever runs it
    WRITING = "writing"
    DATABASE = "database"


_BY_ERRNO = {
    errno.ENOSPC: Outage.ROOM, errno.EDQUOT: Outage.ROOM, errno.EFBIG: Outage.ROOM, errno.EROFS: Outage.WRITING,
    errno.EACCES: Outage.WRITING, errno.EPERM: Outage.WRITING, errno.EIO: Outage.WRITING,
}  # fmt: skip
#: Beginnings of SQLite's names of errors.
_BY_SQLITE = {
    "SQLITE_FULL": Outage.ROOM, "SQLITE_READONLY": Outage.WRITING, "SQLITE_IOERR": Outage.WRITING, "SQLITE_CANTOPEN": Outage.DATABASE,
    "SQLITE_BUSY": Outage.DATABASE,
}  # fmt: skip
#: Beginnings of PostgreSQL's codes of errors; 53: no resources, 08: no connection, 57P: shut down.
_BY_POSTGRESQL = {
    "53100": Outage.ROOM, "25006": Outage.READING, "58030": Outage.WRITING, "53": Outage.DATABASE, "08": Outage.DATABASE,
    "57P": Outage.DATABASE,
}  # fmt: skip


def outage_of(error: BaseException | None) -> Outage | None:
    """What was missing when this was raised, or what it was raised from; None for any other fault."""
    return next((found for each in _chain(error) if (found := _outage(each)) is not None), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _outage(error: BaseException) -> Outage | None:
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0)
    name, code = getattr(error, "sqlite_errorname", None) or "", getattr(error, "sqlstate", None) or ""
    for beginning, outage in (*_BY_SQLITE.items(), *_BY_POSTGRESQL.items()):
        if name.startswith(beginning) or code.startswith(beginning):
            return outage
    # A connection that fails or breaks has no code: nobody was there to give one.
    gone = type(error).__module__.startswith("psycopg") and type(error).__name__ == "OperationalError" and not code
    return Outage.DATABASE if gone else None
