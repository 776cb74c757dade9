"""A backup made while people write is whole, and comes back equal at another place; a damaged one is refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from bihuan.site import restore
from tests.faults.client import Client
from tests.faults.conftest import LONG
from tests.faults.product import Product, empty_database
from tests.faults.writers import Writers, lasting, rest, wrong

DRILLS, FLIPS = (50, 2000) if LONG else (1, 60)


def test_a_backup_made_while_people_write_comes_back_whole(product: Product, tmp_path: Path) -> None:
    told_in_all = 0
    for drill in range(DRILLS):
        archive = tmp_path / f"{drill}.tar.gz"
        with Writers(product, 4, drill) as told:
            told.wait(20)
            before = told.so_far()
            done = product.command("backup", str(archive))
            after = told.count
        assert done.returncode == 0, done.stderr
        assert after > before.count, "nobody wrote during the backup"
        assert told.faults == []
        told_in_all += before.count
        with restored(product, archive, tmp_path / f"restored {drill}") as copy:
            # Work that was under way goes on from where the backup found it.
            copy.start()
            faults = [*rest(copy), *wrong(copy, before)]
            assert not faults, "\n".join(faults[:40])
    print(f"{DRILLS} backups, {told_in_all} writes acknowledged before them and found in them")


def test_what_comes_back_is_equal(product: Product, tmp_path: Path) -> None:
    with Writers(product, 4, 1) as told:
        told.wait(30)
    assert rest(product) == []
    product.stop()
    archive = tmp_path / "backup.tar.gz"
    assert product.command("backup", str(archive)).returncode == 0
    assert archive.stat().st_mode & 0o077 == 0
    with restored(product, archive, tmp_path / "restored") as copy:
        here, there = product.content(), copy.content()
        assert {name: len(rows) for name, rows in here.items()} == {name: len(rows) for name, rows in there.items()}
        assert here == there
        assert sum(map(len, here.values())) > 500
        kept = {path.relative_to(product.data): path.read_bytes() for path in lasting(product.data)}
        assert kept == {path.relative_to(copy.data): path.read_bytes() for path in lasting(copy.data)}
        assert len(kept) > 2
        copy.start()
        assert "恒砺" in Client(copy, "lin").get("/account").text  # whoever had signed in still has
        assert told.faults == []


def test_a_place_that_is_not_empty_is_left_alone(stopped: Product, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    assert stopped.command("backup", str(archive)).returncode == 0
    before = stopped.content()
    again = stopped.command("restore", str(archive))
    assert again.returncode == 1
    assert "holds something already" in again.stderr
    assert stopped.content() == before
    if stopped.database_url:
        again = stopped.command("restore", str(archive), data=tmp_path / "new")
        assert "holds tables already" in again.stderr
        assert not (tmp_path / "new").exists()


def test_a_damaged_backup_is_refused(stopped: Product, tmp_path: Path) -> None:
    """Whatever byte is changed, wherever it is cut: it is refused, or what changed means nothing."""
    archive = tmp_path / "backup.tar.gz"
    assert stopped.command("backup", str(archive)).returncode == 0
    whole, chance = archive.read_bytes(), random.Random(1)
    manifest = _read(whole, tmp_path)
    damaged = [whole[:length] for length in (0, 5, 12, len(whole) // 2, len(whole) - 9, len(whole) - 1)]
    damaged += [whole + b"x", b"\x50\x4b" + whole]
    for place in [
        *range(12),
        *(chance.randrange(len(whole)) for _time in range(FLIPS)),
        *range(len(whole) - 12, len(whole)),
    ]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        damaged.append(bytes(flipped))
    refused = 0
    for each in damaged:
        try:
            assert _read(each, tmp_path) == manifest
        except restore.Damaged:
            refused += 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".restore")] == []
    print(f"{refused} of {len(damaged)} damaged backups refused; the others held the same")
    # six bytes of a gzip head (time, system) mean nothing to anybody, nor do the bits that fill up a block
    assert refused >= len(damaged) - 10
    (tmp_path / "cut").write_bytes(whole[:-1])
    done = stopped.command("restore", str(tmp_path / "cut"), data=tmp_path / "new")
    assert (done.returncode, (tmp_path / "new").exists()) == (1, False)
    assert "not restored" in done.stderr or "holds tables already" in done.stderr


def _read(content: bytes, place: Path) -> object:
    with restore.unpacked(BytesIO(content), place) as (_directory, manifest):
        return manifest


@contextmanager
def restored(product: Product, archive: Path, directory: Path) -> Iterator[Product]:
    """The backup brought back to another place, by the commands of the manual."""
    directory.mkdir()
    with empty_database() as url:
        copy = Product(directory, url, product.extra, product.sessions)
        done = copy.command("restore", str(archive))
        assert done.returncode == 0, done.stderr
        try:
            yield copy
        finally:
            copy.stop()


@pytest.mark.parametrize("file", ["missing/backup.tar.gz", "nothing.tar.gz"])
def test_what_cannot_be_read_or_written_is_said(file: str, stopped: Product) -> None:
    done = stopped.command(
        "backup" if "/" in file else "restore", file, data=None if "/" in file else stopped.directory / "new"
    )
    assert done.returncode == 1
    assert "No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (stopped.directory / "new").exists()
