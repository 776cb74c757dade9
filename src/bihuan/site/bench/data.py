"""The firm that is measured: for N accounts as many contacts and account roles, N/4 deals, 2N touches and
N/10 leads that are nobody's, and one account with thousands of touches.

Everything is made by the product's own commands, in batches, so that audit, events, search index and rollups are as large as
they would be in life. The same size gives the same firm. Run as a program, in an environment that names the database:

    BIHUAN_DATA=/tmp/bench python -m bihuan.site.bench.data 10000
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

BATCH = 1000
BRANCHES, SELLERS = 20, 5
#: Accounts of the representative, whose rights reach no further than what they own.
OWN = 300
#: Touches of the account that has the most.
BUSIEST = 5_000
BUSIEST_NAME = "基准大客户"
PASSWORD = "bihuan-bench"  # noqa: S105  (of a firm that exists on this machine only)
#: Login: the role that decides how many records they see.
VIEWERS = {"administrator": "all", "manager": "one in twenty", "representative": str(OWN)}

Values = Mapping[str, Any]


def fill(size: int, tell: Callable[[str], None]) -> None:
    """Make the firm in an empty database. Needs Django set up; takes about a minute for 30,000 accounts."""
    from django.db import connection
    from django.utils import timezone

    from bihuan.blueprint.load import load
    from bihuan.core import event

    load()
    firm = Firm(Random(size), tell)  # noqa: S311
    firm.make_staff()
    firm.make_own_field()
    firm.make_business(size)
    event.Delivery.objects.filter(done_at=None).update(done_at=timezone.now())  # the past asks for nobody's attention
    if connection.vendor == "postgresql":  # what its autovacuum would do within the next minute
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


class Firm:
    """Makes the records, object by object in the order in which they depend on each other."""

    def __init__(self, random: Random, tell: Callable[[str], None]) -> None:
        from bihuan.core import choice, stage

        self.random, self.tell = random, tell
        self.choices = lambda name: [option.id for option in choice.options(name)]
        self.stages = [
            step for step in stage.steps("opportunity") if step.pipeline == stage.pipelines("opportunity")[0].id
        ]
        self.owners: list[int] = []
        self.now = datetime.now(UTC).replace(microsecond=0)

    # ------------------------------------------------------------------ the staff

    def make_staff(self) -> None:
        """Twenty branches with sellers; the first also has the manager and, in a team below it, the representative."""
        from bihuan.people.commands import set_grants
        from bihuan.people.role import Reach

        top = self.do("unit", name="基准动力", kind="firm").pk
        branches = [
            self.do("unit", name=f"第 {n} 分公司", kind="branch", parent=top).pk for n in range(1, BRANCHES + 1)
        ]
        team = self.do("unit", name="一组", kind="team", parent=branches[0]).pk
        roles = {}
        for key, reach in (("administrator", Reach.ALL), ("manager", Reach.UNIT), ("representative", Reach.OWN)):
            role = self.do("role", name=key, key=f"bench_{key}")
            acts = dict.fromkeys(("view", "edit", "archive", "assign", "export"), int(reach))
            self.run_on(
                set_grants,
                role,
                grants={"*": {"*": int(reach)} if reach is Reach.ALL else {**acts, "create": int(Reach.ALL)}},
            )
            roles[key] = role.pk
        self.viewers = {
            login: self.user(login, unit, roles[login])
            for login, unit in zip(VIEWERS, (top, branches[0], team), strict=True)
        }  # fmt: skip
        self.sellers = [[self.user(f"seller-{n}-{m}", unit) for m in range(SELLERS)] for n, unit in enumerate(branches)]

    def user(self, login: str, unit: int, role: int | None = None) -> int:
        from bihuan.demo.names import GIVEN_NAMES, SURNAMES
        from bihuan.people.commands import set_password

        name = self.random.choice(SURNAMES) + self.random.choice(GIVEN_NAMES["f"])
        user = self.do("user", username=login, name=name, unit=unit, roles=[role] if role else [])
        if role:
            self.run_on(set_password, user, password=PASSWORD)
        return user.pk

    def make_own_field(self) -> None:
        """A field of the firm's own that every account fills, with an index."""
        from bihuan.core import custom_index

        own = self.do("customfield", object="account", key="score", name="评分", kind="integer", indexed=True)
        custom_index.index(own)  # as the worker would

    # ------------------------------------------------------------------ the business

    def make_business(self, size: int) -> None:
        owners = self.owners_of(size)
        accounts = self.make("account", self.accounts(owners))
        contacts = self.make("contact", self.contacts(owners))
        self.make("accountcontact", self.account_roles(accounts, contacts))
        self.make("opportunity", self.opportunities(owners, accounts, contacts))
        self.make("touchpoint", self.touchpoints(owners, accounts, contacts))
        self.make("lead", self.leads(size // 10))
        self.make_busiest()

    def make_busiest(self) -> None:
        """The account with the most touches, which everybody sees."""
        owner = self.viewers["representative"]
        account = self.do("account", name=BUSIEST_NAME, owner=owner).pk
        contact = self.do("contact", name="钱多多", owner=owner).pk
        self.do("accountcontact", account=account, contact=contact)
        self.make("touchpoint", self.touchpoints([owner], [account], [contact], BUSIEST))

    def owners_of(self, size: int) -> list[int]:
        """Who owns each account: the branches have equal shares, and of the first one's the representative has 300."""
        owners = [self.random.choice(self.sellers[n % BRANCHES]) for n in range(size)]
        first_branch = range(0, size, BRANCHES)
        for n in self.random.sample(first_branch, min(OWN, len(first_branch))):
            owners[n] = self.viewers["representative"]
        return owners

    def moment(self) -> datetime:
        """Some moment of the last three years, in working hours of China."""
        day = self.now - timedelta(days=self.random.randrange(1, 1095))
        return day.replace(hour=self.random.randrange(1, 10), minute=self.random.randrange(60))

    def accounts(self, owners: Iterable[int]) -> Iterator[Values]:
        offered = {name: self.choices(name) for name in ("account_status", "account_level", "industry", "source")}
        for n, owner in enumerate(owners):
            at = self.moment()
            yield {
                **company(self.random, n), "owner": owner, "created_at": at, "owner_since": at,
                "status": self.random.choice(offered["account_status"]), "level": self.random.choice(offered["account_level"]),
                "industry": self.random.choice(offered["industry"]), "source": self.random.choice(offered["source"]),
                "c_score": str(self.random.randrange(1000)),
            }  # fmt: skip

    def contacts(self, owners: Iterable[int]) -> Iterator[Values]:
        from bihuan.demo.names import GIVEN_NAMES, SURNAMES, TITLES

        functions = self.choices("job_function")
        for n, owner in enumerate(owners):
            title, department, *_rest = self.random.choice(TITLES["zh-hans"])
            yield {
                "name": self.random.choice(SURNAMES) + self.random.choice(GIVEN_NAMES[self.random.choice("mf")]),
                "title": title, "department": department, "function": self.random.choice(functions),
                "mobile": f"+86 138 {n // 10_000:04} {n % 10_000:04}", "email": f"contact{n}@example.com",
                "owner": owner, "created_at": self.moment(),
            }  # fmt: skip

    def account_roles(self, accounts: list[int], contacts: list[int]) -> Iterator[Values]:
        roles = self.choices("decision_role")
        for n, contact in enumerate(contacts):
            yield {"account": accounts[n], "contact": contact, "role": self.random.choice(roles), "primary": True}

    def opportunities(self, owners: list[int], accounts: list[int], contacts: list[int]) -> Iterator[Values]:
        """Four in ten are open, the others won or lost."""
        opened = [step.id for step in self.stages if step.kind == "open"]
        closed = [step.id for step in self.stages if step.kind != "open"]
        reasons = self.choices("loss_reason")
        for n in range(0, len(accounts), 4):
            since, open_now = self.moment(), self.random.random() < 0.4
            yield {
                "name": "空压站改造 " + self.random.choice("一二三四五六七八九十") + "期", "account": accounts[n], "contact": contacts[n],
                "stage": self.random.choice(opened if open_now else closed), "stage_since": since, "created_at": since,
                "amount": str(self.random.randrange(20, 3000) * 1000), "owner": owners[n],
                "loss_reason": self.random.choice(reasons),
                "expected_close": (self.now + timedelta(days=self.random.randrange(-30, 120))).date(),
                "next_step": "提交方案" if open_now else "", "next_step_at": self.now + timedelta(days=self.random.randrange(-5, 20)),
            }  # fmt: skip

    def touchpoints(
        self, owners: list[int], accounts: list[int], contacts: list[int], number: int = 0
    ) -> Iterator[Values]:
        channels, outcomes = self.choices("channel"), self.choices("outcome")
        for _n in range(number or 2 * len(accounts)):
            whose, at = self.random.randrange(len(accounts)), self.moment()
            yield {
                "channel": self.random.choice(channels), "outcome": self.random.choice(outcomes), "at": at, "created_at": at,
                "account": accounts[whose], "contact": contacts[whose], "owner": owners[whose],
                "text": "谈了空压站的能耗与维保，客户要一份节能测算和两家同行的参考。",
            }  # fmt: skip

    def leads(self, number: int) -> Iterator[Values]:
        from bihuan.demo.names import CITIES, GIVEN_NAMES, SURNAMES

        towns = list(CITIES.values())
        for n in range(number):
            town = self.random.choice(towns)
            yield {
                "person": self.random.choice(SURNAMES) + self.random.choice(GIVEN_NAMES[self.random.choice("mf")]),
                "mobile": f"+86 139 {n // 10_000:04} {n % 10_000:04}", "province": town.province, "city": town.name,
                "owner": None, "anyway": True, "created_at": self.moment(),
            }  # fmt: skip

    # ------------------------------------------------------------------ through the commands

    def do(self, slug: str, **inputs: Any) -> Any:
        from bihuan.core import registry
        from bihuan.core.access import SYSTEM
        from bihuan.core.run import do
        from bihuan.core.verbs import create

        return do(create, by=SYSTEM, on=registry.desk(slug).model, **inputs)

    def run_on(self, command: Any, record: Any, **inputs: Any) -> None:
        from bihuan.core.access import SYSTEM
        from bihuan.core.run import do

        do(command, record, by=SYSTEM, **inputs)

    def make(self, slug: str, rows: Iterable[Values]) -> list[int]:
        """Create a record for every row; returns their ids."""
        from bihuan.core import registry, tally
        from bihuan.core.access import SYSTEM
        from bihuan.core.run import Call, run
        from bihuan.core.verbs import create

        desk, waiting, keys, began = registry.desk(slug), iter(rows), [], time.monotonic()
        while batch := [Call(row) for row in islice(waiting, BATCH)]:
            keys += [record.pk for record in run(create, batch, by=SYSTEM, on=desk.model).records]
        tally.fold()  # as the worker would
        seconds = time.monotonic() - began
        self.tell(f"{slug}: {len(keys):,} in {seconds:.0f} s ({len(keys) / seconds:,.0f} a second)")
        return keys


def company(random: Random, n: int) -> dict[str, str]:
    """A firm as a file of an import would write it: ten columns, choices by their names."""
    from bihuan.demo.names import BRAND_FIRST, BRAND_SECOND, CITIES, LEGAL_FORMS, STREETS, TRADES

    town = random.choice(list(CITIES.values()))
    brand = random.choice(BRAND_FIRST) + random.choice(BRAND_SECOND) + random.choice(("", *BRAND_SECOND))
    short, full = random.choice(random.choice(list(TRADES.values())))
    return {
        "name": f"{town.name}{brand}{full}{random.choice(LEGAL_FORMS)}", "short_name": brand + short,
        "phone": f"+86 {town.area_code} {random.randrange(50, 90)}{n % 1_000_000:06}", "website": f"https://www.firm{n}.example.com",
        "province": town.province, "city": town.name, "address": f"{random.choice(STREETS)} {random.randrange(1, 999)} 号",
        "employees": str(random.randrange(10, 5000)), "annual_purchase": str(random.randrange(1, 900) * 10_000), "currency": "CNY",
    }  # fmt: skip


def main(size: int) -> None:
    import django

    django.setup()
    from bihuan.site.cli import migrate

    migrate.apply_pending()
    fill(size, lambda line: print(f"  {line}", file=sys.stderr, flush=True))


if __name__ == "__main__":
    main(int(sys.argv[1]))
