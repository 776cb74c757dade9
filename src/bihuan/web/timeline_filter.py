"""What of a timeline somebody wants to see: a kind of entry, a kind of touch, what one person did, what tells of certain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from bihuan.core import kind, registry
from bihuan.core.choice import Option, options
from bihuan.core.columns import ChoiceField
from bihuan.web.subject import Subject

ALL, TOUCHES, NOTES, CHANGES = "all", "touches", "notes", "changes"
#: A longer text is cut; nobody looks for one.
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of the tabs; a kind of touch and a person by their keys; words that were written. Whatever is empty leaves all."""

    tab: str = ALL
    mark: int | None = None
    by: int | None = None
    text: str = ""

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Wanted:
        """From the parameters of an address; what cannot be read there leaves all."""
        tab, text = params.get("tab", ""), params.get("q", "").replace("\x00", "").strip()[:LONGEST]
        keys = (kind.read_key(params.get(name, "")) for name in ("mark", "by"))
        return cls(tab if tab in (TOUCHES, NOTES, CHANGES) else ALL, *keys, text)

    @property
    def is_narrow(self) -> bool:
        """Whether more is left out than by the tab."""
        return bool(self.mark or self.by or self.text)

    @property
    def tells_changes(self) -> bool:
        """Whether changes may be among it: they have no kind of touch, and nobody wrote their words."""
        return self.tab in (ALL, CHANGES) and not (self.mark or self.text)

    def address(self, **further: Any) -> str:
        """The parameters that ask for the same."""
        given = {"tab": self.tab, "mark": self.mark, "by": self.by, "q": self.text, **further}
        return urlencode({name: value for name, value in given.items() if value})

    def of_stream(self, paths: Mapping[str, Any]) -> Q | None:
        """The condition for the records of a stream, by the paths that are read of it; None where none of them can meet it."""
        if (self.mark and "mark" not in paths) or (self.text and not isinstance(paths.get("text"), str)):
            return None
        found = Q(**{paths["mark"]: self.mark}) if self.mark else Q()
        found &= Q(**{paths["by"]: self.by}) if self.by else Q()
        return found & Q(**{f"{paths['text']}__icontains": self.text}) if self.text else found


EVERYTHING = Wanted()


def marks(subject: Subject) -> list[Option]:
    """The kinds of touch that one may ask for, in the firm's order."""
    found: list[Option] = []
    for desk in registry.desks():
        if desk.stream and desk.stream.mark and desk.stream.mark in desk.whole_fields(subject.actor):
            column = desk.model._meta.get_field(desk.stream.mark)
            found += options(column.set) if isinstance(column, ChoiceField) else ()
    return found
