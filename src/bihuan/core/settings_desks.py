"""Desks of the kernel's own configuration objects: choices, pipelines, stages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.core.choice import Choice
from bihuan.core.desk import Desk, Section
from bihuan.core.numbering import NumberRule
from bihuan.core.registry import register
from bihuan.core.stage import Pipeline, Stage


@register(Choice)
class ChoiceDesk(Desk):
    icon = "list"
    columns = ("set", "name", "name_hant", "name_en", "pigment", "order")
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
