"""The worker's rounds."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from bihuan.core import chore
from bihuan.core.chore import Chore, Rounds


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which chores were done, in their order; the second always fails."""
    told: list[str] = []

    def fail() -> None:
        told.append("second")
        raise ValueError("broken")

    chores = [Chore(lambda: told.append("first"), 60), Chore(fail, 60), Chore(lambda: told.append("third"), 600)]
    monkeypatch.setattr(chore, "_chores", chores)
    return told


def test_each_is_done_when_it_is_due_whether_or_not_another_fails(
    done: list[str], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    now = 1000.0
    monkeypatch.setattr(chore.time, "monotonic", lambda: now)
    rounds = Rounds()
    rounds.go()
    assert done == ["first", "second", "third"]
    assert "broken" in caplog.text
    now += 30
    rounds.go()
    assert len(done) == 3
    now += 31
    rounds.go()
    assert done[3:] == ["first", "second"]


def test_an_outage_is_no_fault_of_a_chore(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(chore, "_chores", [Chore(cut_off, 60)])
    monkeypatch.setattr(chore, "outage_of", lambda error: error)
    with pytest.raises(OperationalError):
        Rounds().go()


def test_the_rooms_have_declared_theirs() -> None:
    names = {each.do.__name__ for each in chore._chores}
    assert {"seal", "tell_owners", "sweep", "look", "keep", "remind", "escalate"} <= names
