"""Touches of one person at the same moment: all are written down, and make one wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import new

from bihuan.core.access import SYSTEM
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.models import Touchpoint, Waiting

#: Each stands for a colleague: what they write down, one after the other.
SAID = ("in", "in", "in", "out"), ("in", "in", "in", "in"), ("in", "out", "in", "in")


@pytest.mark.django_db(transaction=True)
def test_touches_that_are_written_down_at_once_make_one_wait(hengli: Any, zhangsan: Any) -> None:
    new("responserule", name="微信", channel="微信", first_minutes=30)

    def write(directions: tuple[str, ...]) -> list[int]:
        links = {"contact": zhangsan.pk, "account": hengli.pk}
        try:
            return [
                do(create, by=SYSTEM, on=Touchpoint, channel="微信", direction=each, at=timezone.now(), **links).pk
                for each in directions
            ]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(SAID)) as pool:
        written = [key for keys in pool.map(write, SAID) for key in keys]
    assert len(set(written)) == 12
    assert Waiting._base_manager.filter(state="waiting").count() <= 1
