"""What becomes of the rows of a chunk: new records, and known ones brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import kind
from bihuan.core.access import Actor, visible
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.errors import Duplicate, Refused
from bihuan.core.exchange.line import Line
from bihuan.core.field import Field
from bihuan.core.run import Call, run
from bihuan.core.verbs import assign, create, move, restore, update

#: A row and what it changes.
Change = tuple[Line, dict[str, Any]]


class Writing:
    """Writes rows through the commands that people have; counts in `cursor`, and hands refused rows to `refuse`."""

    def __init__(
        self, desk: Desk, by: Actor, fields: Mapping[str, Field], cursor: dict[str, Any],
        refuse: Callable[[Line, Mapping[str, str]], None], duplicates: str = "create",
    ) -> None:  # fmt: skip
        self.desk, self.by, self.fields, self.cursor, self.refuse = desk, by, fields, cursor, refuse
        self.duplicates = (
            duplicates  # what becomes of new rows that look like a record that is there: one of DUPLICATES
        )
        self.has_owner = "owner" in fields and fields["owner"].create_only

    def create(self, lines: Sequence[Line], constants: Mapping[str, Any]) -> None:
        """A record for each row; `constants` where it says nothing."""
        if not lines:
            return
        insisting = {"anyway": True} if self.desk.duplicates and self.duplicates == "create" else {}
        calls = [Call({**constants, **line.inputs, **insisting}, history=True) for line in lines]
        outcome = run(create, calls, by=self.by, on=self.desk.model, partial=True)
        known: list[tuple[Line, models.Model]] = []
        for place, (line, record) in enumerate(zip(lines, outcome.records, strict=True)):
            if record is not None:
                line.pk = record.pk
                self.cursor["created"] += 1
            elif (twin := self._twin(outcome.refusals[place])) is not None:
                line.pk = twin.pk
                known.append((line, twin))
            else:
                self.cursor["skipped"] += isinstance(outcome.refusals[place], Duplicate)
                self.refuse(line, outcome.refusals[place].errors)
        self.update(known)

    def _twin(self, refusal: Refused) -> models.Model | None:
        """The record that a row refused as a duplicate shall update: the likeliest, if the importer may see it."""
        if self.duplicates != "update" or not isinstance(refusal, Duplicate) or not refusal.likely:
            return None
        return visible(self.by, self.desk.model).filter(pk=refusal.likely[0].id).first()

    def update(self, pairs: Iterable[tuple[Line, models.Model]]) -> None:
        """What differs: the stage by `move`, the owner by `assign`, everything else by `update`, all after `restore`."""
        batches: dict[Command, list[Change]] = {restore: [], update: [], move: [], assign: []}
        for line, record in pairs:
            changed = {name: value for name, value in line.inputs.items() if self.differs(record, name, value)}
            owner = changed.pop("owner", None) if self.has_owner else None
            if not changed and owner is None and record.archived_at is None:
                self.cursor["unchanged"] += 1
            elif fixed := self._fixed(changed):
                self.refuse(line, {fixed: _("This can only be given when the record is created.")})
            else:
                self.cursor["updated"] += 1
                if record.archived_at is not None:
                    batches[restore].append((line, {}))
                if changed:
                    batches[move if self.desk.stage_field in changed else update].append((line, changed))
                if owner is not None:
                    batches[assign].append((line, {"owner": owner}))
        failed: set[int] = set()
        for command, changes in batches.items():
            self._run(command, [each for each in changes if each[0].number not in failed], failed)

    def _fixed(self, changed: Iterable[str]) -> str:
        """The first of these fields that keeps what it was given at the start."""
        return next((each for each in changed if self.fields[each].create_only and each != self.desk.stage_field), "")

    def _run(self, command: Command, changes: Sequence[Change], failed: set[int]) -> None:
        if not changes:
            return
        calls = [Call(self._as_move(inputs) if command is move else inputs, line.pk) for line, inputs in changes]
        outcome = run(command, calls, by=self.by, on=self.desk.model, partial=True)
        for place, refusal in outcome.refusals.items():
            line = changes[place][0]
            failed.add(line.number)
            self.cursor["updated"] -= 1
            self.refuse(line, refusal.errors)

    def _as_move(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {("stage" if name == self.desk.stage_field else name): value for name, value in inputs.items()}

    def differs(self, record: models.Model, name: str, value: Any) -> bool:
        """Whether a field of a record holds anything else than this."""
        known = self.fields[name]
        if isinstance(known.kind, kind.Links):
            return set(value) != set(known.value_of(record))
        try:
            meant, stored = known.check(known.parse(value)), known.value_of(record)
        except Refused:
            return True  # `run` says what is wrong with it
        if isinstance(known.kind, kind.Moment) and meant and stored:
            return meant.replace(microsecond=0) != stored.replace(microsecond=0)  # files know no parts of a second
        return meant != stored
