"""A form rule on its page of the settings: as its address tells it, so that conditions are chips like those of a list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor
from bihuan.core.blueprint.keyed import as_id, as_key, turned
from bihuan.core.conditions import asking_fields, params_of
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.form_rules import sense
from bihuan.core.form_rules.models import EFFECTS, FormRule
from bihuan.core.form_rules.rule import Rule, read, ruled_fields, rules_of
from bihuan.core.query import Query
from bihuan.web import condition
from bihuan.web.address import Address

#: Parameters of the address that are no conditions.
OWN = ("field", "effect", "offered", "roles")


def sentence(rule: Rule, actor: Actor) -> str:
    """A rule in plain words."""
    effect = str(EFFECTS[rule.effect])
    if rule.effect == "limited":
        effect = f"{effect} {_(', ').join(offered_labels(rule))}"
    told = {"field": rule.field.label, "effect": effect, "conditions": condition.words(rule.conditions, actor)}
    said = (
        _("While %(conditions)s: “%(field)s” %(effect)s.") if rule.conditions else _("Always: “%(field)s” %(effect)s.")
    )
    return said % told


def offered_labels(rule: Rule) -> list[str]:
    return [label for value, label in choices(rule.field) if value in {str(each) for each in rule.offered}]


def choices(field: Field | None) -> list[tuple[str, str]]:
    """What a field offers, where it offers choices."""
    if field is not None and isinstance(field.kind, kind.Pick):
        return [(str(each.id), each.label) for each in field.kind.options(field)]
    return [(value, str(label)) for value, label in field.states.items()] if field is not None else []


def faults(row: FormRule) -> list[str]:
    """Why a rule that is kept is not followed, or never can be, since something else has changed."""
    try:
        rule = read(row)
    except Refused as refusal:
        return [refusal.sentence]
    return [why for _column, why in sense.problems(rule, rules_of(row.object))]


@dataclass(frozen=True, slots=True)
class Trial:
    """How many records something is true of, in words, and the list that shows them."""

    sentence: str
    url: str


class RulePage:
    """A rule that is being made or changed; `row` is the one that is kept, None for a new one."""

    def __init__(self, desk: Desk, actor: Actor, path: str, given: QueryDict, row: FormRule | None = None) -> None:
        self.desk, self.actor, self.given, self.row = desk, actor, given, row
        self.warning = ""
        params = {
            name: ",".join(given.getlist(name)) for name in given if name in OWN or "." in name or name.startswith("f-")
        }
        if row is not None and not given:
            params = self._kept(row)
        self.address = Address(path, "", params)

    def _kept(self, row: FormRule) -> dict[str, str]:
        """The parameters of the rule that is kept; what names there no longer are is left out, and told."""
        roles = ",".join(str(role.pk) for role in row.roles.all())
        params = {"field": row.field, "effect": row.effect, "roles": roles}
        texts = {"offered": (f"{row.field}.in", row.offered)} | {
            name: (name, text) for name, text in params_of(row.when).items()
        }
        for name, (asks, text) in texts.items():
            try:
                params[name] = turned(row.object, asks, text, as_id)
            except Refused as refusal:
                self.warning = refusal.sentence
        return {name: text for name, text in params.items() if text or "." in name}

    def text(self, name: str) -> str:
        return self.address.params.get(name, "")

    @property
    def asked(self) -> dict[str, str]:
        """The conditions as the parameters of a list."""
        return {name: text for name, text in self.address.params.items() if "." in name}

    @cached_property
    def query(self) -> Query:
        """The records that the conditions hold of."""
        try:
            return Query.parse(self.desk, self.actor, self.asked)
        except Refused as refusal:
            self.warning = refusal.sentence
            return Query.parse(self.desk, self.actor, {})

    # ------------------------------------------------------------------ what the form shows

    @property
    def chips(self) -> list[condition.Chip]:
        return condition.chips(self.query.conditions, self.actor, self.address)

    @property
    def filters(self) -> list[dict[str, str]]:
        """The fields that a rule can ask for, each with the address of its form."""
        here, fields = self.address.at(), asking_fields(self.desk)
        named = (each for each in condition.filterable(self.desk, self.actor) if each.name in fields)
        return [
            {"name": each.name, "label": str(each.label), "url": f"{here}&filter={each.name}"}
            for each in named if each.name != self.text("field")
        ]  # fmt: skip

    @property
    def filter_form(self) -> condition.ConditionForm | None:
        found = asking_fields(self.desk).get(self.given.get("filter", ""))
        return condition.form_of(found, self.query.conditions, self.actor) if found is not None else None

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """What a form that changes one thing of the rule must send along."""
        return [(name, value) for name, value in self.address.own.items() if name not in without]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields that a rule can be about."""
        return sorted(
            ((name, str(each.label)) for name, each in ruled_fields(self.desk).items()), key=lambda pair: pair[1]
        )

    @property
    def choices(self) -> list[tuple[str, str]]:
        return choices(ruled_fields(self.desk).get(self.text("field"))) if self.text("effect") == "limited" else []

    @property
    def roles(self) -> list[tuple[str, str]]:
        """Every role by its key."""
        titles = link.all_titles(registry.desk("role"))
        return [(str(key), title) for key, title in titles.items()]

    def is_ticked(self, name: str, value: str) -> bool:
        return value in self.text(name).split(",")

    # ------------------------------------------------------------------ trying and keeping it

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The rule as the command takes it, values by their keys as far as they have any."""
        when = {name: self._keyed(name, text) for name, text in self.asked.items()}
        offered = (
            self._keyed(f"{self.text('field')}.in", self.text("offered")) if self.text("effect") == "limited" else ""
        )
        return {
            "field": self.text("field"),
            "effect": self.text("effect") or "required",
            "when": urlencode(when),
            "offered": offered,
        }

    def _keyed(self, name: str, text: str) -> str:
        try:
            return turned(self.desk.slug, name, text, as_key)
        except Refused:
            return text

    def trials(self) -> list[Trial]:
        """Of how many records the conditions hold, and how many would not pass as they are. A query each."""
        found = [self._trial(_("It holds of %(count)d record."), _("It holds of %(count)d records."), {})]
        lacking = self._lacking()
        if not lacking:
            return found
        one, many = _("%(count)d record would not pass as it is."), _("%(count)d records would not pass as they are.")
        try:
            return [*found, self._trial(one, many, lacking)]
        except Refused as refusal:  # a choice that is offered no more
            self.warning = refusal.sentence
            return found

    def _lacking(self) -> dict[str, str]:
        """What a list asks for to show the records that break the rule; nothing where none can, or a list cannot tell."""
        field = ruled_fields(self.desk).get(self.text("field"))
        operators = field.kind.operators if field is not None else ()
        name, effect = self.text("field"), self.text("effect")
        if effect == "required" and "empty" in operators:
            return {f"{name}.empty": ""}
        if effect == "limited" and self.text("offered") and "out" in operators:
            return {f"{name}.out": self.text("offered")} | ({f"{name}.filled": ""} if "filled" in operators else {})
        return {}

    def _trial(self, one: str, many: str, more: dict[str, str]) -> Trial:
        params = {each.field.name + "." + each.operator: each.operand for each in self.query.conditions} | more
        count = Query.parse(self.desk, self.actor, params).count()
        return Trial(
            (one if count == 1 else many) % {"count": count},
            f"{reverse('list', args=[self.desk.slug])}?{urlencode(params or {'q': ''})}",
        )
