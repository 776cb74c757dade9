"""Tasks: they are reminded of once, go on when they repeat, and are told of to whoever delegated them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine

from bihuan.core import event, registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.notify import Notification
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.commands import assign, finish_task, reopen_task
from bihuan.touch.models import Task
from bihuan.touch.reminder import remind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel(datetime.fromisoformat("2026-03-18T10:00+08:00"), tick=False):
        yield


def task(by: Actor, **inputs: Any) -> Any:
    return do(create, by=by, on=Task, **{"title": "回访", **inputs})


def told() -> list[tuple[int, str]]:
    return [(each.user_id, each.message % each.arguments) for each in Notification.objects.order_by("pk")]


def test_one_is_reminded_once_and_again_where_the_time_is_changed(lin: Actor) -> None:
    made = task(lin, remind_at="2026-03-18 10:30")
    asked = [datetime.fromisoformat(f"2026-03-18T{clock}:00+08:00") for clock in ("10:29", "10:30", "10:31")]
    assert [remind(now) for now in asked] == [0, 1, 0]
    assert told() == [(lin.user_id, "Reminder: “回访”.")]
    do(registry.commands(registry.desk("task"))["update"], made, by=lin, remind_at="2026-03-18 10:31")
    assert remind(asked[2]) == 1


def test_nobody_is_reminded_of_what_is_done_or_long_past(lin: Actor) -> None:
    do(finish_task, task(lin, remind_at="2026-03-18 09:30"), by=lin)
    task(lin, remind_at="2026-03-10 09:30")
    assert remind() == 0


def test_a_repeating_task_is_followed_by_the_next(lin: Actor, hengli: Any) -> None:
    made = task(
        lin,
        due_at="2026-03-17 16:00",
        remind_at="2026-03-17 15:30",
        repeat="weekly",
        account=hengli.pk,
        remark="问付款",
    )
    do(finish_task, made, by=lin)
    done, next = Task._base_manager.order_by("pk")
    assert (done.state, done.repeat, next.state, next.repeat) == ("done", "never", "open", "weekly")
    assert (next.title, next.owner_id, next.account_id, next.remark) == ("回访", lin.user_id, hengli.pk, "问付款")
    assert next.due_at.isoformat() == "2026-03-24T08:00:00+00:00"
    assert next.remind_at.isoformat() == "2026-03-24T07:30:00+00:00"


def test_a_task_that_is_done_twice_is_followed_once(lin: Actor) -> None:
    made = task(lin, due_at="2026-03-17 16:00", repeat="daily")
    for command in (finish_task, reopen_task, finish_task):
        do(command, made.pk, by=lin, on=Task)
    assert Task._base_manager.count() == 2


def test_a_series_ends_with_its_last_day(lin: Actor) -> None:
    do(finish_task, task(lin, due_at="2026-03-17 16:00", repeat="weekly", repeat_until="2026-03-23"), by=lin)
    assert Task._base_manager.count() == 1


def test_what_repeats_needs_a_first_time(lin: Actor) -> None:
    with pytest.raises(Invalid):
        task(lin, repeat="daily")


def test_whoever_delegated_a_task_hears_that_it_is_done(wang: Actor, lin: Actor, chen: Actor) -> None:
    given = task(wang, owner=lin.user_id)
    assert given.delegated_by_id == wang.user_id
    do(finish_task, given, by=lin)
    event.deliver()
    assert told() == [(wang.user_id, "林晓 has done “回访”.")]
    own = task(lin)
    assert own.delegated_by_id is None
    handed = do(assign, own, by=wang, owner=chen.user_id)
    assert (handed.owner_id, handed.delegated_by_id) == (chen.user_id, wang.user_id)
    do(finish_task, task(lin), by=lin)
    while event.deliver():
        pass
    assert (lin.user_id, "林晓 has done “回访”.") not in told()


def test_the_next_of_a_series_stays_delegated(wang: Actor, lin: Actor) -> None:
    given = task(wang, owner=lin.user_id, due_at="2026-03-17 16:00", repeat="daily")
    do(finish_task, given, by=lin)
    assert Task._base_manager.get(state="open").delegated_by_id == wang.user_id
