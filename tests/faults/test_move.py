"""A firm that has outgrown SQLite: its backup is restored into PostgreSQL, with all that is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.client import Client
from tests.faults.product import Product, empty_database

pytestmark = pytest.mark.skipif(
    os.environ.get("PYTEST_XDIST_WORKER") != "postgresql", reason="there is no PostgreSQL to move to"
)
#: What each database keeps in its own way.
OWN = ("sqlite_", "core_search_")


def test_a_firm_moves_from_sqlite_to_postgresql(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = Product(tmp_path / "old")
    old.build()
    indexed = "from bihuan.core.run import do; from bihuan.core.access import SYSTEM; " + INDEXED
    assert (done := old.command("shell", "-c", indexed)).returncode == 0, done.stderr
    archive = tmp_path / "firm.tar.gz"
    assert old.command("backup", str(archive)).returncode == 0
    with empty_database() as url:
        new = Product(tmp_path / "new", url, sessions=old.sessions)
        done = new.command("restore", str(archive))
        assert done.returncode == 0, done.stderr
        before, after = counts(old), counts(new)
        assert before == after
        assert before["parties_account"] and before["core_auditentry"] and before["sales_opportunity"]
        assert new.rows("SELECT COUNT(*) FROM core_search_entry") == old.rows("SELECT COUNT(*) FROM core_search_entry")
        assert any(name.startswith("custom_account_") for name in new.indexes())
        try:
            new.start()
            reader = Client(new, "lin")  # whoever had signed in still has
            assert "恒砺" in reader.get("/account?q=恒砺").text
            assert reader.post("/account/new", {"name": "made after the move"}).status == 303
        finally:
            new.stop()


#: An own field of accounts with an index.
INDEXED = """
from bihuan.core.verbs import create; from bihuan.core.custom import CustomField
do(create, by=SYSTEM, on=CustomField, object='account', name='Plant', key='plant', kind='text', indexed=True)
"""


def counts(product: Product) -> dict[str, int]:
    return {
        table: len(rows) for table, rows in product.content().items() if not table.startswith(OWN)
    }  # fmt: skip
