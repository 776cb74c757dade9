"""Conditions of a list in words, as chips, and the form that makes one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.filters import ALONE, ME, OPERATORS, TEAM, Condition
from bihuan.web.address import Address

SPANS = {
    "today": gettext_lazy("today"), "yesterday": gettext_lazy("yesterday"), "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"), "last_week": gettext_lazy("last week"), "next_week": gettext_lazy("next week"),
    "this_month": gettext_lazy("this month"), "last_month": gettext_lazy("last month"), "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"), "last_quarter": gettext_lazy("last quarter"),
    "next_quarter": gettext_lazy("next quarter"), "this_year": gettext_lazy("this year"), "last_year": gettext_lazy("last year"),
    "past": gettext_lazy("in the past"), "future": gettext_lazy("in the future"),
}  # fmt: skip
#: Spans counted in days that the form offers beside the named ones.
COUNTED = ("last_7_days", "last_30_days", "last_90_days", "next_7_days", "next_30_days")


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words; `edit_url` opens its form, `remove_url` is the list without it."""

    label: str
    operator: str
    value: str
    edit_url: str
    remove_url: str


def chips(conditions: Sequence[Condition], actor: Actor, address: Address) -> list[Chip]:
    """The conditions of a list. A query per kind of linked record that is not kept in memory."""
    titles = _titles(conditions, actor)
    made = []
    for each in conditions:
        name = f"{each.field.name}.{each.operator}"
        made.append(Chip(
            str(each.field.label), str(OPERATORS[each.operator]), operand_text(each, titles),
            address.at(filter=each.field.name), address.changed(**{name: None}),
        ))  # fmt: skip
    return made


def words(conditions: Sequence[Condition], actor: Actor | None) -> str:
    """Conditions as part of a sentence. Queries like `chips`; for nobody in particular none, and records go by their keys."""
    titles = _titles(conditions, actor)
    told = (
        f"“{each.field.label}” {OPERATORS[each.operator]} {operand_text(each, titles)}".strip() for each in conditions
    )
    return _(" and ").join(told)


def _titles(conditions: Sequence[Condition], actor: Actor | None) -> dict[tuple[str, str], str]:
    """What the linked records of conditions are called, by object and key as text; for nobody only what everybody knows."""
    wanted: dict[type, set[int]] = {}
    for each in conditions:
        if isinstance(each.field.kind, (kind.Link, kind.Links)):
            wanted.setdefault(each.field.target, set()).update(
                key for part in each.operand.split(",") if (key := kind.read_key(part)) is not None
            )
    found = {}
    for target, keys in wanted.items():
        desk = registry.desk_of(target)
        known = link.titles(actor, desk, keys) if actor is not None else _names(desk, keys)
        found |= {(desk.slug, str(key)): title or f"#{key}" for key, title in known.items()}
    return found


def _names(desk: Desk, keys: Iterable[int]) -> dict[int, str]:
    """What records are called that everybody may know of; of others nothing but the key."""
    return {key: link.title(desk, key) if desk.configuration else "" for key in keys}


def operand_text(condition: Condition, titles: dict[tuple[str, str], str]) -> str:
    """What a condition compares with, in words."""
    each, operand = condition.field, condition.operand
    if condition.operator in ALONE:
        return ""
    if isinstance(each.kind, (kind.Link, kind.Links, kind.Pick, kind.State)):
        return _(", ").join(_part_text(each, part.strip(), titles) for part in operand.split(",") if part.strip())
    if isinstance(each.kind, kind.YesNo):
        return _("yes") if each.parse(operand) else _("no")
    if condition.operator == "between":
        return " – ".join(part.strip() or "…" for part in operand.split("..", 1))
    return span_text(operand) if isinstance(each.kind, kind.Date) else operand


def _part_text(each: Field, part: str, titles: dict[tuple[str, str], str]) -> str:
    if each.target is get_user_model() and part in (ME, TEAM):
        return _("me") if part == ME else _("my team")
    if isinstance(each.kind, kind.State):
        return str(each.states.get(part, part))
    if isinstance(each.kind, kind.Pick):
        option = each.kind.option(kind.read_key(part))
        return option.label if option else part
    return titles.get((registry.desk_of(each.target).slug, part), part)


def span_text(span: str) -> str:
    """A span of time in words."""
    counted = re.fullmatch(r"(last|next)_(\d+)_days", span)
    if counted:
        words = _("the last %(days)s days") if counted[1] == "last" else _("the next %(days)s days")
        return words % {"days": counted[2]}
    return str(SPANS.get(span, span))


