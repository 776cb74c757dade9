"""Everything that has been declared: desks, commands, event handlers. Filled while the apps load, then only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.db.models import Model

if TYPE_CHECKING:
    from bihuan.core.command import Command
    from bihuan.core.desk import Desk

_desks: dict[str, Desk] = {}
_by_model: dict[type[Model], Desk] = {}
_commands: dict[str, dict[str, Command]] = {}
_generic: dict[str, Command] = {}


def register(model: type[Model]) -> Callable[[type[Desk]], type[Desk]]:
    """Declare the decorated class as the desk of `model`."""

    def declare(desk_class: type[Desk]) -> type[Desk]:
        desk = desk_class(model)
        if desk.slug in _desks:
            raise RuntimeError(f"two desks are called {desk.slug}")
        _desks[desk.slug] = desk
        _by_model[model] = desk
        return desk_class

    return declare


def unregister(model: type[Model]) -> None:
    """Take a desk away again; for objects that live only as long as a test."""
    desk = _by_model.pop(model)
    _desks.pop(desk.slug)
    _commands.pop(desk.slug, None)


def desks() -> Iterable[Desk]:
    """Every desk, in the order of declaration."""
    return tuple(_desks.values())


def desk(slug: str) -> Desk:
    """The desk of an object by its slug. Raises KeyError."""
    return _desks[slug]


def desk_of(model: type[Model] | Model) -> Desk:
    """The desk of a model or of a record. Raises KeyError."""
    return _by_model[model if isinstance(model, type) else type(model)]


def add_command(command: Command) -> None:
    """Called by the decorator; a command without an object serves every object."""
    if command.model is None:
        _generic[command.name] = command
    else:
        slug = command.model._meta.model_name
        _commands.setdefault(slug, {})[command.name] = command


def commands(desk: Desk, *, internal: bool = False) -> dict[str, Command]:
    """The commands that apply to an object by name: its own, then the generic ones that fit it.

    Those that only the product itself gives are among them where `internal` ones are asked for as well.
    """
    own = _commands.get(desk.slug, {})
    fitting = {name: each for name, each in _generic.items() if name not in own and each.fits(desk)}
    return {name: each for name, each in {**own, **fitting}.items() if internal or not each.internal}


def generic(name: str) -> Command | None:
    """The command of that name that several objects have."""
    return _generic.get(name)


def maker(desk: Desk) -> Command:
    """The command that makes a record of an object."""
    return commands(desk)[desk.made_by]


def related_by(desk: Desk) -> Iterable[tuple[Desk, str]]:
    """Desks that link to this one, each with the name of its link."""
    for other in desks():
        for column in other.model._meta.fields:
            if column.is_relation and column.related_model is desk.model:
                yield other, column.name
