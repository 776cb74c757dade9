"""Whose work a page shows: one's own, one's team's, everybody's."""

from __future__ import annotations

from django.db.models import Model, Q

from bihuan.core.access import Actor
from bihuan.core.filters import Condition
from bihuan.core.registry import desk_of
from bihuan.web.workbench import SCOPES


def owned(actor: Actor, model: type[Model], scope: str) -> Q:
    """The condition that the owner of a record is in one of SCOPES, as the list of the object has it in its address."""
    operand = SCOPES[scope][1]
    return Condition(desk_of(model).own_fields["owner"], "in", operand).where(actor) if operand else Q()
