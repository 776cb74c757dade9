"""What the tests of pages share: somebody's browser, and records that two people hide from each other."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from bihuan.people import staff
from bihuan.web.tests.conftest import browse
from tests.cast import record
from tests.contract.world import World

__all__ = ["browse"]

NOW = "2026-11-05 10:30+08:00"


@pytest.fixture(scope="module")
def made_world(built: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all tests of a module, in a transaction around theirs: making it takes longer than most of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            made = World(*(staff.actor(record("user", username=login).pk) for login in ("lin", "zhao", "zhou")))
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(made_world: World, firm: None) -> Iterator[World]:
    """The world as it was made: what a test does to its records is rolled back, in memory too."""
    with time_machine.travel(NOW, tick=False):
        yield deepcopy(made_world)


@pytest.fixture
def one_moment() -> Iterator[None]:
    """The clock stands still: what is kept of somebody's rights is asked anew with each quarter of an hour, not within a test."""
    with time_machine.travel(timezone.now(), tick=False):
        yield
