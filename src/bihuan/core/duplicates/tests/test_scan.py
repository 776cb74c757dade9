"""The search for pairs: what it finds, that it goes on where it stopped, and that two stay two once it is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from bihuan.core import job, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.duplicates import scan
from bihuan.core.duplicates.commands import tell_apart
from bihuan.core.duplicates.models import LikelyPair, MatchKey, Scan
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.parties.account import Account

pytestmark = pytest.mark.django_db
desk = registry.desk("account")


def search(by: Actor) -> job.Job:
    with transaction.atomic():
        queued = scan.queue(desk, by)
    job.perform(queued)
    assert queued.state == "done", queued.error
    return queued


def found() -> set[tuple[int, int]]:
    return set(LikelyPair.objects.filter(dismissed_at=None).values_list("low", "high"))


def new(name: str, **more: Any) -> int:
    return do(create, by=SYSTEM, on=Account, name=name, **more).pk


def test_the_same_and_the_almost_same(lin: Actor) -> None:
    first, twin = new("无锡蓝海环保设备有限公司"), new("蓝海环保设备")
    near, other = new("无锡蓝海环报设备有限公司"), new("无锡红山环卫设备有限公司")
    english, slip = new("Northern Lights Engineering Ltd"), new("Nothern Lights Engineering")
    search(lin)
    assert found() == {(first, twin), (first, near), (english, slip)}
    assert other
    scores = {(each.low, each.high): (each.score, each.reasons) for each in LikelyPair.objects.all()}
    assert scores[first, near][0] < scores[first, twin][0] + 10 and scores[first, twin][1] == ["name"]


def test_the_first_search_keys_what_had_no_keys(lin: Actor) -> None:
    pair = (new("同名一户"), new("同名一户"))
    MatchKey.objects.all().delete()
    search(lin)
    assert found() == {pair}


def test_the_next_search_looks_at_what_changed(lin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = new("同名一户"), new("同名一户")
    search(lin)
    monkeypatch.setattr(scan, "OVERLAP", scan.OVERLAP * 0)
    Scan.objects.update(up_to=Account.objects.latest("changed_at").changed_at)
    third = new("同名一户")
    assert search(lin).done <= 3
    assert found() == {(first, second), (first, third), (second, third)}
    do(update, Account.objects.get(pk=first), by=SYSTEM, name="改名一户")
    search(lin)
    assert found() == {(second, third)}


def test_two_stay_two(lin: Actor, chen: Actor, zhao: Actor) -> None:
    first, second = (do(create, by=lin, on=Account, name="同名一户", anyway=True) for _ in range(2))
    search(lin)
    with pytest.raises(Forbidden):
        do(tell_apart, first, by=chen, other=second.pk)
    with pytest.raises(NotFound):
        do(tell_apart, first, by=zhao, other=second.pk)
    do(tell_apart, second, by=lin, other=first.pk)
    do(update, first, by=lin, remark="又改了")
    search(lin)
    assert found() == set()


def test_one_search_at_a_time(lin: Actor, zhou: Actor) -> None:
    with transaction.atomic():
        assert scan.queue(desk, lin).pk == scan.queue(desk, zhou).pk
