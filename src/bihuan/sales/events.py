"""What happens to leads and opportunities."""

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


@dataclass(frozen=True, slots=True)
class LeadConverted(Event):
    """A lead became a contact, an account and perhaps an opportunity (0: none)."""

    label = _("Converted")

    account_id: int = 0
    contact_id: int = 0
    opportunity_id: int = 0


@dataclass(frozen=True, slots=True)
class LeadDisqualified(Event):
    """A lead turned out to be none."""

    label = _("Found to be none")


@dataclass(frozen=True, slots=True)
class LeadUnassigned(Event):
    """A lead was given back, for the rules to find it another owner."""

    label = _("Given back to the rules")


@dataclass(frozen=True, slots=True)
class MailingClicked(Event):
    """Somebody followed a link of a mailing for the first time."""

    label = _("Followed a link")
