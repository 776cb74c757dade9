"""What must hold of every declaration, checked at each start: a wrong name fails with the place named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core import checks

from bihuan.core import registry
from bihuan.core.columns import AmountField, StateField
from bihuan.core.desk import GROUPS, Desk, names_in
from bihuan.core.event import handled, known
from bihuan.core.record import Record


@checks.register("bihuan")
def check_registry(**_: Any) -> list[checks.CheckMessage]:
    """Every problem of every desk, command and handler."""
    found = [*_unregistered(), *_handlers_of_nothing()]
    for desk in registry.desks():
        found += [*_names(desk), *_columns(desk), *_commands(desk), *_links(desk), *_personal(desk)]
    return [checks.Error(sentence, id="bihuan.E001", obj=place) for place, sentence in found]


def _unregistered() -> Iterable[tuple[Any, str]]:
    registered = {desk.model for desk in registry.desks()}
    for model in apps.get_models():
        if issubclass(model, Record) and model not in registered:
            yield model, "is a record without a desk; declare one with @register"


def _names(desk: Desk) -> Iterable[tuple[Any, str]]:
    for attribute, name in names_in(desk):
        if not _declares(desk, name):
            yield desk, f"{attribute} names “{name}”, which is no field of {desk.slug}"
    if desk.group and desk.group not in GROUPS:
        yield desk, f"group “{desk.group}” is not one of {', '.join(GROUPS)}"
    if desk.board and not desk.stage_field:
        yield desk, "has a board but no stage field"


def _declares(desk: Desk, name: str) -> bool:
    """Whether code declares a field; what the firm has added stands in a database that may not be there yet."""
    head, _dot, rest = name.partition(".")
    found = desk.declared_fields.get(head)
    return found is not None and (
        not rest or (found.target is not None and _declares(registry.desk_of(found.target), rest))
    )


def _columns(desk: Desk) -> Iterable[tuple[Any, str]]:
    names = {column.name for column in desk.model._meta.fields}
    for column in desk.model._meta.fields:
        kind_name = column.get_internal_type()
        if kind_name in ("FloatField", "DecimalField"):
            yield desk, f"{column.name} is a {kind_name}; amounts are AmountField, other figures whole numbers"
        if isinstance(column, AmountField) and column.currency not in names:
            yield desk, f"{column.name} names the currency column “{column.currency}”, which does not exist"


def _commands(desk: Desk) -> Iterable[tuple[Any, str]]:
    commands = registry.commands(desk, internal=True)
    reached = {command.to for command in commands.values() if command.to}
    for column in desk.model._meta.fields:
        if isinstance(column, StateField) and column.name == "state" and reached:
            for state in list(column.states)[1:]:
                if state not in reached:
                    yield desk, f"no command reaches the state “{state}”"
    for command in commands.values():
        if not command.help:
            yield command.verb, "is a command without a docstring; people read it as its explanation"
        unknown = {state for state in (*command.states, command.to) if state} - {
            state
            for column in desk.model._meta.fields
            if isinstance(column, StateField) and column.name == "state"
            for state in column.states
        }
        if unknown and command.model is not None:
            yield command.verb, f"names states that {desk.slug} does not have: {', '.join(sorted(unknown))}"


def _links(desk: Desk) -> Iterable[tuple[Any, str]]:
    names = {column.name for column in desk.model._meta.fields}
    for attribute, name in (
        *(("through", name) for name in desk.through),
        *(("panels", panel.link) for panel in desk.panels),
    ):
        if name not in names:
            yield desk, f"{attribute} names “{name}”, which is no link of {desk.slug}"
    for rollup in desk.rollups:
        if rollup.into not in names:
            yield desk, f"rollups name “{rollup.into}”, which is no link of {desk.slug}"
        if rollup.also and rollup.also not in {column.name for column in desk.model._meta.many_to_many}:
            yield desk, f"rollups name “{rollup.also}”, which is no link to several of {desk.slug}"


def _personal(desk: Desk) -> Iterable[tuple[Any, str]]:
    names = {column.name for column in desk.model._meta.fields}
    for name in (*desk.personal.columns, *desk.personal.of):
        if name not in names:
            yield desk, f"personal names “{name}”, which is no column of {desk.slug}"


def _handlers_of_nothing() -> Iterable[tuple[Any, str]]:
    slugs = {desk.slug for desk in registry.desks()}
    for name, objects in handled().items():
        if name not in known():
            yield name, "has handlers, but no such event is declared"
        for slug in objects - slugs:
            yield name, f"has a handler for “{slug}”, which is no object"
