"""Loading the demo firm into an empty database, through the same commands that everybody uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from bihuan.blueprint.load import load as load_configuration
from bihuan.catalog.product import Product
from bihuan.core import event
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.attached import Note
from bihuan.core.choice import Choice
from bihuan.core.run import Call, do, run
from bihuan.core.stage import Stage
from bihuan.core.verbs import create, update
from bihuan.demo import awaited, documents, leads, mailing_seed, market_seed, pool_seed, stays
from bihuan.demo.logins import LOGINS
from bihuan.demo.records import World
from bihuan.demo.world import world
from bihuan.parties.account import Account
from bihuan.parties.account_contact import AccountContact, AccountRelation
from bihuan.parties.contact import Contact
from bihuan.people import staff
from bihuan.people.commands import set_password
from bihuan.people.role import Role
from bihuan.people.unit import Unit
from bihuan.people.user import User
from bihuan.sales import forecast_snapshot, promises
from bihuan.sales.assignment import AssignmentRule
from bihuan.sales.competitor import Competitor
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity, OpportunityContact, OpportunityProduct
from bihuan.sales.opportunity_competitor import OpportunityCompetitor
from bihuan.sales.target import Target
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint

ADMINISTRATOR = "fangzhiyuan"
#: How customers buy in each pipeline.
BUYING = {"equipment": "once", "renewal": "call_off", "parts": "repeat"}
Keys = dict[str, int]


@transaction.atomic
def load(progress: Callable[[str], None]) -> None:
    """Make the firm, its people, customers, deals and a year of touches."""
    now = timezone.localtime()
    load_configuration()
    told = world(now.date(), until=now.time())
    Seeder(told, progress).load(now)
    promises.look()
    forecast_snapshot.keep(told.today)
    # what happened long ago asks for nobody's attention now
    event.Delivery.objects.filter(done_at=None).update(done_at=timezone.now())


class Seeder:
    """Turns the world's keys into records, object by object in the order in which they depend on each other."""

    def __init__(self, told: World, progress: Callable[[str], None]) -> None:
        self.world, self.progress = told, progress
        self.choices = {(each.set, each.key): each.pk for each in Choice._base_manager.all()}
        self.stages = {
            (each.pipeline.key, each.key): each.pk for each in Stage._base_manager.select_related("pipeline")
        }
        self.roles = dict(Role._base_manager.values_list("key", "pk"))
        self.by: Actor = SYSTEM

    def load(self, now: datetime) -> None:
        self.units = self.load_units()
        self.users = self.load_users()
        self.by = staff.actor(self.users[ADMINISTRATOR])
        pools = pool_seed.load_pools(self)
        self.products = self.make(Product, "sku", self.world.products, self.product)
        self.accounts = self.make(Account, "key", self.world.accounts, self.account)
        self.link_parents()
        self.campaigns = market_seed.load_campaigns(self, self.world.market)
        self.contacts = self.make(Contact, "key", self.world.contacts, self.contact)
        self.make(AccountContact, "", self.world.account_roles, self.account_role)
        self.make(AccountRelation, "", self.world.relations, self.relation)
        self.competitors = self.make(Competitor, "name", self.world.competitors, vars)
        self.deals = self.make(Opportunity, "key", self.world.opportunities, self.opportunity)
        self.make(
            OpportunityProduct,
            "",
            [(deal, line) for deal in self.world.opportunities for line in deal.lines],
            self.line,
        )
        self.make(
            OpportunityContact,
            "",
            [(deal, each) for deal in self.world.opportunities for each in deal.contacts],
            self.deal_contact,
        )
        self.make(OpportunityCompetitor, "", self.world.rivals, self.rival)
        self.make(Target, "", self.world.targets, self.target)
        self.load_lead_rules()
        known = self.make(Lead, "key", self.world.leads, self.lead)
        stays.load_stays(self, self.deals, known)
        market_seed.load_market(self, self.world.market, self.campaigns, known)
        mailing_seed.load_mailings(self, self.campaigns)
        documents.load_documents(self)
        self.make(Touchpoint, "key", self.world.touchpoints, self.touchpoint)
        self.make(Touchpoint, "key", awaited.touchpoints(self.world, now), self.touchpoint)
        self.make(Task, "key", self.world.tasks, self.task)
        self.make(Note, "key", self.world.notes, self.note)
        pool_seed.give_back(self, pools)

    def make(
        self, model: type[models.Model], key: str, rows: Iterable[Any], values: Callable[[Any], Mapping[str, Any]]
    ) -> Keys:
        """Create one record for every row; returns their ids by the rows' keys."""
        rows = list(rows)
        records: list[Any] = []
        for start in range(0, len(rows), 500):
            calls = [
                Call({name: value for name, value in values(row).items() if value not in (None, "") or name == "owner"})
                for row in rows[start : start + 500]
            ]
            records += run(create, calls, by=self.by, on=model).records
        self.progress(f"{model._meta.verbose_name_plural}: {len(records)}")
        return {getattr(row, key): record.pk for row, record in zip(rows, records, strict=True)} if key else {}

    def campaign(self, source: str | None, day: date) -> int | None:
        """The campaign by which somebody came."""
        return self.campaigns.get(self.world.market.campaign_of(source, day) or "")

    def choice(self, name: str, key: str | None) -> int | None:
        return self.choices[name, key] if key else None

    def load_units(self) -> Keys:
        """One by one: a unit may belong to the one before."""
        made: Keys = {}
        for order, unit in enumerate(self.world.units):
            values = {
                "name": unit.names.zh_hans,
                "name_hant": unit.names.zh_hant,
                "name_en": unit.names.en,
                "kind": unit.kind,
                "order": order,
            }
            made[unit.key] = do(create, by=self.by, on=Unit, parent=made.get(unit.parent or ""), **values).pk
        return made

    def load_users(self) -> Keys:
        made: Keys = {}
        passwords = {login: password for login, password, _ in LOGINS}
        for user in self.world.users:
            record = do(
                create,
                by=self.by,
                on=User,
                username=user.login,
                name=user.name,
                email=user.email,
                phone=user.phone,
                title=user.title,
                unit=self.units[user.unit],
                manager=made.get(user.manager or ""),
                roles=[self.roles[key] for key in user.roles],
                language=user.language,
                pigment=user.pigment,
            )
            made[user.login] = record.pk
            if user.login in passwords:
                do(set_password, record, by=self.by, password=passwords[user.login])
        self.progress(f"{User._meta.verbose_name_plural}: {len(made)}")
        return made

    def load_lead_rules(self) -> None:
        """The rules that the firm began with stand behind those of its teams."""
        begun = list(visible(self.by, AssignmentRule).order_by("order", "pk"))
        for place, rule in enumerate(begun, start=len(leads.ASSIGNMENT_RULES)):
            do(update, rule, by=self.by, roles=[], members=[self.users[login] for login in leads.BY_LOAD], order=place)
        for place, (name, hant, en, when, logins) in enumerate(leads.ASSIGNMENT_RULES):
            members = [self.users[login] for login in logins]
            do(
                create, by=self.by, on=AssignmentRule, name=name, name_hant=hant, name_en=en, when=when, members=members, order=place,
            )  # fmt: skip

    # ------------------------------------------------------------------ one row of each object

    def product(self, row: Any) -> Mapping[str, Any]:
        return {
            "sku": row.sku,
            "name": row.names.zh_hans,
            "name_hant": row.names.zh_hant,
            "name_en": row.names.en,
            "kind": row.kind,
            "list_price": row.list_price,
            "category": self.choice("product_category", row.category),
            "measure": self.choice("unit_of_measure", row.unit),
        }

    def account(self, row: Any) -> Mapping[str, Any]:
        return {
            "name": row.name,
            "short_name": row.short_name,
            "name_en": row.name_en,
            "kind": row.kind,
            "owner": self.users[row.owner],
            "level": self.choice("account_level", row.level),
            "status": self.choice("account_status", row.status),
            "industry": self.choice("industry", row.industry),
            "source": self.choice("source", row.source),
            "country": row.country,
            "province": row.province,
            "city": f"{row.city}{row.district}",
            "address": row.address,
            "phone": row.phone,
            "website": row.website,
            "tax_id": row.tax_id,
            "annual_purchase": row.annual_purchase,
            "currency": row.currency,
            "employees": row.employees,
            "created_at": row.created,
            "owner_since": self.world.owned_since[row.key],
        }

    def link_parents(self) -> None:
        calls = [
            Call({"parent": self.accounts[row.parent]}, self.accounts[row.key])
            for row in self.world.accounts
            if row.parent
        ]
        run(update, calls, by=self.by, on=Account)

    def contact(self, row: Any) -> Mapping[str, Any]:
        return {
            "name": row.name,
            "title": row.title,
            "department": row.department,
            "function": self.choice("job_function", row.function),
            "mobile": row.mobile,
            "email": row.email,
            "wechat": row.wechat,
            "birthday": row.birthday,
            "language": row.language,
            "owner": self.users[row.owner],
            "created_at": row.created,
        }

    def account_role(self, row: Any) -> Mapping[str, Any]:
        return {
            "account": self.accounts[row.account],
            "contact": self.contacts[row.contact],
            "title": row.title,
            "primary": row.primary,
            "role": self.choice("decision_role", row.decision_role),
            "attitude": self.choice("attitude", row.attitude),
            "share": row.share,
            "since": row.start,
            "until": row.end,
        }

    def relation(self, row: Any) -> Mapping[str, Any]:
        relation = self.choice("account_relation", row.kind)
        return {"account": self.accounts[row.account], "related": self.accounts[row.related], "relation": relation}

    def opportunity(self, row: Any) -> Mapping[str, Any]:
        return {
            "name": row.name,
            "account": self.accounts.get(row.account or ""),
            "stage": self.stages[row.pipeline, row.stage],
            "contact": self.contacts[row.contacts[0].contact] if row.contacts else None,
            "product": self.products[row.lines[0].product] if row.lines else None,
            "amount": row.amount,
            "currency": row.currency,
            "opened_on": row.opened,
            "stage_since": row.stage_since,
            "expected_close": row.expected_close,
            "closed_on": row.closed,
            "owner": self.users[row.owner],
            "next_step": row.next_step,
            "next_step_at": row.next_step_at,
            "competitor": self.competitors.get(row.competitor),
            "buying": BUYING[row.pipeline],
            "win_reason": self.choice("win_reason", row.win_reason),
            "loss_reason": self.choice("loss_reason", row.loss_reason),
            "source": self.choice("source", row.source),
            "campaign": self.campaign(row.source, row.opened),
            "created_at": row.opened,
        }

    def lead(self, row: Any) -> Mapping[str, Any]:
        return {
            "kind": row.kind,
            "company": row.company,
            "person": row.person,
            "title": row.title,
            "mobile": row.mobile,
            "phone": row.phone,
            "email": row.email,
            "province": row.province,
            "city": row.city,
            "industry": self.choice("industry", row.industry),
            "stage": self.stages["inbound", row.stage],
            "stage_since": row.stage_since,
            "demand": row.demand,
            "product": self.products.get(row.product or ""),
            "budget": row.budget,
            "currency": row.currency,
            "source": self.choice("source", row.source),
            "campaign": self.campaigns.get(self.world.market.campaign_of_lead(row) or ""),
            "owner": self.users[row.owner] if row.owner else None,
            "next_step": row.next_step,
            "next_step_at": row.next_step_at,
            "invalid_reason": self.choice("invalid_reason", row.invalid_reason),
            "account": self.accounts.get(row.account or ""),
            "contact": self.contacts.get(row.contact or ""),
            "opportunity": self.deals.get(row.opportunity or ""),
            "converted_at": row.stage_since if row.opportunity else None,
            "created_at": row.created,
        }

    def line(self, row: Any) -> Mapping[str, Any]:
        deal, line = row
        return {
            "opportunity": self.deals[deal.key],
            "product": self.products[line.product],
            "quantity": line.quantity,
            "price": line.price,
            "currency": deal.currency,
        }

    def deal_contact(self, row: Any) -> Mapping[str, Any]:
        deal, each = row
        return {
            "opportunity": self.deals[deal.key],
            "contact": self.contacts[each.contact],
            "role": self.choice("decision_role", each.role),
            "attitude": self.choice("attitude", each.attitude),
        }

    def rival(self, row: Any) -> Mapping[str, Any]:
        return {
            "opportunity": self.deals[row.opportunity],
            "competitor": self.competitors[row.competitor],
            "strength": self.choice("competitor_strength", row.strength),
            "price": row.price,
            "currency": next(each.currency for each in self.world.opportunities if each.key == row.opportunity),
            "outcome": row.outcome,
        }

    def target(self, row: Any) -> Mapping[str, Any]:
        whose = self.users if row.kind == "person" else self.units
        values = {"month": row.month, "measure": row.measure, "base": row.base, "stretch": row.stretch}
        return {row.kind: whose[row.whose], **values}

    def about(self, deal: str | None) -> Mapping[str, Any]:
        return {"about": "opportunity", "about_id": self.deals[deal]} if deal else {}

    def touchpoint(self, row: Any) -> Mapping[str, Any]:
        first, *others = [self.contacts[key] for key in row.contacts] or [None]
        return {
            "channel": self.choice("channel", row.channel),
            "direction": row.direction,
            "at": row.at,
            "minutes": row.minutes,
            "contact": first,
            "others": tuple(others),
            "account": self.accounts[row.account],
            "text": row.text,
            "outcome": self.choice("outcome", row.outcome),
            "owner": self.users[row.by],
            "created_at": row.at,
            **self.about(row.opportunity),
        }

    def task(self, row: Any) -> Mapping[str, Any]:
        return {
            "title": row.title,
            "due_at": row.due,
            "priority": row.priority,
            "owner": self.users[row.assignee],
            "account": self.accounts.get(row.account or ""),
            "contact": self.contacts.get(row.contact or ""),
            "state": "done" if row.done else "open",
            "done_at": row.done,
            "created_at": row.created,
            **self.about(row.opportunity),
        }

    def note(self, row: Any) -> Mapping[str, Any]:
        about = self.about(row.opportunity) or {"about": "account", "about_id": self.accounts[row.account]}
        return {"text": row.text, "pinned": row.pinned, "created_at": row.at, **about}
