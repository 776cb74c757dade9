"""The opportunities of the three pipelines: those of the screens, open ones, and a year of won and lost ones."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from bihuan.demo import screens, stories
from bihuan.demo.catalogue import LIST_PRICE
from bihuan.demo.customers import CNY_PER, SALES_STAFF
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, AccountRole, DealContact, Line, Opportunity
from bihuan.demo.stages import Stage
from bihuan.demo.stages import stage as stage_of

#: pipeline → stage → how many, without those of the screens
COUNTS = {
    "equipment": {
        "first_contact": 6, "needs_confirmed": 5, "proposal": 11, "negotiation": 4, "contract_approval": 1,
        "won": 29, "lost": 29, "cancelled": 6,
    },
    "renewal": {"due": 5, "inspection": 4, "offer": 4, "renewed": 7, "not_renewed": 3},
    "parts": {"quoted": 5, "ordered": 9, "dropped": 3},
}  # fmt: skip
WITHOUT_ACCOUNT = 3
#: stage → days from today until the contract is expected
HORIZON = {
    "first_contact": (60, 150), "needs_confirmed": (40, 110), "proposal": (20, 80),
    "negotiation": (7, 40), "contract_approval": (2, 15),
    "due": (20, 60), "inspection": (15, 45), "offer": (5, 30), "quoted": (1, 10),
}  # fmt: skip
DAYS_TO_CLOSE = {"equipment": (18, 140), "renewal": (15, 70), "parts": (1, 14)}
BUYERS = ("steady", "strategic", "first_purchase", "at_risk")
LOSS_REASONS = (
    "price", "price", "price", "competitor_relation", "competitor_relation",
    "delivery", "specification", "payment_terms",
)  # fmt: skip
WIN_REASONS = ("technology", "service", "relation", "technology", "delivery", "brand", "price")
CANCEL_REASONS = ("budget", "postponed", "no_contact")


class Times(NamedTuple):
    opened: date
    stage_since: date
    expected_close: date
    closed: date | None


class Dealbook:
    """What is needed to make an opportunity up: the customers, who decides there, and the dice."""

    def __init__(
        self, hours: OfficeHours, seed: int, accounts: Sequence[Account], roles: Iterable[AccountRole]
    ) -> None:
        self.hours, self.random = hours, Random(f"deals {seed}")
        self.accounts = {account.key: account for account in accounts}
        self.deciders: dict[str, list[DealContact]] = {key: [] for key in self.accounts}
        for role in roles:
            if role.end is None:
                self.deciders[role.account].append(DealContact(role.contact, role.decision_role, role.attitude))
        self.made: list[Opportunity] = []

    def keep(self, account: Account | None, pipeline: str, stage: Stage, times: Times, **facts) -> None:
        """File an opportunity; facts are its name, owner, lines, next step and competitor."""
        lines = facts["lines"]
        self.made.append(
            Opportunity(
                key=f"deal-{len(self.made) + 1:03}",
                account=account.key if account else None,
                pipeline=pipeline,
                stage=stage.key,
                amount=sum(line.quantity * line.price for line in lines),
                currency=account.currency if account else "CNY",
                contacts=tuple(self.deciders[account.key][:3]) if account else (),
                win_reason=WIN_REASONS[len(self.made) % len(WIN_REASONS)] if stage.kind == "won" else None,
                loss_reason=self.loss_reason(stage),
                source=account.source
                if account and pipeline == "equipment"
                else "website"
                if pipeline == "equipment"
                else "service",
                **times._asdict(),
                **facts,
            )
        )

    def loss_reason(self, stage: Stage) -> str | None:
        if stage.kind != "lost":
            return None
        return self.random.choice(CANCEL_REASONS if stage.key in ("cancelled", "dropped") else LOSS_REASONS)

    def open_times(self, stage: Stage, days: int, since: date, slipping: float = 0) -> Times:
        """An open deal, so many days in its stage, no older than its account; slipping: how likely its date is past."""
        stage_since = max(since, self.hours.weekday_before(self.hours.day(-days)))
        before = stage.place * self.random.randint(4, 16)
        opened = max(since, self.hours.weekday_before(stage_since - timedelta(days=before)))
        low, high = HORIZON[stage.key]
        ahead = self.random.randint(-12, -1) if self.random.random() < slipping else self.random.randint(low, high)
        return Times(opened, stage_since, self.hours.day(ahead), None)

    def closed_times(self, pipeline: str, days: int, since: date) -> Times:
        closed = self.hours.weekday_before(self.hours.day(-days))
        opened = max(
            since, self.hours.weekday_before(closed - timedelta(days=self.random.randint(*DAYS_TO_CLOSE[pipeline])))
        )
        return Times(opened, closed, closed + timedelta(days=self.random.randint(-20, 20)), closed)

    def next_step(self, stage: Stage, language: str) -> tuple[str, datetime | None]:
        """Some deals have none; some are overdue; some are due today."""
        chance = self.random.random()
        if stage.kind != "open" or chance < 0.08:
            return "", None
        steps = stories.NEXT_STEPS[stage.key]
        if language != "zh-hans":
            steps = stories.NEXT_STEPS_TRADITIONAL if language == "zh-hant" else stories.NEXT_STEPS_ENGLISH
        weekdays = -self.random.randint(1, 6) if chance < 0.22 else 0 if chance < 0.36 else self.random.randint(1, 12)
        return self.random.choice(steps), self.hours.some_time(self.hours.workday(weekdays), self.random)

    def subject(self, pipeline: str, account: Account | None) -> tuple[str, tuple[Line, ...]]:
        """What the deal is called and what is sold in it."""
        language = account.language if account else "zh-hans"
        small = account is not None and (account.kind != "company" or account.level == "D")
        offers = {
            ("equipment", "zh-hans"): stories.SMALL_DEALS if small else stories.DEALS,
            ("equipment", "zh-hant"): stories.DEALS_TRADITIONAL,
            ("equipment", "en"): stories.DEALS_ENGLISH,
            ("renewal", "zh-hans"): stories.RENEWALS,
            ("renewal", "zh-hant"): stories.RENEWALS_TRADITIONAL,
            ("renewal", "en"): stories.RENEWALS_ENGLISH,
            ("parts", "zh-hans"): stories.PARTS,
            ("parts", "zh-hant"): stories.PARTS_TRADITIONAL,
            ("parts", "en"): stories.PARTS_ENGLISH,
        }
        titles, goods = self.random.choice(offers[pipeline, language])
        return self.random.choice(titles), self.priced(goods, account.currency if account else "CNY")

    def priced(self, goods: str, currency: str) -> tuple[Line, ...]:
        """Lines at a discount on the list price, in round figures of the currency."""
        lines = []
        for sku, bounds in (item.split(":") for item in goods.split()):
            quantity = self.random.randint(*map(int, bounds.split("-")))
            price = LIST_PRICE[sku] * Decimal(self.random.randint(84, 100)) / 100 / CNY_PER[currency]
            step = 100 if price >= 10_000 else 10
            if quantity:
                lines.append(Line(sku, Decimal(quantity), Decimal(f"{max(1, round(price / step)) * step}.00")))
        return tuple(lines)


def opportunities(
    hours: OfficeHours, seed: int, accounts: Sequence[Account], roles: Iterable[AccountRole]
) -> tuple[Opportunity, ...]:
    book = Dealbook(hours, seed, accounts, roles)
    for row in screens.DEALS:
        add_known(book, row)
    for pipeline, stages in COUNTS.items():
        for key, count in stages.items():
            stage = stage_of(pipeline, key)
            for number in range(count):
                if stage.kind == "open":
                    add_open(book, pipeline, stage, with_account=key != "first_contact" or number >= WITHOUT_ACCOUNT)
                else:
                    add_closed(book, pipeline, stage, quarter=number % 4)
    add_rival_offer(book)
    return tuple(book.made)


def add_rival_offer(book: Dealbook) -> None:
    """A colleague of another department offers a customer of the screens what is offered there already, for less."""
    account = book.accounts["delin"]
    offered = next(each for each in book.made if each.account == account.key and each.stage == "proposal")
    line = offered.lines[0]
    stage = stage_of("equipment", "proposal")
    opened, since = (book.hours.weekday_before(book.hours.day(-days)) for days in (12, 5))
    times = Times(opened, since, book.hours.day(40), None)
    lines = (replace(line, price=line.price - 1000),)
    book.keep(
        account, "equipment", stage, times, name="二厂备用机", owner="yeqing", lines=lines, next_step="核第三项单价",
        next_step_at=book.hours.at(book.hours.workday(3), "10:00"), competitor="",
    )  # fmt: skip


def add_known(book: Dealbook, row: screens.KnownDeal) -> None:
    account = book.accounts[row.account]
    stage = stage_of("equipment", row.stage)
    times = book.open_times(stage, row.days, account.created)._replace(stage_since=book.hours.day(-row.days))
    due = book.hours.at(book.hours.workday(row.due), row.clock)
    book.keep(
        account,
        "equipment",
        stage,
        times._replace(opened=min(times.opened, times.stage_since)),
        name=row.name,
        owner=row.owner,
        lines=known_lines(row),
        next_step=row.next_step,
        next_step_at=due,
        competitor=row.rival,
    )


def known_lines(row: screens.KnownDeal) -> tuple[Line, ...]:
    """The lines as written, the last one priced so that all together come to the amount."""
    left, lines = Decimal(row.amount) * 10_000, []
    *priced, last = row.lines.split()
    for item in priced:
        sku, quantity, price = item.replace("@", "*").split("*")
        lines.append(Line(sku, Decimal(quantity), Decimal(f"{price}.00")))
        left -= lines[-1].quantity * lines[-1].price
    sku, quantity = last.removesuffix("@").split("*")[:2]
    return (*lines, Line(sku, Decimal(quantity), Decimal(f"{left / int(quantity):.2f}")))


def add_open(book: Dealbook, pipeline: str, stage: Stage, with_account: bool) -> None:
    """An open deal; about one in four is stuck, that is longer in its stage than the stage's limit."""
    random, limit = book.random, stage.days_limit or 10
    days = random.randint(limit + 1, limit * 3) if random.random() < 0.25 else random.randint(0, limit)
    account = None
    if with_account:
        wanted = (
            ("steady", "strategic")
            if pipeline != "equipment"
            else ("potential", "nurture", "first_purchase", "steady", "strategic")
        )
        account = random.choice([one for one in unscripted(book, pipeline) if one.status in wanted])
    times = book.open_times(stage, days, account.created if account else date.min, slipping=0.1)
    name, lines = book.subject(pipeline, account)
    step, due = book.next_step(stage, account.language if account else "zh-hans")
    owner = account.owner if account else random.choice(SALES_STAFF["east-1"])
    rival = random.choice(stories.RIVALS) if stage.place and random.random() < 0.4 else ""
    book.keep(
        account,
        pipeline,
        stage,
        times,
        name=name,
        owner=owner,
        lines=lines,
        next_step=step,
        next_step_at=due,
        competitor=rival,
    )


def unscripted(book: Dealbook, pipeline: str) -> list[Account]:
    """Those whose open deals the screens do not already tell; people in their own name buy parts only."""
    told = {row.key for row in screens.ACCOUNTS}
    return [
        one for one in book.accounts.values() if one.key not in told and (one.kind == "company" or pipeline == "parts")
    ]


def add_closed(book: Dealbook, pipeline: str, stage: Stage, quarter: int) -> None:
    """A deal won or lost in one of the last four quarters, with an account that was there by then."""
    random = book.random
    days = quarter * 91 + random.randint(2, 90)
    latest = book.hours.day(-days - 30)
    fits = [
        one for one in book.accounts.values() if one.created < latest and (stage.kind == "lost" or one.status in BUYERS)
    ]
    account = random.choice(fits)
    name, lines = book.subject(pipeline, account)
    rival = random.choice(stories.RIVALS) if stage.kind == "lost" or random.random() < 0.3 else ""
    times = book.closed_times(pipeline, days, account.created)
    book.keep(
        account,
        pipeline,
        stage,
        times,
        name=name,
        owner=account.owner,
        lines=lines,
        next_step="",
        next_step_at=None,
        competitor=rival,
    )
