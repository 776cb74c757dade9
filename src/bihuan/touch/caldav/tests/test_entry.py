"""Entries of calendars: hostile ones are read without harm, and a change keeps whatever else an entry says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bihuan.core.outbound import Failed
from bihuan.touch.caldav.entry import NOTES, made, read
from bihuan.touch.caldav.server import _tree
from bihuan.touch.caldav.tests.conftest import entry


@given(some.text(alphabet="BEGIN:VTODOUID;=\r\n20310318TZ\x00周\ud800", max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert read(f"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\n{text}\r\nEND:VTODO\r\nEND:VCALENDAR").note in ("", *NOTES)


def test_an_entry_that_is_made_is_read_back() -> None:
    values = read(
        entry("VTODO", "a", "SUMMARY:甲;乙", "DUE:20310318T010000Z", "PRIORITY:2", "RRULE:FREQ=MONTHLY")
    ).values
    again = read(made("VTODO", "b", values))
    assert (again.uid, again.values) == ("b", values)


@pytest.mark.parametrize("year", ["0001", "1600", "9999"])
def test_a_year_that_nobody_meant_is_left_alone(year: str) -> None:
    assert read(entry("VTODO", "a", "SUMMARY:甲", f"DUE:{year}0101T000000Z")).note == "unreadable"


def test_a_server_that_declares_entities_is_not_read() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(Failed, match="DOCTYPE"):
        _tree(f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{laughs}]><d>&l11;</d>'.encode())
