"""What happens to opportunities."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bihuan.core.event import Event


@dataclass(frozen=True, slots=True)
class OpportunityWon(Event):
    """A deal was won."""

    label = _("Won")


@dataclass(frozen=True, slots=True)
class OpportunityLost(Event):
    """A deal was lost or given up."""

    label = _("Lost")


@dataclass(frozen=True, slots=True)
class RivalNamed(Event):
    """A new deal came with its main competitor."""

    label = _("Came with a competitor")
