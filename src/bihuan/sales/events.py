"""What happens to opportunities."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.core.event import Event


@dataclass(frozen=True, slots=True)
class OpportunityWon(Event):
    """A deal was won."""


@dataclass(frozen=True, slots=True)
class OpportunityLost(Event):
    """A deal was lost or given up."""