# ---------------------------------------------------------------------- the form that makes a condition


@dataclass(slots=True)
class ConditionForm:
    """What the form for one field shows. `control` names what it asks with: options, record, span, range, text or yesno."""

    field: Field
    control: str
    operators: list[tuple[str, str]]
    options: list[tuple[str, str]] = field(default_factory=list)
    operator: str = ""
    values: list[str] = field(default_factory=list)
    low: str = ""
    high: str = ""
    shown: str = ""

    @property
    def target(self) -> str:
        """The slug of the object that a record is chosen from."""
        return registry.desk_of(self.field.target).slug


def filterable(desk: Desk, actor: Actor) -> list[Field]:
    """The fields a list can be filtered by: those the desk names first."""
    fields = desk.whole_fields(actor)
    first = [fields[name] for name in desk.filters if name in fields]
    return [*first, *(each for name, each in fields.items() if name not in desk.filters)]


def form_of(each: Field, present: Iterable[Condition], actor: Actor) -> ConditionForm:
    """The form for a field, filled from a condition on it if there is one."""
    now = next((condition for condition in present if condition.field.name == each.name), None)
    control = control_of(each)
    operators = [(name, str(OPERATORS[name])) for name in each.kind.operators]
    form = ConditionForm(
        each, control, operators, _options(each, control, actor), now.operator if now else operators[0][0]
    )
    if now is None:
        return form
    form.values = (
        [part.strip() for part in now.operand.split(",")] if control in ("options", "record") else [now.operand]
    )
    if now.operator == "between":
        form.low, _dots, form.high = now.operand.partition("..")
    elif now.operator in ("gte", "after", "eq", "on"):
        form.low = now.operand
    if now.operator in ("lte", "before", "eq", "on"):
        form.high = now.operand
    if control == "record":
        form.shown = _(", ").join(_titles([now], actor).values())
    return form


def control_of(each: Field) -> str:
    """What the form asks with."""
    if isinstance(each.kind, (kind.Pick, kind.State)):
        return "options"
    if isinstance(each.kind, (kind.Link, kind.Links)):
        return "options" if registry.desk_of(each.target).configuration else "record"
    if isinstance(each.kind, kind.YesNo):
        return "yesno"
    if isinstance(each.kind, kind.Date):
        return "span"
    return "range" if each.kind.numeric else "text"


def _options(each: Field, control: str, actor: Actor) -> list[tuple[str, str]]:
    if control == "span":
        return [*((name, str(label)) for name, label in SPANS.items()), *((name, span_text(name)) for name in COUNTED)]
    if control != "options":
        return []
    if isinstance(each.kind, kind.Pick):
        return [(str(option.id), option.label) for option in each.kind.options(each)]
    if isinstance(each.kind, kind.State):
        return [(value, str(label)) for value, label in each.states.items()]
    people = [(ME, _("me")), (TEAM, _("my team"))] if each.target is get_user_model() else []
    return [*people, *sorted(link.all_titles(registry.desk_of(each.target)).items(), key=lambda pair: pair[1])]


def made(each: Field, given: QueryDict) -> tuple[str, str] | None:
    """The condition that a sent form means, as the name and value of an address parameter; None for none."""
    operator, values = given.get("f-operator", ""), [value for value in given.getlist("f-value") if value.strip()]
    low, high = given.get("f-low", "").strip(), given.get("f-high", "").strip()
    if operator in ALONE:
        return f"{each.name}.{operator}", ""
    if low or high:
        return _between(each, low, high)
    if not values:
        return None
    operand = ",".join(values) if control_of(each) in ("options", "record") else values[0]
    return f"{each.name}.{operator or each.kind.operators[0]}", operand


def _between(each: Field, low: str, high: str) -> tuple[str, str]:
    if low == high:
        return f"{each.name}.{'on' if isinstance(each.kind, kind.Date) else 'eq'}", low
    if not isinstance(each.kind, kind.Date) and not (low and high):
        return (f"{each.name}.gte", low) if low else (f"{each.name}.lte", high)
    return f"{each.name}.between", f"{low}..{high}"


def on_field(name: str, params: Iterable[str]) -> list[str]:
    """Names of the parameters that are conditions on one field."""
    return [each for each in params if "." in each and each.rpartition(".")[0] == name]
