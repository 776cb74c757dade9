"""Questions of the firm's own: forms ask for its own fields of leads, and answers are read by the kinds of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from bihuan.core import kind
from bihuan.core.custom import fields_of
from bihuan.core.errors import Refused
from bihuan.core.field import Field

#: Kinds of own fields that a visitor can answer; what links to records or is worked out is not for them.
ASKABLE = (
    "text", "longtext", "integer", "quantity", "percent", "date", "yesno", "choice", "choices", "phone", "mail", "url",
)  # fmt: skip
#: So long is what a visitor may write where the field itself knows no limit.
LONGEST = 4000


def own_questions() -> dict[str, Field]:
    """The own fields of leads that forms may ask for, by name. What must be unique is not told to be taken."""
    return {
        name: each if each.max_length else replace(each, max_length=LONGEST)
        for name, each in fields_of("lead").items() if each.editable and not each.unique and each.kind.name in ASKABLE
    }  # fmt: skip


class Asked(Mapping[str, Any]):
    """All that forms may ask for, by name: what `known` names, and the own fields of leads as they are at the moment."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Any:
        return self._known[name] if name in self._known else own_questions()[name].label

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from own_questions()

    def __len__(self) -> int:
        return len(self._known) + len(own_questions())

    def __bool__(self) -> bool:
        return True  # without asking: columns are declared before there is a database


def told(answers: Mapping[str, str]) -> str:
    """Answers in words, a line each; those to what there no longer is are left out."""
    fields = own_questions()
    return "\n".join(f"{fields[name].label}: {_words(fields[name], text)}" for name, text in readable(answers).items())


def readable(answers: Mapping[str, str]) -> dict[str, str]:
    """Those of the answers that the fields can still read."""
    fields = own_questions()
    return {name: text for name, text in answers.items() if name in fields and _is_read(fields[name], text)}


def _is_read(field: Field, text: str) -> bool:
    try:
        field.check(field.parse(text))
    except Refused:
        return False
    return True


def _words(field: Field, text: str) -> str:
    value = field.parse(text)
    return (_("yes") if value else _("no")) if isinstance(field.kind, kind.YesNo) else field.text(value)
