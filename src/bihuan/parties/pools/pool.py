"""Pools and their rules: whose records fall into which, after how long, and how many somebody may take and hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import choice, kind, registry
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.blueprint.part import Part, belongs
from bihuan.core.blueprint.source import Inputs, Recorded
from bihuan.core.blueprint.value import Chosen, Flag, Keys, Names, Number
from bihuan.core.choice import key_field, key_of
from bihuan.core.columns import ChoiceField, ObjectField
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk, Panel, Section
from bihuan.core.field import Computed
from bihuan.core.record import Named, Record
from bihuan.core.registry import register
from bihuan.parties.pools.pooled import CLOCKS, Pooled
from bihuan.people.role import Role
from bihuan.people.staff import staff
from bihuan.people.unit import Unit, below
from bihuan.people.user import User, units_of


class Pool(Named, Record):
    """Records of one object that nobody owns, for its members to claim. What members leave alone falls into it."""

    object = ObjectField(_("Object"), max_length=40, default="account")
    members = models.ManyToManyField(User, verbose_name=_("Members"), blank=True, related_name="+")
    units = models.ManyToManyField(
        Unit, verbose_name=_("Units"), blank=True, related_name="+",
        help_text=_("Everybody in these units and below them is a member."),
    )  # fmt: skip
    roles = models.ManyToManyField(
        Role, verbose_name=_("Roles"), blank=True, related_name="+", help_text=_("Everybody with these roles is a member."),
    )  # fmt: skip
    administrators = models.ManyToManyField(
        User, verbose_name=_("Administrators"), blank=True, related_name="+",
        help_text=_("They see and edit what is in the pool, and give it out."),
    )  # fmt: skip
    claims_per_day = models.PositiveIntegerField(_("Claims per person and day"), null=True, blank=True)
    capacity = models.PositiveIntegerField(
        _("Most records per person"), null=True, blank=True,
        help_text=_("Whoever owns so many claims no more and is given no more from the pool."),
    )  # fmt: skip
    won_uncounted = models.BooleanField(
        _("Won ones not counted"),
        default=False,
        help_text=_("What has a won deal does not count for the most per person."),
    )
    cool_down_days = models.PositiveIntegerField(
        _("Days until the former owner may claim again"), null=True, blank=True
    )
    protected_days = models.PositiveIntegerField(
        _("Days of protection"), default=0, help_text=_("A record with a new owner does not fall before.")
    )
    warn_days = models.PositiveIntegerField(_("Days of warning"), default=7)
    spares_open_deals = models.BooleanField(
        _("Open deals spared"), default=True, help_text=_("Nothing falls while a deal is open.")
    )
    accounts_held = models.PositiveIntegerField(_("Accounts in the pool"), default=0, editable=False)
    leads_held = models.PositiveIntegerField(_("Leads in the pool"), default=0, editable=False)
    order = models.PositiveIntegerField(
        _("Order"), default=0, help_text=_("What belongs to members of several pools falls into the first of them.")
    )

    key = key_field()

    given_once = (*Record.given_once, "key")

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        constraints = [models.UniqueConstraint(fields=["object", "key"], name="one_pool_key")]

    def fill(self, by: Actor) -> None:
        self.key = self.key or key_of(self.name_en or self.name, _keys(self.object))

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.object not in {desk.slug for desk in pooled_desks()}:
            yield "object", _now("Records of this object do not fall into a pool.")


@remembered
def _keys(object: str) -> frozenset[str]:
    return frozenset(visible(SYSTEM, Pool, archived=None).filter(object=object).values_list("key", flat=True))


@register(Pool)
class PoolDesk(Desk):
    icon = "waves"
    group = "run"
    columns = (
        "name",
        "object",
        "accounts_held",
        "members",
        "units",
        "roles",
        "claims_per_day",
        "capacity",
        "cool_down_days",
        "warn_days",
    )
    form = (
        Section(
            _("Pool"),
            ("name", "name_hant", "name_en", "object", "order", "members", "units", "roles", "administrators"),
        ),
        Section(_("Claiming"), ("claims_per_day", "cool_down_days", "capacity", "won_uncounted")),
        Section(_("Falling"), ("protected_days", "warn_days", "spares_open_deals")),
    )
    quick = ("name", "name_hant", "name_en", "object", "members", "units", "roles", "administrators")
    facts = (
        Section(
            _("Pool"),
            ("object", "order", "members", "units", "roles", "administrators", "won_uncounted", "spares_open_deals"),
        ),
    )
    subtitle = ("object", "units")
    figures = (
        "accounts_held",
        "leads_held",
        "claims_per_day",
        "capacity",
        "cool_down_days",
        "protected_days",
        "warn_days",
    )
    key = ("name", "name_en")
    sort = "order"
    configuration = True


#: The key under which the rule for all other levels stands in a blueprint.
OTHERS = "others"


class PoolRule(Record):
    """After how many days what falls into a pool: of one level, or of every level that has no rule of its own."""

    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("Pool"), related_name="rules")
    level = ChoiceField(
        set="account_level",
        verbose_name=_("Level"),
        help_text=_("Left empty, for every level without a rule of its own."),
    )
    untouched_days = models.PositiveIntegerField(_("Days without a touch"), null=True, blank=True)
    no_deal_days = models.PositiveIntegerField(_("Days without an opportunity"), null=True, blank=True)
    not_won_days = models.PositiveIntegerField(_("Days without a won deal"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("Most of this level per person"), null=True, blank=True)

    class Meta:
        verbose_name = _("pool rule")
        verbose_name_plural = _("pool rules")

    @property
    def level_key(self) -> str:
        """The key of its level; OTHERS where it has none."""
        level = choice.option(self.level_id) if self.level_id else None
        return level.key if level else OTHERS


def applies_to(level: int | None) -> str:
    """The level that a rule is for, in words."""
    found = choice.option(level) if level else None
    return found.label if found else _now("Other levels")


def limits_of(untouched: int | None, no_deal: int | None, not_won: int | None) -> str:
    """What a rule asks for, in a few words."""
    told = (
        untouched and _now("%(days)d days untouched") % {"days": untouched},
        no_deal and _now("%(days)d without a deal") % {"days": no_deal},
        not_won and _now("%(days)d without winning") % {"days": not_won},
    )
    return _now(", ").join(filter(None, told)) or _now("never")


@register(PoolRule)
class PoolRuleDesk(Desk):
    icon = "timer"
    title = "level__name"
    columns = ("pool", "level", "untouched_days", "no_deal_days", "not_won_days", "capacity")
    quick = columns
    configuration = True
    computed = (
        Computed("applies", _("For"), kind.Text(), ("level_id",), applies_to),
        Computed("says", _("Falls after"), kind.Text(), ("untouched_days", "no_deal_days", "not_won_days"), limits_of),
    )
    panels = (Panel("pool", ("says", "applies"), label=_("Rules"), sort="id"),)


class ByLevel(Recorded):
    """The rules of pools, each under the key of its level."""

    def create(self, model: type[models.Model], inputs: Sequence[Inputs], by: Actor) -> Sequence[Any]:
        return super().create(model, [self._with_level(**each) for each in inputs], by)

    @staticmethod
    def _with_level(level_key: str, **others: Any) -> Inputs:
        return others | Chosen("account_level").inputs("level", "" if level_key == OTHERS else level_key)


def pooled() -> frozenset[str]:
    """The slugs of the objects whose records may be in a pool."""
    return frozenset(desk.slug for desk in pooled_desks())


#: People and units are the firm's own; a blueprint says by their roles who belongs to a pool.
belongs(
    Part(
        Pool, ("pools", "{object}", "{key}"),
        {
            "name": Names(), "roles": Keys("roles"), "claims_per_day": Number(None), "capacity": Number(None),
            "won_uncounted": Flag(), "cool_down_days": Number(None), "protected_days": Number(), "warn_days": Number(7),
            "spares_open_deals": Flag(True),
        },
        known={"object": pooled},
    ),
    Part(
        PoolRule, ("pools", "{pool.object}", "{pool.key}", "rules", "{level_key}"),
        {
            "untouched_days": Number(None), "no_deal_days": Number(None), "not_won_days": Number(None),
            "capacity": Number(None),
        },
        ordered=False, source=ByLevel(),
    ),
)  # fmt: skip


# ---------------------------------------------------------------------- from memory


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is asked: how many days without what (a key of CLOCKS), and since when it says so."""

    days: tuple[tuple[str, int], ...]
    capacity: int | None
    since: date


