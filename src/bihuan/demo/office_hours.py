"""Days and hours counted from the demo's today: weekdays, and the hours in which the firm works."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


@dataclass(frozen=True)
class OfficeHours:
    today: date

    def day(self, offset: int) -> date:
        """The calendar day this many days from today."""
        return self.today + timedelta(days=offset)

    def workday(self, offset: int) -> date:
        """The weekday this many weekdays from today; today itself, whatever it is, for 0."""
        day, step = self.today, 1 if offset > 0 else -1
        for _ in range(abs(offset)):
            day += timedelta(days=step)
            while day.weekday() >= SATURDAY:
                day += timedelta(days=step)
        return day

    def weekday_before(self, day: date) -> date:
        """The day itself, or the Friday before when it falls on a weekend."""
        return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))

    def some_time(self, day: date, random: Random) -> datetime:
        """A time within working hours: 8:30 to 12:00 or 13:30 to 18:00."""
        minute = random.choice((random.randrange(510, 720), random.randrange(810, 1080)))
        return datetime.combine(day, time(minute // 60, minute % 60), ZONE)

    def at(self, day: date, clock: str) -> datetime:
        """The day at a time written 14:30."""
        return datetime.combine(day, time.fromisoformat(clock), ZONE)
