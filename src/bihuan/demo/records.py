"""The plain values that the demo world is made of.

Records name each other by key. Dates are local; every datetime is aware, in the firm's time zone. Money is Decimal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bihuan.demo.market import Market


class Names(NamedTuple):
    """One name in the three languages of the product."""

    zh_hans: str
    zh_hant: str
    en: str


@dataclass(frozen=True)
class Unit:
    key: str
    names: Names
    kind: str  # firm, branch, division, department, team
    parent: str | None


@dataclass(frozen=True)
class Role:
    key: str
    names: Names


@dataclass(frozen=True)
class User:
    login: str
    name: str
    name_en: str
    email: str
    phone: str  # E.164
    title: str
    unit: str
    manager: str | None  # a login
    roles: tuple[str, ...]
    language: str  # zh-hans, zh-hant, en
    pigment: str


@dataclass(frozen=True)
class Account:
    """A party that trades: a company, a person, or several people jointly."""

    key: str
    kind: str  # company, person, joint
    name: str
    short_name: str
    name_en: str
    level: str
    status: str
    industry: str
    source: str
    country: str  # ISO 3166, two letters
    province: str
    city: str
    district: str
    address: str
    phone: str  # E.164
    website: str
    tax_id: str  # CN: 统一社会信用代码, TW: 統一編號; otherwise empty
    annual_purchase: Decimal
    currency: str  # ISO 4217
    employees: int | None
    language: str  # zh-hans, zh-hant, en
    owner: str
    parent: str | None  # the group's account
    created: date


@dataclass(frozen=True)
class Relation:
    """`related` is, seen from `account`, of this kind: its agent, its subsidiary, in its group."""

    account: str
    related: str
    kind: str


@dataclass(frozen=True)
class Contact:
    """A human being."""

    key: str
    name: str
    gender: str  # m, f
    title: str
    department: str
    function: str
    mobile: str  # E.164
    email: str
    wechat: str
    birthday: date | None
    language: str  # zh-hans, zh-hant, en
    owner: str
    created: date


@dataclass(frozen=True)
class AccountRole:
    """What a contact is to an account, from a day until a day (None: still). Share in per cent, if joint."""

    account: str
    contact: str
    title: str
    decision_role: str
    attitude: str
    primary: bool
    share: Decimal | None
    start: date
    end: date | None


@dataclass(frozen=True)
class Product:
    sku: str
    names: Names
    kind: str  # goods, service, subscription
    unit: str
    list_price: Decimal  # CNY, tax included
    category: str


@dataclass(frozen=True)
class Line:
    product: str  # a sku
    quantity: Decimal
    price: Decimal  # of one, in the opportunity's currency


@dataclass(frozen=True)
class DealContact:
    contact: str
    role: str  # a decision_role
    attitude: str


@dataclass(frozen=True)
class Opportunity:
    """Its amount is the sum of its lines."""

    key: str
    name: str
    account: str | None
    pipeline: str
    stage: str
    amount: Decimal
    currency: str
    opened: date
    stage_since: date
    expected_close: date
    closed: date | None
    owner: str
    contacts: tuple[DealContact, ...]
    lines: tuple[Line, ...]
    next_step: str
    next_step_at: datetime | None
    competitor: str
    win_reason: str | None
    loss_reason: str | None
    source: str


@dataclass(frozen=True)
class Lead:
    """Account, contact and opportunity are what it became, if it was converted."""

    key: str
    kind: str  # company, person, joint
    person: str
    stage: str  # of the pipeline "inbound"
    stage_since: datetime
    source: str
    owner: str | None
    created: datetime
    company: str = ""
    title: str = ""
    mobile: str = ""
    phone: str = ""
    email: str = ""
    province: str = ""
    city: str = ""
    industry: str = ""
    demand: str = ""
    product: str | None = None
    budget: Decimal | None = None
    currency: str = "CNY"
    next_step: str = ""
    next_step_at: datetime | None = None
    invalid_reason: str | None = None
    account: str | None = None
    contact: str | None = None
    opportunity: str | None = None


@dataclass(frozen=True)
class Touchpoint:
    key: str
    channel: str
    direction: str  # in, out
    at: datetime
    minutes: int | None
    contacts: tuple[str, ...]
    account: str
    opportunity: str | None
    by: str
    colleagues: tuple[str, ...]  # who else of the firm took part
    text: str
    outcome: str


@dataclass(frozen=True)
class Task:
    key: str
    title: str
    assignee: str
    account: str | None
    contact: str | None
    opportunity: str | None
    priority: str  # low, normal, high
    created: datetime
    due: datetime
    done: datetime | None


@dataclass(frozen=True)
class Note:
    key: str
    text: str
    account: str
    opportunity: str | None
    by: str
    at: datetime
    pinned: bool


@dataclass(frozen=True)
class Pool:
    key: str
    names: Names
    units: tuple[str, ...]
    administrators: tuple[str, ...]
    claims_per_day: int
    capacity: int
    cool_down_days: int


@dataclass(frozen=True)
class PoolRule:
    """After how many days what falls; None: never for that."""

    pool: str
    level: str  # empty: every level without a rule of its own
    untouched: int | None
    no_deal: int | None
    not_won: int | None


@dataclass(frozen=True)
class Returned:
    """An account that its owner gave back."""

    account: str
    pool: str
    reason: str
    remark: str


@dataclass(frozen=True)
class Competitor:
    name: str
    name_en: str
    products: str
    strengths: str
    weaknesses: str


@dataclass(frozen=True)
class Rival:
    """A competitor in an opportunity, by name; its price is in the opportunity's currency."""

    opportunity: str
    competitor: str
    strength: str
    price: Decimal | None
    outcome: str


@dataclass(frozen=True)
class Target:
    """Of a unit or a person (a login) for the month that begins on a day; money in CNY."""

    kind: str  # unit, person
    whose: str
    month: date
    measure: str
    base: Decimal
    stretch: Decimal


@dataclass(frozen=True)
class World:
    today: date
    units: tuple[Unit, ...]
    roles: tuple[Role, ...]
    users: tuple[User, ...]
    accounts: tuple[Account, ...]
    relations: tuple[Relation, ...]
    contacts: tuple[Contact, ...]
    account_roles: tuple[AccountRole, ...]
    products: tuple[Product, ...]
    opportunities: tuple[Opportunity, ...]
    competitors: tuple[Competitor, ...]
    rivals: tuple[Rival, ...]
    targets: tuple[Target, ...]
    leads: tuple[Lead, ...]
    market: Market
    touchpoints: tuple[Touchpoint, ...]
    tasks: tuple[Task, ...]
    notes: tuple[Note, ...]
    pools: tuple[Pool, ...]
    pool_rules: tuple[PoolRule, ...]
    returned: tuple[Returned, ...]
    owned_since: Mapping[str, date]  # by the key of the account
