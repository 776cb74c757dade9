"""What can be done with calendar accounts, in the order of their life."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.people.sealed import seal
from bihuan.touch.caldav.account import CalendarAccount


@command(
    CalendarAccount, label=_("Set password"), icon="key-round", needs="edit", is_offered=False, labels={"password": _("Password")}
)  # fmt: skip
def set_calendar_password(account: CalendarAccount, *, by: Actor, password: str) -> Iterable[Event]:
    """Keep the password of the calendar server; it is never shown again."""
    account.password = seal(password)
    return []


@command(
    CalendarAccount, label=_("Choose the calendar"), icon="calendar", needs="edit", is_offered=False,
    labels={"calendar": _("Address of the calendar"), "calendar_name": _("Calendar")},
)  # fmt: skip
def choose_calendar(account: CalendarAccount, *, by: Actor, calendar: str, calendar_name: str = "") -> Iterable[Event]:
    """Keep this calendar of the server in step from now on; what lies in a former one stays there as it is."""
    others = CalendarAccount._base_manager.filter(calendar=calendar, archived_at=None).exclude(pk=account.pk)
    if others.exists():  # two accounts would each take what the other has put there for something new
        raise Refused(_now("Another account keeps this calendar in step already."), "calendar")
    account.calendar, account.calendar_name = calendar, calendar_name
    return []
