"""Segments: a part of the market, by a rule or by name, and how large it was over time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind, registry
from bihuan.core.access import Actor, visible
from bihuan.core.columns import RuleField, StateField
from bihuan.core.desk import Desk, Panel, Section, View
from bihuan.core.errors import Refused
from bihuan.core.field import Computed
from bihuan.core.record import OwnedRecord, Record
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.web import list_rule as rules

#: What segments are made of, by the object's slug.
OBJECTS = {"account": _("Accounts"), "contact": _("Contacts"), "lead": _("Leads")}
#: Which of them are named one by one, and where.
NAMED = {"account": "accounts", "contact": "contacts"}


class Segment(OwnedRecord):
    """Accounts, contacts or leads that are addressed alike: those that the rule finds, and those named one by one.

    The rule is the address of a list, what stands behind its "?": "level.in=4,7&industry.in=2".
    """

    name = models.CharField(_("Segment name"), max_length=200)
    object = StateField(OBJECTS, verbose_name=_("Of"))
    rule = RuleField(
        _("Rule"), max_length=16_000, blank=True,
        help_text=_("Filter a list and choose “Save as segment” in its menu: so the rule is written for you."),
    )  # fmt: skip
    accounts = models.ManyToManyField(
        Account,
        verbose_name=_("Named accounts"),
        blank=True,
        related_name="+",
        help_text=_("Besides those of the rule."),
    )
    contacts = models.ManyToManyField(
        Contact,
        verbose_name=_("Named contacts"),
        blank=True,
        related_name="+",
        help_text=_("Besides those of the rule."),
    )
    remark = models.TextField(_("Remark"), blank=True)
    size = models.PositiveIntegerField(_("How many"), null=True, blank=True, editable=False)
    measured_on = models.DateField(_("Counted on"), null=True, blank=True, editable=False)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("segment")
        verbose_name_plural = _("segments")

    def problems(self) -> Iterable[tuple[str, str]]:
        try:
            rules.check(self.object, self.rule)
        except Refused as refusal:
            yield "rule", refusal.sentence


@register(Segment)
class SegmentDesk(Desk):
    icon = "chart-pie"
    group = "reach"
    columns = ("name", "object", "size", "measured_on", "asked", "owner")
    filters = ("object", "owner")
    form = (
        Section(_("Segment"), ("name", "object", "rule", "owner")),
        Section(_("Named one by one"), ("accounts", "contacts")),
        Section(_("More"), ("remark",)),
    )
    quick = ("name", "object", "rule", "owner")
    facts = (
        Section(_("Segment"), ("name", "object", "asked", "owner")),
        Section(_("Named one by one"), ("accounts", "contacts")),
        Section(_("More"), ("remark",)),
    )
    computed = (Computed("asked", _("Rule in words"), kind.LongText(), ("object", "rule"), rules.in_words),)
    tags = ("object",)
    subtitle = ("owner",)
    figures = ("size", "measured_on")
    views = (View("all", _("All segments"), {}), View("mine", _("Mine"), {"owner.in": "me"}))
    search = {"name": 10, "remark": 1}
    key = ("name",)


class SegmentSize(Record):
    """How many a segment had on a day."""

    segment = models.ForeignKey(Segment, models.PROTECT, verbose_name=_("Segment"), related_name="sizes")
    day = models.DateField(_("Day"))
    size = models.PositiveIntegerField(_("How many"))

    class Meta:
        verbose_name = _("size of a segment")
        verbose_name_plural = _("sizes of segments")
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="one_size_a_day")]


@register(SegmentSize)
class SegmentSizeDesk(Desk):
    icon = "chart-line"
    title = "segment__name"
    made_by = "note_size"
    columns = ("segment", "day", "size")
    through = ("segment",)
    sort = "-day"
    panels = (Panel("segment", ("day", "size"), label=_("Sizes over time"), sort="-day", limit=14),)


def members(segment: Segment, by: Actor) -> QuerySet[Any]:
    """The records of a segment, of those that the actor sees. Raises Refused when its rule asks for what there is not."""
    model, query = registry.desk(segment.object).model, rules.query(segment.object, segment.rule, by)
    found = Q(pk__in=query.rows().order_by().values("pk")) if query else Q(pk__in=())
    if segment.object in NAMED:
        found |= Q(pk__in=getattr(segment, NAMED[segment.object]).values("pk"))
    return visible(by, model).filter(found)
