"""Measure the product on a firm of a given size: pages, edits, import and export.

The firm is made up and lives in a directory of its own (--place), never in your data. It is made once for each size and
database, which takes minutes, and kept; every run works on a copy. Times are in milliseconds; CPU is the web server's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bihuan.site.bench.report import Round

DATABASES, SETTINGS = ("sqlite", "postgresql"), "bihuan.site.settings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sizes", default="10000,100000", help="numbers of accounts, parted by commas (default: %(default)s)"
    )
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument(
        "--only", default="", metavar="ACT,…", help="list, sorted, record, board, create, edit, import … (default: all)"
    )
    parser.add_argument(
        "--place",
        type=Path,
        default=Path(tempfile.gettempdir()) / "bihuan-bench",
        help="where the firms are kept (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", action="store_true", help="print them as docs/performance.md has them")


def handle(options: argparse.Namespace) -> None:
    from bihuan.site.bench import measure, postgresql, report, server

    if not server.supported():
        raise SystemExit("The benchmark reads what processes cost from /proc, which only Linux has.")
    only = tuple(filter(None, options.only.split(","))) or measure.ACTS
    if unknown := set(only) - set(measure.ACTS):
        raise SystemExit(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(measure.ACTS)}.")
    databases = DATABASES if options.database == "both" else (options.database,)
    rounds: list[Round] = []
    with ExitStack() as stack:
        options.place.mkdir(parents=True, exist_ok=True)
        if "postgresql" in databases:
            stack.enter_context(postgresql.running(options.place / "postgresql"))
        for database in databases:
            for size in map(int, options.sizes.split(",")):
                rounds.append(measure_round(options.place, database, size, only))
    if options.json:
        print(json.dumps({"machine": report.machine(), "rounds": [each.as_dict() for each in rounds]}, indent=1))
    else:
        print(report.markdown(rounds) if options.markdown else report.text(rounds))


def measure_round(place: Path, database: str, size: int, only: tuple[str, ...]) -> Round:
    """All acts on one database of one size. Import, export and long work run without the server, so that each has the machine to itself."""
    from bihuan.site.bench import measure, server
    from bihuan.site.bench.report import Round
    from bihuan.site.bench.work import WORKS

    found = Round(database, size)
    with copy_of_firm(place, database, size) as environment:
        before = os.getloadavg()[0]
        tell(f"{database}, {size:,} accounts")
        cluster = place / "postgresql" if database == "postgresql" else None
        if set(only) - {"clients", "import", "export", *WORKS}:
            with server.serving(environment, cluster) as running:
                for figure in measure.measure_pages(running, only):
                    tell(f"  {figure.act} ({figure.who}): {figure.cpu_p50:.1f} ms CPU, {figure.wall_p50:.1f} ms")
                    found.figures.append(figure)
                found.memory = running.memory() / 2**20
        if "clients" in only:
            with server.serving(environment, cluster, processes=os.cpu_count() or 1) as running:
                found.figures.append(measure.measure_clients(running))
        if "export" in only:
            found.figures.append(measure.measure_export(environment, size))
        if "import" in only:
            found.figures.append(measure.measure_import(environment))
        for name in WORKS:
            if name in only:
                found.figures.append(measure.measure_work(name, environment))
        found.load = (before, os.getloadavg()[0])
    return found


@contextmanager
def copy_of_firm(place: Path, database: str, size: int) -> Iterator[dict[str, str]]:
    """A copy of the firm of this size, which is made if it is missing; gives the environment that names the copy."""
    from bihuan.site.bench import postgresql

    firm, copy = place / f"{database}-{size}", place / f"{database}-copy"
    shutil.rmtree(copy, ignore_errors=True)
    if database == "postgresql":
        cluster = place / "postgresql"
        name = f"bench_{size}"
        make(
            firm,
            size,
            environment_of(firm, postgresql.address(cluster, name)),
            lambda: postgresql.create(cluster, name),
        )
        postgresql.create(cluster, "bench_copy", like=name)
        environment = environment_of(copy, postgresql.address(cluster, "bench_copy"))
        copy.mkdir()
    else:
        make(firm, size, environment_of(firm, None), lambda: None)
        shutil.copytree(firm, copy)
        environment = environment_of(copy, None)
    try:
        yield environment
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        if database == "postgresql":
            postgresql.drop(cluster, "bench_copy")


def make(firm: Path, size: int, environment: dict[str, str], prepare: Callable[[], None]) -> None:
    """Fill a new database; one that was filled before is brought to this version's form, half-made ones are made anew."""
    if (firm / "complete").exists():
        subprocess.run([sys.executable, "-m", "bihuan", "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        return
    shutil.rmtree(firm, ignore_errors=True)
    (firm / "media").mkdir(parents=True)
    prepare()
    tell(f"{firm.name} is made once:")
    subprocess.run([sys.executable, "-m", "bihuan.site.bench.data", str(size)], env=environment, check=True)
    (firm / "complete").touch()


def environment_of(data: Path, url: str | None) -> dict[str, str]:
    """The environment of the product's processes, which keep their compiled code as they do for everybody."""
    own = {
        "BIHUAN_DATA": str(data),
        "BIHUAN_SECRET_KEY": "of the benchmark, which guards nothing",
        "DJANGO_SETTINGS_MODULE": SETTINGS,
    }
    others = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_") and name not in others
    }
    return inherited | own | ({"DATABASE_URL": url} if url else {})


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
