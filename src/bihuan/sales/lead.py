"""Leads: somebody who may become a customer, known from the moment they show themselves until they are one or are none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.catalog.product import Product
from bihuan.core import dates, kind, stage
from bihuan.core.access import Actor
from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, NumberField, PhoneField, StageField, StateField
from bihuan.core.desk import Board, Desk, Gathered, Kept, Panel, Rollup, Section, View
from bihuan.core.duplicates.match import Match
from bihuan.core.event import Event
from bihuan.core.field import Computed
from bihuan.core.privacy.personal import Personal
from bihuan.core.registry import register
from bihuan.market.campaign import Campaign
from bihuan.parties.account import KINDS, Account
from bihuan.parties.contact import Contact
from bihuan.parties.pools.falling import Fall, Standing, fall, put_off
from bihuan.parties.pools.pool import opened_by_pools
from bihuan.parties.pools.pooled import Pooled
from bihuan.sales import lead_score
from bihuan.sales.events import LeadDisqualified
from bihuan.sales.opportunity import Opportunity, days_in_stage
from bihuan.touch.touchpoint import BY_PEOPLE


class Lead(Pooled):
    """A person or a firm with a need. Conversion makes a contact, an account and an opportunity of it, once."""

    number = NumberField("LD-{year}-{n:05}")
    name = models.CharField(
        _("Lead name"), max_length=200, blank=True, help_text=_("Empty: the company, else the person.")
    )
    kind = StateField(KINDS, verbose_name=_("Kind"))
    company = models.CharField(_("Company"), max_length=200, blank=True)
    person = models.CharField(_("Person"), max_length=120, blank=True)
    title = models.CharField(_("Position"), max_length=120, blank=True)
    mobile = PhoneField(verbose_name=_("Mobile"))
    phone = PhoneField(verbose_name=_("Phone"))
    email = models.EmailField(_("E-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=80, blank=True)
    website = models.URLField(_("Website"), blank=True, max_length=200)
    province = models.CharField(_("Province"), max_length=80, blank=True)
    city = models.CharField(_("City"), max_length=80, blank=True)
    industry = ChoiceField(set="industry", verbose_name=_("Industry"))
    stage = StageField(verbose_name=_("Stage"))
    stage_since = models.DateTimeField(_("In stage since"), editable=False)
    score = models.PositiveSmallIntegerField(
        _("Score"), default=0, editable=False, help_text=_("From 0 to 100, by the firm's rules.")
    )
    demand = models.TextField(_("Demand"), blank=True)
    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name=_("Main product"), null=True, blank=True, related_name="+"
    )
    budget = AmountField(verbose_name=_("Expected amount"))
    currency = CurrencyField()
    source = ChoiceField(set="source", verbose_name=_("Source"))
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("Campaign"), null=True, blank=True, related_name="leads"
    )
    referrer = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Recommended by"), null=True, blank=True, related_name="referrals"
    )
    next_step = models.CharField(_("Next step"), max_length=200, blank=True)
    next_step_at = models.DateTimeField(_("Next step when"), null=True, blank=True)
    invalid_reason = ChoiceField(set="invalid_reason", verbose_name=_("Why it is none"))
    remark = models.TextField(_("Remark"), blank=True)
    last_touch_at = models.DateTimeField(_("Last touch"), null=True, blank=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, blank=True, editable=False, related_name="leads"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, editable=False, related_name="leads"
    )
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, verbose_name=_("Opportunity"), null=True, blank=True, editable=False, related_name="leads"
    )  # fmt: skip
    converted_at = models.DateTimeField(_("Converted"), null=True, blank=True, editable=False)

    given_once = (*Pooled.given_once, "stage_since", "account", "contact", "opportunity", "converted_at")

    class Meta(Pooled.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes = [
            *Pooled.Meta.indexes,
            models.Index(fields=["stage", "-stage_since", "-id"], name="lead_stage", condition=Q(archived_at=None)),
            models.Index(
                fields=["-created_at", "-id", "unit", "owner", "converted_at"],
                name="lead_created",
                condition=Q(archived_at=None),
            ),
            models.Index(
                fields=["-converted_at", "-id", "unit", "owner", "created_at"],
                name="lead_converted",
                condition=Q(archived_at=None, converted_at__isnull=False),
            ),
            models.Index(fields=["owner", "-created_at"], name="lead_mine", condition=Q(archived_at=None)),
            # what is to be followed today
            models.Index(
                fields=["next_step_at", "unit", "owner", "stage"],
                name="lead_next_step",
                condition=Q(archived_at=None, next_step_at__isnull=False),
            ),
            models.Index(fields=["-score", "-id"], name="lead_score", condition=Q(archived_at=None)),
            models.Index(fields=["campaign", "-id"], name="lead_campaign"),
            # those that the assignment rules have not given to anybody yet
            models.Index(fields=["id"], name="lead_unowned", condition=Q(owner=None, archived_at=None)),
        ]

    def fill(self, by: Actor) -> None:
        self.name = self.name or self.company or self.person
        self.stage_since = self.stage_since or dates.earlier(self.created_at)

    def settle(self) -> None:
        self.score = lead_score.of(self)

    def problems(self) -> Iterable[tuple[str, str]]:
        if not (self.name or self.company or self.person):
            yield "company", _("Say who it is: a company or a person.")
        if (self.budget or 0) < 0:
            yield "budget", _("An amount cannot be negative.")
        here = stage.step(self.stage_id)
        if here and (here.kind == "won") != (self.converted_at is not None):
            yield (
                "stage",
                _("A converted lead stays converted.") if self.converted_at else _("Convert the lead instead."),
            )

    def entered(self, here: stage.Step, by: Actor) -> Iterable[Event]:
        if self.pk:
            self.stage_since = timezone.now()
        return [LeadDisqualified("lead", self.pk or 0)] if here.kind == "lost" else []


def lead_falls(owner: int | None, since: datetime | None, at: int, touched: datetime | None) -> Fall:
    """When, why and into which pool a lead falls: one that is converted or is none does not."""
    here = stage.step(at)
    return fall("lead", Standing(owner if here and here.kind == "open" else None, since, untouched=touched))


@register(Lead)
class LeadDesk(Desk):
    icon = "sprout"
    group = "reach"
    node = 1
    onward = {"converted_at.filled": ""}
    took = ("created_at", "converted_at")
    columns = (
        "name",
        "person",
        "mobile",
        "source",
        "stage",
        "score",
        "next_step",
        "next_step_at",
        "days_in_stage",
        "owner",
    )
    filters = ("owner", "stage", "source", "campaign", "score", "industry", "created_at", "pool", "falls_on")
    form = (
        Section(_("Lead"), ("name", "kind", "company", "person", "title", "stage", "number", "owner")),
        Section(_("Reach"), ("mobile", "phone", "email", "wechat", "website", "province", "city")),
        Section(_("Demand"), ("demand", "product", "budget", "currency", "industry", "next_step", "next_step_at")),
        Section(_("More"), ("source", "campaign", "referrer", "invalid_reason", "remark")),
    )
    quick = ("company", "person", "mobile", "source", "campaign", "demand", "owner")
    facts = (
        Section(_("Facts"), ("number", "kind", "company", "person", "title", "industry", "stage", "score", "owner")),
        Section(_("Reach"), ("mobile", "phone", "email", "wechat", "website", "province", "city")),
        Section(_("Demand"), ("demand", "product", "budget", "currency", "next_step", "next_step_at")),
        Section(_("More"), ("source", "campaign", "referrer", "invalid_reason", "remark")),
        Section(_("Public pool"), ("owner_since", "falls_on", "pool", "pooled_at", "pool_reason", "former_owner")),
        Section(_("Became"), ("account", "contact", "opportunity", "converted_at")),
    )
    tags = ("source",)
    subtitle = ("number", "person", "owner", "pool", "puts_off")
    figures = ("score", "budget", "days_in_stage", "next_step_at", "falls_on")
    views = (
        View("mine", _("Mine"), {"owner.in": "me", "stage.kind.in": "open"}),
        View("team", _("My team"), {"owner.in": "team", "stage.kind.in": "open"}),
        View("unassigned", _("Nobody's yet"), {"owner.empty": "1", "pool.empty": "1", "stage.kind.in": "open"}),
        View("pool", _("Public pool"), {"pool.filled": "1"}),
        View("all", _("All leads"), {}),
    )
    search = {
        "number": 8, "name": 10, "company": 8, "person": 8, "mobile": 8, "phone": 6, "email": 6, "wechat": 4,
        "demand": 2, "remark": 1,
    }  # fmt: skip
    key = ("number", "email", "mobile", "name")
    duplicates = (
        Match(("mobile",), 85),
        Match(("email",), 85),
        Match(("wechat",), 80, reads="code"),
        Match(("company", "person"), 80),
        Match(("website",), 60),
    )
    board = Board(
        total="budget", card=("person", "budget", "score", "next_step", "next_step_at", "owner"), since="stage_since"
    )
    creates = ("source", "industry", "invalid_reason")
    aliases = {
        "name": ("线索名称", "線索名稱", "lead_name"),
        "company": ("公司", "公司名称", "企业名称", "account", "organization"),
        "person": ("姓名", "联系人", "contact", "full_name"),
        "title": ("职务", "职位", "job_title"),
        "mobile": ("手机", "手机号", "电话", "phone_number"),
        "demand": ("需求", "需求描述", "description", "message"),
        "source": ("来源", "线索来源", "lead_source"),
        "budget": ("预算", "预计金额"),
    }
    computed = (
        Computed("days_in_stage", _("Days in stage"), kind.Integer(), ("stage_since",), days_in_stage),
        Computed("puts_off", _("What puts it off"), kind.Text(), ("falls_for", "falls_into_id"), put_off),
    )
    opened = (opened_by_pools,)
    tells_owners = True
    gathers = (Gathered("touchpoint", "last_touch_at", Max("at"), BY_PEOPLE),)
    kept = Kept(("falls_on", "falls_for", "falls_into"), ("owner", "owner_since", "stage", "last_touch_at"), lead_falls)
    panels = (
        Panel("account", ("name", "source", "converted_at"), label=_("Leads"), adds=False),
        Panel("contact", ("name", "source", "converted_at"), label=_("Leads"), adds=False),
        Panel("opportunity", ("name", "source", "converted_at"), label=_("Came from"), adds=False),
        Panel("campaign", ("name", "stage", "score", "owner"), label=_("Leads")),
        Panel(
            "pool",
            ("name", "score", "pooled_at", "former_owner"),
            sort="-changed_at",
            adds=False,
        ),
        Panel("referrer", ("name", "stage"), label=_("Recommended")),
    )
    told_in = ("account", "contact", "opportunity")
    personal = Personal(
        (
            "name", "person", "title", "mobile", "phone", "email", "wechat", "province", "city", "demand", "next_step", "remark",
        ),
        of=("contact",), is_person=True,
    )  # fmt: skip
    rollups = (
        Rollup("pool", "leads_held", Count("pk")),
        Rollup("campaign", "lead_count", Count("pk")),
        Rollup("campaign", "converted_count", Count("pk"), Q(converted_at__isnull=False)),
    )
