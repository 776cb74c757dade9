"""Several servers and workers on one database: each sees what another changed, and what is to be done is done once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.client import Client
from tests.faults.product import Product, copy_of, empty_database
from tests.faults.writers import LARGE, rest

IMPORTS = 3


@pytest.fixture(scope="module")
def pair(model: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Product, Product]]:
    """Two servers on the data of one firm, started at the same time; the first has two web processes and the worker."""
    with copy_of(model, tmp_path_factory.mktemp("pair")) as one:
        other = Product(one.directory, one.database_url, sessions=one.sessions)
        try:
            one.start("--processes", "2")
            other.start("--no-worker")
            yield one, other
        finally:
            other.stop()


def test_every_process_sees_a_changed_configuration(pair: tuple[Product, Product]) -> None:
    here, there = pair
    assert (len(here.web()) >= 2, len(here.worker()), len(there.worker())) == (True, 1, 0)
    key, version = here.rows("SELECT id, version FROM people_unit WHERE parent_id IS NULL AND archived_at IS NULL")[0]
    for name, (changes, sees) in {"甲公司": (here, there), "乙公司": (there, here)}.items():
        readers = [Client(sees) for _connection in range(6)]  # one connection stays with one process
        for reader in readers:
            assert name not in reader.get("/account").text  # whatever it remembers, it remembers now
        saved = Client(changes).post(f"/unit/{key}/field/name", {"name": name, "version": version}, part=True)
        assert saved.status == 200, saved.text[-500:]
        version += 1
        for reader in readers:
            assert name in reader.get("/account").text
            reader.close()


def test_what_is_to_be_done_is_done_once(pair: tuple[Product, Product]) -> None:
    here, there = pair
    with another_worker(here):
        for n in range(IMPORTS):
            client = Client((here, there)[n % 2])
            content = "name\n" + "".join(f"v{n}x{row}\n" for row in range(LARGE))
            columns = client.post("/account/import", {}, {"file": [("a.csv", content.encode())]}).headers["Location"]
            check = client.post(columns, {"c0": "name", "mode": "create"}).headers["Location"]
            assert client.post(check, {}).status == 303
            client.close()
        assert rest(here) == []
    names = Counter(name for (name,) in here.rows("SELECT name FROM parties_account") if re.match(r"v\d+x", name))
    assert len(names) == IMPORTS * LARGE
    assert [name for name, times in names.items() if times > 1] == []
    happened = here.rows(
        "SELECT COUNT(*), COUNT(DISTINCT record_id) FROM core_happening WHERE object = 'account' AND name = 'Created'"
    )
    assert happened[0][0] == happened[0][1]


@contextmanager
def another_worker(product: Product) -> Iterator[None]:
    """A worker of its own, as it would run on another machine."""
    with product.log.open("ab") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "bihuan", "work"], env=product.environment, cwd=product.directory, stdout=output, stderr=output
        )  # fmt: skip
    try:
        yield
        assert worker.poll() is None, product.told()
    finally:
        worker.terminate()
        worker.wait(30)


def test_of_several_that_start_on_an_empty_database_one_makes_it_ready(tmp_path: Path) -> None:
    with empty_database() as url:
        products = [Product(tmp_path, url) for _ in range(2)]
        command = [sys.executable, "-m", "bihuan", "query", "account", "--count"]
        starting = [
            subprocess.Popen(command, env=each.environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for each in products
        ]  # fmt: skip
        told = [each.communicate(timeout=120) for each in starting]
        assert [each.returncode for each in starting] == [0, 0], told
        assert sum("migrations" in errors for _output, errors in told) == 1
