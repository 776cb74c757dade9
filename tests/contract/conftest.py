"""What the tests of pages share: somebody's browser, and records that two people hide from each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from bihuan.core.access import Actor
from bihuan.web.tests.conftest import browse
from tests.contract.world import World

__all__ = ["browse"]


@pytest.fixture
def world(lin: Actor, zhao: Actor, zhou: Actor) -> Iterator[World]:
    with time_machine.travel("2026-11-05 10:30+08:00", tick=False):
        yield World(lin, zhao, zhou)
