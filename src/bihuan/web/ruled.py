"""Form rules in forms: which inputs are shown, required, fixed or offer less, now and while somebody types."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from django.db import models

from bihuan.core import custom
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.form_rules.rule import FREE, Verdict, rules_for, verdicts
from bihuan.core.verbs import give
from bihuan.web.form import Form


def written(desk: Desk, form: Form, record: models.Model) -> models.Model:
    """A record with what stands in a form, as far as it can be read; it is not stored."""
    given = {}
    for name, each in form.inputs.items():
        with suppress(Refused):  # half typed, or wrong: said when the form is sent
            given[name] = each.field.check(each.field.parse(each.text))
    give(record, given)
    if record.pk is None:
        custom.start(desk, record, given)
    return record


def called_in(desk: Desk, actor: Actor) -> list[str]:
    """The fields that rules may show or require, whether or not a short form has room for them."""
    return [rule.field.name for rule in rules_for(desk, actor) if rule.effect in ("shown", "required")]


def asked_for(desk: Desk, actor: Actor) -> str:
    """The names of the fields that decide, parted by spaces: the browser asks anew when one of them changes."""
    return " ".join(sorted({each.field.name for rule in rules_for(desk, actor) for each in rule.conditions}))


def apply(desk: Desk, actor: Actor, form: Form, record: models.Model, usual: Collection[str] = ()) -> None:
    """Mark the inputs of a form by the rules. One that is not `usual` there is shown when a rule shows or requires it.

    What was refused stays in sight beside its sentence. `record` is written to, and must not be one that is drawn.
    """
    rules = rules_for(desk, actor)
    if not rules:
        return
    shown_by_rule = {rule.field.name for rule in rules if rule.effect == "shown"}
    said = verdicts(desk, actor, written(desk, form, record))
    for name in {rule.field.name for rule in rules} & form.inputs.keys():
        each = form.inputs[name]
        each.is_ruled, each.verdict = True, said.get(name, FREE)
        each.is_extra = bool(usual) and name not in usual and name not in shown_by_rule


def told(desk: Desk, actor: Actor, record: models.Model, fields: Mapping[str, Field]) -> dict[str, dict[str, Any]]:
    """The same for the browser, for every ruled field among those that the actor may fill."""
    said = verdicts(desk, actor, record)
    ruled = {rule.field.name for rule in rules_for(desk, actor)} & fields.keys()
    return {name: _plain(fields[name], said.get(name, FREE)) for name in sorted(ruled)}


def _plain(field: Field, said: Verdict) -> dict[str, Any]:
    return {
        "shown": said.shown, "required": said.required or field.required, "read_only": said.read_only,
        "offered": None if said.offered is None else sorted(map(str, said.offered)),
    }  # fmt: skip
