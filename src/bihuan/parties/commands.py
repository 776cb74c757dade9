"""What can be done with accounts and contacts."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.parties.contact import Contact
from bihuan.parties.pools import commands as pools  # noqa: F401  (declares them)


@command(
    Contact, label=_("Mailings"), icon="mail", needs="edit", local=True, told=True, refreshes=("header", "facts", "timeline"),
    labels={"reason": _("Reason")},
)  # fmt: skip
def set_mailings(contact: Contact, *, by: Actor, opted_out: bool, reason: str) -> None:
    """Note that somebody wants no mailings, or wants them again, and why; whoever wants none is left out of campaigns."""
    contact.opted_out_at = (contact.opted_out_at or timezone.now()) if opted_out else None
    contact.opted_out = opted_out
