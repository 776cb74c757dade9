"""What people still have to do or have done, and what they noted down about a customer."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from bihuan.demo import screens, stories
from bihuan.demo.narrator import in_language, tell
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, AccountRole, Contact, Note, Opportunity, Task
from bihuan.demo.touches import FIELD_ENGINEERS

OPEN_TASKS, DONE_TASKS, NOTES = 95, 150, 120
PRIORITIES = ("low", "normal", "normal", "normal", "high")


class Diary:
    """The customers that tasks and notes are about: active ones, their first contact, their latest deal."""

    def __init__(
        self,
        hours: OfficeHours,
        seed: int,
        accounts: Sequence[Account],
        contacts: Sequence[Contact],
        roles: Sequence[AccountRole],
        opportunities: Sequence[Opportunity],
    ) -> None:
        self.hours, self.random = hours, Random(f"tasks {seed}")
        self.accounts = {account.key: account for account in accounts}
        known = {contact.key: contact for contact in contacts}
        self.first_contact = {role.account: known[role.contact] for role in roles if role.primary}
        self.deals = {deal.account: deal for deal in reversed(opportunities) if deal.account}
        self.known_deals = {(deal.account, deal.name): deal for deal in opportunities[: len(screens.DEALS)]}
        self.active = [
            account for account in accounts if account.status != "dormant" and account.created < hours.day(-20)
        ]

    def subject(self) -> tuple[Account, Contact, Opportunity | None]:
        account = self.random.choice(self.active)
        return account, self.first_contact[account.key], self.deals.get(account.key)

    def task(self, number: int, weekdays: int, done: bool) -> Task:
        """A task due so many weekdays from today."""
        account, contact, deal = self.subject()
        service = number % 5 == 0 and contact.language == "zh-hans"
        texts = (
            stories.SERVICE_TASKS
            if service
            else in_language(contact, stories.TASKS, stories.TASKS_TRADITIONAL, stories.TASKS_ENGLISH)
        )
        text = self.random.choice(texts)
        created = self.some_time(min(weekdays, 0) - self.random.randint(1, 10))
        finished = max(created, self.some_time(weekdays + self.random.randint(-1, 1))) if done else None
        return Task(
            key=f"task-{number:03}",
            title=tell(text, self.random, account, contact, deal),
            assignee=self.random.choice(("hejia", *FIELD_ENGINEERS)) if service else account.owner,
            account=account.key,
            contact=contact.key,
            opportunity=deal.key if deal and "{deal}" in text else None,
            priority=self.random.choice(PRIORITIES),
            created=created,
            due=self.some_time(weekdays),
            done=finished,
        )

    def some_time(self, weekdays: int) -> datetime:
        return self.hours.some_time(self.hours.workday(weekdays), self.random)

    def known_task(self, number: int, days: int, clock: str, account: str, deal: str, title: str) -> Task:
        due = self.hours.at(self.hours.workday(days), clock)
        contact = self.first_contact.get(account)
        about = self.known_deals.get((account, deal))
        return Task(
            key=f"task-{number:03}",
            title=title,
            assignee="zhoumin",
            account=account or None,
            contact=contact.key if contact else None,
            opportunity=about.key if about else None,
            priority="high" if days <= 0 else "normal",
            created=self.hours.at(self.hours.workday(-5), "17:10"),
            due=due,
            done=None,
        )


def tasks(diary: Diary) -> tuple[Task, ...]:
    """Those of the screens, then open ones due around today, then done ones of the last four months."""
    random = diary.random
    made = [diary.known_task(number, *row) for number, row in enumerate(screens.TASKS, start=1)]
    for _ in range(OPEN_TASKS):
        weekdays = random.choice((-6, -4, -3, -2, -1, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12))
        made.append(diary.task(len(made) + 1, weekdays, done=False))
    for _ in range(DONE_TASKS):
        made.append(diary.task(len(made) + 1, -random.randint(3, 85), done=True))
    return tuple(made)


def notes(diary: Diary) -> tuple[Note, ...]:
    """The pinned ones of the screens, then others of the last ten months; a few of them pinned."""
    random, hours = diary.random, diary.hours
    made: list[Note] = []

    def keep(text: str, account: Account, deal: str | None, at: datetime, pinned: bool) -> None:
        made.append(Note(f"note-{len(made) + 1:03}", text, account.key, deal, account.owner, at, pinned))

    for key, text in screens.NOTES:
        keep(text, diary.accounts[key], None, hours.at(hours.workday(-6), "16:45"), True)
    while len(made) < NOTES:
        account, contact, deal = diary.subject()
        day = hours.weekday_before(hours.day(-random.randint(1, min(300, (hours.today - account.created).days))))
        if day < account.created:
            continue
        text = random.choice(in_language(contact, stories.NOTES, stories.NOTES_TRADITIONAL, stories.NOTES_ENGLISH))
        about = deal.key if deal and deal.opened <= day and random.random() < 0.3 else None
        told = tell(text, random, account, contact, deal)
        keep(told, account, about, hours.some_time(day, random), random.random() < 0.06)
    return tuple(made)
