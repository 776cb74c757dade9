"""The people at the accounts, and what each is to which account."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from bihuan.demo import identifiers, names, screens
from bihuan.demo.firm import romanised
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.records import Account, AccountRole, Contact

PEOPLE_PER_LEVEL = {"A": (3, 4), "B": (2, 3), "C": (1, 3), "D": (1, 2)}
ATTITUDES = ("champion", "supportive", "supportive", "neutral", "neutral", "neutral", "sceptical", "opposed")
SECOND_ROLES, MOVES = 9, 8


class Directory:
    """Contacts and their roles as they are gathered, account by account."""

    def __init__(self, hours: OfficeHours, seed: int, accounts: Sequence[Account]) -> None:
        self.hours, self.accounts = hours, accounts
        self.random = Random(f"contacts {seed}")
        self.contacts: dict[str, Contact] = {}
        self.roles: list[AccountRole] = []
        self.written_elsewhere = {"zh-hant": self.each(names.PEOPLE_TRADITIONAL), "en": self.each(names.PEOPLE_ENGLISH)}

    def each(self, people: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
        pairs = [(name, gender) for gender, listed in people.items() for name in listed]
        self.random.shuffle(pairs)
        return iter(pairs)

    def person(self, language: str) -> tuple[str, str]:
        """A name and its gender."""
        if language in self.written_elsewhere:
            return next(self.written_elsewhere[language])
        gender = self.random.choice("mmf")
        return self.random.choice(names.SURNAMES) + self.random.choice(names.GIVEN_NAMES[gender]), gender

    def add(
        self,
        account: Account,
        name: str,
        gender: str,
        title: str,
        department: str,
        function: str,
        language: str,
        mobile="",
    ) -> Contact:
        random, spelled = self.random, romanised(name)
        same = sum(key.rstrip("0123456789") == spelled for key in self.contacts)
        key = f"{spelled}{same + 1}" if same else spelled
        host = account.website.removeprefix("https://www.") or "mail.example"
        born = date(self.hours.today.year - random.randint(26, 59), random.randint(1, 12), random.randint(1, 28))
        contact = Contact(
            key=key,
            name=name,
            gender=gender,
            title=title,
            department=department,
            function=function,
            mobile=mobile or identifiers.mobile(random, account.country),
            email=f"{key}@{host}",
            wechat=f"wx_{key}{identifiers.digits(random, 2)}" if language != "en" and random.random() < 0.75 else "",
            birthday=born if random.random() < 0.6 else None,
            language=language,
            owner=account.owner,
            created=self.day_since(account.created) if self.people_at(account) else account.created,
        )
        self.contacts[key] = contact
        return contact

    def people_at(self, account: Account) -> int:
        return sum(role.account == account.key for role in self.roles)

    def day_since(self, start: date) -> date:
        """A weekday within 400 days after this one, and before today."""
        days = min(400, (self.hours.today - start).days - 3)
        return self.hours.weekday_before(start + timedelta(days=self.random.randint(0, max(0, days))))

    def link(self, account: Account, contact: Contact, decision_role: str, attitude: str = "", **facts) -> None:
        role: dict[str, Any] = {
            "title": contact.title,
            "primary": not self.people_at(account),
            "share": None,
            "start": max(contact.created, account.created),
            "end": None,
        }
        attitude = attitude or self.random.choice(ATTITUDES)
        self.roles.append(
            AccountRole(account.key, contact.key, decision_role=decision_role, attitude=attitude, **role | facts)
        )

    def fill(self, account: Account) -> None:
        """Add people until a company has as many as one of its level has."""
        least, most = PEOPLE_PER_LEVEL[account.level]
        language = "zh-hans" if account.country == "CN" else account.language
        wanted = max(0, self.random.randint(least, most) - self.people_at(account))
        titles = list(names.TITLES[language])
        for position in sorted(self.random.sample(range(len(titles)), wanted)):
            title, department, function, decision_role = titles[position]
            contact = self.add(account, *self.person(language), title, department, function, language)
            self.link(account, contact, decision_role)


def contacts(
    hours: OfficeHours, seed: int, accounts: Sequence[Account]
) -> tuple[tuple[Contact, ...], tuple[AccountRole, ...]]:
    directory = Directory(hours, seed, accounts)
    by_key = {account.key: account for account in accounts}
    for key, name, gender, title, department, function, decision_role, attitude, mobile, language in screens.CONTACTS:
        contact = directory.add(by_key[key], name, gender, title, department, function, language, mobile)
        directory.link(by_key[key], contact, decision_role, attitude)
    add_private_holders(directory, by_key)
    for account in accounts:
        if account.kind == "company":
            directory.fill(account)
    add_second_roles(directory)
    add_moves(directory)
    return tuple(directory.contacts.values()), tuple(directory.roles)


def add_private_holders(directory: Directory, by_key: dict[str, Account]) -> None:
    """People who trade in their own name or jointly; somebody known already is not added again."""
    for name, gender, _city, _industry in names.SOLE_TRADERS:
        account = by_key[romanised(name)]
        directory.link(account, directory.add(account, name, gender, "业主", "", "owner", "zh-hans"), "decision")
    known = {contact.name: contact for contact in directory.contacts.values()}
    for holders, *_rest in names.JOINT_HOLDERS:
        account = by_key["-".join(romanised(name) for name, _gender, _share in holders)]
        for name, gender, share in holders:
            contact = known.get(name) or directory.add(account, name, gender, "合伙人", "", "owner", "zh-hans")
            directory.link(
                account,
                contact,
                "decision",
                "supportive",
                title="共同持有人",
                share=Decimal(share),
                start=account.created,
            )


def add_second_roles(directory: Directory) -> None:
    """Advisers and shared officers: people with a role in a second account as well."""
    for account, contact in pairs(directory, SECOND_ROLES):
        title = directory.random.choice(("外聘顾问", "集团设备顾问", "兼任采购负责人", "股东代表"))
        directory.link(account, contact, "coach", title=title, primary=False)


def add_moves(directory: Directory) -> None:
    """People who came from another account: the role there ended on the day this one began."""
    for account, contact in pairs(directory, MOVES):
        current = next(role for role in directory.roles if role.contact == contact.key)
        if account.created < current.start:
            former = {"title": current.title, "primary": False, "start": account.created, "end": current.start}
            directory.link(account, contact, current.decision_role, current.attitude, **former)


def pairs(directory: Directory, count: int) -> Iterator[tuple[Account, Contact]]:
    """Accounts with a contact of some other account, both mainland companies, nobody twice."""
    companies = [
        account
        for account in directory.accounts[len(screens.ACCOUNTS) :]
        if account.kind == "company" and account.country == "CN"
    ]
    at = {role.contact: role.account for role in directory.roles}
    single = [key for key in at if sum(role.contact == key for role in directory.roles) == 1]
    company_keys = {account.key for account in companies}
    people = directory.random.sample([key for key in single if at[key] in company_keys], count)
    for key, account in zip(people, directory.random.sample(companies, count), strict=True):
        if at[key] != account.key:
            yield account, directory.contacts[key]
