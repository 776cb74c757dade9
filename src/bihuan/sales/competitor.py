"""Competitors: who else wants the same deals. The library builds itself from the deals that name them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.desk import Desk, Section, View
from bihuan.core.field import Computed
from bihuan.core.record import Record
from bihuan.core.registry import register


class Competitor(Record):
    """A rival of the firm. Its figures count the deals in which it was met (see opportunity_competitor.py)."""

    name = models.CharField(_("Competitor"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    website = models.URLField(_("Website"), blank=True, max_length=200)
    products = models.TextField(_("What they offer"), blank=True)
    strengths = models.TextField(_("Strengths"), blank=True)
    weaknesses = models.TextField(_("Weaknesses"), blank=True)
    remark = models.TextField(_("Remark"), blank=True)
    deals_met = models.PositiveIntegerField(_("Met in deals"), default=0, editable=False)
    won_against = models.PositiveIntegerField(_("Won against"), default=0, editable=False)
    lost_to = models.PositiveIntegerField(_("Lost to"), default=0, editable=False)

    class Meta:
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        indexes = [models.Index(fields=["name"], name="competitor_name")]


def win_rate(won_against: int, lost_to: int) -> int | None:
    """How many of a hundred deals that were decided between the two of us we won; None before the first."""
    decided = won_against + lost_to
    return round(won_against * 100 / decided) if decided else None


@register(Competitor)
class CompetitorDesk(Desk):
    icon = "scale"
    group = "win"
    columns = ("name", "products", "deals_met", "won_against", "lost_to", "win_rate", "changed_at")
    filters = ("deals_met", "won_against", "lost_to")
    form = (
        Section(_("Competitor"), ("name", "name_en", "website", "products")),
        Section(_("How to meet them"), ("strengths", "weaknesses", "remark")),
    )
    quick = ("name", "website", "products", "strengths", "weaknesses")
    facts = (
        Section(_("Facts"), ("name_en", "website", "products")),
        Section(_("How to meet them"), ("strengths", "weaknesses", "remark")),
    )
    figures = ("deals_met", "won_against", "lost_to", "win_rate")
    views = (View("all", _("All competitors"), {}),)
    sort = "-deals_met"
    search = {"name": 10, "name_en": 6, "products": 2}
    key = ("name", "name_en")
    computed = (
        Computed("win_rate", _("Win rate against them %"), kind.Integer(), ("won_against", "lost_to"), win_rate),
    )
