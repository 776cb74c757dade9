"""Counting working time: from moment to moment over nights, weekends, holidays and the Saturdays that make up for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from chinese_calendar import holidays as free_days
from chinese_calendar import workdays as make_up_days
from django.utils import timezone

#: The last year whose public holidays and make-up working days (调休) have been published and are known.
KNOWN_UNTIL = max(free_days).year
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
#: From–to, as time since midnight.
Spans = tuple[tuple[timedelta, timedelta], ...]


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The hours of the seven weekdays, Monday first, and of the single days that differ from them.

    With `public` the public holidays of China and its make-up days count as well; a single day beats them.
    """

    weekdays: tuple[Spans, ...]
    days: Mapping[date, Spans] = field(default_factory=dict)
    public: bool = True

    def spans(self, day: date) -> Spans:
        """When work is done on a day."""
        if day in self.days:
            return self.days[day]
        if self.public and day in free_days:
            return ()
        if self.public and day in make_up_days:
            return self.made_up(day)
        return self.weekdays[day.weekday()]

    def made_up(self, day: date) -> Spans:
        """The hours of a day on which work is made up for: its own where it has some, else those of the first that has."""
        return self.weekdays[day.weekday()] or next(filter(None, self.weekdays), ())


def spans_of(text: str) -> Spans:
    """The spans that a text such as "09:00-12:00 13:00-18:00" tells, none for an empty one. Raises ValueError."""
    plain = text.translate({ord("："): ":", ord("－"): "-", ord("–"): "-", ord("，"): " ", ord(","): " "})
    spans: list[tuple[timedelta, timedelta]] = []
    for part in plain.split():
        figures = re.fullmatch(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)", part)
        if figures is None:
            raise ValueError(part)
        first, last = (
            timedelta(hours=int(hour), minutes=int(minute))
            for hour, minute in (figures.groups()[:2], figures.groups()[2:])
        )
        if not (spans[-1][1] if spans else timedelta()) <= first < last <= DAY:
            raise ValueError(part)
        spans.append((first, last))
    return tuple(spans)


_USUAL = spans_of("09:00-12:00 13:00-18:00")
#: The working time of a firm that has set none.
USUAL = WorkingTime((_USUAL,) * 5 + ((),) * 2)


def working_minutes(start: datetime, end: datetime, calendar: WorkingTime) -> int:
    """The whole minutes of work between two moments; 0 where the end lies before the start."""
    worked = timedelta()
    for begins, ends in _spans_from(start, calendar, until=end):
        worked += max(min(ends, end) - max(begins, start), timedelta())
    return worked // MINUTE


def after(start: datetime, minutes: int, calendar: WorkingTime) -> datetime:
    """The first moment at which so many minutes of work have been done since `start`; with 0 the start itself."""
    if minutes <= 0:
        return start
    left = minutes * MINUTE
    for begins, ends in _spans_from(start, calendar):
        worked = ends - max(begins, start)
        if worked >= left:
            return max(begins, start) + left
        left -= max(worked, timedelta())
    raise AssertionError("a calendar has working hours in every week")


def _spans_from(
    start: datetime, calendar: WorkingTime, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """The spans of work that have not ended at `start`, one after the other, in the firm's time zone and in UTC."""
    zone = timezone.get_default_timezone()
    day = start.astimezone(zone).date()
    last = until.astimezone(zone).date() if until is not None else None
    while last is None or day <= last:
        midnight = datetime.combine(day, datetime.min.time(), zone)
        for begins, ends in calendar.spans(day):
            # the clock on the wall first, then UTC: there a difference is time that has passed, also over a change of clocks
            span = (midnight + begins).astimezone(UTC), (midnight + ends).astimezone(UTC)
            if span[1] > start:
                yield span
        day += DAY
