"""A hardware reseller's four files, unedited, through the command line into an empty installation; and its known figures."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from tests.contract.hostile import shared_out

FILES = (
    ("user", "sales_teams.csv"), ("account", "accounts.csv"), ("product", "products.csv"), ("opportunity", "sales_pipeline.csv"),
)  # fmt: skip


class Installation:
    """The product on a data directory of its own, as an operator uses it."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.folder = folder
        self.environment = {**os.environ, "BIHUAN_DATA": str(folder / "data"), "LC_ALL": "C.UTF-8"}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.environment.pop("DATABASE_URL", None)
        if database:
            self.environment["DATABASE_URL"] = database

    def __call__(self, *arguments: str | Path, code: int = 0) -> Any:
        """Run a command that answers in JSON; amounts come as Decimal."""
        command = [sys.executable, "-m", "bihuan", *map(str, arguments), "--json"]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout, parse_float=Decimal) if done.stdout else done.stderr


@pytest.fixture(scope="module")
def database() -> Iterator[Callable[[str], str | None]]:
    """Addresses of new databases, where the tests run on PostgreSQL; None for SQLite."""
    server = os.environ.get("DATABASE_URL")
    if not server:
        yield lambda name: None
        return
    import psycopg

    address, question, options = server.partition("?")
    made: list[str] = []

    def make(name: str) -> str:
        with psycopg.connect(
            f"{address.rpartition('/')[0]}/postgres{question}{options}", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        made.append(name)
        return f"{address.rpartition('/')[0]}/{name}{question}{options}"

    yield make
    with psycopg.connect(f"{address.rpartition('/')[0]}/postgres{question}{options}", autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def maven(data: Path, tmp_path_factory: Any, database: Callable[[str], str | None]) -> Installation:
    """All four files imported."""
    bihuan = Installation(tmp_path_factory.mktemp("maven"), database("maven"))
    for slug, name in FILES:
        outcome = bihuan("import", slug, data / "maven-crm" / name)
        assert (outcome["created"], outcome["refused"], outcome["left_out"]) == (outcome["rows"], 0, [])
    assert outcome["taken"] == [{"field": "product", "text": "GTXPro", "meant": "GTX Pro"}]
    return bihuan


def grouped(bihuan: Installation, name: str, *where: str) -> dict[str, Any]:
    """Sums of won deals by a field."""
    groups = bihuan("query", "opportunity", "--where", "stage.in=Won", *where, "--group", name, "--sum", "amount")
    return {group[name]: group["amount"] for group in groups}


def test_the_deals_by_stage(maven: Installation) -> None:
    groups = maven("query", "opportunity", "--group", "stage", "--sum", "amount")
    counts = {"First contact": 500, "Needs confirmed": 1589, "Won": 4238, "Lost": 2473}
    assert {group["stage"]: group["count"] for group in groups} == counts
    assert next(group["amount"] for group in groups if group["stage"] == "Won") == 10_005_534


def test_won_value_by_office(maven: Installation) -> None:
    assert grouped(maven, "owner.unit") == {"Central": 3_346_293, "West": 3_568_647, "East": 3_090_594}


def test_won_value_by_product(maven: Installation) -> None:
    found = grouped(maven, "product")
    assert found["GTX Pro"] == 3_510_578 and found["GTK 500"] == 400_612 and len(found) == 7


def test_won_value_by_month(maven: Installation) -> None:
    months = grouped(maven, "closed_on.month")
    assert months["2017-03"] == 1_134_672 and sum(months.values()) == 10_005_534
    assert grouped(maven, "closed_on.month", "closed_on.between=2017-03-01..2017-03-31") == {"2017-03": 1_134_672}


WON, LOST = "stage.kind.in=won", "stage.kind.in=lost"


def counted(data: Path, key: Callable[[dict[str, str]], str]) -> dict[str, tuple[int, int]]:
    """How many deals were won and how many lost, by what `key` makes of a row of the file itself."""
    found: dict[str, tuple[int, int]] = {}
    with (data / "maven-crm" / "sales_pipeline.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            won, lost = found.get(key(row), (0, 0))
            found[key(row)] = (won + (row["deal_stage"] == "Won"), lost + (row["deal_stage"] == "Lost"))
    return {name: counts for name, counts in found.items() if any(counts)}


def decided(bihuan: Installation, name: str) -> dict[str, tuple[int, int]]:
    """The same as the list's own engine tells it, by a field."""
    won, lost = (
        {
            group[name] or "": group["count"]
            for group in bihuan("query", "opportunity", "--where", where, "--group", name)
        }
        for where in (WON, LOST)
    )
    return {each: (won.get(each, 0), lost.get(each, 0)) for each in won.keys() | lost.keys()}


def test_the_win_rate_by_agent_product_and_sector(maven: Installation, data: Path) -> None:
    with (data / "maven-crm" / "accounts.csv").open(newline="") as file:
        sectors = {row["account"]: row["sector"] for row in csv.DictReader(file)}
    by_sector = counted(data, lambda row: sectors.get(row["account"], ""))
    assert decided(maven, "owner") == counted(data, lambda row: row["sales_agent"])
    assert decided(maven, "product") == counted(data, lambda row: row["product"].replace("GTXPro", "GTX Pro"))
    found = decided(maven, "account.industry")
    assert sorted(found.values()) == sorted(by_sector.values())  # the firm has names of its own for some sectors
    won, lost = (sum(counts[n] for counts in found.values()) for n in (0, 1))
    assert (won, lost, round(Decimal(won) * 100 / (won + lost), 2)) == (4238, 2473, Decimal("63.15"))


def test_the_days_that_won_deals_took(maven: Installation) -> None:
    rows = maven("query", "opportunity", "--where", WON, "--columns", "opened_on,closed_on")
    days = [(date.fromisoformat(row["closed_on"]) - date.fromisoformat(row["opened_on"])).days for row in rows]
    assert (len(days), round(mean(days), 2), median(days)) == (4238, 51.78, 57)


#: Asks the funnel of everything that was begun in a year.
FUNNEL = """
import json, sys, django
django.setup()
from bihuan.core import registry, stage
from bihuan.core.access import SYSTEM
from bihuan.core.period import Period
from bihuan.web.funnel import Funnel
year = Period.read(sys.argv[1])
funnel = Funnel(registry.desk("opportunity"), SYSTEM, {}, stage.pipelines("opportunity")[0].id, year)
won, lost = (funnel.ended(kind, year).count for kind in ("won", "lost"))
told = [(each.reached.count, each.here.count, each.lost.count) for each in funnel.rungs]
json.dump({"won": won, "lost": lost, "days": round(funnel.taken, 2), "rungs": told}, sys.stdout)
"""


def test_the_funnel_of_each_year_adds_up_to_the_same(maven: Installation) -> None:
    environment = maven.environment | {"DJANGO_SETTINGS_MODULE": "bihuan.site.settings"}
    years = []
    for year in ("2016", "2017"):
        command = [sys.executable, "-c", FUNNEL, year]
        years.append(
            json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
        )
    won, lost = (sum(year[kind] for year in years) for kind in ("won", "lost"))
    assert (won, lost, round(Decimal(won) * 100 / (won + lost), 2)) == (4238, 2473, Decimal("63.15"))
    assert round(sum(year["days"] * year["won"] for year in years) / won, 2) == 51.78
    for year in (
        years
    ):  # nobody told by which stages they came: the won have come through all, the lost no further than the first
        assert year["rungs"][-1] == [year["won"], 0, 0] and year["rungs"][0][2] == year["lost"]


def test_deals_without_an_account_and_accounts_with_a_parent(maven: Installation) -> None:
    assert maven("query", "opportunity", "--where", "account.empty", "--count") == {"count": 1425}
    assert maven("query", "account", "--count") == {"count": 85}
    parents = maven("query", "account", "--where", "parent.filled", "--columns", "name,parent")
    assert len(parents) == 15 and {"Acme Corporation"} < {each["parent"] for each in parents}


def test_agents_their_managers_and_offices(maven: Installation) -> None:
    agents = maven("query", "user", "--where", "manager.filled", "--columns", "name,manager,unit")
    assert len(agents) == 35 and len({agent["manager"] for agent in agents}) == 6
    assert {agent["unit"] for agent in agents} == {"Central", "East", "West"}


def test_repeating_an_import_doubles_nothing(maven: Installation, data: Path) -> None:
    for slug, name in FILES[:2]:
        again = maven("import", slug, data / "maven-crm" / name)
        assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, again["rows"])


def test_the_file_with_american_dates_says_the_same(maven: Installation, data: Path) -> None:
    """Every one of its rows is a deal that is there, with the same days: 3/1/2017 is the first of March."""
    again = maven("import", "opportunity", data / "maven-crm" / "sales_pipeline_us_dates.csv")
    assert again["dates"] == {"opened_on": "mdy", "closed_on": "mdy"}
    assert (again["created"], again["updated"], again["unchanged"], again["refused"]) == (0, 0, 8800, 0)


def test_an_export_comes_back_without_a_change(maven: Installation) -> None:
    for name in shared_out(("deals.csv", "deals.xlsx")):
        command = [sys.executable, "-m", "bihuan", "export", "opportunity", name, "--all-columns"]
        subprocess.run(command, cwd=maven.folder, env=maven.environment, check=True, capture_output=True)
        again = maven("import", "opportunity", name)
        assert (again["created"], again["updated"], again["unchanged"], again["refused"]) == (0, 0, 8800, 0), again[
            "reasons"
        ]


def test_the_sentence_for_each_mistake_on_the_command_line(maven: Installation, data: Path) -> None:
    deals = data / "maven-crm" / "sales_pipeline.csv"
    for arguments in (
        ("query", "nothing"), ("query", "account", "--where", "nothing.in=1"), ("query", "account", "--as", "nobody"),
        ("import", "opportunity", "missing.csv"), ("import", "opportunity", deals, "--map", "x=owner"),
    ):  # fmt: skip
        sentence = maven(*arguments, code=1)
        assert len(sentence.splitlines()) == 1 and "Traceback" not in sentence
    ambiguous = maven.folder / "ambiguous.csv"
    ambiguous.write_text("name,close_date\na,3/1/2017\n")
    assert "--dates" in maven("import", "opportunity", ambiguous, code=2)


def test_a_real_import_is_taken_back(maven: Installation, data: Path) -> None:
    """Three hundred more deals come and go; nothing else changes."""
    extra = maven.folder / "more.csv"
    lines = (data / "maven-crm" / "sales_pipeline.csv").read_text().splitlines()
    extra.write_text("\n".join(lines[:1] + [f"Z{line}" for line in lines[1:301]]) + "\n")
    before = maven("query", "opportunity", "--count"), grouped(maven, "owner.unit")
    done = maven("import", "opportunity", extra)
    assert (done["created"], done["refused"]) == (300, 0)
    assert maven("query", "opportunity", "--count") != before[0]
    taken_back = maven("import", "--undo", done["job"])
    assert (taken_back["archived"], taken_back["restored"], taken_back["stayed"]) == (300, 0, 0)
    assert (maven("query", "opportunity", "--count"), grouped(maven, "owner.unit")) == before
    assert "cannot be taken back" in maven("import", "--undo", done["job"], code=1)
