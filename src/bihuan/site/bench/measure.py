"""What is measured: the pages and acts of a day, by people who see everything, a twentieth or three hundred accounts."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count, cycle, islice, pairwise
from pathlib import Path
from random import Random
from statistics import quantiles

from bihuan.site.bench.data import BUSIEST_NAME, PASSWORD, VIEWERS, company
from bihuan.site.bench.server import Server, Visitor

WARM_UP, TIMES = 10, 60
IMPORTED = 30_000
CLIENTS, SECONDS = 8, 20
#: Steps of the work that tells the machine's pace: 5 ms on a good core of 2024.
PACE = 100_000


@dataclass(frozen=True)
class Figure:
    """What one act cost. Milliseconds: half of the requests took no longer than `p50`, 19 of 20 no longer than `p95`.

    `database` is CPU time that PostgreSQL took beside the server's; `rate` is how many `things` were done in a second; `waited` is
    the longest that somebody else's write took meanwhile. `pace` is what the machine needed for work that is always the same.
    """

    act: str
    who: str
    wall_p50: float = 0.0
    wall_p95: float = 0.0
    cpu_p50: float = 0.0
    cpu_p95: float = 0.0
    database_p50: float = 0.0
    rate: float = 0.0
    cpu_rate: float = 0.0
    things: str = "rows"
    waited: float = 0.0
    pace: float = 0.0

    def as_dict(self) -> dict[str, object]:
        return {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(self).items()}


#: Makes one request; the number says which it is, so that no two are the same.
Act = Callable[[Visitor, int], object]


def pages(visitor: Visitor) -> dict[str, Act]:
    """The acts by name. The addresses come from the pages themselves, as they would in a browser."""
    first = visitor.get("/account")
    ids = list(dict.fromkeys(re.findall(r"/account/(\d+)", first)))
    far = following(visitor, first, 20)
    busiest = re.findall(r"/account/(\d+)", visitor.get(f"/account?name.has={BUSIEST_NAME}"))[0]
    return {
        "list": lambda by, n: by.get("/account"),
        "sorted": lambda by, n: by.get("/account?sort=name"),
        "sorted-no-index": lambda by, n: by.get("/account?sort=-annual_purchase"),
        "filtered": lambda by, n: by.get("/account?level.in=A&status.in=战略"),
        "own-field": lambda by, n: by.get(f"/account?c_score.gte={990 + n % 10}&sort=-c_score"),
        "20th-page": lambda by, n: by.get(far),
        "record": lambda by, n: by.get(f"/account/{ids[n % len(ids)]}"),
        "timeline": lambda by, n: by.get(f"/account/{busiest}"),
        "workbench": lambda by, n: by.get("/?scope=firm&in=this_year"),
        "board": lambda by, n: by.get("/opportunity/board?view=all"),
        "groups": lambda by, n: by.get("/opportunity?view=all&group=stage"),
        "palette": lambda by, n: by.get(f"/search?q={'恒泰科鸿盛宏'[n % 6]}", part=True),
        "create": lambda by, n: by.post("/account/new", {"name": f"基准新客户 {os.getpid()}-{n}", "kind": "company"}),
        "edit": lambda by, n: by.post(f"/account/{ids[n % len(ids)]}/field/city?brief", {"city": f"苏州{n}"}),
    }


#: What only one of them is asked for: these cost the same for everybody, or change what the others would find.
ONLY_ADMINISTRATOR = ("sorted-no-index", "groups", "palette", "create", "edit")
ACTS = (
    "list", "sorted", "sorted-no-index", "filtered", "own-field", "20th-page", "record", "timeline", "workbench", "board",
    "groups", "palette", "create", "edit", "clients", "import", "export", "assign", "recycle",
)  # fmt: skip


def following(visitor: Visitor, page: str, pages_on: int) -> str:
    """The address of the page so many pages on, or of the last."""
    address = "/account"
    for _n in range(pages_on):
        links = re.findall(r'href="([^"]*[?&;]after=[^"]*)"', page)
        if not links:
            break
        address = links[-1].replace("&amp;", "&")
        page = visitor.get(address)
    return address


def measure_pages(server: Server, only: tuple[str, ...]) -> Iterator[Figure]:
    """Every page for every viewer, one request after the other."""
    for who in VIEWERS:
        visitor = Visitor(server.port, who, PASSWORD)
        for name, act in pages(visitor).items():
            if name in only and (who == "administrator" or name not in ONLY_ADMINISTRATOR):
                yield measure_page(server, visitor, name, who, act)


def measure_clients(server: Server) -> Figure:
    """The first page of the list, asked for by eight people at once for twenty seconds."""
    visitors = [Visitor(server.port, who, PASSWORD) for who in islice(cycle(VIEWERS), CLIENTS)]
    end, began = time.monotonic() + SECONDS, server.seconds()

    def ask(visitor: Visitor) -> int:
        for asked in count():
            if time.monotonic() > end:
                return asked
            visitor.get("/account")
        raise AssertionError

    with ThreadPoolExecutor(CLIENTS) as threads:
        pages_seen = sum(threads.map(ask, visitors))
    used = server.seconds() - began
    return Figure("clients", "eight at once", rate=pages_seen / SECONDS, cpu_rate=pages_seen / used, things="pages")


def measure_page(server: Server, visitor: Visitor, name: str, who: str, act: Act) -> Figure:
    walls, marks, paces, numbers = [], [], [], count()
    for _n in range(WARM_UP):
        act(visitor, next(numbers))
    for _n in range(TIMES):
        marks.append((server.seconds(), server.database_seconds()))
        began = time.perf_counter()
        act(visitor, next(numbers))
        walls.append(time.perf_counter() - began)
        paces.append(pace())
    marks.append((server.seconds(), server.database_seconds()))
    # from one mark to the next, so that what the server does after it has answered counts too
    own, database = ([after[n] - before[n] for before, after in pairwise(marks)] for n in (0, 1))
    return Figure(name, who, *spread(walls), *spread(own), spread(database)[0], pace=spread(paces)[0])


def pace() -> float:
    """Seconds of CPU time for work that is always the same. Where cores are shared, it tells how fast one was just now."""
    began = time.process_time()
    sum(number * number for number in range(PACE))
    return time.process_time() - began


def spread(seconds: list[float]) -> tuple[float, float]:
    """The middle and the 95th of a hundred, in milliseconds."""
    parts = quantiles(seconds, n=100, method="inclusive")
    return parts[49] * 1000, parts[94] * 1000


def measure_import(environment: Mapping[str, str]) -> Figure:
    """`./bihuan import account FILE.csv`, 30,000 rows of twelve columns, with the time that the program takes to start."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.csv"
        random = Random(int(time.time()))  # noqa: S311
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [*company(random, 0), "level", "industry"])
            writer.writeheader()
            for n, level, industry in zip(range(IMPORTED), cycle("ABC"), cycle(("注塑", "食品", "模具")), strict=False):
                row = company(random, 5_000_000 + n) | {"level": level, "industry": industry}
                writer.writerow({**row, "name": f"{row['name']}{n}"})
        wall, cpu = timed(
            ["import", "account", str(file), "--mode", "create", "--errors", str(Path(folder) / "refused.csv")],
            environment,
        )
    return Figure("import", "administrator", rate=IMPORTED / wall, cpu_rate=IMPORTED / cpu)


def measure_export(environment: Mapping[str, str], size: int) -> Figure:
    """`./bihuan export account FILE.csv`, all of them."""
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = timed(["export", "account", str(Path(folder) / "accounts.csv")], environment)
    return Figure("export", "administrator", rate=size / wall, cpu_rate=size / cpu)


def measure_work(name: str, environment: Mapping[str, str]) -> Figure:
    """A long work of the worker's, in a process of its own."""
    program = [sys.executable, "-m", "bihuan.site.bench.work", name]
    done = json.loads(
        subprocess.run(program, env=dict(environment), check=True, stdout=subprocess.PIPE, text=True).stdout
    )
    rates = {"rate": done["count"] / done["wall"], "cpu_rate": done["count"] / done["cpu"]}
    return Figure(name, "the worker", **rates, things="records", waited=done["waited"])


def timed(arguments: list[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command of the product. Raises SystemExit when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan", *arguments], env=dict(environment), stdout=subprocess.DEVNULL
    )
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"“bihuan {' '.join(arguments)}” ended with {process.returncode}.")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime
