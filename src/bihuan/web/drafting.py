"""A place of the configuration on a page of the settings: the rows of its draft in a sheet, and what it means to go live.

A place is a pipeline with its stages or a list of values. Its rows have keys and no ids, for those that are new are in no table
yet; the sheet draws them as records that nobody has saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.blueprint import draft
from bihuan.core.blueprint.difference import SORTS, Difference, compare
from bihuan.core.blueprint.impact import Impact, impacts
from bihuan.core.blueprint.part import PLACE, Address, Row, Rows, part_at
from bihuan.core.blueprint.present import present
from bihuan.core.blueprint.text import Faulty
from bihuan.core.blueprint.value import Keys
from bihuan.core.choice import key_of, split_aliases
from bihuan.core.errors import Refused
from bihuan.core.record import label_of
from bihuan.web import show
from bihuan.web.sheet import Line, Sheet


class Place:
    """The rows below an address, as they are and as the draft has them. `step` leads from the place to its rows."""

    def __init__(self, actor: Actor, address: Address, step: Address = ()) -> None:
        self.actor, self.address, self.above = actor, address, (*address, *step)
        self.part = part_at((*self.above, ""))
        self.now, self.draft = present(), draft.find_draft(address)
        self.wanted = draft.wanted(address, self.now, self.draft)

    @property
    def rows(self) -> Rows:
        """The rows of the draft, those of the place itself too."""
        return draft.within(self.wanted, self.address)

    @cached_property
    def records(self) -> list[Any]:
        """The rows in their order, as records that nobody has saved; those in use have their ids."""
        below = [each for each in self.rows if each[:-1] == self.above]
        return [self.record(each) for each in sorted(below, key=lambda each: self.wanted[each][PLACE])]

    def record(self, address: Address) -> Any:
        """A row as a record. Its version tells whether somebody has changed the row since a page was drawn."""
        row, stored = self.wanted[address], self.now.records.get(address)
        given: dict[str, Any] = {}
        for name, value in self.part.fields.items():
            if not isinstance(value, Keys):
                given |= value.inputs(name, row[name])
        version = sha256(repr(sorted(row.items())).encode()).hexdigest()[:12]
        found = self.part.model(pk=getattr(stored, "pk", None), key=address[-1], order=row[PLACE], **given)
        found.version = version
        return found

    def archived(self) -> list[Any]:
        """Records out of use that have stood here, and are not to come back."""
        return [
            each
            for address, each in self.now.archived.items()
            if address[:-1] == self.above and address not in self.wanted
        ]

    def keep(self, rows: Rows) -> None:
        """Make the rows the draft. Raises Faulty with what a dry run was refused."""
        self.draft = draft.keep(self.address, rows, by=self.actor)
        self.wanted = draft.wanted(self.address, self.now, self.draft)
        self.__dict__.pop("records", None)

    def go_live(self) -> None:
        """Carry the draft out; no record stands in its way."""
        draft.go_live(self.address, by=self.actor, goals={})

    def differences(self) -> list[Difference]:
        return compare(self.now.rows, self.wanted, {self.address[0]}) if self.draft is not None else []

    def touched(self) -> list[Impact]:
        """What going live would mean for records."""
        return impacts(self.differences(), self.now)

    def with_row(self, key: str, values: Row) -> Rows:
        """The rows with some values of one of them changed."""
        address = (*self.above, key)
        return self.rows | {address: {**self.wanted[address], **values}}

    def without(self, key: str) -> Rows:
        """The rows without one, to which no other leads any more."""
        rows = {address: row for address, row in self.rows.items() if address != (*self.above, key)}
        links = [name for name, value in self.part.fields.items() if isinstance(value, Keys) and value.target is None]
        for address, row in rows.items():
            if address[:-1] == self.above:
                rows[address] = {**row, **{name: tuple(each for each in row[name] if each != key) for name in links}}
        return rows

    def with_restored(self, key: str) -> Rows:
        """The rows with one that had gone out of use, at its former place; its links do not come back."""
        address = (*self.above, key)
        stored = self.now.archived.get(address)
        if stored is None:
            return self.rows
        fields = self.part.fields.items()
        row = {name: value.blank if isinstance(value, Keys) else value.reads(stored, name) for name, value in fields}
        order = [(*self.above, record.key) for record in self.records]
        order.insert(stored.order, address)
        rows = self.rows | {address: row}
        return rows | {each: {**rows[each], PLACE: place} for place, each in enumerate(order)}


class DraftSheet(Sheet):
    """A sheet whose rows go into a draft."""

    def __init__(self, place: Place, names: Sequence[str], data: QueryDict | None = None) -> None:
        self.place = place
        super().__init__(registry.desk_of(place.part.model), place.actor, place.records, names, data, key="key")

    def save(self, **given: Any) -> bool:
        """Make what was typed the draft, all of it or nothing; sentences about what is wrong stand in the rows."""
        rows = {each: row for each, row in self.place.rows.items() if each[:-1] != self.place.above}
        typed = [line for line in self.lines if line.record is not None or line.form.inputs["name"].text.strip()]
        for order, line in enumerate(typed):
            address, row = self._typed(line)
            rows[address] = {**row, PLACE: order}
        if any(line.errors for line in self.lines):
            return False
        try:
            self.place.keep(rows)
        except Faulty as faulty:
            self._refuse(faulty, {self._address(line): line for line in typed})
            return False
        return True

    def _typed(self, line: Line) -> tuple[Address, Row]:
        """The row of a line; what it does not show stays."""
        address = self._address(line)
        row = dict(self.place.wanted[address] if line.record is not None else self.place.part.blank())
        texts = {name: each.text.strip() for name, each in line.form.inputs.items()}
        if line.record is not None and self._is_stale(line):
            line.form.refuse(Refused(_("Someone else changed this record while you were editing it.")))
        for name, value in self.place.part.fields.items():
            if name not in texts:
                continue
            raw: Any = [texts[each] for each in ("name", "name_hant", "name_en")] if name == "name" else texts[name]
            raw = list(split_aliases(raw)) if isinstance(value.blank, tuple) and isinstance(raw, str) else raw
            try:
                row[name] = value.takes(raw)
            except Refused as refusal:
                line.form.refuse(Refused(refusal.sentence, name))
        return address, row

    def _is_stale(self, line: Line) -> bool:
        """Whether the row is another than the one that was drawn, and was to be changed."""
        sent = self.data.get(f"{line.key}-version", "") if self.data is not None else ""
        return bool(sent) and sent != line.record.version and bool(self._changes(line, line.record.order))

    def _address(self, line: Line) -> Address:
        if line.record is not None:
            return (*self.place.above, line.key)
        known = {*self.place.now.rows, *self.place.now.archived, *self.place.wanted}
        taken = {each[-1] for each in known if each[:-1] == self.place.above}
        texts = line.form.values
        return (*self.place.above, key_of(texts.get("name_en") or texts["name"], taken))

    def _refuse(self, faulty: Faulty, lines: Mapping[Address, Line]) -> None:
        for fault in faulty.faults:
            line = lines.get(fault.address, self.lines[-1])
            line.form.refuse(fault.refusal or Refused(fault.sentence))


def draft_context(place: Place) -> dict[str, Any] | None:
    """What the part about a draft shows: who began it, what differs, what it touches, where records may go."""
    if place.draft is None:
        return None
    urls = {name: reverse(name, args=["/".join(place.address)]) for name in ("draft_live", "draft_discard")}
    goals = [{"value": each.key, "label": label_of(each.name, each.name_hant, each.name_en)} for each in place.records]
    return {
        **urls, "who": show.person_name(place.draft.user_id) if place.draft.user_id else "", "at": show.moment(place.draft.at),
        "differences": told(place.differences(), place.address),
        "impacts": [
            {"impact": each, "key": each.address[-1], "url": address_of(each), "goals": goals} for each in place.touched()
        ],
    }  # fmt: skip


def address_of(impact: Impact) -> str:
    """The list that shows the records an impact counts."""
    return f"{reverse('list', args=[impact.object])}?{urlencode({'q': '', **impact.params})}" if impact.object else ""


def told(differences: Sequence[Difference], above: Address = ()) -> list[dict[str, Any]]:
    """Differences as a table has them; `above` needs no mention."""
    return [
        {
            "sort": each.sort, "told": SORTS[each.sort], "name": name_of(each), "pairs": each.pairs(),
            "where": " / ".join(each.address[len(above) :]),
        }
        for each in differences
    ]  # fmt: skip


def name_of(difference: Difference) -> str:
    """What the row is called, else its key."""
    row = difference.after or difference.before or {}
    names = row.get("name", ())
    return label_of(*(*names, "", "")[:3]) if names else difference.address[-1]
