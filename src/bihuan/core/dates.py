"""Dates as people write them, and the spans that filters name ("this_month", "last_30_days")."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime

#: How the three figures of 3/1/2017 are to be read; decided per column by an import.
ORDERS = ("ymd", "mdy", "dmy")


def read_date(text: str, order: str = "ymd") -> date | None:
    """2026-03-17, 2026/3/17, 2026年3月17日, 20260317, or by `order` 3/17/2026. None when it is no date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    whole = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain)
    figures = whole.groups() if whole else _figures(plain)
    if figures is None:
        return None
    if len(figures[0]) == 4:
        year, month, day = figures
    elif order == "mdy":
        month, day, year = figures
    elif order == "dmy":
        day, month, year = figures
    else:
        return None
    try:
        return date(_full(year), int(month), int(day))
    except ValueError:
        return None


def _full(year: str) -> int:
    """A year of two figures lies between 1969 and 2068, as POSIX has it. Raises ValueError for one or three."""
    if len(year) == 2:
        return int(year) + (1900 if int(year) >= 69 else 2000)
    if len(year) != 4:
        raise ValueError(year)
    return int(year)


def figures(text: str) -> tuple[str, ...] | None:
    """The three figures of a date in the order they are written; None when it is none, or names its year first."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _figures(plain.split(" ")[0].split("T")[0])
    return None if found is None or len(found[0]) == 4 else found


def _figures(plain: str) -> tuple[str, ...] | None:
    match = re.fullmatch(r"(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?(?:[T ]0{1,2}:00(?::00)?)?", plain)
    return match.groups() if match else None


def read_moment(text: str, order: str = "ymd") -> datetime | None:
    """A date with a time of day, or ISO 8601 with an offset; a date alone is midnight. None when it is neither."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        exact = parse_datetime(plain)
    except ValueError:
        return None
    if exact is not None:
        return exact
    match = re.fullmatch(r"(.+?)[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?", plain)
    day = read_date(match[1] if match else plain, order)
    if day is None:
        return None
    try:
        clock = time(*(int(part or 0) for part in (match.groups()[1:] if match else ())))
    except ValueError:
        return None
    return datetime.combine(day, clock)


SPANS = (
    "today",
    "yesterday",
    "tomorrow",
    "this_week",
    "last_week",
    "next_week",
    "this_month",
    "last_month",
    "next_month",
    "this_quarter",
    "last_quarter",
    "next_quarter",
    "this_year",
    "last_year",
    "past",
    "future",
)


def span(name: str, today: date | None = None) -> tuple[date | None, date | None] | None:
    """First day and the day after the last of a named span; None in a pair means open. None when there is no such span.

    Beside SPANS: last_N_days and next_N_days, both with today.
    """
    today = today or timezone.localdate()
    counted = re.fullmatch(r"(last|next)_(\d{1,4})_days", name)
    if counted:
        days = timedelta(int(counted[2]))
        return (today - days + timedelta(1), today + timedelta(1)) if counted[1] == "last" else (today, today + days)
    if name in ("past", "future"):
        return (None, today) if name == "past" else (today + timedelta(1), None)
    if name in ("today", "yesterday", "tomorrow"):
        start = today + timedelta({"today": 0, "yesterday": -1, "tomorrow": 1}[name])
        return start, start + timedelta(1)
    which, _, unit = name.partition("_")
    shift = {"last": -1, "this": 0, "next": 1}.get(which)
    if shift is None or unit not in ("week", "month", "quarter", "year"):
        return None
    return _shifted(today, unit, shift), _shifted(today, unit, shift + 1)


def _shifted(today: date, unit: str, shift: int) -> date:
    """First day of the week, month, quarter or year that lies `shift` units from today's."""
    if unit == "week":
        return today - timedelta(today.weekday()) + timedelta(7 * shift)
    size = {"month": 1, "quarter": 3, "year": 12}[unit]
    months = today.year * 12 + (today.month - 1) // size * size + shift * size
    return date(months // 12, months % 12 + 1, 1)


def midnight(day: date) -> datetime:
    """The moment at which a day begins here."""
    return timezone.make_aware(datetime.combine(day, time())).astimezone(UTC)


def earlier(*told: date | datetime | None) -> datetime:
    """The first of these that is told and lies behind, else now: since when something brought along from elsewhere has been so."""
    now = timezone.now()
    moments = (each if isinstance(each, datetime) else midnight(each) for each in told if each is not None)
    return next((each for each in moments if each < now), now)
