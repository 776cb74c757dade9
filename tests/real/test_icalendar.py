"""Calendars that other programs have written, many of them broken: read without harm, and left as they are on a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bihuan.core.access import Actor
from bihuan.touch.caldav import sync
from bihuan.touch.caldav.entry import NOTES, patched, read
from bihuan.touch.caldav.tests.conftest import There, loopback, radicale, state, there
from bihuan.touch.models import CalendarItem

__all__ = ["loopback", "radicale", "state", "there"]


def samples(data: Path) -> dict[str, str]:
    found = {
        path.name: path.read_bytes().decode("utf-8", "replace") for path in sorted((data / "icalendar").glob("*.ics"))
    }
    assert len(found) > 60
    return found


def test_every_sample_is_read_or_says_why_not(data: Path) -> None:
    understood = 0
    for name, text in samples(data).items():
        found = read(text)
        assert found.values or found.note in NOTES, name
        if found.values:
            understood += 1
            changed = {**found.values, "title": "改过的题目"}
            assert read(patched(text, changed)).values == changed, name
            assert patched(text, found.values) == text, name
    assert understood > 10


@pytest.mark.django_db
def test_whatever_the_server_holds_nothing_breaks_and_nothing_is_lost(
    data: Path, lin: Actor, state: Any, there: There
) -> None:
    refused = [text for text in samples(data).values() if there.put(text) >= 300]
    before = {path: there.text(path) for path in there.paths()}
    assert len(before) > 15
    sync.visit(state)
    assert (state.failure, state.detail) == ("", "")
    items = CalendarItem.objects.all()
    assert {each.href.removeprefix(there.server.address.rstrip("/")) for each in items} == set(before)
    assert not items.filter(about="", note="").exists(), "what is no task says why"
    sync.visit(state)
    assert {path: there.text(path) for path in there.paths()} == before
    visit = sync.Visit(state, lin)
    for number, text in enumerate(refused):  # as from a server that takes anything
        listed = {each.href: each.etag for each in items.all()}
        visit.take(visit.unknown(f"{there.url}{number}.ics", text, listed), f'"{number}"', text)
    assert items.all().count() == len(before) + len(refused) and not items.filter(about="", note="").exists()
