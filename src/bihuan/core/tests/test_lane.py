"""Lanes of the worker: one that fails begins anew and disturbs no other."""

from __future__ import annotations

import threading

import pytest

from bihuan.core import lane


def test_a_lane_that_fails_begins_anew_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "_lanes", {})
    monkeypatch.setattr(lane, "PAUSE", 0.01)
    tried, went_on, finished, stopping = [], threading.Event(), threading.Event(), threading.Event()

    @lane.lane
    def failing(_stopping: threading.Event) -> None:
        tried.append(1)
        if len(tried) == 3:
            went_on.set()
        raise OSError("the server is away")

    @lane.lane
    def steady(stopping: threading.Event) -> None:
        stopping.wait()
        finished.set()

    with lane.running(stopping):
        assert went_on.wait(10)
        assert not finished.is_set()
    assert stopping.is_set() and finished.is_set()
    before = len(tried)
    assert not [each for each in threading.enumerate() if each.name.startswith(__name__)]
    assert len(tried) == before
