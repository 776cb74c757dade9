"""A year of touchpoints: each deal's story stage by stage, and between deals service, care and marketing."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from bihuan.demo import screens, stories
from bihuan.demo.narrator import tell
from bihuan.demo.office_hours import SATURDAY, ZONE, OfficeHours
from bihuan.demo.records import Account, AccountRole, Contact, Opportunity, Touchpoint
from bihuan.demo.stages import pipelines, stage

COUNT = 2000
DAYS = 365
MINUTES = {"phone": (2, 25), "visit": (40, 180), "event": (10, 60)}
FIELD_ENGINEERS = ("wujianguo", "majun", "xiefeng")
MARKETERS = ("xiayu", "dingyinuo")
#: account status → what its touches between deals are about
ABOUT = {
    "potential": ("first_contact", "marketing", "marketing"),
    "nurture": ("care", "marketing", "first_contact"),
    "first_purchase": ("service", "service", "care", "marketing"),
    "steady": ("service", "service", "care", "care", "marketing"),
    "strategic": ("service", "service", "service", "care", "marketing"),
    "at_risk": ("service", "care"),
    "dormant": ("care", "marketing"),
}
#: account status → days since its last touch, from–to
QUIET = {"dormant": (95, 320), "at_risk": (12, 60)}


class Logbook:
    """The touchpoints as they are written down, and who could be spoken to when."""

    def __init__(
        self,
        hours: OfficeHours,
        seed: int,
        accounts: Sequence[Account],
        contacts: Sequence[Contact],
        roles: Sequence[AccountRole],
    ) -> None:
        self.hours, self.random = hours, Random(f"touches {seed}")
        self.accounts = {account.key: account for account in accounts}
        self.contacts = {contact.key: contact for contact in contacts}
        self.roles: dict[str, list[AccountRole]] = {key: [] for key in self.accounts}
        for role in roles:
            self.roles[role.account].append(role)
        self.last_day = {account.key: self.last_touch(account) for account in accounts}
        self.made: list[Touchpoint] = []

    def last_touch(self, account: Account) -> date:
        """The last day on which anybody was in touch; never today, which the screens alone tell of."""
        told = {row.key: row.quiet_days for row in screens.ACCOUNTS}
        quiet = told[account.key] if account.key in told else self.random.randint(*QUIET.get(account.status, (1, 30)))
        return max(account.created, self.hours.weekday_before(self.hours.day(-max(1, quiet))))

    def people(self, account: str, day: date) -> list[Contact]:
        """Who was at the account on that day."""
        present = (role for role in self.roles[account] if role.start <= day and (role.end is None or day < role.end))
        return [self.contacts[role.contact] for role in present]

    def some_day(self, first: date, last: date) -> date:
        return max(
            first,
            self.hours.weekday_before(first + timedelta(days=self.random.randint(0, max(0, (last - first).days)))),
        )

    def write(self, account: Account, day: date, phase: str, deal: Opportunity | None = None) -> None:
        """One touch of this phase on this day, if that is a weekday of the year and somebody was there."""
        people = self.people(account.key, day)
        if not people or day.weekday() >= SATURDAY or day < self.hours.day(-DAYS) or day > self.last_day[account.key]:
            return
        contact = self.random.choice(people)
        beat = self.random.choice(phrases(contact.language, phase))
        at = self.hours.some_time(day, self.random)
        partners = self.random.sample(people, min(2, len(people))) if beat.channel == "visit" else []
        self.file(
            account,
            deal,
            (contact, *(one for one in partners if one != contact)),
            at=at,
            channel=beat.channel,
            direction=beat.direction,
            outcome=beat.outcome,
            by=self.author(phase, beat.channel, deal.owner if deal else account.owner),
            colleagues=(),
            text=tell(beat.text, self.random, account, contact, deal),
            minutes=self.duration(beat),
        )

    def duration(self, beat: stories.Beat) -> int | None:
        if beat.channel not in MINUTES or beat.outcome == "no_answer":
            return None
        return self.random.randint(*MINUTES[beat.channel])

    def author(self, phase: str, channel: str, owner: str) -> str:
        if phase == "service":
            return self.random.choice(FIELD_ENGINEERS) if channel == "visit" else "hejia"
        return self.random.choice(MARKETERS) if phase == "marketing" else owner

    def file(self, account: Account, deal: Opportunity | None, contacts: Sequence[Contact], **facts) -> None:
        key = f"touch-{len(self.made) + 1:04}"
        people = tuple(contact.key for contact in contacts)
        self.made.append(
            Touchpoint(key=key, account=account.key, opportunity=deal.key if deal else None, contacts=people, **facts)
        )


def phrases(language: str, phase: str) -> tuple[stories.Beat, ...]:
    if language == "zh-hans":
        return stories.SIMPLIFIED[phase]
    elsewhere = stories.TRADITIONAL if language == "zh-hant" else stories.ENGLISH
    return elsewhere["care" if phase in ("care", "service", "marketing", "won", "renewal", "parts") else "sales"]


def touchpoints(
    hours: OfficeHours,
    seed: int,
    accounts: Sequence[Account],
    contacts: Sequence[Contact],
    roles: Sequence[AccountRole],
    opportunities: Sequence[Opportunity],
    until: time,
) -> tuple[Touchpoint, ...]:
    """All touches in the order of time, those of today up to the given time of day."""
    log = Logbook(hours, seed, accounts, contacts, roles)
    add_known(log, opportunities)
    for deal in opportunities:
        if deal.account:
            for phase, first, last in chapters(deal, hours.today):
                for _ in range(log.random.randint(1, 3)):
                    log.write(log.accounts[deal.account], log.some_day(first, last), phase, deal)
    for row in screens.ACCOUNTS:
        log.write(log.accounts[row.key], log.last_day[row.key], "care")
    add_between_deals(log)
    latest = datetime.combine(hours.today, until, ZONE)
    return tuple(sorted((touch for touch in log.made if touch.at <= latest), key=lambda touch: touch.at))


def chapters(deal: Opportunity, today: date) -> Iterator[tuple[str, date, date]]:
    """The phases that a deal went through, each with its first and last day."""
    if deal.pipeline != "equipment":
        yield deal.pipeline, deal.opened, deal.closed or today
        return
    phases = tuple(each.key for each in pipelines()["equipment"] if each.kind == "open")
    kind = stage(deal.pipeline, deal.stage).kind
    passed = phases[: phases.index(deal.stage)] if kind == "open" else phases if kind == "won" else phases[:3]
    span = (deal.stage_since - deal.opened) / max(1, len(passed))
    for number, phase in enumerate(passed):
        yield phase, deal.opened + span * number, deal.opened + span * (number + 1)
    if kind == "open":
        yield deal.stage, deal.stage_since, today
    else:
        yield kind, deal.stage_since, min(today, deal.stage_since + timedelta(days=60 if kind == "won" else 2))


def add_between_deals(log: Logbook) -> None:
    """Fill the year up with touches that belong to no deal, more of them with better customers."""
    accounts = list(log.accounts.values())
    weights = [{"A": 5, "B": 3, "C": 2, "D": 1}[account.level] for account in accounts]
    earliest = log.hours.day(-DAYS)
    while len(log.made) < COUNT:
        account = log.random.choices(accounts, weights)[0]
        first, last = max(account.created, earliest), log.last_day[account.key]
        if first <= last:
            log.write(account, log.some_day(first, last), log.random.choice(ABOUT[account.status]))


def add_known(log: Logbook, opportunities: Sequence[Opportunity]) -> None:
    deals = {(deal.account, deal.name): deal for deal in opportunities[: len(screens.DEALS)]}
    for ago, clock, channel, direction, outcome, key, name, about, colleagues, minutes, text in screens.TOUCHES:
        account = log.accounts[key]
        contact = next(one for one in log.people(key, log.hours.today) if one.name == name)
        log.file(
            account,
            deals.get((key, about)),
            (contact,),
            at=log.hours.at(log.hours.workday(-ago), clock),
            channel=channel,
            direction=direction,
            outcome=outcome,
            by=account.owner,
            colleagues=colleagues,
            text=text,
            minutes=minutes or None,
        )
