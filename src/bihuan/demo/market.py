"""A year of the firm's marketing: campaigns, the forms by which people come, segments, and whom campaigns addressed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, AccountRole, Contact, Lead

#: For so many days after its end people still come because of a campaign.
ECHO = timedelta(days=120)


@dataclass(frozen=True)
class Campaign:
    """Leads and deals of `source` come by it, where it has one."""

    key: str  # its code too
    name: str
    type: str
    channel: str
    state: str
    source: str | None
    begins: date
    ends: date | None
    budget: Decimal
    cost: Decimal | None
    owner: str


@dataclass(frozen=True)
class Form:
    """`questions` are the fields asked for, with whether they must be answered."""

    key: str
    name: tuple[str, str, str]
    campaign: str
    source: str
    intro: str
    thanks: str
    hosts: str
    open_until: date | None
    questions: tuple[tuple[str, bool], ...]
    owner: str


@dataclass(frozen=True)
class Submission:
    """What came in by a form; `lead` is what was made of it, none of spam."""

    form: str
    name: str
    company: str
    mobile: str
    demand: str
    at: datetime
    lead: str | None
    suspicion: str = "none"


@dataclass(frozen=True)
class Segment:
    """`rule` names fields of the object with the keys of choices; `sizes` are those of the days before today, the last first."""

    name: str
    object: str
    rule: tuple[
        tuple[str, str, tuple[str, ...]], ...
    ]  # parameter of the list, name of the choices or "", keys or operand
    sizes: tuple[int, ...]
    owner: str


@dataclass(frozen=True)
class Member:
    campaign: str
    contact: str
    status: str


@dataclass(frozen=True)
class Market:
    campaigns: tuple[Campaign, ...]
    forms: tuple[Form, ...]
    submissions: tuple[Submission, ...]
    segments: tuple[Segment, ...]
    members: tuple[Member, ...]

    def campaign_of_lead(self, lead: Lead) -> str | None:
        """By which campaign a lead came: that of the form that made it, else one that fits."""
        made_by = {each.form for each in self.submissions if each.lead == lead.key and each.at <= lead.created}
        by_form = next((each.campaign for each in self.forms if each.key in made_by), None)
        return by_form or self.campaign_of(lead.source, lead.created.date())

    def campaign_of(self, source: str | None, day: date) -> str | None:
        """By which campaign somebody came who came from a source on a day: the latest that fits."""
        fitting = [
            each for each in self.campaigns
            if source and each.source == source and each.begins <= day and (each.ends is None or day <= each.ends + ECHO)
        ]  # fmt: skip
        return max(fitting, key=lambda each: each.begins).key if fitting else None


#: Code, name, type, channel, state, source, first and last day from today, budget and cost in 元, owner.
CAMPAIGNS = (
    ("SEM", "搜索推广：变频空压机", "advertising", "web", "running", "search_ads", -330, 35, 240_000, 171_800, "dingyinuo"),
    ("WEB", "官网样本索取", "content", "web", "running", "website", -330, None, 48_000, 36_200, "dingyinuo"),
    ("FAIR-S", "春季机械展 节能专区", "exhibition", "event", "finished", "exhibition", -230, -226, 380_000, 412_600, "xiayu"),
    ("WX-SEL", "公众号选型专题", "content", "wechat", "running", "wechat", -180, 60, 60_000, 38_500, "dingyinuo"),
    ("ENERGY", "节能空压站研讨会（苏州）", "seminar", "event", "finished", "design_institute", -120, -120, 90_000, 86_400, "xiayu"),
    ("FAIR-A", "工业博览会 压缩机展台", "exhibition", "event", "finished", "exhibition", -62, -57, 450_000, 438_200, "xiayu"),
    ("SWAP", "老机换新补贴", "promotion", "phone", "running", "service", -40, 50, 150_000, 52_000, "xiayu"),
    ("OPEN-DAY", "工厂开放日", "visit_day", "visit", "planned", None, 18, 18, 80_000, None, "dingyinuo"),
)  # fmt: skip
SPAM = (
    ("John Smith", "SEO Global", "138 0000 0001", "We will bring your site to page one of all search engines.", "trap"),
    ("测试", "", "138 0000 0002", "1", "haste"),
)
#: Statuses of members: of a campaign that is over, and of one that people are being invited to.
PAST, COMING = (
    ("attended", "attended", "responded", "invited", "declined"),
    ("invited", "invited", "responded", "planned"),
)


def market(
    hours: OfficeHours, seed: int, accounts: Sequence[Account], contacts: Sequence[Contact], roles: Sequence[AccountRole],
    leads: Sequence[Lead],
) -> Market:  # fmt: skip
    random = Random(f"market {seed}")
    return Market(
        campaigns=tuple(_campaigns(hours)),
        forms=tuple(_forms(hours)),
        submissions=tuple(_submissions(hours, leads)),
        segments=tuple(_segments(random)),
        members=tuple(_members(random, accounts, contacts, roles)),
    )


def _campaigns(hours: OfficeHours) -> Iterable[Campaign]:
    for key, name, kind, channel, state, source, begins, ends, budget, cost, owner in CAMPAIGNS:
        yield Campaign(
            key, name, kind, channel, state, source, hours.day(begins), None if ends is None else hours.day(ends),
            Decimal(budget), None if cost is None else Decimal(cost), owner,
        )  # fmt: skip


def _forms(hours: OfficeHours) -> Iterable[Form]:
    yield Form(
        "brochure", ("索取选型样本", "索取選型樣本", "Ask for the selection guide"), "WEB", "website",
        "留下联系方式，工程师当天把样本和选型表发给您。", "收到了，工程师今天就会联系您。", "www.hancheng.example *.hancheng.example", None,
        (("name", True), ("company", True), ("mobile", True), ("city", False), ("demand", True), ("file", False)), "dingyinuo",
    )  # fmt: skip
    yield Form(
        "open-day", ("工厂开放日报名", "工廠開放日報名", "Sign up for the open day"), "OPEN-DAY", "wechat",
        "看装配线、试车台和能耗实验室，午餐我们请。", "报名成功，开放日前三天短信通知您路线。", "", hours.day(17),
        (("name", True), ("company", True), ("title", False), ("mobile", True)), "dingyinuo",
    )  # fmt: skip


def _submissions(hours: OfficeHours, leads: Sequence[Lead]) -> Iterable[Submission]:
    """The latest leads from the website came by a form, as did some from WeChat; some who bought asked for a brochure meanwhile."""
    named = sorted((each for each in leads if each.mobile and each.person), key=lambda each: each.created, reverse=True)
    for form, source, count in (("brochure", "website", 9), ("open-day", "wechat", 4)):
        for lead in [each for each in named if each.source == source and not each.opportunity][:count]:
            yield Submission(form, lead.person, lead.company, lead.mobile, lead.demand, lead.created, lead.key)
    for lead in [each for each in named if each.opportunity and each.source != "website"][:24]:
        at = lead.created + (lead.stage_since - lead.created) / 2
        yield Submission("brochure", lead.person, lead.company, lead.mobile, "请寄样本", at, lead.key)
    for place, (name, company, mobile, demand, suspicion) in enumerate(SPAM):
        at = hours.at(hours.day(-3 - place * 4), "03:12")
        yield Submission("brochure", name, company, mobile, demand, at, None, suspicion)


def _segments(random: Random) -> Iterable[Segment]:
    east = (("level.in", "account_level", ("A", "B")), ("province.is", "", ("江苏省",)))
    pure = (("industry.in", "industry", ("food", "pharma")),)
    fair = (("source.in", "source", ("exhibition",)), ("stage.kind.in", "", ("open",)))
    for name, of, rule, now in (
        ("江苏 A、B 级客户", "account", east, 26),
        ("食品与医药（无油用气）", "account", pure, 31),
        ("展会来的未成交线索", "lead", fair, 24),
    ):
        sizes = [now]
        for _day in range(20):
            sizes.append(max(1, sizes[-1] - random.choice((0, 0, 0, 1, 1, -1))))
        yield Segment(name, of, rule, tuple(sizes[1:]), "xiayu")


def _members(
    random: Random, accounts: Sequence[Account], contacts: Sequence[Contact], roles: Sequence[AccountRole]
) -> Iterable[Member]:
    """Main contacts of customers on the mainland."""
    here = {each.key for each in accounts if each.country == "CN"}
    chosen = [role.contact for role in roles if role.primary and role.account in here and role.end is None]
    known = {each.key for each in contacts}
    chosen = [key for key in dict.fromkeys(chosen) if key in known]
    for campaign, count, statuses in (("ENERGY", 36, PAST), ("FAIR-A", 60, PAST), ("OPEN-DAY", 48, COMING)):
        yield from (Member(campaign, key, random.choice(statuses)) for key in sorted(random.sample(chosen, count)))
