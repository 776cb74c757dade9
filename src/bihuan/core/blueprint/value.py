"""How a field of the configuration is written in a blueprint: plain values to and from a record's columns.

A plain value is text, a whole number, a list of texts or a mapping of those: what the text of a blueprint can hold. `takes`
makes one of what was read, `reads` one of a record, `inputs` what a command is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core.choice import keyed, option, split_aliases
from bihuan.core.errors import Refused


class Value:
    """A field that is written as its column holds it, as text."""

    blank: Any = ""

    def __init__(self, blank: Any = "") -> None:
        self.blank = blank

    def takes(self, raw: Any) -> Any:
        """The plain value of what a text holds. Raises Refused."""
        if not isinstance(raw, str):
            raise Refused(_("One word or sentence is needed here."))
        return raw.strip()

    def reads(self, record: models.Model, name: str) -> Any:
        """The plain value of a record."""
        return getattr(record, name) or self.blank

    def inputs(self, name: str, value: Any) -> dict[str, Any]:
        """What a command is given for a plain value."""
        return {name: value}

    def written(self, value: Any) -> Any:
        """The plain value as a text has it."""
        return value

    def shown(self, value: Any) -> str:
        """The value as people read it in a table of differences."""
        return str(value) if value not in (None, "") else "–"


class Number(Value):
    """A whole number, or none."""

    blank: int | None = 0

    def __init__(self, blank: int | None = 0, *, signed: bool = False) -> None:
        super().__init__(blank)
        self.signed = signed

    def takes(self, raw: Any) -> int | None:
        text = super().takes(raw)
        if not text:
            return self.blank
        if not (text.removeprefix("-") if self.signed else text).isdecimal() or len(text) > 9:
            raise Refused(_("“%(text)s” is not a whole number.") % {"text": text})
        return int(text)

    def reads(self, record: models.Model, name: str) -> int | None:
        value = getattr(record, name)
        return self.blank if value is None else value


class Flag(Value):
    """Yes or no."""

    def __init__(self, blank: bool = False) -> None:
        super().__init__(blank)

    def takes(self, raw: Any) -> bool:
        text = super().takes(raw)
        if text not in ("yes", "no"):
            raise Refused(_("“%(text)s” is not one of: %(options)s.") % {"text": text, "options": "yes, no"})
        return text == "yes"

    def reads(self, record: models.Model, name: str) -> bool:
        return getattr(record, name)

    def written(self, value: bool) -> str:
        return "yes" if value else "no"

    def shown(self, value: bool) -> str:
        return _("yes") if value else _("no")


class Chosen(Value):
    """A value of a list that belongs to the firm, written as its key, or none."""

    def __init__(self, set: str) -> None:
        super().__init__()
        self.set = set

    def reads(self, record: models.Model, name: str) -> str:
        found = option(getattr(record, f"{name}_id") or 0)
        return found.key if found is not None else self.blank

    def inputs(self, name: str, value: str) -> dict[str, Any]:
        found = keyed(self.set, value) if value else None
        if value and found is None:
            raise Refused(_("There is no “%(key)s” to link to.") % {"key": value})
        return {name: found.id if found is not None else None}


class Names(Value):
    """A name in the three languages: one text, or a list 简体, 繁體, English."""

    COLUMNS = ("name", "name_hant", "name_en")

    def __init__(self) -> None:
        super().__init__(())

    def takes(self, raw: Any) -> tuple[str, ...]:
        texts = [raw] if isinstance(raw, str) else raw
        if not isinstance(texts, list) or not 1 <= len(texts) <= 3 or not all(isinstance(each, str) for each in texts):
            raise Refused(_("A name is one text, or three: 简体, 繁體, English."))
        return self._trimmed([each.strip() for each in texts])

    def reads(self, record: models.Model, name: str) -> tuple[str, ...]:
        return self._trimmed([getattr(record, column) for column in self.COLUMNS])

    def written(self, value: tuple[str, ...]) -> Any:
        return value[0] if len(value) == 1 else value

    def _trimmed(self, texts: list[str]) -> tuple[str, ...]:
        while texts and not texts[-1]:
            texts.pop()
        return tuple(texts)

    def inputs(self, name: str, value: tuple[str, ...]) -> dict[str, Any]:
        return dict(zip(self.COLUMNS, (*value, "", "", "")[:3], strict=True))

    def shown(self, value: tuple[str, ...]) -> str:
        return " / ".join(dict.fromkeys(value)) or "–"


class Words(Value):
    """Several words, which the column holds parted by commas."""

    def __init__(self) -> None:
        super().__init__(())

    def takes(self, raw: Any) -> tuple[str, ...]:
        words = [raw] if isinstance(raw, str) and raw else raw or []
        if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
            raise Refused(_("A list of words is needed here."))
        if any("," in each or "，" in each for each in words):
            raise Refused(_("A word in a list holds no comma."))
        return tuple(word for each in words if (word := each.strip()))

    def reads(self, record: models.Model, name: str) -> tuple[str, ...]:
        return split_aliases(getattr(record, name))

    def inputs(self, name: str, value: tuple[str, ...]) -> dict[str, Any]:
        return {name: ", ".join(value)}

    def shown(self, value: tuple[str, ...]) -> str:
        return _(", ").join(value) or "–"


class Keys(Words):
    """Links to several records of the configuration, written as their keys.

    `target` is the section in which they stand; None stands for neighbours.
    """

    def __init__(self, target: str | None = None) -> None:
        super().__init__()
        self.target = target

    def reads(self, record: models.Model, name: str) -> tuple[str, ...]:
        return tuple(record.__dict__["_keys"].get(name, ()))

    def missing(self, key: str) -> str:
        """The sentence for a key that nothing has."""
        return _("There is no “%(key)s” to link to.") % {"key": key}


class Mapped(Value):
    """A mapping of mappings, whose innermost values are words: `words` maps each to what the column holds. A list stays one."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        super().__init__({})
        self.words = words
        self.told = {stored: word for word, stored in words.items()}

    def takes(self, raw: Any) -> dict[str, dict[str, str]]:
        if not isinstance(raw, dict) or not all(isinstance(each, dict) for each in raw.values()):
            raise Refused(_("A mapping is needed here."))
        for each in (word for inner in raw.values() for word in inner.values()):
            if not isinstance(each, list) and each not in self.words:
                told = {"text": each, "options": ", ".join(self.words)}
                raise Refused(_("“%(text)s” is not one of: %(options)s.") % told)
        return raw

    def reads(self, record: models.Model, name: str) -> dict[str, dict[str, str]]:
        held = getattr(record, name)
        return {
            outer: {key: value if isinstance(value, list) else self.told[value] for key, value in inner.items()}
            for outer, inner in held.items()
        }

    def inputs(self, name: str, value: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        return {
            name: {
                outer: {key: word if isinstance(word, list) else self.words[word] for key, word in inner.items()}
                for outer, inner in value.items()
            }
        }

    def shown(self, value: Mapping[str, Mapping[str, str]]) -> str:
        lines = (
            f"{outer}: " + ", ".join(f"{key} {word}" for key, word in inner.items()) for outer, inner in value.items()
        )
        return " · ".join(lines) or "–"
