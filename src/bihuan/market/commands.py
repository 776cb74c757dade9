"""What can be done with campaigns, in the order of their life."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.market.campaign import Campaign


@command(Campaign, "planned", "paused", to="running", label=_("Start"), icon="play", needs="edit")
def start_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign runs from now on."""
    campaign.starts_on = campaign.starts_on or timezone.localdate()


@command(Campaign, "running", to="paused", label=_("Pause"), icon="hourglass", needs="edit")
def pause_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign rests for a while."""


@command(Campaign, "running", "paused", to="finished", label=_("Finish"), icon="check", needs="edit")
def finish_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign is over; what still comes in is counted all the same."""
    campaign.ends_on = campaign.ends_on or timezone.localdate()


@command(Campaign, "planned", "running", "paused", to="cancelled", label=_("Call off"), icon="ban", needs="edit")
def cancel_campaign(campaign: Campaign, *, by: Actor) -> None:
    """The campaign does not take place."""
