"""Who gets a lead that is nobody's: rules that the firm sets, in their order; the first that holds decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core import conditions
from bihuan.core.access import SYSTEM, visible
from bihuan.core.blueprint.asked import Asking, Queried
from bihuan.core.blueprint.part import Part, belongs
from bihuan.core.blueprint.value import Keys, Names, Value
from bihuan.core.columns import StateField
from bihuan.core.conditions import Conditions
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.registry import register
from bihuan.people.role import Role
from bihuan.people.territory import Territory
from bihuan.people.user import User
from bihuan.sales.lead import Lead
from bihuan.sales.lead_rule import LeadRule

METHODS = {"turn": _("In turn"), "load": _("To whom has the fewest open leads")}
WEEK = "1234567"


class AssignmentRule(LeadRule):
    """Leads of which the conditions hold go to one of some people, on some days of the week."""

    method = StateField(METHODS, verbose_name=_("Method"))
    members = models.ManyToManyField(User, verbose_name=_("Members"), blank=True, related_name="+")
    territory = models.ForeignKey(
        Territory, models.PROTECT, verbose_name=_("Territory"), null=True, blank=True, related_name="+",
        help_text=_("Its members are asked too."),
    )  # fmt: skip
    roles = models.ManyToManyField(
        Role, verbose_name=_("Roles"), blank=True, related_name="+", help_text=_("Everybody with these roles is asked too."),
    )  # fmt: skip
    weekdays = models.CharField(
        _("Weekdays"),
        max_length=7,
        blank=True,
        help_text=_("The days on which the rule holds, 1 for Monday; empty: every day."),
    )

    class Meta(LeadRule.Meta):
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")

    def problems(self) -> Iterable[tuple[str, str]]:
        if set(self.weekdays) - set(WEEK):
            yield "weekdays", _("Write the days as digits, 1 for Monday to 7 for Sunday.")
        yield from super().problems()


@register(AssignmentRule)
class AssignmentRuleDesk(Desk):
    icon = "shuffle"
    columns = ("name", "name_en", "when", "method", "members", "roles", "territory", "weekdays", "order")
    quick = ("name", "name_hant", "name_en", "when", "method", "members", "roles", "territory", "weekdays", "order")
    key = ("name", "name_en")
    sort = "order"
    configuration = True


#: People and territories are the firm's own; a blueprint says by their roles who is asked.
belongs(
    Part(
        AssignmentRule, ("assignment_rules", "{key}"),
        {"name": Names(), "when": Queried("lead"), "method": Value("turn"), "roles": Keys("roles"), "weekdays": Value()},
        source=Asking("lead"),
    )
)  # fmt: skip


class AssignmentTurn(models.Model):
    """Who got the last lead by a rule: the next one goes to the next."""

    rule = models.OneToOneField(AssignmentRule, models.CASCADE, primary_key=True, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule from memory. `members` are those who may sign in, in the order of their keys."""

    id: int
    name: str
    asked: Conditions
    method: str
    members: tuple[int, ...]
    weekdays: str

    def holds(self, lead: Lead, now: datetime) -> bool:
        """Whether the rule says today who gets the lead."""
        today = str(now.isoweekday())
        return today in (self.weekdays or WEEK) and bool(self.members) and conditions.hold(self.asked, lead, SYSTEM)


@remembered
def rules() -> tuple[Rule, ...]:
    """The rules in use in their order."""
    return tuple(
        Rule(row.pk, row.name, asked, row.method, _members(row), row.weekdays) for row, asked in AssignmentRule.in_use()
    )


def _members(row: AssignmentRule) -> tuple[int, ...]:
    meant = models.Q(pk__in=row.members.values("pk")) | models.Q(roles__in=row.roles.values("pk"))
    if row.territory_id:
        meant |= models.Q(territories=row.territory_id)
    people = visible(SYSTEM, User).filter(meant, is_active=True)
    return tuple(people.order_by("pk").values_list("pk", flat=True).distinct())


class Plan:
    """Decides for one lead after the other who gets it, counting on from what it has decided. Two queries for all."""

    def __init__(self) -> None:
        self.now = timezone.localtime()
        self.last = dict(AssignmentTurn.objects.values_list("rule", "user"))
        self.load = self._loads({each for rule in rules() if rule.method == "load" for each in rule.members})
        self.turned: set[int] = set()

    def _loads(self, people: set[int]) -> dict[int, int]:
        """How many open leads each of some people has."""
        if not people:
            return {}
        rows = visible(SYSTEM, Lead).filter(owner__in=people, stage__kind="open")
        return dict.fromkeys(people, 0) | dict(rows.order_by().values_list("owner").annotate(Count("pk")))

    def owner_of(self, lead: Lead) -> int | None:
        """Who gets a lead; None where no rule holds of it."""
        rule = next((each for each in rules() if each.holds(lead, self.now)), None)
        if rule is None:
            return None
        if rule.method == "turn":
            chosen = _after(rule.members, self.last.get(rule.id))
            self.last[rule.id] = chosen
            self.turned.add(rule.id)
        else:
            chosen = min(rule.members, key=lambda person: (self.load[person], person))
        if chosen in self.load:
            self.load[chosen] += 1
        return chosen

    def keep(self) -> None:
        """Remember whose turn it was."""
        turns = [AssignmentTurn(rule_id=key, user_id=self.last[key]) for key in sorted(self.turned)]
        AssignmentTurn.objects.bulk_create(turns, update_conflicts=True, unique_fields=["rule"], update_fields=["user"])


def _after(members: Sequence[int], last: int | None) -> int:
    """The member after the last one, round and round."""
    return next((each for each in members if last is None or each > last), members[0])
