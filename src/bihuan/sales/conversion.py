"""A lead becomes a customer: a contact, an account, what the one is to the other, and an opportunity; in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import kind, registry
from bihuan.core.access import SYSTEM, Actor, seen, visible
from bihuan.core.field import Field
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, update
from bihuan.parties.account import Account
from bihuan.parties.account_contact import AccountContact
from bihuan.parties.contact import Contact
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity, OpportunityContact
from bihuan.touch import response
from bihuan.touch.touchpoint import Touchpoint


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a lead. `account` and `contact` name what is there already, None is made anew.

    `partner` is a second contact of a joint account. `name` and `amount` are the opportunity's; `anyway` makes records also where
    they look like ones that are there.
    """

    kind: str
    account: int | None = None
    contact: int | None = None
    partner: int | None = None
    opportunity: bool = True
    name: str = ""
    amount: Decimal | None = None
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Conversion:
    """One lead on its way, by somebody whose rights all of it is done with."""

    lead: Lead
    wish: Wish
    by: Actor

    def carry_out(self) -> None:
        """Make what is wanted and link the lead to it."""
        lead = self.lead
        lead.contact_id = self.wish.contact or self.make_contact()
        lead.account_id = self.wish.account or self.make_account()
        for person in dict.fromkeys((lead.contact_id, self.wish.partner)):
            if person is not None:
                self.link(person)
        if self.wish.opportunity:
            lead.opportunity_id = self.make_opportunity()
        self.hand_touches_on()

    def make_contact(self) -> int | None:
        """The person of the lead; None where it names nobody."""
        lead = self.lead
        name = lead.person or ("" if self.wish.kind == "company" else lead.name)
        if not name:
            return None
        return self.make(
            Contact, name=name, title=lead.title, mobile=lead.mobile, phone=lead.phone, email=lead.email,
            wechat=lead.wechat, source=lead.source_id,
        )  # fmt: skip

    def make_account(self) -> int | None:
        lead, company = self.lead, self.wish.kind == "company"
        return self.make(
            Account, name=(lead.company if company else self.names()) or lead.name, kind=self.wish.kind,
            phone=lead.phone or ("" if company else lead.mobile), website=lead.website, province=lead.province, city=lead.city,
            industry=lead.industry_id, source=lead.source_id, currency=lead.currency,
        )  # fmt: skip

    def names(self) -> str:
        """What an account of one or several people is called: by their names."""
        keys = [self.lead.contact_id, self.wish.partner if self.wish.kind == "joint" else None]
        found = dict(visible(self.by, Contact).filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
        return _(", ").join(found[key] for key in keys if key)

    def link(self, person: int) -> None:
        """Say that the contact belongs to the account, where nobody has said so."""
        lead = self.lead
        known = visible(self.by, AccountContact).filter(account=lead.account_id, contact=person, until=None)
        if not known.exists():
            first = person == lead.contact_id and self.wish.account is None
            title = lead.title if person == lead.contact_id else ""
            do(
                create, by=self.by, on=AccountContact, account=lead.account_id, contact=person, title=title, primary=first
            )  # fmt: skip

    def make_opportunity(self) -> int | None:
        lead = self.lead
        key = self.make(
            Opportunity, name=self.wish.name or lead.name, account=lead.account_id, contact=lead.contact_id,
            product=lead.product_id, amount=self.wish.amount, currency=lead.currency, source=lead.source_id,
            campaign=lead.campaign_id, remark=lead.demand, next_step=lead.next_step, next_step_at=lead.next_step_at,
        )  # fmt: skip
        if lead.contact_id:
            do(create, by=self.by, on=OpportunityContact, opportunity=key, contact=lead.contact_id)
        return key

    def make(self, model: type[models.Model], **values: Any) -> int:
        """A record with the lead's owner, with these values and the firm's own fields of the same name."""
        desk = registry.desk_of(model)
        takes = desk.inputs(self.by, creating=True)
        values |= {"owner": self.lead.owner_id or self.by.user_id} | self.own_fields(desk.own_fields)
        given = {name: value for name, value in values.items() if name in takes and value not in (None, "")}
        unseen = {name: given.pop(name) for name in list(given) if not self.sees(takes[name], given[name])}
        made = do(create, by=self.by, on=model, anyway=self.wish.anyway, **given)
        if unseen:
            do(update, made, by=SYSTEM, **unseen)
        return made.pk

    def sees(self, field: Field, key: Any) -> bool:
        """Whether the actor may name what a link leads to. What the lead names is carried on all the same, by the product itself."""
        return field.target is None or bool(seen(self.by, field.target, [key]))

    def own_fields(self, theirs: Any) -> dict[str, Any]:
        """What the lead holds in fields of the firm's own that the other object has too, of the same kind."""
        return {
            name: each.value_of(self.lead)
            for name, each in registry.desk_of(Lead).own_fields.items()
            if each.custom and name in theirs and type(theirs[name].kind) is type(each.kind)
            and not isinstance(each.kind, kind.File)
        }  # fmt: skip

    def hand_touches_on(self) -> None:
        """Touches with the lead were touches with the contact: they stand in the contact's and the account's history too."""
        touches = visible(SYSTEM, Touchpoint).filter(about="lead", about_id=self.lead.pk).values_list("pk", flat=True)
        calls = [Call({"account": self.lead.account_id, "contact": self.lead.contact_id}, key) for key in touches]
        if calls:
            run(update, calls, by=SYSTEM, on=Touchpoint)
        response.make_known(("lead", self.lead.pk), contact=self.lead.contact_id, account=self.lead.account_id)
