"""Commands: the verbs. A typed function, declared once, is button, form, bulk action, API call and automation alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from django.core.files import File
from django.db import models

from bihuan.core import kind, registry
from bihuan.core.event import Event
from bihuan.core.field import Field

if TYPE_CHECKING:
    from bihuan.core.access import Actor
    from bihuan.core.batch import Entry
    from bihuan.core.desk import Desk

Verb = Callable[..., Iterable[Event] | None]

#: From the annotation of a parameter to the kind of its field.
_KINDS: dict[Any, kind.Kind] = {
    str: kind.Text(),
    int: kind.Integer(),
    Decimal: kind.Amount(),
    bool: kind.YesNo(),
    dict: kind.Structure(),
    tuple: kind.Links(),
    date: kind.Date(),
    datetime: kind.Moment(),
    File: kind.Upload(),
}


@dataclass(frozen=True, eq=False)
class Command:
    """One verb of one object, or of every object it `fits`.

    `needs` is the action a role must be granted; `states` those it may start from and `to` the one it ends in.
    """

    name: str
    verb: Verb
    label: Any
    model: type[models.Model] | None = None
    icon: str = "play"
    needs: str = ""
    states: tuple[str, ...] = ()
    to: str = ""
    fits: Callable[[Desk], bool] = lambda desk: True
    creates: bool = False
    local: bool = False  # writes nothing but its own record
    told: bool = False  # stands in the audit also where no field of the record itself changed
    forgets: bool = False  # empties, whatever the firm's rules ask for; the audit does not tell what stood there before
    suits: Callable[[Any], bool] = lambda record: True  # whether a page offers it for a record; None: for a list's
    weigh: Callable[[Sequence[Entry], Actor], None] | None = None  # refuses calls by what all of a batch come to
    joins: str = ""  # the input that names further records of the object, which are locked together with it
    labels: dict[str, Any] = field(default_factory=dict)
    fields_of: type[models.Model] | None = None  # whose fields the inputs are, when not the record's own
    is_offered: bool = True  # whether pages show a button for it; some are for programs and pages of their own
    internal: bool = False  # only the product itself does it: nobody else has seen what it notes
    foremost: bool = False  # a button in the head of the page, though it serves several objects
    composes: bool = False  # stands open on the record's page; the record returned knows what was made as `composed`
    refreshes: tuple[str, ...] = ("header", "facts", "timeline")

    @cached_property
    def _parameters(self) -> dict[str, inspect.Parameter]:
        own = inspect.signature(self.verb).parameters
        return {
            name: each for name, each in own.items() if each.kind is inspect.Parameter.KEYWORD_ONLY and name != "by"
        }

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.verb)

    @cached_property
    def takes_fields(self) -> bool:
        """Whether the verb also takes any field of the record (`**values`)."""
        return any(
            each.kind is inspect.Parameter.VAR_KEYWORD for each in inspect.signature(self.verb).parameters.values()
        )

    def inputs(self, desk: Desk, actor: Actor) -> dict[str, Field]:
        """The inputs as fields, by name: a parameter called like a field of the object is that field.

        Whoever is granted the command gives what it asks for, also where the field itself is kept back from them.
        """
        fields = (desk if self.fields_of is None else registry.desk_of(self.fields_of)).own_fields
        found: dict[str, Field] = {}
        for name, parameter in self._parameters.items():
            needed = parameter.default is inspect.Parameter.empty
            default = None if needed else parameter.default
            found[name] = _input(name, fields.get(name), self._hints.get(name), self.labels.get(name), needed, default)
        if self.takes_fields:
            found |= {
                name: each for name, each in desk.inputs(actor, creating=self.creates).items() if name not in found
            }
        return found

    def asks(self, desk: Desk, actor: Actor) -> dict[str, Field]:
        """The inputs a form begins with: what `**values` may also take is asked for only where it turns out to be missing."""
        return {name: each for name, each in self.inputs(desk, actor).items() if name in self._parameters}

    @property
    def help(self) -> str:
        """The docstring of the verb: what it does, in a sentence."""
        return inspect.getdoc(self.verb) or ""


def _input(name: str, known: Field | None, hint: Any, label: Any, needed: bool, default: Any) -> Field:
    hint = _without_none(hint)
    if known is not None:
        return Field(
            name,
            label or known.label,
            known.kind,
            known.path,
            column=known.column,
            required=needed,
            help=known.help,
            max_length=known.max_length,
            limits=known.limits,
            target=known.target,
            set=known.set,
            states=known.states,
            currency=known.currency,
            default=default,
        )
    if isinstance(hint, type) and issubclass(hint, models.Model):
        return Field(name, label or hint._meta.verbose_name, kind.Link(), name, required=needed, target=hint)
    return Field(
        name, label or name, _KINDS.get(get_origin(hint) or hint, kind.Text()), name, required=needed, default=default
    )


def _without_none(hint: Any) -> Any:
    """`datetime` for `datetime | None`."""
    parts = [part for part in get_args(hint) if part is not type(None)] if isinstance(hint, UnionType) else []
    return parts[0] if len(parts) == 1 else hint


def command(
    model: type[models.Model] | None, *states: str, label: Any, needs: str = "", **options: Any
) -> Callable[[Verb], Command]:
    """Declare the decorated function as a command.

    It gets one record and its inputs by keyword, may change that record's attributes, run further commands `by` the
    same
    actor, and returns the events that happened. It raises Refused with a sentence when it cannot be done.
    """

    def declare(verb: Verb) -> Command:
        made = Command(verb.__name__, verb, label, model, needs=needs or verb.__name__, states=states, **options)
        registry.add_command(made)
        return made

    return declare
