"""Working time: counted over nights, weekends, holidays and make-up days, and the inverse of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import new

from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.people.unit import Unit
from bihuan.people.work_calendar import WorkCalendar, working_time
from bihuan.people.working_time import KNOWN_UNTIL, USUAL, WorkingTime, after, spans_of, working_minutes

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


#: From, to, minutes. 2026-03-18 is a Wednesday.
COUNTED = (
    ("03-18 10:00", "03-18 10:45", 45),
    ("03-18 08:00", "03-18 09:30", 30),  # before work begins nothing counts
    ("03-18 11:30", "03-18 13:30", 60),  # neither does the pause at noon
    ("03-18 17:30", "03-19 09:30", 60),  # nor the night
    ("03-20 17:00", "03-23 10:00", 120),  # nor the weekend
    ("03-21 10:00", "03-22 10:00", 0),
    ("04-30 17:00", "05-06 10:00", 120),  # the holidays of May
    ("05-09 09:00", "05-09 12:00", 180),  # the Saturday that makes up for them
    ("05-08 17:00", "05-11 09:30", 60 + 480 + 30),
    ("03-18 10:45", "03-18 10:00", 0),
    ("03-18 10:00:00", "03-18 10:00:59", 0),
)


@pytest.mark.parametrize(("start", "end", "minutes"), COUNTED)
def test_minutes_between_two_moments(start: str, end: str, minutes: int) -> None:
    assert working_minutes(at(start), at(end), USUAL) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("03-18 10:00", 30, "03-18 10:30"),
        ("03-18 11:45", 30, "03-18 13:15"),
        ("03-18 17:45", 30, "03-19 09:15"),
        ("03-18 02:00", 30, "03-18 09:30"),
        ("03-20 17:45", 30, "03-23 09:15"),
        ("05-01 10:00", 30, "05-06 09:30"),
        ("05-08 17:45", 30, "05-09 09:15"),
        ("03-18 10:00", 0, "03-18 10:00"),
        ("03-18 17:30", 30, "03-18 18:00"),  # the very end of the day, not the next morning
    ],
)
def test_the_moment_when_the_time_is_up(start: str, minutes: int, end: str) -> None:
    assert after(at(start), minutes, USUAL) == at(end)


def test_single_days_beat_holidays_and_weeks() -> None:
    special = {date(2026, 5, 1): spans_of("10:00-11:00"), date(2026, 3, 18): ()}
    calendar = WorkingTime(USUAL.weekdays, special)
    assert working_minutes(at("05-01 00:00"), at("05-02 00:00"), calendar) == 60
    assert working_minutes(at("03-18 00:00"), at("03-19 00:00"), calendar) == 0
    assert working_minutes(at("05-02 00:00"), at("05-03 00:00"), calendar) == 0


def test_a_firm_elsewhere_counts_without_the_holidays_of_china() -> None:
    calendar = WorkingTime(USUAL.weekdays, public=False)
    assert working_minutes(at("05-01 09:00"), at("05-01 12:00"), calendar) == 180
    assert working_minutes(at("05-09 09:00"), at("05-09 12:00"), calendar) == 0


def test_hours_pass_midnight_and_clocks_are_changed(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    always = WorkingTime((spans_of("00:00-24:00"),) * 7, public=False)
    night = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)  # a day of 23 hours
    assert working_minutes(*night, always) == 23 * 60
    assert after(night[0], 23 * 60, always) == night[1]


def test_a_year_that_is_not_known_has_weekends_alone() -> None:
    new_year = datetime(KNOWN_UNTIL + 1, 1, 1, tzinfo=SHANGHAI)
    assert working_minutes(new_year, new_year + timedelta(days=7), USUAL) == 5 * 480


_minute = st.integers(0, 24 * 60)
_moments = st.integers(0, 570_000).map(
    lambda minute: at("01-01 00:00") - timedelta(days=30) + timedelta(minutes=minute)
)


@st.composite
def _spans(draw: Any) -> tuple[tuple[timedelta, timedelta], ...]:
    ends = sorted(draw(st.lists(_minute, max_size=6, unique=True)))
    return tuple((timedelta(minutes=a), timedelta(minutes=b)) for a, b in zip(ends[::2], ends[1::2], strict=False))


@st.composite
def _calendars(draw: Any) -> WorkingTime:
    week = tuple(draw(_spans()) for _day in range(6))
    days = draw(st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), _spans(), max_size=5))
    return WorkingTime((*week, spans_of("09:00-10:00")), days, draw(st.booleans()))


@settings(max_examples=80, deadline=None)
@given(_moments, st.integers(0, 5000), _calendars())
def test_after_so_many_minutes_so_many_have_been_worked(start: datetime, minutes: int, calendar: WorkingTime) -> None:
    end = after(start, minutes, calendar)
    assert working_minutes(start, end, calendar) == minutes
    if minutes:
        assert working_minutes(start, end - timedelta(seconds=1), calendar) == minutes - 1


@settings(max_examples=80, deadline=None)
@given(_moments, _moments, _moments, _calendars())
def test_the_parts_of_a_time_add_up(one: datetime, two: datetime, three: datetime, calendar: WorkingTime) -> None:
    first, middle, last = sorted((one, two, three))
    parts = working_minutes(first, middle, calendar) + working_minutes(middle, last, calendar)
    assert working_minutes(first, last, calendar) == parts
    assert parts <= (last - first) / timedelta(minutes=1)


@pytest.mark.parametrize("text", ["9", "09:00-08:00", "09:00-12:00 11:00-13:00", "25:00-26:00", "09:00-09:60", "a-b"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        spans_of(text)


def test_hours_as_a_chinese_keyboard_writes_them() -> None:
    assert spans_of("09：00－12：00，13：00－18：00") == spans_of("09:00-12:00 13:00-18:00")


@pytest.mark.django_db
def test_a_unit_keeps_the_calendar_of_the_unit_above_it(firm: None) -> None:
    east, team, south = (Unit._base_manager.get(name=name) for name in ("华东", "一部", "华南"))
    calendar = new("workcalendar", name="华东", units=[east.pk], saturday="09:00-12:00")
    assert len(working_time(team.pk).weekdays[5]) == 1
    assert working_time(south.pk) == USUAL == working_time(None)
    new("calendarday", calendar=calendar.pk, date="2026-03-18", kind="holiday", name="厂庆")
    assert working_time(team.pk).spans(date(2026, 3, 18)) == ()


@pytest.mark.django_db
def test_a_calendar_in_which_nobody_works_is_refused(zhou: Actor) -> None:
    free = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "")
    with pytest.raises(Invalid):
        new("workcalendar", name="空", **free)
    with pytest.raises(Invalid):
        new("workcalendar", name="乱", monday="九点")
    assert not WorkCalendar._base_manager.filter(name__in=("空", "乱")).exists()
