"""When a series goes on: table-driven, and against another implementation of the standard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.touch.recurrence import FREQUENCY, following

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("first", "repeat", "after", "until", "next"),
    [
        ("2026-03-18 09:00", "daily", "2026-03-18 08:00", None, "2026-03-19 09:00"),
        (
            "2026-03-18 09:00",
            "daily",
            "2026-03-25 08:00",
            None,
            "2026-03-25 09:00",
        ),  # days that were missed are not made up
        ("2026-03-18 09:00", "weekly", "2026-03-18 10:00", None, "2026-03-25 09:00"),
        ("2026-01-31 09:00", "monthly", "2026-01-31 10:00", None, "2026-03-31 09:00"),
        ("2026-12-15 09:00", "monthly", "2026-12-15 10:00", None, "2027-01-15 09:00"),
        ("2024-02-29 09:00", "yearly", "2024-02-29 10:00", None, "2028-02-29 09:00"),
        ("2026-03-18 09:00", "weekly", "2026-03-18 10:00", "2026-03-25", "2026-03-25 09:00"),
        ("2026-03-18 09:00", "weekly", "2026-03-18 10:00", "2026-03-24", None),
        ("2026-03-18 09:00", "never", "2026-03-18 10:00", None, None),
    ],
)
def test_the_next_time(first: str, repeat: str, after: str, until: str | None, next: str | None) -> None:
    last = date.fromisoformat(until) if until else None
    assert following(at(first), repeat, at(after), last) == (at(next) if next else None)


_moments = st.integers(0, 6 * 365 * 24 * 60).map(lambda minute: at("2023-01-01") + timedelta(minutes=minute))


@settings(max_examples=60, deadline=None)
@given(_moments, _moments, st.sampled_from(sorted(FREQUENCY)))
def test_as_others_read_the_standard(first: datetime, after: datetime, repeat: str) -> None:
    series = rrule.rrule(getattr(rrule, FREQUENCY[repeat]), dtstart=first.replace(tzinfo=None))
    expected = series.after(max(first, after).replace(tzinfo=None))
    assert following(first, repeat, after) == expected.replace(tzinfo=SHANGHAI)
