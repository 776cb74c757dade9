"""Rules that could never be met: said when they are made, not when somebody stands before a form that cannot be saved."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import combinations

from django.utils.translation import gettext as _

from bihuan.core import kind
from bihuan.core.filters import Condition
from bihuan.core.form_rules.rule import Rule


def problems(rule: Rule, others: Iterable[Rule]) -> Iterable[tuple[str, str]]:
    """What is wrong with a rule, beside the others of its object, as (column, sentence). Whom rules are for does not count."""
    if any(each.field.name == rule.field.name for each in rule.conditions):
        yield "when", _("A rule cannot ask for the field that it is about.")
    if any(_exclude(one, other) for one, other in combinations(rule.conditions, 2)):
        yield "when", _("These conditions can never hold together.")
    if rule.effect == "shown":
        if not rule.conditions:
            yield "when", _("Say when the field is shown.")
        if rule.field.required and not (rule.field.custom and rule.field.default is not None):
            yield "effect", _("“%(field)s” is always required, so it is always shown.") % {"field": rule.field.label}
    yield from _against(rule, [each for each in others if each.field.name == rule.field.name and each.id != rule.id])


def _against(rule: Rule, others: list[Rule]) -> Iterable[tuple[str, str]]:
    """What the rules about one field demand of each other."""
    told = {"field": rule.field.label}
    every = [*others, rule]
    required = [each for each in every if each.effect == "required"]
    shown = [each for each in every if each.effect == "shown"]
    never = shown and any(all(are_apart(one, other) for other in shown) for one in required)
    if rule.effect in ("required", "shown") and never:
        yield "when", _("“%(field)s” would be required where it is never shown.") % told
    if rule.effect in ("required", "read_only"):
        fixed = [_key(each) for each in every if each.effect == "read_only"]
        if any(_key(each) in fixed for each in required):
            yield "when", _("“%(field)s” would be required and read-only at once, so it could never be filled.") % told


def _key(rule: Rule) -> frozenset[tuple[str, str, str]]:
    return frozenset((each.field.name, each.operator, each.operand) for each in rule.conditions)


def are_apart(one: Rule, other: Rule) -> bool:
    """Whether two rules can never hold of the same record."""
    return any(_exclude(ours, theirs) for ours in one.conditions for theirs in other.conditions)


def _exclude(one: Condition, other: Condition) -> bool:
    """Whether two conditions can never hold of the same value; False also where that is hard to say."""
    if one.field.name != other.field.name:
        return False
    for ours, theirs in ((one, other), (other, one)):
        if ours.operator == "empty":
            return theirs.operator not in ("empty", "out", "not")
        if ours.operator == "out" and theirs.operator == "in":
            return _parts(theirs) <= _parts(ours)
    if one.operator == other.operator == "in" and not isinstance(one.field.kind, (kind.Picks, kind.Date)):
        return not _parts(one) & _parts(other)
    if isinstance(one.field.kind, kind.YesNo):
        return one.field.parse(one.operand) != other.field.parse(other.operand)
    if one.field.kind.numeric:
        (low, high), (bottom, top) = _bounds(one), _bounds(other)
        return low > top or bottom > high
    return False


def _parts(condition: Condition) -> set[str]:
    return {part.strip() for part in condition.operand.split(",") if part.strip()}


def _bounds(condition: Condition) -> tuple[Decimal, Decimal]:
    """The least and the greatest number that meet a condition."""
    low, high = Decimal("-Infinity"), Decimal("Infinity")
    if condition.operator == "between":
        first, _dots, last = condition.operand.partition("..")
        ends = (condition.field.parse(first), condition.field.parse(last))
        return (low if ends[0] is None else Decimal(ends[0])), (high if ends[1] is None else Decimal(ends[1]))
    if condition.operator in ("eq", "gte", "lte"):
        value = Decimal(condition.field.parse(condition.operand))
        return (low if condition.operator == "lte" else value), (high if condition.operator == "gte" else value)
    return low, high
