"""Calls with a key: one effect, however often and however nearly at once they are sent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bihuan.core import once as module
from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Refused
from bihuan.core.once import Once, Reused, once
from bihuan.core.run import do
from bihuan.core.verbs import create

account = registry.desk("account").model


def make(by: Actor, key: str, name: str) -> Any:
    """Make an account unless the key has made one; returns its number."""
    with once(by, key, name) as call:
        if call.answer is None:
            call.answer = do(create, by=SYSTEM, on=account, name=name).number
        return call.answer


def made(name: str) -> int:
    return account._base_manager.filter(name=name).count()


@pytest.mark.django_db
def test_the_repeat_gets_the_first_answer(lin: Actor, zhao: Actor) -> None:
    first = make(lin, "k", "甲")
    assert make(lin, "k", "甲") == first
    assert made("甲") == 1
    assert make(zhao, "k", "甲") != first  # everybody's keys are their own
    assert make(lin, "l", "甲") != first
    assert made("甲") == 3


@pytest.mark.django_db
def test_a_key_stands_for_one_call(lin: Actor) -> None:
    make(lin, "k", "甲")
    with pytest.raises(Reused):
        make(lin, "k", "乙")
    assert made("乙") == 0


@pytest.mark.django_db
@pytest.mark.parametrize("undo", ["refused", "rolled back"])
def test_what_left_nothing_leaves_its_key_free(undo: str, lin: Actor) -> None:
    if undo == "refused":
        with pytest.raises(Refused):
            make(lin, "k", "")
    else:
        with once(lin, "k", "甲"):
            do(create, by=SYSTEM, on=account, name="甲")
            transaction.set_rollback(True)
    assert (made("甲"), Once.objects.count()) == (0, 0)
    make(lin, "k", "甲")
    assert made("甲") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201, "\x00", "键", "a\nb"])
def test_what_is_no_key_is_refused(key: str, lin: Actor) -> None:
    with pytest.raises(Refused, match="plain characters"):
        make(lin, key, "甲")


@pytest.mark.django_db
def test_old_keys_are_thrown_away(lin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEPT", 1)
    make(lin, "old", "甲")
    make(lin, "new", "乙")
    Once.objects.filter(key="old").update(at=timezone.now() - module.KEPT - timedelta(seconds=1))
    make(lin, "newest", "丙")
    assert set(Once.objects.values_list("key", flat=True)) == {"new", "newest"}


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_have_one_effect(lin: Actor, together: Callable[..., list[Any]]) -> None:
    answers = together(50, lambda _n: make(lin, "k", "同时"))
    assert (made("同时"), len(set(answers))) == (1, 1)


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """`together(50, call)` begins `call(n)` in so many threads at the same moment."""

    def run(count: int, call: Callable[[int], Any]) -> list[Any]:
        barrier = Barrier(count)

        def one(n: int) -> Any:
            barrier.wait()
            try:
                return call(n)
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return run
