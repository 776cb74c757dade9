"""SQLite as Django opens it, but for how a transaction waits for the only write lock. Django asks for this name of file."""

from __future__ import annotations

import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

#: Seconds between two looks for the lock.
LOOK = 0.004


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions look for the lock all the time that they wait for it.

    SQLite itself looks less and less often, in the end ten times a second: beside somebody who gives the lock back and takes it
    again at once, as long work does, it would come too late time after time.
    """

    def _start_transaction_under_autocommit(self) -> None:
        patience = self.settings_dict["OPTIONS"]["timeout"]
        until = time.monotonic() + patience
        self.connection.execute("PRAGMA busy_timeout=0")
        try:
            while not self._begins(is_last=time.monotonic() > until):
                time.sleep(LOOK)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout={patience * 1000:.0f}")

    def _begins(self, *, is_last: bool) -> bool:
        """Whether the transaction has begun; where the lock is taken at the last look, the error says so."""
        try:
            super()._start_transaction_under_autocommit()
        except OperationalError as error:
            # also while another connection recovers what a killed process has left: SQLITE_BUSY_RECOVERY
            if is_last or not getattr(error.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise
            return False
        return True
