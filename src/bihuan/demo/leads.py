"""Leads: those that are followed, those that became the customers of a deal, and those that turned out to be none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from bihuan.demo import customers, identifiers, names
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, Contact, Lead, Opportunity
from bihuan.demo.stages import stage

#: How many stand in each open stage, with how many weekdays ago the oldest came there.
OPEN = {"new": (38, 4), "following": (40, 14), "qualified": (18, 9)}
INVALID, CONVERTED, UNOWNED = 34, 70, 6
SOURCES = (
    "website",
    "website",
    "search_ads",
    "search_ads",
    "exhibition",
    "exhibition",
    "wechat",
    "cold_call",
    "referral",
    "tender",
)
INVALID_REASONS = (
    "no_need",
    "no_need",
    "wrong_number",
    "no_budget",
    "out_of_range",
    "competitor",
    "unreachable",
    "duplicate",
)
#: product, expected amount in 万元 from–to, what they ask for
DEMANDS = (
    ("HC75VP", 25, 70, "新厂空压站，用气约 {flow} m³/min，想要两台变频互为备用"),
    ("HC37VP", 8, 20, "老螺杆机耗电高，想换一台 {kw} 千瓦永磁变频"),
    ("HO55W", 40, 120, "食品车间要无油空气，露点 −40℃，请报价"),
    ("HN-100", 30, 90, "激光切割用氮气，纯度 99.99%，现在买液氮"),
    ("HR-75", 6, 18, "空压机余热想用来做宿舍热水，问投资回收期"),
    ("HD-120", 3, 9, "冷干机出水，换两台 {flow} 立方的"),
    ("HL22H", 5, 15, "激光切割机配套 16 公斤高压机"),
    ("CLOUD-1", 2, 10, "三个厂区的空压站想上云监控，看能耗"),
    ("MNT-A", 2, 8, "别家的机器能不能签保养"),
    ("SVC-AUD", 1, 4, "想先做一次能耗诊断"),
)
NEXT = ("电话确认需求", "加微信发样本", "约现场测流量", "发选型表", "问预算和时间", "转技术评估", "邀请参观工厂")

#: Who shares what no team takes, of all that sell: those who know the machines best.
BY_LOAD = ("yeqing", "songzhixing", "tianye")
#: The teams that come before the rule for everybody: name in three languages, the conditions, the logins of the members.
ASSIGNMENT_RULES = (
    ("华南", "華南", "South", "province.is=广东省", ("huangjiaying", "liangweiye")),
    ("华东一部", "華東一部", "East 1", "province.is=江苏省", ("luziang", "hanxue", "guyan", "shenyifan")),
)


@dataclass
class Prospects:
    """The firms and people that leads are about: none that is a customer already."""

    hours: OfficeHours
    random: Random
    firms: Iterator[Account]

    def draw(self, number: int, stage_key: str, since: datetime) -> Lead:
        """A lead that came to its stage at a moment."""
        random, firm = self.random, next(self.firms)
        product, low, high, demand = random.choice(DEMANDS)
        gender = random.choice("mmmf")
        named = random.random() < 0.9
        kind = "person" if named and random.random() < 0.12 else "company"
        private = kind == "person"
        created = self.hours.some_time(
            self.hours.weekday_before(since.date() - timedelta(days=random.randint(0, 12))), random
        )
        return Lead(
            key=f"lead-{number:03}",
            kind=kind,
            company="" if private else firm.name,
            person=random.choice(names.SURNAMES) + random.choice(names.GIVEN_NAMES[gender]) if named else "",
            title="" if private or not named else random.choice(names.TITLES["zh-hans"])[0],
            mobile=identifiers.mobile(random, "CN") if named else "",
            phone="" if named else firm.phone,
            email=f"info@{firm.key}.example" if not private and random.random() < 0.4 else "",
            province=firm.province,
            city=firm.city,
            industry=firm.industry,
            stage=stage_key,
            stage_since=since,
            demand=demand.format(flow=random.randrange(6, 60, 2), kw=random.choice((22, 37, 55, 75))),
            product=product,
            budget=Decimal(random.randint(low * 10, high * 10) * 1000) if random.random() < 0.6 else None,
            source=random.choice(SOURCES),
            owner=firm.owner,
            created=min(created, since),
        )  # fmt: skip


def leads(
    hours: OfficeHours,
    seed: int,
    accounts: Sequence[Account],
    contacts: Sequence[Contact],
    deals: Sequence[Opportunity],
) -> tuple[Lead, ...]:
    """Numbered in no order of theirs."""
    random = Random(f"leads {seed}")
    prospects = Prospects(hours, random, customers.invent({account.key for account in accounts}, hours, random))
    found: list[Lead] = []
    for key, (count, oldest) in OPEN.items():
        for place in range(count):
            since = hours.some_time(hours.workday(-(1 + place * oldest // count)), random)
            found.append(
                _followed(
                    prospects.draw(len(found), key, since), hours, random, unowned=key == "new" and place < UNOWNED
                )
            )
    for place in range(INVALID):
        lost = prospects.draw(len(found), "invalid", hours.some_time(hours.workday(-3 - place * 3), random))
        found.append(replace(lost, invalid_reason=random.choice(INVALID_REASONS)))
    found += _converted(hours, random, len(found), accounts, contacts, deals)
    return tuple(found)


def _followed(lead: Lead, hours: OfficeHours, random: Random, *, unowned: bool) -> Lead:
    """With what is to be done next; one that just came from the web may be nobody's yet."""
    if unowned:
        return replace(lead, owner=None, source="website", stage_since=lead.stage_since, created=lead.stage_since)
    if lead.stage == "new" and random.random() < 0.5:
        return lead
    limit = stage("inbound", lead.stage).days_limit or 5
    at = hours.some_time(hours.workday(random.randint(-1, limit // 2 + 1)), random)
    return replace(lead, next_step=random.choice(NEXT), next_step_at=at)


def _converted(
    hours: OfficeHours, random: Random, number: int,
    accounts: Sequence[Account], contacts: Sequence[Contact], deals: Sequence[Opportunity],
) -> Iterator[Lead]:  # fmt: skip
    """The leads that the latest deals with one contact or more began as."""
    firms, people = {each.key: each for each in accounts}, {each.key: each for each in contacts}
    begun = [
        deal
        for deal in deals
        if deal.account and deal.contacts and deal.pipeline == "equipment" and deal.source != "service"
    ]
    begun.sort(key=lambda deal: (deal.opened, deal.key))
    begun = list(
        {deal.contacts[0].contact: deal for deal in reversed(begun)}.values()
    )  # the first deal with each person
    for place, deal in enumerate(begun[:CONVERTED]):
        firm, person = firms[deal.account or ""], people[deal.contacts[0].contact]
        done = hours.some_time(deal.opened, random)
        yield Lead(
            key=f"lead-{number + place:03}",
            kind=firm.kind,
            company=firm.name if firm.kind == "company" else "",
            person=person.name,
            title=person.title,
            mobile=person.mobile,
            email=person.email,
            province=firm.province,
            city=firm.city,
            industry=firm.industry,
            stage="converted",
            stage_since=done,
            demand=deal.name,
            product=deal.lines[0].product if deal.lines else None,
            budget=deal.amount,
            currency=deal.currency,
            source=deal.source,
            owner=deal.owner,
            created=done - timedelta(days=random.randint(1, 30)),
            account=firm.key,
            contact=person.key,
            opportunity=deal.key,
        )
