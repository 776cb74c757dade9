"""A form rule as pages and `run` use it, from memory; and what all rules together say of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from bihuan.core import conditions, kind, registry
from bihuan.core.access import Actor
from bihuan.core.blueprint.keyed import as_id, turned
from bihuan.core.conditions import Conditions
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.form_rules.models import FormRule
from bihuan.core.record import KEPT


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of which every name is known. `offered` are the values that a “limited” field keeps."""

    id: int | None
    field: Field
    effect: str
    conditions: Conditions
    offered: frozenset[Any] = frozenset()
    roles: tuple[int, ...] = ()

    def concerns(self, by: Actor) -> bool:
        """Whether the rule is for somebody."""
        return not self.roles or by.holds(self.roles)

    def holds(self, record: Any, by: Actor) -> bool:
        """Whether the conditions hold of a record as it stands in memory. Asks the database nothing."""
        return conditions.hold(self.conditions, record, by)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one field of one record. `because` names the fields that decided it."""

    shown: bool = True
    required: bool = False
    read_only: bool = False
    offered: frozenset[Any] | None = None
    because: frozenset[str] = frozenset()

    def offers(self, value: Any) -> bool:
        """Whether a value, or each of several, may be chosen."""
        return self.offered is None or set(value if isinstance(value, tuple) else (value,)) <= self.offered


#: What is said of a field that no rule is about.
FREE = Verdict()


def verdicts(desk: Desk, by: Actor, record: Any) -> dict[str, Verdict]:
    """What the rules of an object say of a record, by field; a field of which they say nothing is not there.

    A field that several rules show is shown when one of them holds; of rules that limit it each takes choices away.
    """
    found: dict[str, Verdict] = {}
    mine = rules_for(desk, by)
    for rule in mine:
        if rule.effect == "shown":
            said = found.get(rule.field.name, Verdict(shown=False))
            found[rule.field.name] = _with(said, rule, shown=said.shown or rule.holds(record, by))
    for rule in mine:
        if rule.effect == "shown" or not rule.holds(record, by):
            continue
        said = found.get(rule.field.name, FREE)
        if rule.effect == "limited":
            kept = rule.offered if said.offered is None else said.offered & rule.offered
            found[rule.field.name] = _with(said, rule, offered=kept)
        else:
            found[rule.field.name] = _with(said, rule, **{rule.effect: True})
    return found


def _with(said: Verdict, rule: Rule, **more: Any) -> Verdict:
    return replace(said, because=said.because | {each.field.name for each in rule.conditions}, **more)


# ---------------------------------------------------------------------- from the table


@remembered
def _rules() -> dict[str, tuple[Rule, ...]]:
    """The rules in use by object, without those that name what there no longer is."""
    found: dict[str, tuple[Rule, ...]] = {}
    for row in FormRule._base_manager.filter(archived_at=None).prefetch_related("roles").order_by("object", "pk"):
        try:
            made = read(row, [role.pk for role in row.roles.all()])
        except Refused:
            continue  # told on the page of the rules
        found[row.object] = (*found.get(row.object, ()), made)
    return found


def rules_of(slug: str) -> tuple[Rule, ...]:
    """The rules of an object that are in force, from memory; what sets the firm up has none."""
    return () if registry.desk(slug).configuration else _rules().get(slug, ())


def rules_for(desk: Desk, by: Actor) -> list[Rule]:
    """The rules of an object that bind somebody."""
    return [rule for rule in rules_of(desk.slug) if rule.concerns(by)]


def read(row: FormRule, roles: Iterable[int] = ()) -> Rule:
    """The rule that a row means. Raises Refused, at the column at fault, where it names what there is not."""
    if row.object not in {desk.slug for desk in registry.desks() if not desk.configuration}:
        raise Refused(_("There is no such object."), "object")
    desk = registry.desk(row.object)
    field = ruled_fields(desk).get(row.field)
    if field is None:
        raise Refused(_("There is no field “%(name)s” that a rule could be about.") % {"name": row.field}, "field")
    return Rule(row.pk, field, row.effect, conditions.read(desk, row.when), _offered(field, row), tuple(roles))


def _offered(field: Field, row: FormRule) -> frozenset[Any]:
    if row.effect != "limited":
        return frozenset()
    if not isinstance(field.kind, (kind.Pick, kind.State)):
        raise Refused(_("Only a field that offers choices can offer fewer."), "effect")
    try:
        texts = turned(row.object, f"{field.name}.in", row.offered, as_id).split(",")
        values = [field.parse(text) for text in texts if text]
    except Refused as refusal:
        raise Refused(refusal.sentence, "offered") from None
    if not values:
        raise Refused(_("Say which choices are left."), "offered")
    return frozenset(one for value in values for one in (value if isinstance(value, tuple) else (value,)))


def ruled_fields(desk: Desk) -> Mapping[str, Field]:
    """The fields that a rule can be about: what a form asks for. Links to several records stand in tables of their own."""
    return {
        name: each
        for name, each in desk.own_fields.items()
        if each.editable and each.compute is None and name not in KEPT and not isinstance(each.kind, kind.Links)
    }
