"""Accounts: the parties that trade. A company, a person, or several people jointly."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.columns import AmountField, ChoiceField, CurrencyField, NumberField, PhoneField, StateField, YearField
from bihuan.core.desk import Desk, Kept, Panel, Rollup, Section, Tallied, View
from bihuan.core.duplicates.match import Match
from bihuan.core.field import Computed
from bihuan.core.registry import register
from bihuan.parties.pools.falling import Fall, Standing, fall, put_off
from bihuan.parties.pools.pool import opened_by_pools
from bihuan.parties.pools.pooled import Pooled
from bihuan.parties.tax import tax_id_problem

KINDS = {"company": _("Company"), "person": _("Person"), "joint": _("Joint")}


class Account(Pooled):
    """A commercial relation: whatever is bought, billed and served hangs on it. People hang on contacts."""

    number = NumberField("AC-{n:05}")
    kind = StateField(KINDS, verbose_name=_("Kind"))
    name = models.CharField(_("Account name"), max_length=200)
    short_name = models.CharField(_("Short name"), max_length=80, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    status = ChoiceField(set="account_status", verbose_name=_("Status"))
    level = ChoiceField(set="account_level", verbose_name=_("Level"))
    industry = ChoiceField(set="industry", verbose_name=_("Industry"))
    source = ChoiceField(set="source", verbose_name=_("Source"))
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("Parent company"), null=True, blank=True, related_name="subsidiaries"
    )
    phone = PhoneField(verbose_name=_("Phone"))
    website = models.URLField(_("Website"), blank=True, max_length=200)
    country = models.CharField(_("Country"), max_length=80, blank=True)
    province = models.CharField(_("Province"), max_length=80, blank=True)
    city = models.CharField(_("City"), max_length=80, blank=True)
    address = models.CharField(_("Address"), max_length=300, blank=True)
    tax_id = models.CharField(
        _("Tax number"), max_length=30, blank=True, help_text=_("统一社会信用代码, 統一編號 or VAT number.")
    )
    employees = models.PositiveIntegerField(_("Employees"), null=True, blank=True)
    founded = YearField(_("Founded"), null=True, blank=True)
    annual_purchase = AmountField(verbose_name=_("Annual purchases"))
    annual_revenue = AmountField(verbose_name=_("Annual revenue"))
    currency = CurrencyField()
    remark = models.TextField(_("Remark"), blank=True)
    open_deals = models.PositiveIntegerField(_("Open deals"), default=0, editable=False)
    open_amount = AmountField(verbose_name=_("Open amount"), editable=False)
    last_touch_at = models.DateTimeField(_("Last touch"), null=True, blank=True, editable=False)
    last_deal_on = models.DateField(
        _("Last deal"), null=True, blank=True, editable=False, help_text=_("When one was last opened or closed.")
    )
    last_won_on = models.DateField(_("Last won deal"), null=True, blank=True, editable=False)

    level_column, won_column = "level", "last_won_on"

    class Meta(Pooled.Meta):
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        indexes = [
            *Pooled.Meta.indexes,
            models.Index(fields=["name"], name="account_name"),
            # the latest, and how many came when to whom, from the index alone
            models.Index(
                fields=["-created_at", "-id", "unit", "owner"],
                name="account_created",
                condition=models.Q(archived_at=None),
            ),
            models.Index(fields=["owner", "-created_at"], name="account_mine", condition=models.Q(archived_at=None)),
            models.Index(fields=["-last_touch_at", "-id"], name="account_touched"),
        ]

    def problems(self):  # type: ignore[no-untyped-def]
        if self.pk and self.parent_id == self.pk:
            yield "parent", _("An account cannot be its own parent.")
        if problem := tax_id_problem(self.tax_id):
            yield "tax_id", problem


def account_falls(owner: int | None, since: datetime | None, *counted: Any) -> Fall:
    """When, why and into which pool an account falls; see `Standing` for what counts."""
    return fall("account", Standing(owner, since, *counted))


@register(Account)
class AccountDesk(Desk):
    icon = "building-2"
    group = "win"
    at_hand = True
    node = 3
    columns = ("name", "status", "industry", "level", "annual_purchase", "open_deals", "last_touch_at", "owner")
    filters = ("owner", "status", "level", "industry", "province", "last_touch_at", "pool", "falls_on")
    form = (
        Section(_("Account"), ("name", "kind", "short_name", "name_en", "number", "parent", "owner")),
        Section(
            _("Standing"), ("status", "level", "industry", "source", "annual_purchase", "annual_revenue", "currency")
        ),
        Section(_("Reach"), ("phone", "website", "country", "province", "city", "address")),
        Section(_("Company"), ("tax_id", "employees", "founded", "remark")),
    )
    quick = ("name", "kind", "status", "level", "industry", "phone", "owner")
    facts = (
        Section(_("Facts"), ("name", "short_name", "number", "kind", "status", "level", "industry", "source", "owner", "parent")),
        Section(_("Reach"), ("phone", "website", "province", "city", "address")),
        Section(_("Company"), ("name_en", "tax_id", "employees", "founded", "annual_revenue", "remark")),
        Section(
            _("Public pool"),
            ("owner_since", "falls_into", "falls_for", "pool", "pooled_at", "pool_reason", "former_owner"),
        ),
    )
    tags = ("status", "level")
    subtitle = ("number", "industry", "city", "owner", "pool", "puts_off")
    figures = ("annual_purchase", "open_amount", "open_deals", "last_touch_at", "falls_on")
    views = (
        View("all", _("All accounts"), {}),
        View("mine", _("My accounts"), {"owner.in": "me"}),
        View("team", _("My team"), {"owner.in": "team"}),
        View(
            "pool",
            _("Public pool"),
            {
                "pool.filled": "",
                "columns": "name,level,industry,city,pool,pooled_at,pool_reason,former_owner",
            },
        ),
        View(
            "falling",
            _("About to fall into the pool"),
            {
                "falls_on.in": "next_14_days",
                "sort": "falls_on",
                "columns": "name,level,falls_on,puts_off,last_touch_at,owner",
            },
        ),
        View("untouched", _("No touch for 90 days"), {"last_touch_at.before": "last_90_days"}),
    )
    search = {
        "number": 8, "name": 10, "short_name": 8, "name_en": 6, "phone": 5, "tax_id": 5, "website": 4, "city": 3,
        "address": 2, "remark": 1,
    }  # fmt: skip
    key = ("number", "name", "short_name")
    duplicates = (
        Match(("tax_id",), 95, reads="code", decisive=True),
        Match(("name",), 90, near=75),
        Match(("name_en",), 80, near=70),
        Match(("short_name",), 65),
        Match(("phone",), 60),
        Match(("website",), 65),
    )
    tile = "short_name"
    creates = ("industry", "source", "level", "status")
    aliases = {
        "name": ("account", "company", "customer", "client", "客户", "客户名称", "公司名称", "企业名称", "客戶", "ORG"),
        "website": ("URL",),
        "address": ("ADR street",),
        "city": ("ADR city",),
        "province": ("ADR region",),
        "industry": ("sector", "所属行业", "行业分类"),
        "founded": ("year_established", "established", "成立年份"),
        "annual_revenue": ("revenue", "turnover", "营业额"),
        "country": ("office_location", "国家", "ADR country"),
        "parent": ("subsidiary_of", "parent_company", "上级客户", "母公司"),
    }
    panels = (
        Panel("parent", ("name", "status"), label=_("Subsidiaries")),
        Panel(
            "pool",
            ("name", "level", "pooled_at", "former_owner"),
            sort="-changed_at",
            adds=False,
        ),
    )
    opened = (opened_by_pools,)
    tells_owners = True
    rollups = (Rollup("pool", "accounts_held", Count("pk")),)
    tallied = Tallied("created_at")
    kept = Kept(
        ("falls_on", "falls_for", "falls_into"),
        ("owner", "owner_since", "level", "last_touch_at", "last_deal_on", "last_won_on", "open_deals"),
        account_falls,
    )
    computed = (
        Computed("puts_off", _("What puts it off"), kind.Text(), ("falls_for", "falls_into_id", "level_id", "open_deals"), put_off),
    )  # fmt: skip
