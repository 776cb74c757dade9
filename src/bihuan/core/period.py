"""Spans of whole months: a year, a quarter, a month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Period:
    """`size` months (12, 3 or 1) from the first day of `start` on."""

    start: date
    size: int

    @classmethod
    def read(cls, text: str) -> Period | None:
        """2026, 2026-Q1 or 2026-03; None for anything else."""
        match = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", text)
        if match is None or not 1970 <= int(match[1]) <= 9000:
            return None
        if match[2]:
            return cls(date(int(match[1]), int(match[2]) * 3 - 2, 1), 3)
        return cls(date(int(match[1]), int(match[3] or 1), 1), 1 if match[3] else 12)

    @classmethod
    def around(cls, day: date, size: int) -> Period:
        """The year, quarter or month that a day lies in."""
        return cls(date(day.year, (day.month - 1) // size * size + 1, 1), size)

    def __str__(self) -> str:
        """As `read` understands it, and as pages show it."""
        if self.size == 3:
            return f"{self.start.year}-Q{self.start.month // 3 + 1}"
        return str(self.start.year) if self.size == 12 else f"{self.start:%Y-%m}"

    @property
    def end(self) -> date:
        """The day after the last."""
        return self._shifted(self.size)

    @property
    def months(self) -> tuple[date, ...]:
        """The first day of each month."""
        return tuple(self._shifted(n) for n in range(self.size))

    @property
    def before(self) -> Period:
        return Period(self._shifted(-self.size), self.size)

    @property
    def after(self) -> Period:
        return Period(self.end, self.size)

    def _shifted(self, months: int) -> date:
        count = self.start.year * 12 + self.start.month - 1 + months
        return date(count // 12, count % 12 + 1, 1)

    def passed(self, today: date) -> int:
        """How much of it has gone by at the end of a day, in per cent."""
        gone, whole = (today - self.start).days + 1, (self.end - self.start).days
        return min(100, max(0, round(gone * 100 / whole)))

    def moments(self) -> tuple[datetime, datetime]:
        """Its beginning and its end as points in time, in the time zone in force."""
        return tuple(timezone.make_aware(datetime.combine(day, time())) for day in (self.start, self.end))  # type: ignore[return-value]
