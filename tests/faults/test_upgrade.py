"""A filled database of any earlier state comes to the present one with all that was in it, be it killed on the way."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.faults.conftest import LONG
from tests.faults.old_state import ROWS, later
from tests.faults.product import Product, empty_database

#: How often an upgrade is killed; the long form kills that of the oldest database many times.
KILLS, MANY_KILLS = 3, 50
#: What the product keeps for itself and makes anew.
DERIVED = ("core_search", "core_tally", "django_", "sqlite_", "django_session")
#: Figures that an upgrade works out anew, by table.
FIGURES = {"market_campaign": {"won_summed"}, "parties_contact": {"last_touch_at"}}
#: Where an upgrade may add what it did.
GROWING = ("core_auditentry",)


def extras() -> list[int]:
    """How many migrations were there after the first of each room: every number; in the short form one on each database.

    On one of them none, so that all are applied, on the other half of them.
    """
    loader = MigrationLoader(None)
    whole = list(dict.fromkeys(key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf)))
    count = len(later(whole))
    return list(range(count)) if LONG else [0 if connection.vendor == "postgresql" else count // 2]


@pytest.mark.parametrize("extra", extras())
def test_an_earlier_database_is_brought_up_to_date(extra: int, model: Product, tmp_path: Path) -> None:
    """Killed on the way again and again it loses nothing, and in the end is like one that was made at once."""
    with old(tmp_path, extra) as product:
        before, columns = product.content(), product.columns()
        kills = MANY_KILLS if LONG and not extra else KILLS
        print(f"{kill_upgrades(product, kills)} of {kills} upgrades killed")
        done = product.command("migrate")
        assert done.returncode == 0, done.stderr
        after, present = product.content(), product.columns()
        kept = same_columns(columns, present)
        compared = 0
        for table, names in kept.items():
            place = {name: n for n, name in enumerate(columns[table])}
            now = {name: n for n, name in enumerate(present[table])}
            was = sorted((tuple(row[place[name]] for name in names) for row in before[table]), key=repr)
            is_ = sorted((tuple(row[now[name]] for name in names) for row in after[table]), key=repr)
            assert was == ([row for row in is_ if row in was] if table in GROWING else is_), table
            compared += len(was)
        print(f"{compared} rows in {len(kept)} tables as they were")
        assert compared >= ROWS * 20
        assert product.schema() == model.schema()
        applied = "SELECT app, name FROM django_migrations ORDER BY 1, 2"
        assert product.rows(applied) == model.rows(applied)
        if connection.vendor == "sqlite":
            assert product.rows("PRAGMA integrity_check") == [("ok",)]
        assert "up to date" in product.command("migrate").stdout


def kill_upgrades(product: Product, times: int) -> int:
    """Begin the upgrade so many times and kill it soon; how often it was killed before it had ended."""
    chance, killed = random.Random(1), 0
    for _time in range(times):
        process = subprocess.Popen(
            [sys.executable, "-m", "bihuan", "migrate"], env=product.environment, cwd=product.directory,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(chance.uniform(0.2, 1.5))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.wait()
    return killed


@contextmanager
def old(directory: Path, extra: int) -> Iterator[Product]:
    """A product whose database is of an earlier state."""
    with empty_database() as url:
        product = Product(directory, url)
        assert product.command("--version").returncode == 0
        product.data.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.old_state", str(extra)], cwd=directory, capture_output=True, text=True,
            env=product.environment | {"DJANGO_SETTINGS_MODULE": "bihuan.site.settings", "BIHUAN_SECRET_KEY": "x" * 50},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        yield product


def same_columns(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """The columns that were there and still are, by table."""
    return {
        table: [name for name in names if name in after[table] and name not in FIGURES.get(table, ())]
        for table, names in before.items()
        if table in after and not table.startswith(DERIVED)
    }
