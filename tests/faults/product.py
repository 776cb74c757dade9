"""The product in processes of its own, on a data directory of its own, to be mishandled.

The firm of `tests.cast` lives there, and everybody of it has signed in.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from django.db import connection

from bihuan.site.bench.server import children, command_line

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 60  # seconds
#: Makes the firm and signs two of it in; tells their sessions by login.
BUILD = """
import json
from django.test import Client
from tests import cast
from bihuan.core.access import SYSTEM
from bihuan.core.duplicates.models import DuplicateRule
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.people.commands import set_password
cast.build()
for slug in ("account", "contact"):
    do(create, by=SYSTEM, on=DuplicateRule, object=slug, rule="off")  # names here differ by a digit, on purpose
told = {}
for login in ("zhou", "lin"):
    do(set_password, cast.record("user", username=login), by=SYSTEM, password="closed-loop-2026")
    client = Client(headers={"host": "localhost"})
    client.post("/sign-in", {"username": login, "password": "closed-loop-2026"})
    told[login] = client.cookies["sessionid"].value
print(json.dumps(told))
"""


@dataclass
class Product:
    """`sessions` are the cookies of those who have signed in, by login; `url` is where it answers while it runs."""

    directory: Path
    database_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def environment(self) -> dict[str, str]:
        """As a user starts it: without what the test run has put into the environment."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("BIHUAN_", "DJANGO_"))}
        kept.pop("DATABASE_URL", None)
        url = {"DATABASE_URL": self.database_url} if self.database_url else {}
        return kept | {"BIHUAN_DATA": str(self.data), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | url | self.extra

    def command(
        self, *arguments: str, data: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the product to its end, whatever that is."""
        place = ["--data", str(data)] if data else []
        return subprocess.run(
            [sys.executable, "-m", "bihuan", *place, *arguments], env=self.environment | environment, cwd=self.directory,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def build(self) -> None:
        for arguments in (("migrate",), ("shell", "-c", BUILD)):
            done = self.command(*arguments)
            assert done.returncode == 0, done.stderr
        self.sessions = json.loads(done.stdout.splitlines()[-1])

    # ------------------------------------------------------------------ life and death

    def start(self, *arguments: str) -> float:
        """Start it, with these of `up`'s arguments, and wait until it answers; returns the seconds that took."""
        began = time.monotonic()
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bihuan", "up", "--port", str(self.port), *arguments],
                env=self.environment, cwd=self.directory, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        while time.monotonic() - began < START_TIMEOUT:
            assert self.process.poll() is None, f"The product did not start:\n{self.told()}"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return time.monotonic() - began
        raise AssertionError(f"The product does not answer:\n{self.told()}")

    def told(self) -> str:
        """The end of what it has written to its log."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def web(self) -> list[int]:
        """Its web processes, which answer requests."""
        return [pid for pid in self.below() if pid not in self.worker()]

    def worker(self) -> list[int]:
        """Its background worker."""
        return [pid for pid in self.below() if command_line(pid).split("\0")[3:4] == ["work"]]

    def below(self) -> list[int]:
        return children(self.process.pid) if self.process and self.process.poll() is None else []

    def kill(self, *which: str) -> None:
        """`kill -9`: "all" of it, its "web" processes, its "worker", or its "parent" alone."""
        assert self.process is not None
        victims = {"web": self.web, "worker": self.worker, "parent": lambda: [self.process.pid]}  # type: ignore[union-attr]
        victims["all"] = lambda: [self.process.pid, *self.below()]  # type: ignore[union-attr]
        for pid in [pid for name in which for pid in victims[name]()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # a child that went with its parent
                continue

    def has_ended(self, seconds: float = 15) -> bool:
        """Whether it ends by itself within that time."""
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def is_taken(self) -> bool:
        """Whether something listens at its port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            if not self.has_ended(30):
                self.kill("all")
                self.process.wait()

    # ------------------------------------------------------------------ what is stored

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The answer of the database itself to a statement, past the product."""
        if self.database_url:
            with psycopg.connect(self.database_url) as database:
                return database.execute(statement).fetchall()
        with closing(sqlite3.connect(self.data / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(statement).fetchall()

    def columns(self) -> dict[str, list[str]]:
        """The columns of every table in the order in which `content` has them."""
        if self.database_url:
            found: dict[str, list[str]] = {}
            statement = (
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
            )
            for table, name in self.rows(statement):
                found.setdefault(table, []).append(name)
            return found
        tables = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name: [row[1] for row in self.rows(f'PRAGMA table_info("{name}")')] for (name,) in tables}

    def schema(self) -> set[str]:
        """Every column, constraint and index in the database's own words; in no order, for a column may be older than another."""
        if self.database_url:
            statement = (
                "SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,"
                " column_default, is_identity) FROM information_schema.columns WHERE table_schema = 'public' UNION "
                "SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) FROM pg_constraint c"
                " JOIN pg_namespace n ON n.oid = connamespace WHERE nspname = 'public' UNION "
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
            )
            return {told for (told,) in self.rows(statement)}
        told = self.rows("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {f"{table}: {part}" for table, sql in told for part in re.split(r", (?=\"|CONSTRAINT)", sql.removesuffix(")"))}

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        if self.database_url:
            tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        else:
            tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return {name: sorted(self.rows(f'SELECT * FROM "{name}"'), key=repr) for (name,) in self.rows(tables)}  # noqa: S608


@contextmanager
def built(directory: Path) -> Iterator[Product]:
    """A product with the firm in it, never started: on the database that the tests run on."""
    with empty_database() as url:
        made = Product(directory, url)
        made.build()
        yield made


@contextmanager
def copy_of(model: Product, directory: Path, **extra: str) -> Iterator[Product]:
    """Another with the same in it, stopped at the end."""
    shutil.copytree(model.data, directory / "data")
    with empty_database(like=model.database_url) as url:
        made = Product(directory, url, extra, model.sessions)
        try:
            yield made
        finally:
            made.stop()


@contextmanager
def empty_database(like: str = "") -> Iterator[str]:
    """The address of a PostgreSQL database where the tests run on one, empty or like another; else ""."""
    if connection.vendor != "postgresql":
        yield ""
        return
    url, name = urlsplit(os.environ["TEST_POSTGRESQL_URL"]), f"faults_{uuid4().hex}"
    model = urlsplit(like).path.lstrip("/") or "template1"
    with psycopg.connect(urlunsplit(url._replace(path="/postgres")), autocommit=True) as cluster:
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE {model}")
        yield urlunsplit(url._replace(path=f"/{name}"))
        cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")
