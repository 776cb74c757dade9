"""Desks of the kernel's own configuration objects: choices, pipelines, stages, rules."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.core.choice import Choice
from bihuan.core.custom import CustomField
from bihuan.core.desk import Desk, Section
from bihuan.core.duplicates.models import DuplicateRule
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
        Section(_("Rules"), ("required", "unique", "indexed", "searched", "section", "order")),
    )
    quick = ("object", "key", "kind", "name", "name_hant", "name_en")
    sort = "order"
    configuration = True


@register(Pipeline)
class PipelineDesk(Desk):
    icon = "workflow"
    columns = ("name", "name_hant", "name_en", "object", "order")
    sort = "order"
    configuration = True


@register(Stage)
class StageDesk(Desk):
    icon = "git-commit-horizontal"
    columns = ("name", "pipeline", "kind", "probability", "days_limit", "order")
    form = (
        Section(_("Names"), ("name", "name_hant", "name_en", "aliases")),
        Section(_("Meaning"), ("pipeline", "kind", "probability", "days_limit", "pigment", "order")),
        Section(_("Rules"), ("required", "leads_to")),
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
