"""A sheet: the records of one small object, edited together in one form and saved in one transaction.

The order of the rows is the order in which the form sends them, so a row that was dragged needs no number. Inputs are
called "<key>-<field>"; the row for one more record has the key "new" and counts once it has a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import QueryDict

from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.kind import read_key
from bihuan.core.record import Record
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, update
from bihuan.web.form import Form, form_of, pick, stored_text

NEW = "new"


@dataclass(slots=True)
class Line:
    """A row of a sheet. `record` is None in the row for one more."""

    key: str
    form: Form
    record: Any = None

    @property
    def errors(self) -> list[str]:
        """Everything that is wrong in this row, each with the field it is about."""
        wrong = [f"{each.field.label}: {each.error}" for each in self.form.inputs.values() if each.error]
        return [*wrong, *([self.form.error] if self.form.error else [])]


class Sheet:
    """The rows of a form over `records`, in their order, with one more for a new record."""

    def __init__(
        self,
        desk: Desk,
        actor: Actor,
        records: Sequence[Record],
        names: Sequence[str],
        data: QueryDict | None = None,
        *,
        key: str = "pk",
    ) -> None:
        self.desk, self.actor, self.data = desk, actor, data
        self.fields = pick(desk.inputs(actor, creating=False), names)
        keyed = [(str(getattr(record, key)), record) for record in records]
        lines = [Line(known, self._form(known, record), record) for known, record in keyed]
        self.lines = [*self._in_order(lines), Line(NEW, self._form(NEW, None))]

    def _form(self, key: str, record: Record | None) -> Form:
        sent = None if self.data is None or f"{key}-name" not in self.data else _part(self.data, f"{key}-")
        return form_of(self.fields, self.actor, record=record if sent is None else None, data=sent, prefix=key)

    def _in_order(self, lines: list[Line]) -> list[Line]:
        """As the form sent the rows; `up` names one that goes before its neighbour."""
        if self.data is None:
            return lines
        sent = self.data.getlist("row")
        places = {key: place for place, key in enumerate(sent)}
        ordered = sorted(lines, key=lambda line: places.get(line.key, len(places)))
        for place, line in enumerate(ordered):
            if place and line.key == self.data.get("up"):
                ordered[place - 1], ordered[place] = line, ordered[place - 1]
                break
        return ordered

    def save(self, **given: Any) -> bool:
        """Write what was changed, all of it or nothing; sentences about what is wrong stand in the rows.

        `given` are the fields of a new record that no row shows.
        """
        try:
            with transaction.atomic():
                self._update()
                self._create(given)
        except Refused:
            return False
        return True

    def _update(self) -> None:
        lines = [line for line in self.lines if line.record is not None]
        changed = [(line, inputs) for place, line in enumerate(lines) if (inputs := self._changes(line, place))]
        calls = [Call(inputs, line.record.pk, self._version(line)) for line, inputs in changed]
        if not calls:
            return
        refusals = run(update, calls, by=self.actor, on=self.desk.model, partial=True).refusals
        for index, refusal in refusals.items():
            changed[index][0].form.refuse(refusal)
        if refusals:
            raise refusals[min(refusals)]

    def _changes(self, line: Line, place: int) -> dict[str, Any]:
        """What the row holds that its record does not."""
        changes: dict[str, Any] = {
            name: each.text
            for name, each in line.form.inputs.items()
            if each.text.strip() != stored_text(each.field, line.record)
        }
        return changes | ({"order": place} if line.record.order != place else {})

    def _version(self, line: Line) -> int | None:
        sent = self.data.get(f"{line.key}-version", "") if self.data is not None else ""
        return read_key(sent)

    def _create(self, given: Mapping[str, Any]) -> None:
        line = self.lines[-1]
        if not line.form.inputs["name"].text.strip():
            return
        typed = {name: text for name, text in line.form.values.items() if text.strip()}
        try:
            do(create, by=self.actor, on=self.desk.model, **typed, **given, order=len(self.lines) - 1)
        except Refused as refusal:
            line.form.refuse(refusal)
            raise


def _part(data: QueryDict, prefix: str) -> QueryDict:
    """The inputs of one row under their own names."""
    part = QueryDict(mutable=True)
    for name, values in data.lists():
        if name.startswith(prefix):
            part.setlist(name.removeprefix(prefix), values)
    return part
