import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from bihuan.core.job import BREATH
from bihuan.site.database import sqlite


@pytest.fixture
def handler(tmp_path: Path, django_db_blocker: Any) -> Iterator[ConnectionHandler]:
    """A database of its own, with a connection for each thread that asks."""
    handler = ConnectionHandler({"default": sqlite(tmp_path / "db.sqlite3")})
    with django_db_blocker.unblock():
        handler["default"].cursor().execute("CREATE TABLE written (who TEXT)")
        yield handler
        handler["default"].close()


@contextmanager
def transaction(connection: Any) -> Iterator[None]:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    try:
        yield
        connection.commit()
    finally:
        connection.set_autocommit(True)


@pytest.fixture
def turns(handler: ConnectionHandler) -> Iterator[list[None]]:
    """One entry for each turn of somebody who has the lock nearly all the time."""
    taken: list[None] = []
    stopping = threading.Event()

    def work() -> None:
        while not stopping.is_set():
            with transaction(handler["default"]):
                taken.append(None)
                time.sleep(0.3)
            time.sleep(BREATH)
        handler["default"].close()

    thread = threading.Thread(target=work)
    thread.start()
    yield taken
    stopping.set()
    thread.join()


def test_who_writes_beside_long_work_has_their_turn_soon(handler: ConnectionHandler, turns: list[None]) -> None:
    waited = []
    for _ in range(6):
        before = len(turns)
        with transaction(handler["default"]):
            handler["default"].cursor().execute("INSERT INTO written VALUES ('me')")
        waited.append(len(turns) - before)
        time.sleep(0.05)
    assert sum(waited) <= 18, f"{waited} turns of the other before each of mine"


def test_who_waits_too_long_is_told_that_it_is_locked(handler: ConnectionHandler) -> None:
    mine, other = handler["default"], handler.create_connection("default")
    mine.settings_dict["OPTIONS"]["timeout"] = 0.05
    with transaction(other), pytest.raises(OperationalError, match="locked"):
        mine.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with transaction(mine):
        mine.cursor().execute("INSERT INTO written VALUES ('me')")
    other.close()
