"""Desks of the kernel's own configuration objects, and how they stand in a blueprint: choices, pipelines, stages, fields, rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind, registry
from bihuan.core.blueprint.asked import Queried
from bihuan.core.blueprint.impact import Impact, names_rows
from bihuan.core.blueprint.part import Address, Part, belongs
from bihuan.core.blueprint.value import Flag, Keys, Names, Number, Value, Words
from bihuan.core.choice import Choice
from bihuan.core.custom import CustomField
from bihuan.core.desk import Desk, Section
from bihuan.core.duplicates.models import DuplicateRule
from bihuan.core.form_rules.models import FormRule
from bihuan.core.form_rules.rule import rules_of
from bihuan.core.numbering import NumberRule
from bihuan.core.registry import register
from bihuan.core.stage import Pipeline, Stage


@register(Choice)
class ChoiceDesk(Desk):
    icon = "list"
    columns = ("set", "name", "name_hant", "name_en", "pigment", "order")
    sort = "order"
    configuration = True


@register(CustomField)
class CustomFieldDesk(Desk):
    icon = "pencil"
    columns = ("name", "object", "key", "kind", "section", "required", "unique", "indexed", "order")
    form = (
        Section(_("Names"), ("name", "name_hant", "name_en", "help")),
        Section(_("Meaning"), ("object", "key", "kind", "target", "formula", "default")),
        Section(_("Rules"), ("required", "unique", "indexed", "searched", "section", "after", "order")),
    )
    quick = ("object", "key", "kind", "name", "name_hant", "name_en")
    sort = "order"
    configuration = True


@register(Pipeline)
class PipelineDesk(Desk):
    icon = "workflow"
    columns = ("name", "name_hant", "name_en", "object", "rollback", "order")
    sort = "order"
    configuration = True


@register(Stage)
class StageDesk(Desk):
    icon = "git-commit-horizontal"
    columns = ("name", "pipeline", "kind", "probability", "days_limit", "order")
    form = (
        Section(_("Names"), ("name", "name_hant", "name_en", "aliases")),
        Section(_("Meaning"), ("pipeline", "kind", "probability", "days_limit", "at_limit", "pigment", "order")),
        Section(_("Rules"), ("required", "relatives", "movers", "leads_to")),
    )
    sort = "order"
    configuration = True


@register(NumberRule)
class NumberRuleDesk(Desk):
    icon = "hash"
    title = "object"
    columns = ("object", "pattern")
    sort = "object"
    configuration = True


@register(DuplicateRule)
class DuplicateRuleDesk(Desk):
    icon = "copy"
    title = "object"
    columns = ("object", "rule")
    sort = "object"
    configuration = True


@register(FormRule)
class FormRuleDesk(Desk):
    icon = "list-checks"
    title = "key"
    columns = ("key", "object", "field", "effect", "when", "roles")
    form = (
        Section(_("Meaning"), ("object", "key", "field", "effect", "offered")),
        Section(_("Rules"), ("when", "roles")),
    )
    sort = "object"
    configuration = True


@names_rows
def rules_that_name(address: Address, record: Any) -> Iterable[Impact]:
    """The form rules that ask for a stage or a value, or leave it as a choice, when it goes out of use."""
    wanted = {Stage: (kind.StagePick,), Choice: (kind.Pick, kind.Picks)}.get(type(record), ())
    for rule in (rule for desk in registry.desks() for rule in rules_of(desk.slug)) if wanted else ():
        asked = (each for each in rule.conditions if type(each.field.kind) in wanted)
        is_left = type(rule.field.kind) in wanted and record.pk in rule.offered
        if is_left or any(str(record.pk) in each.operand.split(",") for each in asked):
            told = {"field": rule.field.label, "value": record.label}
            yield Impact(address, _now("The form rule about “%(field)s” names “%(value)s”.") % told, 1)


def staged() -> frozenset[str]:
    """The objects whose records run through stages."""
    return frozenset(desk.slug for desk in registry.desks() if desk.stage_field)


def numbered() -> frozenset[str]:
    """The objects whose records have document numbers."""
    return frozenset(desk.slug for desk in registry.desks() if desk.number_field)


class ChoiceSets(frozenset[str]):
    """The lists of values that code declares; one of a custom field, “object.key”, comes with the blueprint itself."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or "." in str(name)


def choice_sets() -> ChoiceSets:
    """The lists that some field takes its values from."""
    fields = (each for desk in registry.desks() for each in desk.declared_fields.values())
    return ChoiceSets(
        each.set for each in fields if isinstance(each.kind, kind.Pick) and each.set and each.set not in staged()
    )


belongs(
    Part(
        Choice,
        ("choices", "{set}", "{key}"),
        {"name": Names(), "pigment": Value("ink"), "aliases": Words()},
        known={"set": choice_sets},
    ),
    Part(
        Pipeline,
        ("pipelines", "{object}", "{key}"),
        {"name": Names(), "rollback": Value("free")},
        known={"object": staged},
    ),
    Part(
        Stage,
        ("pipelines", "{pipeline.object}", "{pipeline.key}", "stages", "{key}"),
        {
            "name": Names(), "kind": Value("open"), "probability": Number(), "days_limit": Number(None),
            "at_limit": Value("mark"), "required": Words(), "relatives": Words(), "movers": Keys("roles"),
            "leads_to": Keys(), "pigment": Value("ink"), "aliases": Words(),
        },
    ),
    Part(
        CustomField,
        ("fields", "{object}", "{key}"),
        {
            "name": Names(), "kind": Value("text"), "target": Value(""), "formula": Value(""), "default": Value(""),
            "help": Value(""), "section": Value(""), "after": Value(""), "required": Flag(), "unique": Flag(), "indexed": Flag(),
            "searched": Flag(),
        },
    ),
    Part(
        FormRule,
        ("form_rules", "{object}", "{key}"),
        {"field": Value(), "effect": Value("required"), "when": Queried(), "offered": Words(), "roles": Keys("roles")},
        ordered=False,
    ),
    Part(NumberRule, ("numbers", "{object}"), {"pattern": Value()}, only="pattern", ordered=False, known={"object": numbered}),
)  # fmt: skip
