"""Which campaign a won deal is owed to: the first that touched the customer, the last, or all of them alike.

A campaign touches a customer by a lead that names it, by a form that was sent, by a member or a recipient of its mailings who
answers, and by the deal itself.

Each way gives every deal's amount away whole, so that their totals are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from bihuan.core import money
from bihuan.core.access import Actor, visible
from bihuan.market.campaign import Campaign
from bihuan.market.form_submission import FormSubmission
from bihuan.parties.account_contact import AccountContact
from bihuan.sales.campaign_answers import answers_of
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity, OpportunityContact


@dataclass(slots=True)
class Won:
    """A won deal and the campaigns that touched its customer before it was won, each with the day."""

    amount: Decimal
    currency: str
    touches: list[tuple[date, int]] = field(default_factory=list)


#: What a deal gives to whom; None stands for no campaign.
Shares = Mapping[int | None, Decimal]


def first(deal: Won) -> Shares:
    """All to the campaign that brought the customer here."""
    return {min(deal.touches)[1] if deal.touches else None: deal.amount}


def last(deal: Won) -> Shares:
    """All to the campaign that touched the customer last."""
    return {max(deal.touches)[1] if deal.touches else None: deal.amount}


def even(deal: Won) -> Shares:
    """The same to each campaign; what cannot be parted goes to the first."""
    campaigns = list(dict.fromkeys(campaign for _day, campaign in sorted(deal.touches)))
    if not campaigns:
        return {None: deal.amount}
    part = money.round_amount(deal.amount / len(campaigns), deal.currency)
    return {**dict.fromkeys(campaigns, part), campaigns[0]: deal.amount - part * (len(campaigns) - 1)}


def attribute(deals: Iterable[Won], way: Callable[[Won], Shares]) -> dict[int | None, Decimal]:
    """What each campaign gets of these deals (all in one currency) by one of the ways."""
    got: dict[int | None, Decimal] = defaultdict(Decimal)
    for deal in deals:
        for campaign, share in way(deal).items():
            got[campaign] += share
    return dict(got)


# ---------------------------------------------------------------------- the deals of a year


def won_in(year: int, by: Actor) -> list[Won]:
    """The deals of a year with the touches before each, as far as the actor sees all of these. As many queries for each thousand."""
    rows = list(
        visible(by, Opportunity)
        .filter(stage__kind="won", closed_on__year=year, amount__isnull=False)
        .values("pk", "account", "contact", "amount", "currency", "campaign", "opened_on", "closed_on")
    )
    known = set(visible(by, Campaign, archived=None).values_list("pk", flat=True))
    return [deal for start in range(0, len(rows), BATCH) for deal in _touched(rows[start : start + BATCH], known, by)]


def _touched(rows: Sequence[Mapping[str, Any]], known: Collection[int], by: Actor) -> Iterable[Won]:
    """Deals with their touches by the campaigns that are known."""
    people = _people(rows, by)
    touches = _touches(rows, people, by)
    for row in rows:
        deal = Won(row["amount"], row["currency"])
        found = {touch for name in _TIES for touch in touches.get((name, row[name]), ())}
        found |= {touch for contact in people[row["pk"]] for touch in touches.get(("contact", contact), ())}
        if row["campaign"]:
            found.add((min(row["opened_on"] or row["closed_on"], row["closed_on"]), row["campaign"]))
        deal.touches = [(day, campaign) for day, campaign in found if day <= row["closed_on"] and campaign in known]
        yield deal


#: Of so many deals the touches are looked for at once: a statement takes only so many keys.
BATCH = 1_000
#: What ties a lead to a deal: a column of the deal, and that of the lead.
_TIES = {"pk": "opportunity", "account": "account", "contact": "contact"}
_Touches = dict[tuple[str, Any], set[tuple[date, int]]]


def _people(deals: Sequence[Mapping[str, Any]], by: Actor) -> dict[int, set[int]]:
    """The contacts whose answers count for each deal: its own, and those of the account."""
    found: dict[int, set[int]] = {deal["pk"]: {deal["contact"]} - {None} for deal in deals}
    of_account = defaultdict(set)
    accounts = {deal["account"] for deal in deals}
    for account, contact in visible(by, AccountContact).filter(account__in=accounts).values_list("account", "contact"):
        of_account[account].add(contact)
    for deal, contact in (
        visible(by, OpportunityContact).filter(opportunity__in=found).values_list("opportunity", "contact")
    ):
        found[deal].add(contact)
    for deal in deals:
        found[deal["pk"]] |= of_account[deal["account"]]
    return found


def _touches(deals: Sequence[Mapping[str, Any]], people: Mapping[int, set[int]], by: Actor) -> _Touches:
    """Leads of campaigns, forms sent again by the same people, and what they answered, under what ties them to these deals."""
    ties = Q()
    for name, link in _TIES.items():
        ties |= Q(**{f"{link}__in": {deal[name] for deal in deals} - {None}})
    leads = list(visible(by, Lead, archived=None).filter(ties).values("pk", "campaign", "created_at", *_TIES.values()))
    sent = (
        visible(by, FormSubmission)
        .filter(about="lead", about_id__in=[lead["pk"] for lead in leads], campaign__isnull=False)
        .values_list("about_id", "campaign", "created_at")
    )
    moments = [(lead["pk"], lead["campaign"], lead["created_at"]) for lead in leads if lead["campaign"]]
    by_lead: dict[int, set[tuple[date, int]]] = defaultdict(set)
    for lead, campaign, at in [*moments, *sent]:
        by_lead[lead].add((timezone.localdate(at), campaign))
    found: _Touches = defaultdict(set)
    for (kind, key), answers in answers_of(set().union(*people.values()), [lead["pk"] for lead in leads], by).items():
        if kind == "contact":
            found["contact", key] |= answers
        else:
            by_lead[key] |= answers
    for lead in leads:
        for name, link in _TIES.items():
            if lead[link] is not None:
                found[name, lead[link]] |= by_lead[lead["pk"]]
    return found
