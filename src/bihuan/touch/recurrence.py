"""What repeats: the same time of day every day, week, month or year, as iCalendar's RRULE has it (RFC 5545, 3.3.10).

A month without the day, or a year without the 29th of February, is left out.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

REPEATS = {
    "never": _("Does not repeat"),
    "daily": _("Every day"),
    "weekly": _("Every week"),
    "monthly": _("Every month"),
    "yearly": _("Every year"),
}
#: Calendars call it by these names.
FREQUENCY = {"daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY", "yearly": "YEARLY"}
_DAYS = {"daily": 1, "weekly": 7}
_MONTHS = {"monthly": 1, "yearly": 12}


def following(first: datetime, repeat: str, after: datetime, until: date | None = None) -> datetime | None:
    """The next time of a series that begins with `first`, later than both it and `after`; None when the series is over.

    `until` is the last day on which it may lie. Days and times are those of the firm's clock.
    """
    zone = timezone.get_default_timezone()
    start, now = first.astimezone(zone), after.astimezone(zone)
    for day in _days(start.date(), repeat, max(start.date(), now.date())):
        if until is not None and day > until:
            return None
        found = datetime.combine(day, start.time(), zone)
        if found > max(start, now):
            return found
    return None


def _days(first: date, repeat: str, near: date) -> Iterator[date]:
    """The days of a series from about `near` on, up to the last day that there is."""
    if repeat in _DAYS:
        step = timedelta(_DAYS[repeat])
        day = first + (near - first) // step * step
        while True:
            yield day
            if day > date.max - step:
                return
            day += step
    if repeat in _MONTHS:
        every, month = _MONTHS[repeat], first.year * 12 + first.month - 1
        month += (near.year * 12 + near.month - 1 - month) // every * every
        while month // 12 <= MAXYEAR:
            if first.day <= monthrange(month // 12, month % 12 + 1)[1]:
                yield date(month // 12, month % 12 + 1, first.day)
            month += every
