"""Carrying a configuration out: what differs is changed by the commands that everybody uses, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.db import transaction

from bihuan.core import audit, configuration
from bihuan.core.access import Actor
from bihuan.core.blueprint.difference import Difference, compare
from bihuan.core.blueprint.part import PLACE, Address, Part, Rows, parts
from bihuan.core.blueprint.present import Present, present
from bihuan.core.blueprint.text import Fault, Faulty
from bihuan.core.blueprint.value import Keys
from bihuan.core.errors import Refused


class _Undone(Exception):
    """Ends a dry run."""


def apply(
    wanted: Rows,
    sections: Collection[str],
    *,
    by: Actor,
    goals: Mapping[Address, Address] | None = None,
    lines: Mapping[Address, int] | None = None,
    dry: bool = False,
) -> list[Difference]:
    """Make some sections of the configuration what `wanted` says, all of it or nothing; returns what differed.

    What is not in `wanted` goes out of use; `goals` say where the records go that stand there. A dry run does everything
    and takes it back. Raises Faulty, with the lines that `lines` tells for the rows that are refused.
    """
    try:
        with transaction.atomic(), audit.joined(uuid4()):
            done = _Application(wanted, sections, by, goals or {}, lines or {}).carry_out()
            if dry:
                raise _Undone()
    except _Undone:
        configuration.forget()
    return done


@dataclass
class _Application:
    """One configuration on its way into the database."""

    wanted: Rows
    sections: Collection[str]
    by: Actor
    goals: Mapping[Address, Address]
    lines: Mapping[Address, int]
    now: Present = field(default_factory=present)

    def carry_out(self) -> list[Difference]:
        differences = compare(self.now.rows, self.wanted, self.sections)
        for part in parts():
            self.write(part, [each for each in differences if part.fits(each.address) and each.sort != "remove"])
        for part in parts():
            self.link(part, [each for each in differences if part.fits(each.address) and each.sort != "remove"])
        self.order(differences)
        for part in reversed(parts()):
            for each in differences:
                if each.sort == "remove" and part.fits(each.address):
                    self.remove(part, each.address)
        return differences

    def write(self, part: Part, differences: list[Difference]) -> None:
        """New rows, rows that come back into use, and changed ones; links follow when all rows are there."""
        new, changes = [], []
        for each in differences:
            record = self.now.records.get(each.address)
            names = [name for name in part.fields if each.sort == "add" or name in each.fields]
            if record is None and each.address in self.now.archived:
                record = self.now.archived[each.address]
                names = [name for name in names if self.is_another(part, record, name, each)]
                self.guard(each.address, part.source.restore, record, self.by)
            inputs = self.inputs(part, each, names)
            if record is None:
                new.append((each.address, {**inputs, **self.named(part, each.address)}))
            else:
                self.now.records[each.address] = record
                changes.append((each.address, record, inputs))
        for address, made in zip((address for address, _inputs in new), self.create(part, new), strict=True):
            self.now.records[address] = made
        for address, record, inputs in changes:
            self.guard(address, part.source.update, part.model, [(record, inputs)], self.by)

    def is_another(self, part: Part, record: Any, name: str, wanted: Difference) -> bool:
        """Whether a row out of use is to hold something else: what is given once can only be what it was."""
        value = part.fields[name]
        return not isinstance(value, Keys) and value.reads(record, name) != wanted.after[name]  # type: ignore[index]

    def create(self, part: Part, new: list[tuple[Address, dict[str, Any]]]) -> list[Any]:
        """All new rows of a part at once; where one is refused, one by one, to tell which."""
        if not new:
            return []
        try:
            with transaction.atomic():
                return list(part.source.create(part.model, [inputs for _address, inputs in new], self.by))
        except Refused:
            for address, inputs in new:
                self.guard(address, part.source.create, part.model, [inputs], self.by)
            raise

    def named(self, part: Part, address: Address) -> dict[str, Any]:
        """What a row's address says of its record: its own columns, and the record it hangs on."""
        said = {path: key for path, key in part.named(address).items() if "." not in path}
        parent = part.parent()
        if parent is not None:
            link, above = parent
            said[link] = self.now.records[address[: len(above.at)]].pk
        if part.ordered:
            said[PLACE] = self.wanted[address][PLACE]
        return said

    def inputs(self, part: Part, each: Difference, names: list[str]) -> dict[str, Any]:
        """What the commands are given, but for links."""
        given: dict[str, Any] = {}
        for name in names:
            if not isinstance(part.fields[name], Keys):
                given |= self.guard(each.address, part.fields[name].inputs, name, each.after[name])  # type: ignore[index]
        return given

    def link(self, part: Part, differences: list[Difference]) -> None:
        for each in differences:
            given = {}
            for name, value in part.fields.items():
                if isinstance(value, Keys) and (name in each.fields or each.sort == "add"):
                    given[name] = self.guard(each.address, self.linked, value, each.address, each.after[name])  # type: ignore[index]
            if given and (each.sort == "change" or any(given.values())):
                self.guard(
                    each.address, part.source.update, part.model, [(self.now.records[each.address], given)], self.by
                )

    def linked(self, value: Keys, address: Address, keys: Collection[str]) -> list[int]:
        """The ids of the records that a row links to by their keys."""
        above = address[:-1] if value.target is None else (value.target,)
        missing = [key for key in keys if (*above, key) not in self.now.records]
        if missing:
            raise Refused(value.missing(missing[0]))
        return [self.now.records[*above, key].pk for key in keys]

    def order(self, differences: list[Difference]) -> None:
        """Number the rows anew wherever one has come or gone elsewhere."""
        touched = {each.address[:-1] for each in differences if each.sort == "add" or PLACE in each.fields}
        for part in parts():
            moves = [
                (self.now.records[address], {PLACE: row[PLACE]})
                for address, row in self.wanted.items()
                if part.ordered
                and part.fits(address)
                and address[:-1] in touched
                and self.stands_at(address) != row[PLACE]
            ]
            if moves:
                part.source.update(part.model, moves, self.by)

    def stands_at(self, address: Address) -> int:
        return getattr(self.now.records[address], PLACE)

    def remove(self, part: Part, address: Address) -> None:
        goal = self.goals.get(address)
        key = self.now.records[goal].pk if goal in self.now.records else None
        self.guard(address, part.source.remove, self.now.records[address], self.by, key)

    def guard(self, address: Address, act: Any, *given: Any) -> Any:
        """Do something for a row; a refusal tells which row it was."""
        try:
            return act(*given)
        except Faulty:
            raise
        except Refused as refusal:
            line = self.lines.get(address, 0)
            sentence = refusal.sentence if line else f"{address[-1]}: {refusal.sentence}"
            raise Faulty([Fault(line, sentence, address, refusal)]) from refusal
