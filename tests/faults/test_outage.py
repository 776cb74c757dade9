"""No room, no right to write, no database: a clear page, nothing lost, and it goes on by itself afterwards."""

from __future__ import annotations

import os
import resource
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection
from django.utils import translation

from bihuan.core.outage import Outage
from bihuan.web.outage import SENTENCES
from tests.faults.client import Answer, Client
from tests.faults.product import Product, copy_of
from tests.faults.writers import Told, rest, wrong

ON_POSTGRESQL = connection.vendor == "postgresql"
CAN_MOUNT = os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


@contextmanager
def no_more_writing(product: Product) -> Iterator[set[Outage]]:
    """Every write of its processes to a file fails, as with a quota that is used up."""
    for pid in (*product.web(), *product.worker()):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    yield {Outage.ROOM, Outage.WRITING}
    for pid in (*product.web(), *product.worker()):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def full_disk(product: Product) -> Iterator[set[Outage]]:
    filler = product.directory / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (2**20, 2**12, 1):
            with suppress(OSError):
                while True:
                    stream.write(b"x" * size)
    yield {Outage.ROOM, Outage.WRITING}
    filler.unlink()


@contextmanager
def read_only_disk(product: Product) -> Iterator[set[Outage]]:
    """As a system does it to a disk that has failed. Nobody may have a file open while it is made so."""
    product.stop()
    subprocess.run(["mount", "--bind", product.data, product.data], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", product.data], check=True)
        product.start()
        yield {Outage.WRITING, Outage.DATABASE}
    finally:
        subprocess.run(["umount", "--lazy", product.data], check=True)
        product.stop()
        product.start()


@contextmanager
def read_only_database(product: Product) -> Iterator[set[Outage]]:
    _alter(product, "SET default_transaction_read_only = on")
    yield {Outage.READING}
    _alter(product, "SET default_transaction_read_only = off")


@contextmanager
def no_database(product: Product) -> Iterator[set[Outage]]:
    _alter(product, "ALLOW_CONNECTIONS false")
    yield {Outage.DATABASE}
    _alter(product, "ALLOW_CONNECTIONS true")


def _alter(product: Product, how: str) -> None:
    """Change the database for whoever connects from now on, and have everybody connect anew."""
    url = urlsplit(product.database_url)
    name = url.path.lstrip("/")
    with psycopg.connect(urlunsplit(url._replace(path="/postgres")), autocommit=True) as cluster:
        cluster.execute(f"ALTER DATABASE {name} {how}")
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


OUTAGES = [read_only_database, no_database] if ON_POSTGRESQL else [no_more_writing]
if CAN_MOUNT and not ON_POSTGRESQL:
    OUTAGES += [full_disk, read_only_disk]


@pytest.fixture
def on_small_disk(model: Product, tmp_path: Path) -> Iterator[Product]:
    """A product on a disk of its own with 40 MB, where one can be had."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if CAN_MOUNT:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], check=True)
    try:
        with copy_of(model, disk) as made:
            made.start()
            yield made
    finally:
        if CAN_MOUNT:
            subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda each: each.__name__)
def test_an_outage_passes(outage: object, on_small_disk: Product) -> None:
    product, told = on_small_disk, Told()
    client = Client(product)
    columns = client.post("/account/import", {}, {"file": [("a.csv", b"name\n" + b"many\n" * 300)]}).headers["Location"]
    check = client.post(columns, {"c0": "name", "mode": "create"}).headers["Location"]
    assert client.post("/account/new", {"name": "before"}).status == 303  # leaves something to be said on the next page
    assert client.post(check, {}).status == 303
    with outage(product) as missing:  # type: ignore[operator]
        client.close()
        answers = {
            "page": client.post("/account/new", {"name": "page", "once": "a"}),
            "part": client.post("/account/new", {"name": "part", "once": "b"}, part=True),
            "files": client.post(
                "/account/1/timeline", {"channel": "note", "text": "x"}, {"file": [("f", b"x" * 200_000)]}
            ),
            "upload": client.post("/account/import", {}, {"file": [("b.csv", b"name\n" + b"x\n" * 3_000_000)]}),
        }
        for name, answer in answers.items():
            # What still finds room in a file that is there already, or needs no database, is done and acknowledged.
            if name == "files" or answer.status not in (200, 303):
                _is_clear(answer, missing, whole=name != "part")
        if Outage.DATABASE not in missing:
            assert "恒砺" in client.get("/account?q=恒砺").text, "one can still read"
    client.close()
    for key, name in (("a", "page"), ("b", "part"), ("c", "after")):
        assert client.post("/account/new", {"name": name, "once": key}).status in (200, 303)
        told.note("account", name)
    told.note("account", "before")
    faults = [*rest(product, 90), *wrong(product, told)]
    assert not faults, "\n".join([*faults, product.told()])
    stored = Counter(name for (name,) in product.rows("SELECT name FROM parties_account"))
    assert [stored[name] for name in ("before", "page", "part", "after", "many")] == [1, 1, 1, 1, 300]


def _is_clear(answer: Answer, missing: set[Outage], whole: bool) -> None:
    """It says in the reader's language what is missing and what to do."""
    with translation.override("zh-hans"):
        sentences = [str(SENTENCES[each]) for each in missing]
        advice = "没有任何改动"
    assert answer.status in (503, 507), (answer.status, answer.text[-300:])
    said = answer.text if whole else answer.headers["HX-Trigger"].encode().decode("unicode_escape")
    assert any(sentence in said for sentence in sentences), said
    assert answer.headers["Retry-After"]
    assert not whole or (advice in said and "<h1>" in said)
