"""What a command may not leave behind: called by `run` for every record of a batch, whichever way the change came.

A record that broke a rule before may go on doing so while nobody touches what the rule is about: rules that are made today do
not stop the work on yesterday's records. A command sets what it must; rules bind what somebody gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from bihuan.core.access import Actor
from bihuan.core.batch import Entry
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.form_rules.rule import FREE, Verdict, rules_of, verdicts


class Ruling:
    """The rules of an object as they bind one actor, for the records of a batch. Asks the database nothing."""

    def __init__(self, desk: Desk, by: Actor) -> None:
        self.desk, self.by = desk, by

    @cached_property
    def _may_give(self) -> dict[bool, set[str]]:
        """The fields that the actor can fill, in a new record and in one that is there."""
        return {creating: set(self.desk.inputs(self.by, creating=creating)) for creating in (True, False)}

    def errors(self, entry: Entry) -> dict[str, str]:
        """A sentence for every field of a record that breaks a rule, as its verb has left it."""
        if not rules_of(self.desk.slug):
            return {}
        said = verdicts(self.desk, self.by, entry.record)
        return {
            name: why for name, each in said.items() if (why := self._error(self.desk.own_fields[name], each, entry))
        }

    def barrier(self, record: Any, name: str) -> str:
        """Why nobody may give a field of a record another value, as a sentence; empty where one may."""
        return self._barrier(verdicts(self.desk, self.by, record).get(name, FREE))

    def _barrier(self, said: Verdict) -> str:
        if not said.shown:
            return self._told(_("This is not asked for here."), said)
        return self._told(_("This may not be changed here."), said) if said.read_only else ""

    def _error(self, field: Field, said: Verdict, entry: Entry) -> str:
        value, given = field.value_of(entry.record), self._is_given(field, entry)
        if given and (why := self._barrier(said)):
            return why
        if not said.shown:
            return ""
        is_about = entry.is_new or any(
            _differs(self.desk.own_fields[name], entry) for name in (field.name, *said.because)
        )
        if not is_about:
            return ""
        if value in (None, "", ()):
            is_missing = said.required and field.name in self._may_give[entry.is_new]
            return self._told(_("This is needed here."), said) if is_missing else ""
        if not said.offers(value):
            return self._told(_("“%(text)s” may not be chosen here.") % {"text": field.text(value)}, said)
        return ""

    def _is_given(self, field: Field, entry: Entry) -> bool:
        """Whether the caller gave a field another value than it had; for a new record, than it begins with."""
        name = "stage" if field.name == self.desk.stage_field and "stage" in entry.inputs else field.name
        if name not in entry.inputs:
            return False
        if entry.is_new:
            return entry.inputs[name] not in (None, "", (), False, field.default)
        return _differs(field, entry)

    def _told(self, sentence: str, said: Verdict) -> str:
        """The sentence with the fields that decide, as far as the actor knows of them."""
        seen = self.desk.fields(self.by)
        names = _(", ").join(f"“{seen[name].label}”" for name in _in_order(self.desk, said.because) if name in seen)
        return f"{sentence} " + _("It depends on %(fields)s.") % {"fields": names} if names else sentence


def _in_order(desk: Desk, names: Iterable[str]) -> list[str]:
    return [name for name in desk.own_fields if name in set(names)]


def _differs(field: Field, entry: Entry) -> bool:
    now: Any = field.value_of(entry.record)
    return (now or None) != (field.stands_in(entry.before) or None)
