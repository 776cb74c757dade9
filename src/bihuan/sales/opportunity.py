"""Opportunities: business that may be won, moving along the stages of a pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.catalog.product import Product
from bihuan.core import dates, kind, stage
from bihuan.core.access import Actor
from bihuan.core.columns import (
    AmountField,
    ChoiceField,
    CurrencyField,
    NumberField,
    QuantityField,
    StageField,
    StateField,
)
from bihuan.core.desk import Board, Desk, Panel, Rollup, Section, Tallied, View
from bihuan.core.event import Event
from bihuan.core.field import Computed
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import OwnedRecord, Record
from bihuan.core.registry import register
from bihuan.market.campaign import Campaign
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.sales.events import OpportunityLost, OpportunityWon, RivalNamed
from bihuan.sales.forecast_category import FORECAST, category_of

#: How the customer buys: all at once; again and again; under a contract from which they call off.
BUYING = {"once": _("One-off purchase"), "repeat": _("Repeat purchases"), "call_off": _("Contract with call-offs")}


class Opportunity(OwnedRecord):
    """A deal in the making. It may begin without an account; the stage that wins it asks for one."""

    number = NumberField("OP-{year}-{n:05}")
    name = models.CharField(_("Opportunity name"), max_length=200, blank=True)
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, blank=True, related_name="opportunities"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Main contact"), null=True, blank=True, related_name="opportunities"
    )
    stage = StageField(verbose_name=_("Stage"))
    stage_since = models.DateTimeField(_("In stage since"), editable=False)
    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name=_("Main product"), null=True, blank=True, related_name="+"
    )
    amount = AmountField(verbose_name=_("Amount"))
    currency = CurrencyField()
    opened_on = models.DateField(_("Opened"), null=True, blank=True)
    expected_close = models.DateField(_("Expected close"), null=True, blank=True)
    closed_on = models.DateField(_("Closed"), null=True, blank=True)
    source = ChoiceField(set="source", verbose_name=_("Source"))
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("Campaign"), null=True, blank=True, related_name="opportunities"
    )
    buying = StateField(BUYING, verbose_name=_("Kind of buying"))
    forecast = StateField(
        FORECAST,
        verbose_name=_("In the forecast as"),
        help_text=_("By its stage: as the stage's probability has it. Any other overrides that for this deal."),
    )
    competitor = models.ForeignKey(
        "sales.Competitor", models.PROTECT, verbose_name=_("Main competitor"), null=True, blank=True, related_name="+"
    )
    win_reason = ChoiceField(set="win_reason", verbose_name=_("Win reason"))
    loss_reason = ChoiceField(set="loss_reason", verbose_name=_("Loss reason"))
    next_step = models.CharField(_("Next step"), max_length=200, blank=True)
    next_step_at = models.DateTimeField(_("Next step when"), null=True, blank=True)
    remark = models.TextField(_("Remark"), blank=True)

    given_once = (*OwnedRecord.given_once, "stage_since")

    class Meta(OwnedRecord.Meta):
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        indexes = [
            *OwnedRecord.Meta.indexes,
            models.Index(
                fields=["stage", "-stage_since", "-id", "unit", "owner"],
                name="opportunity_stage",
                condition=Q(archived_at=None),
            ),
            models.Index(fields=["account", "-id"], name="opportunity_account"),
            # what became of those of a span, from the index alone
            models.Index(
                fields=["-created_at", "-id", "unit", "owner", "stage"],
                name="opportunity_created",
                condition=Q(archived_at=None),
            ),
            # what is to be moved on today
            models.Index(
                fields=["next_step_at", "unit", "owner", "stage"],
                name="opportunity_next_step",
                condition=Q(archived_at=None, next_step_at__isnull=False),
            ),
            # the cohorts of the funnel
            models.Index(fields=["-opened_on", "-id"], name="opportunity_opened", condition=Q(archived_at=None)),
            models.Index(fields=["owner", "-created_at"], name="opportunity_mine", condition=Q(archived_at=None)),
            models.Index(
                fields=["owner", "-closed_on", "stage", "currency", "amount"],
                name="opportunity_closed_mine",
                condition=Q(archived_at=None),
            ),
            # what a unit has won when, from the index alone
            models.Index(
                fields=["-closed_on", "-id", "unit", "owner", "stage", "currency", "amount"],
                name="opportunity_closed",
                condition=Q(archived_at=None),
            ),
            # the sums in the heads of the board, from the index alone
            models.Index(
                fields=["stage", "currency", "amount"], name="opportunity_sums", condition=Q(archived_at=None)
            ),
        ]

    def fill(self, by: Actor) -> None:
        told, today = self.opened_on, timezone.localdate()
        made = timezone.localdate(self.created_at) if self.created_at else today
        self.opened_on = told or made
        # nobody knows more of a deal that is brought along than when it began and ended: its age is not that of the import
        begun = None if told == today else told
        self.stage_since = self.stage_since or dates.earlier(self.closed_on, begun, self.created_at)

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.amount is not None and self.amount < 0:
            yield "amount", _("An amount cannot be negative.")

    def entered(self, here: stage.Step, by: Actor) -> Iterable[Event]:
        """A closing stage sets the day it closed; a stage in progress opens the deal again."""
        named = [RivalNamed("opportunity", 0)] if self.competitor_id and not self.pk else []
        if self.pk:
            self.stage_since = timezone.now()
        if here.kind == "open":
            self.closed_on = None
            return named
        self.closed_on = self.closed_on or timezone.localdate()
        return [*named, (OpportunityWon if here.kind == "won" else OpportunityLost)("opportunity", self.pk or 0)]


#: Why a deal ended as it did.
REASONS = ("win_reason", "loss_reason")


def days_in_stage(since: datetime) -> int:
    """Whole days since the record came to its stage."""
    return (timezone.now() - since).days


def forecast_label(forecast: str, stage_id: int) -> str:
    """The forecast category in words."""
    return str(FORECAST[category_of(forecast, stage_id)])


@register(Opportunity)
class OpportunityDesk(Desk):
    icon = "target"
    group = "win"
    at_hand = True
    node = 4
    onward = {"stage.kind.in": "won"}
    took = ("opened_on", "closed_on")
    columns = (
        "name",
        "account",
        "stage",
        "amount",
        "expected_close",
        "next_step",
        "next_step_at",
        "days_in_stage",
        "owner",
    )
    filters = (
        "owner", "stage", "expected_close", "amount", "product", "source", "buying", "forecast", "competitor", "closed_on",
    )  # fmt: skip
    form = (
        Section(
            _("Opportunity"),
            ("name", "number", "account", "contact", "stage", "product", "amount", "currency", "owner"),
        ),
        Section(_("Course"), ("opened_on", "expected_close", "closed_on", "next_step", "next_step_at")),
        Section(_("More"), ("buying", "forecast", "source", "campaign", "competitor", *REASONS, "remark")),
    )
    quick = ("name", "account", "stage", "amount", "expected_close", "owner")
    facts = (
        Section(_("Facts"), ("number", "stage", "account", "contact", "product", "amount", "currency", "owner")),
        Section(_("Course"), ("opened_on", "expected_close", "closed_on", "next_step", "next_step_at")),
        Section(_("More"), ("buying", "forecast_category", "source", "campaign", "competitor", *REASONS, "remark")),
    )
    subtitle = ("number", "account", "owner")
    figures = ("amount", "expected_close", "days_in_stage", "next_step_at")
    views = (
        View("mine", _("Mine"), {"owner.in": "me", "stage.kind.in": "open"}),
        View("team", _("My team"), {"owner.in": "team", "stage.kind.in": "open"}),
        View("closing", _("Closing this quarter"), {"expected_close.in": "this_quarter", "stage.kind.in": "open"}),
        View("all", _("All opportunities"), {}),
    )
    search = {"number": 8, "name": 10, "remark": 1}
    key = ("number", "name")
    board = Board(
        total="amount",
        card=("account", "amount", "next_step", "next_step_at", "competitor", "owner"),
        since="stage_since",
    )
    creates = ("source", "competitor", *REASONS)
    aliases = {
        "number": ("opportunity_id", "deal_id", "商机编号"),
        "owner": ("sales_agent", "agent", "负责人", "销售"),
        "stage": ("deal_stage", "sales_stage", "阶段", "销售阶段"),
        "opened_on": ("engage_date", "open_date", "创建日期"),
        "closed_on": ("close_date", "closed_date", "成交日期"),
        "amount": ("close_value", "value", "deal_value", "金额", "预计金额"),
        "account": ("客户", "客户名称", "company"),
        "product": ("产品",),
        "competitor": ("竞争对手", "競爭對手", "rival"),
    }
    computed = (
        Computed("days_in_stage", _("Days in stage"), kind.Integer(), ("stage_since",), days_in_stage),
        Computed("forecast_category", _("Forecast"), kind.Text(), ("forecast", "stage_id"), forecast_label),
    )
    panels = (
        Panel("account", ("name", "stage", "amount"), label=_("Opportunities"), sort="-stage_since"),
        Panel("contact", ("name", "stage", "amount"), label=_("Opportunities"), sort="-stage_since"),
        Panel("campaign", ("name", "stage", "amount"), label=_("Opportunities"), sort="-stage_since"),
    )
    personal = Personal(under_way=Q(stage__kind="open"))
    told_in = ("account", "contact")
    tallied = Tallied("closed_on", by="stage", total="amount")
    rollups = (
        Rollup("account", "open_deals", Count("pk"), Q(stage__kind="open")),
        Rollup("account", "open_amount", Sum("amount"), Q(stage__kind="open")),
        Rollup("account", "last_deal_on", Max(Coalesce("closed_on", "opened_on"))),
        Rollup("account", "last_won_on", Max("closed_on"), Q(stage__kind="won")),
        Rollup("campaign", "deal_count", Count("pk")),
        Rollup("campaign", "won_count", Count("pk"), Q(stage__kind="won")),
        Rollup("campaign", "won_summed", Count("pk"), Q(stage__kind="won", campaign__currency=F("currency"))),
        Rollup("campaign", "won_amount", Sum("amount"), Q(stage__kind="won", campaign__currency=F("currency"))),
    )


class OpportunityProduct(Record):
    """A product of a deal, with quantity and price."""

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, verbose_name=_("Opportunity"), related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("Product"), related_name="+")
    quantity = QuantityField(_("Quantity"), null=False, blank=False)
    price = AmountField(verbose_name=_("Price"))
    currency = CurrencyField()

    class Meta:
        verbose_name = _("opportunity product")
        verbose_name_plural = _("opportunity products")


@register(OpportunityProduct)
class OpportunityProductDesk(Desk):
    icon = "package"
    title = "product__name"
    columns = ("opportunity", "product", "quantity", "price")
    through = ("opportunity",)
    panels = (Panel("opportunity", ("product", "quantity", "price"), label=_("Products")),)


class OpportunityContact(Record):
    """What a contact is to a deal."""

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, verbose_name=_("Opportunity"), related_name="contacts")
    contact = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("Contact"), related_name="+")
    role = ChoiceField(set="decision_role", verbose_name=_("Role"))
    attitude = ChoiceField(set="attitude", verbose_name=_("Attitude"))

    class Meta:
        verbose_name = _("opportunity contact")
        verbose_name_plural = _("opportunity contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "contact"], name="one_deal_role", condition=Q(archived_at=None)
            )
        ]


@register(OpportunityContact)
class OpportunityContactDesk(Desk):
    icon = "contact-round"
    title = "contact__name"
    columns = ("opportunity", "contact", "role", "attitude")
    creates = ("role", "attitude")
    through = ("opportunity",)
    panels = (Panel("opportunity", ("contact", "role", "attitude"), label=_("Decision chain")),)
