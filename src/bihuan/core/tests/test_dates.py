"""The spans of time that filters name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.core import dates

TUESDAY = date(2026, 3, 17)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", "2026-03-17", "2026-03-17"),
        ("yesterday", "2026-03-16", "2026-03-16"),
        ("tomorrow", "2026-03-18", "2026-03-18"),
        ("this_week", "2026-03-16", "2026-03-22"),
        ("last_week", "2026-03-09", "2026-03-15"),
        ("next_week", "2026-03-23", "2026-03-29"),
        ("this_month", "2026-03-01", "2026-03-31"),
        ("last_month", "2026-02-01", "2026-02-28"),
        ("next_month", "2026-04-01", "2026-04-30"),
        ("this_quarter", "2026-01-01", "2026-03-31"),
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("next_quarter", "2026-04-01", "2026-06-30"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("last_30_days", "2026-02-16", "2026-03-17"),
        ("next_7_days", "2026-03-17", "2026-03-23"),
        ("last_1_days", "2026-03-17", "2026-03-17"),
    ],
)
def test_a_span_has_a_first_and_a_last_day(name: str, first: str, last: str) -> None:
    start, end = dates.span(name, TUESDAY)
    assert (str(start), str(end - timedelta(1))) == (first, last)


def test_open_spans() -> None:
    assert dates.span("past", TUESDAY) == (None, TUESDAY)
    assert dates.span("future", TUESDAY) == (TUESDAY + timedelta(1), None)


@pytest.mark.parametrize("name", ["", "this", "this_day", "last_x_days", "last_99999_days", "this_week_", "every_week"])
def test_what_is_no_span(name: str) -> None:
    assert dates.span(name, TUESDAY) is None


days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))


@given(days, st.sampled_from(["week", "month", "quarter", "year"]))
def test_spans_join_without_gap_and_hold_their_day(today: date, unit: str) -> None:
    spans = [dates.span(f"{which}_{unit}", today) for which in ("last", "this", "next")]
    assert spans[0][1] == spans[1][0] <= today < spans[1][1] == spans[2][0]


@given(days)
def test_a_day_is_read_in_every_way_it_is_written(day: date) -> None:
    for text in (
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
    ):
        assert dates.read_date(text) == day
    assert dates.read_date(f"{day.month}/{day.day}/{day.year}", "mdy") == day
    assert dates.read_date(f"{day.day}.{day.month}.{day.year}", "dmy") == day
