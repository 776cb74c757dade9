"""What happens in the contact centre."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.core.event import Event


@dataclass(frozen=True, slots=True)
class TaskDone(Event):
    """A task was ticked off."""
