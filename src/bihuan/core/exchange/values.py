"""What the cells of a file mean: choices, states, links and dates by any name they go by.

Everything else is left to the field's own kind, which `run` asks. A reader first learns the texts of a whole chunk, with few
queries, and then reads cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from bihuan.core import dates, kind, link, registry
from bihuan.core.access import Actor
from bihuan.core.choice import Choice
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.kind import fold
from bihuan.core.numbers import read_number
from bihuan.core.run import Call, run
from bihuan.core.verbs import create

#: So many texts of a link are kept at a time.
KEPT = 100_000
#: What parts several values in one cell.
_PARTS = re.compile(r"[;；、|\n]")


class Reader:
    """Reads the cells of one column. `created` counts what was made by name, `taken` holds links that were only near."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.created: list[str] = []
        self.taken: dict[str, int] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Prepare to read these."""

    def read(self, text: str) -> Any:
        """The value of a cell that is not blank, or its text. Raises Refused."""
        return text


class Dates(Reader):
    """Days and moments, their figures in the order that the column has."""

    def __init__(self, field: Field, order: str) -> None:
        super().__init__(field)
        self.order = order

    def read(self, text: str) -> Any:
        if isinstance(self.field.kind, kind.Moment):
            return dates.read_moment(text, self.order) or text
        return dates.read_date(text, self.order) or text


class Numbers(Reader):
    """Figures, in the form that the column has."""

    def __init__(self, field: Field, form: str) -> None:
        super().__init__(field)
        self.form = form

    def read(self, text: str) -> Any:
        if self.form == "point":
            return text
        found = read_number(text, self.form)
        return text if found is None else found


class Names(Reader):
    """States, stages and choices, by any spelling in any language; unknown choices are made where the desk allows it."""

    def __init__(self, field: Field, by: Actor, known: Mapping[str, Any], creates: bool) -> None:
        super().__init__(field)
        self.by = by
        self.creates = creates and not isinstance(field.kind, (kind.StagePick, kind.State)) and by.may(Choice, "create")
        self.known = spellings(field) | {fold(text): value for text, value in known.items()}

    def unknown(self, texts: Iterable[str]) -> list[str]:
        """The texts that are no spelling of anything, each once."""
        new: dict[str, str] = {}
        for text in texts:
            if (folded := fold(text)) and folded not in self.known:
                new.setdefault(folded, text)
        return list(new.values())

    def aliased(self, texts: Iterable[str]) -> dict[str, str]:
        """Those texts that stand for a choice that is called otherwise, with what it is called in the language of the reader."""
        labels = {value: str(label) for value, label in self._labels()}
        found = {text: labels.get(self.known.get(fold(text)), "") for text in texts}
        return {text: label for text, label in found.items() if label and fold(label) != fold(text)}

    def learn(self, texts: Iterable[str]) -> None:
        new = self.unknown(texts) if self.creates else []
        if not new:
            return
        last = Choice._base_manager.filter(set=self.field.set).aggregate(last=Max("order"))["last"] or 0
        calls = [Call({"set": self.field.set, "name": text, "order": last + n}) for n, text in enumerate(new, 1)]
        outcome = run(create, calls, by=self.by, on=Choice, partial=True)
        for text, record in zip(new, outcome.records, strict=True):
            if record is not None:
                self.known[fold(text)] = record.pk
                self.created.append(text)

    def read(self, text: str) -> Any:
        value = self.known.get(fold(text))
        if value is None:
            offered = _(", ").join(dict.fromkeys(self.labels()))
            raise Refused(_("“%(text)s” is not one of: %(options)s.") % {"text": text, "options": offered})
        return value

    def labels(self) -> Iterable[str]:
        return [label for _value, label in self._labels()][:12]

    def _labels(self) -> list[tuple[Any, str]]:
        if isinstance(self.field.kind, kind.State):
            return [(value, str(label)) for value, label in self.field.states.items()]
        return [(option.id, option.label) for option in self.field.kind.options(self.field)]  # type: ignore[attr-defined]


def spellings(field: Field) -> dict[str, Any]:
    """The values of a closed or configured set by everything they may be called, folded."""
    if isinstance(field.kind, kind.State):
        found = {fold(value): value for value in field.states}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found = {fold(str(label)): value for value, label in field.states.items()} | found
        return found
    options = field.kind.options(field)  # type: ignore[attr-defined]
    return {fold(text): option.id for option in reversed(options) for text in reversed(option.spellings())}


def may_make(field: Field, by: Actor) -> bool:
    """Whether somebody may have the records that a link names made by name: where a name is all that they need."""
    if field.target is None:
        return False
    desk = registry.desk_of(field.target)
    needed = [each for each in desk.inputs(by, creating=True).values() if each.required and each.default is None]
    return desk.offers(by, "create") and [each.name for each in needed] == [desk.title]


class Links(Reader):
    """Other records, by the keys of their desk; made by name where the desk allows it.

    `known` are answers given before. A text that differs from a single record's key in spelling alone is taken for it,
    unless `strict`.
    """

    def __init__(self, field: Field, by: Actor, known: Mapping[str, int], creates: bool, strict: bool = False) -> None:
        super().__init__(field)
        assert field.target is not None
        self.by, self.strict = by, strict
        self.desk = registry.desk_of(field.target)
        self.creates = creates and "__" not in self.desk.title and by.may(field.target, "create")
        self.given = dict(known)
        self.known = dict(known)
        self.near: dict[str, list[tuple[int, str]]] = {}
        self.asked: set[str] = set()
        self.failed: dict[str, str] = {}

    def unknown(self, texts: Iterable[str]) -> list[str]:
        """Look the texts up; returns those that name no record, not even nearly."""
        new = {text.strip() for text in texts} - self.asked - self.known.keys()
        if new:
            self.asked |= new
            found, near = link.resolve(self.by, self.desk, new)
            self.known |= found
            self.near |= near
            for text, options in near.items():
                if len(options) == 1 and not self.strict:
                    self.known[text] = self.taken[text] = options[0][0]
        return sorted(text for text in new if text and text not in self.known and text not in self.near)

    def learn(self, texts: Iterable[str]) -> None:
        if len(self.asked) > KEPT:
            self.asked.clear()
            self.known = dict(self.given)
        new = self.unknown(texts)
        if new and self.creates:
            self.make(new)

    def make(self, texts: list[str]) -> None:
        """Create records that are called so."""
        outcome = run(
            create, [Call({self.desk.title: text}) for text in texts], by=self.by, on=self.desk.model, partial=True
        )
        for place, (text, record) in enumerate(zip(texts, outcome.records, strict=True)):
            if record is not None:
                self.known[text] = record.pk
                self.created.append(text)
            else:
                self.failed[text] = outcome.refusals[place].sentence

    def read(self, text: str) -> int:
        found = self.known.get(text)
        if found is not None:
            return found
        if text in self.failed:
            told = {"text": text, "reason": self.failed[text]}
            raise Refused(_("“%(text)s” was not found and cannot be made: %(reason)s") % told)
        options = self.near.get(text)
        if options and len(options) > 1:
            raise Refused(_("“%(text)s” may mean several records; give their number.") % {"text": text})
        if options:
            raise Refused(_("“%(text)s” was not found; there is “%(near)s”.") % {"text": text, "near": options[0][1]})
        raise Refused(_("“%(text)s” was not found.") % {"text": text})


class SeveralLinks(Reader):
    """Several other records in one cell."""

    def __init__(self, one: Links) -> None:
        super().__init__(one.field)
        self.one, self.created, self.taken = one, one.created, one.taken

    def learn(self, texts: Iterable[str]) -> None:
        self.one.learn(part for text in texts for part in parts(text))

    def read(self, text: str) -> tuple[int, ...]:
        return tuple(self.one.read(part) for part in parts(text))


def parts(text: str) -> list[str]:
    """The values in one cell."""
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def reader(
    field: Field, by: Actor, *, creates: bool, known: Mapping[str, Any], order: str = "ymd", form: str = "point",
    strict: bool = False,
) -> Reader:  # fmt: skip
    """The reader of a column whose texts may be made into new records or choices (`creates`), or are `known` already."""
    if isinstance(field.kind, kind.Date):
        return Dates(field, order)
    if field.kind.numeric:
        return Numbers(field, form)
    if isinstance(field.kind, (kind.Pick, kind.State)) and not isinstance(field.kind, kind.Picks):
        return Names(field, by, known, creates)
    if isinstance(field.kind, kind.Links):
        return SeveralLinks(Links(field, by, known, creates, strict))
    if isinstance(field.kind, kind.Link):
        return Links(field, by, known, creates, strict)
    return Reader(field)
