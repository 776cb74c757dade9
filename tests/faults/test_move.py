"""A firm that has outgrown SQLite: its backup is restored into PostgreSQL, with all that is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.faults.product import Product, empty_database

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="there is no PostgreSQL to move to")
#: What each database keeps in its own way.
OWN = ("sqlite_", "core_search_")


#: A firm, with an own field of accounts that has an index.
FIRM = """
from tests import cast
from bihuan.core.access import SYSTEM
from bihuan.core.custom import CustomField
from bihuan.core.run import do
from bihuan.core.verbs import create
cast.build()
do(create, by=SYSTEM, on=CustomField, object="account", name="Plant", key="plant", kind="text", indexed=True)
"""
#: Somebody goes on working.
GO_ON = """
from bihuan.core.access import SYSTEM
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.parties.account import Account
do(create, by=SYSTEM, on=Account, name="made after the move")
"""


def test_a_firm_moves_from_sqlite_to_postgresql(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old, archive = Product(tmp_path / "old"), tmp_path / "firm.tar.gz"
    for arguments in (("migrate",), ("shell", "-c", FIRM), ("backup", str(archive))):
        done = old.command(*arguments)
        assert done.returncode == 0, done.stderr
    with empty_database() as url:
        new = Product(tmp_path / "new", url)
        done = new.command("restore", str(archive))
        assert done.returncode == 0, done.stderr
        before = counts(old)
        assert before == counts(new)
        assert before["parties_account"] and before["core_auditentry"] and before["sales_opportunity"]
        entries = "SELECT object, record_id, title FROM core_search_entry ORDER BY 1, 2"
        assert new.rows(entries) == old.rows(entries)
        assert any("INDEX custom_account_" in told for told in new.schema())
        done = new.command("shell", "-c", GO_ON)
        assert done.returncode == 0, done.stderr
        found = new.command("query", "account", "--search", "made after", "--count", "--lang", "en")
        assert found.stdout.split()[-1] == "1", found.stdout + found.stderr


def counts(product: Product) -> dict[str, int]:
    return {
        table: len(rows) for table, rows in product.content().items() if not table.startswith(OWN)
    }  # fmt: skip
