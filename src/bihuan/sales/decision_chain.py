"""Who decides in the open deals, and how they stand to us: the relationship map on the pages of accounts and deals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.urls import reverse

from bihuan.core import choice, stage
from bihuan.core.choice import Option
from bihuan.core.listed import Linked
from bihuan.core.query import Hung, Query
from bihuan.core.registry import desk_of
from bihuan.parties.account import Account
from bihuan.sales.opportunity import Opportunity, OpportunityContact
from bihuan.web import record_page
from bihuan.web.subject import Subject

#: More parts in deals than this are not drawn; a map shows what one sees at a glance.
MOST = 60


@dataclass(slots=True)
class Person:
    """A contact in one role; `attitudes` are how they stand, each once, `deals` where they do, in words."""

    name: str
    url: str
    attitudes: list[Option] = field(default_factory=list)
    deals: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Link:
    """A role of the chain, none for those of whom it is not known, and who plays it."""

    role: Option | None
    people: list[Person]


@record_page.shows(Opportunity, "sales/parts/decision_chain.html")
def of_deal(subject: Subject) -> Mapping[str, Any] | None:
    """The chain of one deal. One query."""
    return _chain(subject, "opportunity", Q(), tells_deals=False)


@record_page.shows(Account, "sales/parts/decision_chain.html")
def of_account(subject: Subject) -> Mapping[str, Any] | None:
    """The chain of all the open deals of an account together; nothing is asked where there are none."""
    if not subject.record.open_deals:
        return None
    is_open = Q(opportunity__stage__in=stage.of_kind("opportunity", "open"), opportunity__archived_at=None)
    return _chain(subject, "opportunity__account", is_open, tells_deals=True)


def _chain(subject: Subject, link: str, where: Q, *, tells_deals: bool) -> Mapping[str, Any] | None:
    """The links in the firm's order of roles, and the roles that nobody plays; None where nobody is known."""
    desk = desk_of(OpportunityContact)
    if not subject.actor.may(OpportunityContact, "view"):
        return None
    names = desk.known(subject.actor, ("contact", "opportunity", "role", "attitude"))
    hung = Hung(link, subject.desk.slug, subject.record.pk)
    query = replace(Query.parse(desk, subject.actor, {"sort": "id"}, names), extra=where, hung=hung)
    found: dict[int | None, dict[int, Person]] = {}
    for row in query.page(MOST).rows:
        told = dict(zip(names, row.values, strict=True))
        if isinstance(contact := told.get("contact"), Linked):
            people = found.setdefault(told.get("role"), {})
            person = people.setdefault(
                contact.id, Person(contact.title, reverse("record", args=["contact", contact.id]))
            )
            _add(person, told, tells_deals=tells_deals)
    if not found:
        return None
    roles = choice.options("decision_role")
    known = [each for each in map(choice.option, found.keys() - {None}) if each]
    links = [Link(each, [*found[each.id].values()]) for each in sorted(known, key=_place(roles))]
    links += [Link(None, [*found[None].values()])] if None in found else []
    return {"links": links, "missing": [each.label for each in roles if each.id not in found], "legend": _legend(links)}


def _add(person: Person, told: Mapping[str, Any], *, tells_deals: bool) -> None:
    attitude = choice.option(told["attitude"]) if told.get("attitude") else None
    if attitude is not None and attitude not in person.attitudes:
        person.attitudes.append(attitude)
    deal = told.get("opportunity")
    if tells_deals and isinstance(deal, Linked):
        person.deals.append(f"{deal.title}: {attitude.label}" if attitude else deal.title)


def _place(options: tuple[Option, ...]) -> Any:
    """The order of the firm; what it has given up comes last."""
    places = {each.id: place for place, each in enumerate(options)}
    return lambda each: (places.get(each.id, len(places)), each.id)


def _legend(links: Iterable[Link]) -> list[tuple[Option, int]]:
    """How many people stand how, in the firm's order."""
    counted: dict[int, set[str]] = {}
    for person in (each for link in links for each in link.people):
        for attitude in person.attitudes:
            counted.setdefault(attitude.id, set()).add(person.url)
    options = sorted(filter(None, map(choice.option, counted)), key=_place(choice.options("attitude")))
    return [(each, len(counted[each.id])) for each in options]
