"""What every kind of value can do, and how texts are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.core.field import Field


def fold(text: str) -> str:
    """Text as it is compared when people name things: width, case, spaces and punctuation do not count."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def read_key(raw: Any) -> int | None:
    """A record's key, or its version, as an address or a form gives it; None for what can be none."""
    digits = str(raw).strip()
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


class Kind:
    """A kind of value. `operators` are the names filters may use; `groupable` kinds can head a group."""

    name = "text"
    operators: tuple[str, ...] = ("has", "is", "not", "starts", "empty", "filled")
    groupable = False
    summable = False
    numeric = False

    def parse(self, field: Field, raw: Any) -> Any:
        """A value from what a person or a file wrote; blank becomes None. Raises Refused with a sentence."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.read(field, raw)

    def read(self, field: Field, raw: Any) -> Any:
        """Like `parse`, for what is not blank."""
        return str(raw).strip()

    def check(self, field: Field, value: Any) -> Any:
        """The value as it is stored. Raises Refused when it breaks the field's limits."""
        return value

    def text(self, field: Field, value: Any) -> str:
        """Plain text that `parse` reads back to the same value."""
        return "" if value is None else str(value)
