"""The accounts: those of the screens, firms beyond the mainland, people in their own name, and many invented firms."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

from bihuan.demo import identifiers, names, screens
from bihuan.demo.firm import STAFF, romanised
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, Relation

COUNT = 200
SALES_STAFF = {
    team: tuple(row[2] for row in STAFF if row[4] == team) for team in ("east-1", "east-2", "south-1", "north-1")
}
#: status → how many in a hundred, annual purchase in 万元 from–to, age of the account in days from–to
STATUSES = {
    "potential": (22, 0, 0, 5, 260),
    "nurture": (20, 0, 30, 40, 600),
    "first_purchase": (14, 8, 120, 120, 700),
    "steady": (26, 15, 260, 500, 3200),
    "strategic": (4, 180, 620, 1500, 3600),
    "at_risk": (6, 10, 110, 600, 2600),
    "dormant": (8, 0, 12, 900, 3400),
}
SOURCES = (
    "exhibition", "referral", "referral", "website", "search_ads", "wechat", "cold_call", "cold_call", "partner",
    "design_institute", "tender",
)  # fmt: skip
CNY_PER = {"CNY": Decimal(1), "USD": Decimal("7.2"), "TWD": Decimal("0.225")}
CURRENCY = {"CN": "CNY", "TW": "TWD"}  # everybody else trades in USD
LANGUAGE = {"CN": "zh-hans", "TW": "zh-hant", "HK": "zh-hant"}  # everybody else writes English
FOREIGN_OWNER = {"TW": "linguanyu", "HK": "chenyongshan"}  # everybody else belongs to the export team


def accounts(hours: OfficeHours, seed: int) -> tuple[Account, ...]:
    random = Random(f"accounts {seed}")
    found = [known(row, hours, random) for row in screens.ACCOUNTS]
    for firm in names.TAIWAN_FIRMS + names.HONG_KONG_FIRMS + names.OVERSEAS_FIRMS:
        found.append(foreign(firm, hours, random))
    for name, _gender, city, industry in names.SOLE_TRADERS:
        owner = random.choice(SALES_STAFF[names.CITIES[city].team])
        found.append(private("person", (name,), city, industry, owner, hours, random))
    for holders, city, industry, owner in names.JOINT_HOLDERS:
        people = tuple(holder[0] for holder in holders)
        found.append(private("joint", people, city, industry, owner, hours, random))
    invented = invent({account.key for account in found}, hours, random)
    while len(found) < COUNT:
        found.append(next(invented))
    return tuple(found)


def relations() -> tuple[Relation, ...]:
    return tuple(Relation(account, related, kind) for account, kind, related in screens.RELATIONS)


def company(
    key: str, name: str, short_name: str, name_en: str, industry: str, city: names.City, hours, random
) -> Account:
    """A firm on the mainland, with figures that fit a status drawn at random."""
    district, code = random.choice(city.districts)
    status = random.choices(tuple(STATUSES), [row[0] for row in STATUSES.values()])[0]
    _share, low, high, youngest, oldest = STATUSES[status]
    annual = Decimal(f"{random.randint(low * 10, high * 10) * 1000}.00")
    age = random.randint(youngest, oldest)
    return Account(
        key=key,
        kind="company",
        name=name,
        short_name=short_name,
        name_en=name_en,
        level=level_for(annual, random),
        status=status,
        industry=industry,
        source=random.choice(SOURCES),
        country="CN",
        province=city.province,
        city=f"{city.name}市",
        district=district,
        address=f"{random.choice(names.STREETS)} {random.randint(1, 2088)} 号",
        phone=identifiers.landline(random, "CN", city.area_code),
        website=f"https://www.{key}.example",
        tax_id=identifiers.china_tax_id(random, code),
        annual_purchase=annual,
        currency="CNY",
        employees=20 + int(random.lognormvariate(5.2, 0.9)),
        language="zh-hans",
        owner=random.choice(SALES_STAFF[city.team]),
        parent=None,
        created=hours.weekday_before(hours.day(-age)),
    )


def level_for(annual: Decimal, random: Random) -> str:
    """A to D by what the account buys in a year, in yuan; among those who buy nothing yet, by hope."""
    if not annual:
        return random.choice("BCCDD")
    return next(
        level for level, least in (("A", 1_500_000), ("B", 600_000), ("C", 150_000), ("D", 0)) if annual >= least
    )


def known(row: screens.KnownAccount, hours: OfficeHours, random: Random) -> Account:
    drawn = company(row.key, row.name, row.short_name, row.name_en, row.industry, names.CITIES[row.city], hours, random)
    district, address, phone = screens.ADDRESSES.get(row.key, (drawn.district, drawn.address, drawn.phone))
    age = row.years * 365 - random.randrange(120)
    return replace(
        drawn,
        status=row.status,
        level=row.level,
        annual_purchase=Decimal(f"{Decimal(row.annual) * 10_000:.2f}"),
        owner=row.owner,
        source="exhibition" if row.key == "hengli" else drawn.source,
        parent=screens.PARENTS.get(row.key),
        language="en" if row.key == "schaefer" else "zh-hans",
        district=district,
        address=address,
        phone=phone,
        tax_id=screens.TAX_IDS.get(row.key, drawn.tax_id),
        created=hours.weekday_before(hours.day(-age)),
    )


def foreign(firm: names.ForeignFirm, hours: OfficeHours, random: Random) -> Account:
    """A firm in Taiwan, Hong Kong or abroad: its own currency, language, telephone and tax number."""
    like = company(
        firm.key, firm.name, firm.short_name, firm.name_en, firm.industry, names.CITIES["上海"], hours, random
    )
    currency = CURRENCY.get(firm.country, "USD")
    annual = Decimal(f"{round(like.annual_purchase / CNY_PER[currency], -2):.2f}")
    return replace(
        like,
        country=firm.country,
        province="",
        city=firm.city,
        district=firm.district,
        address=firm.address,
        phone=identifiers.landline(random, firm.country),
        currency=currency,
        annual_purchase=annual,
        tax_id=identifiers.taiwan_tax_id(random) if firm.country == "TW" else "",
        language=LANGUAGE.get(firm.country, "en"),
        owner=FOREIGN_OWNER.get(firm.country, "daniel"),
    )


def private(kind, people: tuple[str, ...], city: str, industry: str, owner: str, hours, random) -> Account:
    """One person, or several jointly, who buy little and have no tax number of a company."""
    key = "-".join(map(romanised, people))
    name = " / ".join(people)
    drawn = company(key, name, name, key.replace("-", " / ").title(), industry, names.CITIES[city], hours, random)
    return replace(
        drawn,
        kind=kind,
        owner=owner,
        tax_id="",
        website="",
        employees=None,
        level=random.choice("CDD"),
        status=random.choice(("first_purchase", "steady", "steady", "nurture", "dormant")),
        phone=identifiers.mobile(random, "CN"),
        annual_purchase=Decimal(f"{random.randint(2, 90) * 1000}.00"),
    )


def invent(taken: set[str], hours: OfficeHours, random: Random) -> Iterator[Account]:
    """Firms whose name is place, brand, trade and legal form, without end; no two share a brand."""
    while True:
        brand = random.choice(names.BRAND_FIRST) + random.choice(names.BRAND_SECOND)
        key = romanised(brand)
        industry = random.choice(tuple(names.TRADES))
        city = random.choice(tuple(names.CITIES.values()))
        if key in taken or brand[0] == brand[1]:
            continue
        taken.add(key)
        short_trade, trade = random.choice(names.TRADES[industry])
        name = f"{city.name}{brand}{trade}{random.choice(names.LEGAL_FORMS)}"
        name_en = f"{key.title()} {industry.replace('_', ' ').title()}"
        yield company(key, name, brand + short_trade, name_en, industry, city, hours, random)
