"""Cells that a spreadsheet would run as a formula: an apostrophe in front makes them text, and comes off again."""

from __future__ import annotations

import re

#: What a spreadsheet, or whoever pastes from it, may skip before it looks for a formula.
_SKIPPED = r"[\s\x00-\x20\x7f-\xa0\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3000\ufeff]"
_START = rf"(?:{_SKIPPED}*[=+\-@＝＋－＠]|[\t\r\n])"
_FORMULA = re.compile(rf"'*{_START}")
_DEFUSED = re.compile(rf"'+{_START}")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d+)?")


def defused(text: str) -> str:
    """The text as it may stand in a file; plain numbers stay as they are."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def plain(text: str) -> str:
    """The text that `defused` was given."""
    return text[1:] if text.startswith("'") and _DEFUSED.match(text) else text
