"""Merges at the same moment: of two that want the same record one wins, the other is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from bihuan.core.access import Actor
from bihuan.core.errors import Refused
from bihuan.core.merge.commands import merge, unmerge
from bihuan.core.merge.models import Merge
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.parties.account import Account


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each came to: its result, or its refusal."""
    together = Barrier(len(works))

    def begin(work: Callable[[], Any]) -> Any:
        try:
            together.wait()
            return work()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def accounts(by: Actor, count: int) -> list[Account]:
    return [do(create, by=by, on=Account, name=f"抢{n}户") for n in range(count)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ways", [((0, 1), (2, 1)), ((0, 1), (1, 0)), ((0, 1), (0, 1)), ((0, 1), (1, 2))])
def test_one_wins(lin: Actor, ways: Any) -> None:
    """Into two, into each other, the same one twice, and one that is on its way into another."""
    records = accounts(lin, 3)
    came = at_once(*[lambda way=way: do(merge, records[way[0]], by=lin, others=[records[way[1]].pk]) for way in ways])
    refusals = [each for each in came if isinstance(each, Refused)]
    if ways == ((0, 1), (1, 2)) and not refusals:  # the second was first: then both can be done
        assert Merge.objects.count() == 2
        return
    assert len(refusals) == 1 and "has been merged" in refusals[0].sentence
    assert Merge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_undone_once(lin: Actor) -> None:
    first, second = accounts(lin, 2)
    do(merge, first, by=lin, others=[second.pk])
    key = Merge.objects.get().pk
    came = at_once(*[lambda: do(unmerge, first, by=lin, merge=key)] * 3)
    assert sum(isinstance(each, Refused) for each in came) == 2
    assert Account.objects.get(pk=second.pk).archived_at is None
