"""Several objects in one sheet: columns such as "account.name" make or find the record that a row's link points to.

What a row says of a linked record finds it by its key, in the database or in an earlier row; else it is made. One that is there
already stays as it is: the file is about the rows' own object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from bihuan.core import kind, registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Invalid, Refused
from bihuan.core.exchange import values
from bihuan.core.exchange.line import Key, Line
from bihuan.core.exchange.matching import Matching
from bihuan.core.field import Field
from bihuan.core.run import Call, run
from bihuan.core.verbs import create

#: Hands on a row with what is wrong with it, by field.
Refuse = Callable[[Line, Mapping[str, str]], None]


def links_of(desk: Desk, by: Actor) -> dict[str, Desk]:
    """The links whose records the actor may make along with a row, with the desks of those records."""
    found = {}
    for name, each in desk.inputs(by, creating=True).items():
        if isinstance(each.kind, kind.Link) and each.target is not None and each.target is not desk.model:
            target = registry.desk_of(each.target)
            if not target.configuration and target.offers(by, "create"):
                found[name] = target
    return found


def sheets(desk: Desk, by: Actor) -> dict[str, list[Desk]]:
    """Objects that do little but join this one with others, by slug with all that they join: imported as one sheet."""
    found = {}
    for other, _link in registry.related_by(desk):
        joined = links_of(other, by)
        if not other.group and len(joined) > 1 and desk in joined.values() and other.offers(by, "import"):
            found[other.slug] = list(dict.fromkeys(joined.values()))
    return {slug: desks for slug, desks in found.items() if len(desks) > 1}


def own_fields_of(desk: Desk, by: Actor) -> dict[str, Field]:
    """The fields of an object that a table can fill: not those that hold files, of which it has but the names."""
    fields = desk.inputs(by, creating=True).items()
    return {name: each for name, each in fields if not isinstance(each.kind, kind.Upload)}


def fields_of(desk: Desk, by: Actor) -> dict[str, Field]:
    """The fields of linked records that a file of this object can fill: "account.name" and so on."""
    found = {}
    for link, target in links_of(desk, by).items():
        for name, each in own_fields_of(target, by).items():
            if each.target is not target.model:
                label = format_lazy("{} · {}", desk.fields(by)[link].label, each.label)
                found[f"{link}.{name}"] = replace(each, name=f"{link}.{name}", label=label, required=False)
    return found


def keys_of(desk: Desk) -> tuple[str, ...]:
    """By what such a record is found. People share names: a person's name counts only where the desk puts it first."""
    return tuple(name for place, name in enumerate(desk.key) if not (desk.person and name == desk.title and place))


class Part:
    """The record that one link of a row points to. `columns` are the places of its fields, each with its reader."""

    def __init__(
        self, link: Field, desk: Desk, by: Actor, plan_fields: Sequence[str], readers: Mapping[str, values.Reader],
        cell: Callable[[Sequence[str], int], str],
    ) -> None:  # fmt: skip
        self.name, self.required, self.desk, self.by, self.cell = link.name, link.required, desk, by, cell
        own = [name.removeprefix(f"{self.name}.") if name.startswith(f"{self.name}.") else "" for name in plan_fields]
        self.columns = [(place, name, readers[f"{self.name}.{name}"]) for place, name in enumerate(own) if name]
        self.matching = Matching(desk, by, desk.inputs(by, creating=True), keys_of(desk), own, cell)
        self.said: dict[Line, tuple[Key, dict[str, Any]]] = {}
        self.made: dict[Key, int] = {}
        self.created: list[str] = []

    def read(self, lines: Sequence[Line], refuse: Refuse) -> list[Line]:
        """Read what the rows say of it; returns those that nothing is wrong with."""
        self.said.clear()
        errors: dict[Line, Mapping[str, str]] = {}
        for line in lines:
            try:
                if inputs := self._read(line.cells):
                    key = self.matching.key_of(line.cells) or ("", repr(sorted(inputs.items())))
                    self.said[line] = (key, inputs)
                elif self.required:
                    raise Invalid({"": _("This is needed.")})
            except Invalid as refusal:
                errors[line] = refusal.errors
        return self._without(lines, errors, refuse)

    def link(self, lines: Sequence[Line], refuse: Refuse) -> list[Line]:
        """Find or make it for every row; returns those for which that could be done."""
        first: dict[Key, dict[str, Any]] = {}
        told = [(line, *self.said[line]) for line in lines if line in self.said]
        for _line, key, inputs in told:
            first.setdefault(key, inputs)
        refusals = self._find_or_make(first)
        for line, key, _inputs in told:
            if key in self.made:
                line.inputs[self.name] = self.made[key]
        return self._without(lines, {line: refusals[key] for line, key, _inputs in told if key in refusals}, refuse)

    def _without(self, lines: Sequence[Line], errors: Mapping[Line, Mapping[str, str]], refuse: Refuse) -> list[Line]:
        for line, wrong in errors.items():
            refuse(line, {f"{self.name}.{name}".rstrip("."): sentence for name, sentence in wrong.items()})
        return [line for line in lines if line not in errors]

    def _read(self, row: Sequence[str]) -> dict[str, Any]:
        inputs, errors = {}, {}
        for place, name, reader in self.columns:
            if text := self.cell(row, place):
                try:
                    inputs[name] = reader.read(text)
                except Refused as refusal:
                    errors[name] = refusal.sentence
        if errors:
            raise Invalid(errors)
        return inputs

    def _find_or_make(self, said: Mapping[Key, dict[str, Any]]) -> dict[Key, Mapping[str, str]]:
        """Know a record for every key; returns why there is none for some."""
        refusals: dict[Key, Mapping[str, str]] = {}
        new = {key: inputs for key, inputs in said.items() if key not in self.made}
        known = self.matching.known([key for key in new if key[0]])
        for key, records in known.items():
            if len(records) == 1 and records[0].archived_at is None:
                self.made[key] = records[0].pk
            else:
                refusals[key] = {
                    key[0]: _("“%(text)s” may mean several records; give their number.") % {"text": key[1]}
                }
        calls = {key: Call(inputs) for key, inputs in new.items() if key not in known}
        outcome = run(create, list(calls.values()), by=self.by, on=self.desk.model, partial=True) if calls else None
        for place, key in enumerate(calls):
            record: models.Model | None = outcome.records[place]  # type: ignore[union-attr]
            if record is None:
                refusals[key] = outcome.refusals[place].errors  # type: ignore[union-attr]
            else:
                self.made[key] = record.pk
                self.created.append(self.desk.title_of(record))
        return refusals