@dataclass(frozen=True, slots=True)
class Terms:
    """A pool as it is asked. `rules` are by level; None stands for the rest."""

    row: Pool
    people: frozenset[int]
    units: frozenset[int]
    administrators: frozenset[int]
    rules: dict[int | None, Rule]

    def has(self, user_id: int | None) -> bool:
        """Whether somebody is a member: they may claim from the pool, and what they own falls into it."""
        person = staff().get(user_id or 0)
        return person is not None and (
            person.id in self.people or not self.units.isdisjoint(units_of(person.id, person.unit_id))
        )

    def rule(self, level: int | None) -> Rule | None:
        """The rule for a level."""
        return self.rules.get(level) or self.rules.get(None)


@remembered
def pools() -> dict[int, Terms]:
    """Every pool in use by its id, in the firm's order."""
    rows = visible(SYSTEM, Pool).order_by("order", "pk")
    return {
        row.pk: Terms(
            row,
            frozenset(_people(row)),
            frozenset().union(*map(below, row.units.values_list("pk", flat=True))),
            frozenset(row.administrators.values_list("pk", flat=True)),
            {rule.level_id: _as_asked(rule) for rule in row.rules.filter(archived_at=None).order_by("-pk")},
        )
        for row in rows
    }


def _people(row: Pool) -> Iterable[int]:
    """The members by name and by role."""
    named = models.Q(pk__in=row.members.values("pk")) | models.Q(roles__in=row.roles.values("pk"))
    return visible(SYSTEM, User, archived=None).filter(named).values_list("pk", flat=True)


def _as_asked(rule: PoolRule) -> Rule:
    days = ((clock, getattr(rule, f"{clock}_days")) for clock in CLOCKS)
    since = timezone.localdate(rule.changed_at, timezone.get_default_timezone())
    return Rule(tuple((clock, count) for clock, count in days if count), rule.capacity, since)


def pools_of(slug: str) -> Iterator[Terms]:
    """The pools that hold records of an object."""
    return (each for each in pools().values() if each.row.object == slug)


def pool_for(slug: str, owner: int | None) -> Terms | None:
    """The pool into which what somebody owns falls."""
    return next((each for each in pools_of(slug) if each.has(owner)), None)


def pooled_desks() -> list[Desk]:
    """The objects whose records may be in a pool."""
    return [desk for desk in registry.desks() if issubclass(desk.model, Pooled)]


# ---------------------------------------------------------------------- who reaches what


def opened_by_pools(actor: Actor, desk: Desk, action: str) -> Iterator[models.Q]:
    """What lies in one's pools: members see and claim it, administrators also do whatever is editing, and give it out."""
    if action in ("create", "archive", "export", "import"):
        return
    members_too = action in ("view", "claim")
    for each in pools_of(desk.slug):
        if actor.user_id in each.administrators or (members_too and each.has(actor.user_id)):
            yield models.Q(pool=each.row.pk)
