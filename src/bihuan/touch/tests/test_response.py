"""Waiting for an answer: which touch starts a clock, how long it runs, what stops it, and who hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine
from tests.cast import new

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Forbidden, Invalid, Refused
from bihuan.core.notify import Notification
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, update
from bihuan.people.user import User
from bihuan.touch.commands import dismiss
from bihuan.touch.models import Touchpoint, Waiting
from bihuan.touch.response import escalate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

#: A Wednesday on which everybody works, in the evening, so that the whole day is fresh.
EVENING = "2026-03-18 19:00+08:00"


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(datetime.fromisoformat(EVENING), tick=False):
        yield


@pytest.fixture
def rules(firm: None) -> None:
    """WeChat within half an hour, of level A within ten minutes; missed calls within an hour; any other waits for nothing."""
    new("responserule", name="微信", channel="微信", first_minutes=30, further_minutes=120, escalate_minutes=60)
    new("responserule", name="A 微信", channel="微信", level="A", first_minutes=10, further_minutes=20)
    new("responserule", name="未接", channel="电话", outcome="甲", first_minutes=60)


def touch(
    by: Actor, clock: str, *, direction: str = "in", channel: str = "微信", day: str = "2026-03-18", **inputs: Any
) -> Any:
    given = {"channel": channel, "direction": direction, "at": f"{day} {clock}", "text": clock}
    return do(create, by=by, on=Touchpoint, **given, **inputs)


def waits() -> list[tuple[str, str]]:
    """What each wait waits for, and how it stands."""
    rows = Waiting._base_manager.order_by("pk").select_related("touchpoint")
    return [(each.touchpoint.text, each.state) for each in rows]


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        ("10:00", "2026-03-18T02:30"),
        ("11:45", "2026-03-18T05:15"),  # over noon
        ("17:45", "2026-03-19T01:15"),  # over night
    ],
)
def test_an_answer_is_due_within_working_time(lin: Actor, lianhe: Any, clock: str, due: str) -> None:
    touch(lin, clock, account=lianhe.pk)
    waiting = Waiting._base_manager.get()
    assert waiting.due_at.isoformat().startswith(due)
    assert (waiting.account_id, waiting.owner_id, waiting.further) == (lianhe.pk, lin.user_id, False)


@pytest.mark.parametrize(
    ("day", "clock", "due"),
    [
        ("2026-03-20", "17:45", "2026-03-23T01:15"),  # over the weekend
        ("2026-04-30", "17:45", "2026-05-06T01:15"),  # over the holidays of May
        ("2026-05-08", "17:45", "2026-05-09T01:15"),  # into the Saturday that makes up for them
    ],
)
def test_an_answer_is_not_due_while_nobody_works(lin: Actor, lianhe: Any, day: str, clock: str, due: str) -> None:
    with time_machine.travel(datetime.fromisoformat(f"{day}T{clock}+08:00"), tick=False):
        touch(lin, clock, day=day, account=lianhe.pk)
    assert Waiting._base_manager.get().due_at.isoformat().startswith(due)


def test_the_hours_are_those_of_the_unit_of_whoever_is_to_answer(lin: Actor, lianhe: Any) -> None:
    unit = registry.desk("unit").model._base_manager.get(name="一部")
    new("workcalendar", name="早班", units=[unit.pk], wednesday="06:00-07:00", thursday="06:00-07:00")
    touch(lin, "10:00", account=lianhe.pk)
    assert Waiting._base_manager.get().due_at.isoformat().startswith("2026-03-18T22:30")


def test_the_rule_for_a_level_beats_the_general_one(lin: Actor, hengli: Any, lianhe: Any) -> None:
    touch(lin, "10:00", account=hengli.pk)
    touch(lin, "10:00", account=lianhe.pk)
    due = dict(Waiting._base_manager.values_list("account_id", "due_at"))
    assert [due[each.pk].minute for each in (hengli, lianhe)] == [10, 30]


@pytest.mark.parametrize(
    "inputs",
    [
        {"direction": "out"},
        {"channel": "拜访"},
        {"channel": "电话"},
        {"channel": "电话", "outcome": "乙"},
        {"day": "2026-03-16"},
    ],
    ids=["ours", "no rule", "a call that was taken", "another outcome", "history"],
)
def test_what_waits_for_nothing(lin: Actor, lianhe: Any, inputs: dict[str, str]) -> None:
    touch(lin, "10:00", account=lianhe.pk, **inputs)
    assert waits() == []


def test_a_missed_call_waits_and_what_a_machine_sent_does_not(lin: Actor, lianhe: Any) -> None:
    touch(SYSTEM, "10:00", account=lianhe.pk, automatic=True)
    assert waits() == []
    touch(lin, "10:05", channel="电话", outcome="甲", account=lianhe.pk)
    assert waits() == [("10:05", "waiting")]
    touch(SYSTEM, "10:06", direction="out", account=lianhe.pk, automatic=True)
    assert waits() == [("10:05", "waiting")], "that we are out of the office is no answer"


def test_several_touches_in_a_row_are_one_wait_since_the_first(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    touch(lin, "10:00", contact=zhangsan.pk, account=hengli.pk)
    touch(lin, "10:20", contact=zhangsan.pk)
    assert waits() == [("10:20", "waiting")]
    assert Waiting._base_manager.get().since.isoformat() == "2026-03-18T02:00:00+00:00"


def test_another_person_of_the_account_waits_for_themselves(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    touch(lin, "10:00", contact=zhangsan.pk, account=hengli.pk)
    touch(lin, "10:10", account=hengli.pk)
    assert waits() == [("10:00", "waiting"), ("10:10", "waiting")]
    touch(lin, "10:30", direction="out", contact=zhangsan.pk, account=hengli.pk)
    assert waits() == [("10:00", "answered"), ("10:10", "answered")], "whoever is named answers for the account too"


def test_an_answer_by_anybody_stops_the_clock_and_is_measured(
    lin: Actor, chen: Actor, hengli: Any, zhangsan: Any
) -> None:
    touch(lin, "11:50", contact=zhangsan.pk, account=hengli.pk)
    touch(chen, "11:40", direction="out", contact=zhangsan.pk)
    assert waits() == [("11:50", "waiting")], "what was said before is no answer"
    touch(chen, "13:05", direction="out", contact=zhangsan.pk, channel="电话")
    waiting = Waiting._base_manager.get()
    assert (waiting.state, waiting.answered_by_id, waiting.minutes, waiting.late) == (
        "answered",
        chen.user_id,
        15,
        True,
    )


def test_a_touch_with_somebody_else_is_no_answer(lin: Actor, zhao: Actor, zhangsan: Any, lisi: Any) -> None:
    touch(lin, "10:00", contact=zhangsan.pk)
    touch(zhao, "10:10", direction="out", contact=lisi.pk)
    assert waits() == [("10:00", "waiting")]


def test_what_was_answered_before_it_was_written_down_waits_for_nothing(lin: Actor, zhangsan: Any) -> None:
    touch(lin, "10:30", direction="out", contact=zhangsan.pk)
    touch(lin, "10:00", contact=zhangsan.pk)
    assert waits() == []


def test_after_an_answer_the_next_one_is_a_further_one(lin: Actor, zhangsan: Any) -> None:
    touch(lin, "10:00", contact=zhangsan.pk)
    touch(lin, "10:10", direction="out", contact=zhangsan.pk)
    touch(lin, "10:15", contact=zhangsan.pk)
    waiting = Waiting._base_manager.get(state="waiting")
    # by the level of the contact's account
    assert (waiting.further, waiting.due_at.isoformat()) == (True, "2026-03-18T02:35:00+00:00")


def test_a_batch_is_looked_at_as_a_whole(lin: Actor, zhangsan: Any, lisi: Any) -> None:
    days = [("in", "10:00", zhangsan), ("out", "10:05", zhangsan), ("in", "10:10", lisi), ("in", "10:20", zhangsan)]
    calls = [
        Call({"channel": "微信", "direction": way, "at": f"2026-03-18 {clock}", "text": clock, "contact": who.pk})
        for way, clock, who in days
    ]
    run(create, calls, by=SYSTEM, on=Touchpoint)
    assert sorted(waits()) == [("10:10", "waiting"), ("10:20", "waiting")]


def test_the_owner_of_the_account_answers_where_the_touch_has_none(zhao: Actor, xinghua: Any, lisi: Any) -> None:
    touch(SYSTEM, "10:00", account=xinghua.pk)
    touch(SYSTEM, "10:00", contact=lisi.pk)
    assert [each.owner_id for each in Waiting._base_manager.all()] == [zhao.user_id] * 2


def test_what_needs_no_answer_is_taken_off_with_a_reason(lin: Actor, zhao: Actor, sun: Actor, zhangsan: Any) -> None:
    touch(lin, "10:00", contact=zhangsan.pk)
    waiting = Waiting._base_manager.get()
    with pytest.raises(Forbidden):
        do(dismiss, waiting, by=sun, reason="算了")
    with pytest.raises(Invalid):
        do(dismiss, waiting, by=lin, reason="")
    do(dismiss, waiting, by=lin, reason="只是道谢")
    assert waits() == [("10:00", "dismissed")]
    with pytest.raises(Refused):
        do(dismiss, waiting, by=lin, reason="只是道谢")


def test_the_manager_is_told_once_when_an_answer_is_long_overdue(lin: Actor, wang: Actor, lianhe: Any) -> None:
    do(update, User._base_manager.get(pk=lin.user_id), by=SYSTEM, manager=wang.user_id)
    touch(lin, "10:00", account=lianhe.pk)
    asked = [datetime.fromisoformat(f"2026-03-18T{clock}:00+08:00") for clock in ("11:29", "11:30", "11:40")]
    assert [escalate(now) for now in asked] == [0, 1, 0]
    told = Notification.objects.get()
    assert (told.user_id, told.about, told.arguments) == (
        wang.user_id,
        "waiting",
        {"who": "联合化工有限公司", "owner": "林晓"},
    )


def test_nobody_is_told_of_what_has_been_answered(lin: Actor, wang: Actor, lianhe: Any) -> None:
    do(update, User._base_manager.get(pk=lin.user_id), by=SYSTEM, manager=wang.user_id)
    touch(lin, "10:00", account=lianhe.pk)
    touch(lin, "17:00", direction="out", account=lianhe.pk)
    assert escalate() == 0
