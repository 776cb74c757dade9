"""A row on its way through an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Which record a row means: the name of a key, and its value as it would be stored.
Key = tuple[str, Any]


@dataclass(slots=True, eq=False)
class Line:
    """Its place in the file, its cells, what it gives, and what it waits for."""

    number: int
    cells: list[str]
    inputs: dict[str, Any] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    pk: int | None = None
