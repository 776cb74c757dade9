"""The ways a call can be refused. Each carries a sentence for the person who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _


class Refused(Exception):
    """The call cannot be done now; `sentence` says why, in the caller's language.

    `field` names the field to stand beside, where there is one.
    """

    code = "refused"

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)
        self.field = field

    @property
    def errors(self) -> dict[str, str]:
        """Sentences by field name; the key "" holds what belongs to no field."""
        return {self.field or "": self.sentence}


class Invalid(Refused):
    """Some inputs are wrong; `errors` maps field name to sentence."""

    code = "invalid"

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(str(sentence) for sentence in errors.values()))
        self._errors = {name: str(sentence) for name, sentence in errors.items()}

    @property
    def errors(self) -> dict[str, str]:
        return self._errors


class Stale(Refused):
    """Someone else saved first. `theirs` maps each field that differs to the stored value."""

    code = "stale"

    def __init__(self, record: Any, theirs: Mapping[str, Any]) -> None:
        super().__init__(_("Someone else changed this record while you were editing it."))
        self.record = record
        self.theirs = dict(theirs)


class Duplicate(Refused):
    """The record looks like others that are there: `likely` (see duplicates/check.py), as far as the caller may know them.

    With `may_insist` the call is done when it says `anyway`.
    """

    code = "duplicate"

    def __init__(self, sentence: str, likely: Sequence[Any], *, may_insist: bool = True) -> None:
        super().__init__(sentence)
        self.likely = list(likely)
        self.may_insist = may_insist


class NotFound(Refused):
    """No such record, or not for this actor: the two look the same."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such record."))


class Forbidden(Refused):
    """The actor sees the record but holds no grant for this act."""

    code = "forbidden"

    def __init__(self) -> None:
        super().__init__(_("Your role does not allow this."))
