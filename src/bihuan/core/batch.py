"""The parts of a batch: what is asked, what becomes of it on its way through `run`, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.core.kind import read_key


@dataclass(slots=True)
class Call:
    """One use of a command: its inputs, the record it is about and the version of it that the caller has seen.

    An `exact` call is refused when the record has changed since at all, any other when the same fields have. One of
    `history` brings along what was over before: a stage that means lost does not ask it for fields that nobody knows any more.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    record: Any = None
    version: int | None = None
    exact: bool = False
    history: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """A call on its way through the batch. `before` is the record as it was loaded."""

    index: int
    call: Call
    record: Any = None
    before: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    links: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    refusal: Refused | None = None

    @property
    def is_new(self) -> bool:
        return not self.before

    @property
    def former(self) -> dict[str, Any]:
        """The record as it was, with those of its links to several that were given anew."""
        return self.before and self.before | {name: old for name, (old, _new) in self.links.items()}

    @property
    def key(self) -> int | None:
        """The primary key of the record that the call names; None where it can be none."""
        return read_key(getattr(self.call.record, "pk", self.call.record))

    def joined(self, name: str) -> set[int]:
        """The keys of further records that the call names in an input."""
        raw = self.call.inputs.get(name) or ()
        parts = raw if isinstance(raw, (list, tuple, set)) else str(raw).split(",")
        return {key for part in parts if (key := read_key(getattr(part, "pk", part))) is not None}


@dataclass(slots=True)
class Outcome:
    """What came of a batch: `records` in the order of the calls (None where refused) and the refusals by position."""

    records: list[Any]
    refusals: dict[int, Refused]
