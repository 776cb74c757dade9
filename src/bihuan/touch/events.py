"""What happens in the contact centre."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bihuan.core.event import Event


@dataclass(frozen=True, slots=True)
class TaskDone(Event):
    """A task was ticked off."""

    label = _("Done")

    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class MailFromStranger(Event):
    """A mail came from an address that no contact has; `wish` says what the mailbox wants with such (see mailbox.STRANGERS)."""

    label = _("Came from an unknown sender")

    wish: str = ""


@dataclass(frozen=True, slots=True)
class MailReturned(Event):
    """A report came that mails of ours could not be delivered: their Message-IDs, parted by blanks."""

    label = _("Reports mails that came back")

    message_ids: str = ""
