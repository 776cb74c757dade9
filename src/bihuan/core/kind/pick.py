"""Kinds that take one of a few values: yes or no, states, keys, and the lists that belong to the firm."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.core import choice, stage
from bihuan.core.configuration import remembered
from bihuan.core.errors import Refused
from bihuan.core.kind.base import Kind, fold

if TYPE_CHECKING:
    from bihuan.core.field import Field


class YesNo(Kind):
    name = "yesno"
    operators = ("is",)
    groupable = True
    _yes = frozenset({"1", "true", "yes", "y", "on", "是", "对", "對", "√", "✓"})
    _no = frozenset({"0", "false", "no", "n", "off", "否", "×"})

    def parse(self, field: Field, raw: Any) -> bool:
        return bool(super().parse(field, raw))

    def read(self, field: Field, raw: Any) -> bool:
        word = str(raw).strip().casefold()
        if word in self._yes or word in self._no:
            return word in self._yes
        raise Refused(_("“%(text)s” is neither yes nor no.") % {"text": raw})

    def text(self, field: Field, value: Any) -> str:
        return "1" if value else "0"


class State(Kind):
    """One of a closed set that belongs to code."""

    name = "state"
    operators = ("in", "out")
    groupable = True

    def read(self, field: Field, raw: Any) -> str:
        wanted = fold(str(raw))
        for value, label in field.states.items():
            if wanted in (fold(value), fold(str(label))):
                return value
        raise Refused(
            _("“%(text)s” is not one of: %(options)s.")
            % {"text": raw, "options": _(", ").join(map(str, field.states.values()))}
        )


class Key(State):
    """The key of a thing in code, such as an object; shown by what it is called."""

    operators = ("in", "out", "empty", "filled")

    def read(self, field: Field, raw: Any) -> str:
        return str(raw) if str(raw) in field.states else super().read(field, raw)

    def check(self, field: Field, value: Any) -> str:
        return value or ""


@remembered
def _known(offered: Callable[[str], tuple[choice.Option, ...]], set: str) -> tuple[dict[int, int], dict[str, int]]:
    """The ids of a list's options by themselves and by every folded spelling; of two that are spelt alike the first counts."""
    options = offered(set)
    return {each.id: each.id for each in options}, {
        fold(text): each.id for each in reversed(options) for text in each.spellings()
    }


class Pick(Kind):
    """One of the firm's own values, held by its id; read from the id or any spelling."""

    name = "choice"
    operators = ("in", "out", "empty", "filled")
    groupable = True

    _offered = staticmethod(choice.options)

    def options(self, field: Field) -> tuple[choice.Option, ...]:
        return self._offered(field.set)

    def option(self, value: int) -> choice.Option | None:
        return choice.option(value)

    def read(self, field: Field, raw: Any) -> int:
        ids, spelt = _known(self._offered, field.set)
        text = str(raw)
        found = ids.get(int(text)) if text.isdecimal() and len(text) < 19 else None
        found = spelt.get(fold(text)) if found is None else found
        if found is None:
            offered = _(", ").join(item.label for item in self.options(field)[:12])
            raise Refused(_("“%(text)s” is not one of: %(options)s.") % {"text": raw, "options": offered})
        return found

    def check(self, field: Field, value: Any) -> Any:
        return self.read(field, value) if value is not None else None

    def text(self, field: Field, value: Any) -> str:
        found = None if value is None else self.option(value)
        return found.label if found else ""


class StagePick(Pick):
    name = "stage"
    operators = (*Pick.operators, "late", "reached", "unreached")
    _offered = staticmethod(stage.steps)

    def option(self, value: int) -> choice.Option | None:
        return stage.step(value)


class Picks(Pick):
    """Several of the firm's own values, held as a tuple of their ids."""

    name = "choices"
    operators = ("in", "empty", "filled")
    groupable = False

    def parse(self, field: Field, raw: Any) -> tuple[int, ...]:
        return super().parse(field, raw) or ()

    def read(self, field: Field, raw: Any) -> Any:
        parts = raw if isinstance(raw, (list, tuple, set)) else re.split(r"[,，、;；]", str(raw))
        return tuple(dict.fromkeys(super(Picks, self).read(field, part) for part in parts if str(part).strip()))

    def check(self, field: Field, value: Any) -> tuple[int, ...]:
        return self.parse(field, value)

    def text(self, field: Field, value: Any) -> str:
        return ",".join(super(Picks, self).text(field, key) for key in value or ())
