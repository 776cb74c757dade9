"""The pages of a day: the inbox, the calendar, tasks by weight, and the calendar for other programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from tests.cast import new

from bihuan.core import configuration
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people.user import User
from bihuan.touch.agenda import by_weight, calendar, month_of, today, week_of
from bihuan.touch.commands import finish_task
from bihuan.touch.inbox import count, duration, inbox
from bihuan.touch.models import Task, Touchpoint, Waiting
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

WEDNESDAY = date(2026, 3, 18)


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(datetime.fromisoformat("2026-03-18T14:00+08:00"), tick=False):
        yield


@pytest.fixture
def waiting(firm: None, lin: Actor, zhao: Actor, zhangsan: Any, hengli: Any, lisi: Any) -> None:
    """张三 has waited for 林 since ten o'clock, 恒砺 since a quarter to two; 李四 waits for 赵."""
    new("responserule", name="微信", channel="微信", first_minutes=30)
    for by, at, links in (
        (lin, "13:45", {"account": hengli.pk}),
        (lin, "10:00", {"account": hengli.pk, "contact": zhangsan.pk}),
        (zhao, "10:00", {"contact": lisi.pk}),
    ):
        text = f"在吗\n{at}"
        do(create, by=by, on=Touchpoint, channel="微信", direction="in", at=f"2026-03-18 {at}", text=text, **links)


def task(by: Actor, title: str, due: str = "", **inputs: Any) -> Any:
    given = {"due_at": f"2026-03-{due}"} if due else {}
    return do(create, by=by, on=Task, title=title, **given, **inputs)


# ---------------------------------------------------------------------- the inbox


@pytest.mark.usefixtures("waiting")
def test_the_inbox_shows_whose_time_is_up_first(lin: Actor) -> None:
    first, second = inbox(lin, "mine", 10)
    assert (first.who, first.account, first.words) == ("张三", "苏州恒砺精密机械有限公司", "在吗")
    assert (first.is_late, first.time, first.state) == (True, "2:30 over", "late")
    assert (second.who, second.time, second.state, second.percent) == (
        "苏州恒砺精密机械有限公司",
        "15 min left",
        "",
        50,
    )
    assert count(lin) == (2, True)
    assert [each.who for each in inbox(lin, "mine", 1)] == ["张三"]


@pytest.mark.usefixtures("waiting")
def test_the_inbox_shows_nobody_what_they_do_not_see(chen: Actor, zhao: Actor, zhou: Actor, qian: Actor) -> None:
    seen = {
        who.name: [len(inbox(who, scope, 10)) for scope in ("mine", "team", "firm")] for who in (chen, zhao, zhou, qian)
    }
    assert seen == {"陈默": [0, 2, 2], "赵强": [1, 1, 1], "周敏": [0, 3, 3], "钱进": [0, 0, 0]}
    assert not any(each.dismiss_url for each in inbox(chen, "team", 10))


@pytest.mark.usefixtures("waiting")
def test_the_inbox_asks_as_often_for_ten_as_for_one(lin: Actor, django_assert_num_queries: Any) -> None:
    inbox(lin, "team", 10)
    with django_assert_num_queries(6):
        inbox(lin, "team", 1)
    with django_assert_num_queries(6):
        inbox(lin, "team", 10)


@pytest.mark.usefixtures("waiting")
def test_an_answer_that_is_logged_from_the_inbox_takes_its_lines_away(lin: Actor, browse: Browse) -> None:
    client = browse(lin)
    page = client.get("/inbox").content.decode()
    first = inbox(lin, "mine", 10)[0]
    assert first.answer_url.replace("&", "&amp;") in page and ">2</span>" in page
    channel, form = first.answer_url.rpartition("=")[2], client.get(first.answer_url).content.decode()
    assert f'value="{channel}" selected' in form and 'value="out" selected' in form
    client.post(first.answer_url.partition("?")[0], {"channel": channel, "direction": "out", "text": "马上来"})
    assert inbox(lin, "mine", 10) == [], "the account that nobody spoke for is answered too"
    assert {each.answered_by_id for each in Waiting._base_manager.filter(state="answered")} == {lin.user_id}


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "1 min"), (59, "59 min"), (60, "1:00"), (135, "2:15"), (1440, "3 days")]
)
def test_time_in_words(minutes: int, said: str) -> None:
    assert duration(minutes) == said


# ---------------------------------------------------------------------- tasks and the calendar


def test_the_day_begins_with_what_is_overdue(lin: Actor, hengli: Any) -> None:
    for title, due in (("明天", "19 09:00"), ("昨天", "17 16:00"), ("晚上", "18 18:00"), ("早上", "18 09:00")):
        task(lin, title, due, account=hengli.pk)
    task(lin, "随时")
    do(finish_task, task(lin, "做完", "18 10:00"), by=lin)
    found = today(lin, "mine", 10)
    assert [(each.title, each.due, each.is_late) for each in found] == [
        ("昨天", "yesterday", True), ("早上", "09:00", True), ("晚上", "18:00", False), ("明天", "tomorrow", False),
    ]  # fmt: skip
    assert found[0].account == "苏州恒砺精密机械有限公司"
    assert len(today(lin, "mine", 2)) == 2


def test_tasks_by_weight(lin: Actor) -> None:
    for title, due, priority in (
        ("救火", "18 18:00", "high"), ("计划", "25 09:00", "high"), ("杂事", "19 23:00", "normal"), ("也许", "", "low"),
    ):  # fmt: skip
        task(lin, title, due, priority=priority)
    found = {weight: [each.title for each in todos] for weight, todos in by_weight(lin, "mine").items()}
    assert found == {(True, True): ["救火"], (True, False): ["计划"], (False, True): ["杂事"], (False, False): ["也许"]}


def test_weeks_and_months_are_whole_weeks() -> None:
    assert (week_of(WEDNESDAY)[0], week_of(WEDNESDAY)[-1]) == (date(2026, 3, 16), date(2026, 3, 22))
    days = month_of(date(2026, 2, 11))
    assert (days[0], days[-1], len(days)) == (date(2026, 1, 26), date(2026, 3, 1), 35)


def test_a_week_shows_tasks_and_appointments_to_come(lin: Actor, chen: Actor, hengli: Any) -> None:
    task(lin, "回访", "17 16:00")
    task(chen, "别人的", "17 16:00")
    for at, text in (("2026-03-20 10:00", "上门"), ("2026-03-18 10:00", "来过电话")):
        do(create, by=lin, on=Touchpoint, channel="拜访", at=at, text=text, account=hengli.pk)
    week = calendar(lin, "mine", week_of(WEDNESDAY))
    shown = {
        str(day.date)[-2:]: [(each.clock, each.title, each.is_late) for each in day.items] for day in week if day.items
    }
    assert shown == {"17": [("16:00", "回访", True)], "20": [("10:00", "上门", False)]}
    assert [day.is_free for day in week] == [False] * 5 + [True] * 2
    assert [str(day.date) for day in week if day.is_today] == ["2026-03-18"]
    assert len([item for day in calendar(lin, "team", week_of(WEDNESDAY)) for item in day.items]) == 3


def test_an_entry_is_moved_by_editing_it(lin: Actor, chen: Actor, hengli: Any, browse: Browse) -> None:
    own, others = task(lin, "回访", "17 16:00"), task(chen, "别人的", "18 09:00")
    do(finish_task, task(lin, "做完", "19 10:00"), by=lin)
    given = {"channel": "拜访", "at": "2026-03-20 10:00", "text": "上门", "account": hengli.pk}
    touch = do(create, by=lin, on=Touchpoint, **given)
    items = {item.title: item for day in calendar(lin, "team", week_of(WEDNESDAY)) for item in day.items}
    assert [items[title].move_url for title in ("别人的", "做完")] == ["", ""]
    client = browse(lin)
    for title, record, field in (("回访", own, "due_at"), ("上门", touch, "at")):
        moved = {items[title].moves: "2026-03-21 11:30", "version": items[title].version}
        assert client.post(items[title].move_url, moved).status_code == 303
        assert client.post(items[title].move_url, moved | {field: "2026-03-22 11:30"}).status_code == 409
        record.refresh_from_db()
        assert str(getattr(record, field)) == "2026-03-21 03:30:00+00:00"
    assert client.post(f"/task/{others.pk}/do/update", {"due_at": "2026-03-21", "version": 1}).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "?show=month", "?show=weight", "?show=month&on=2024-02-29&scope=firm", "?on=99999"]
)
def test_the_calendar_opens(lin: Actor, browse: Browse, query: str) -> None:
    task(lin, "回访客户", "18 16:00")
    page = browse(lin).get(f"/calendar{query}")
    assert page.status_code == 200
    assert ("回访客户" in page.content.decode()) == ("2024" not in query)


# ---------------------------------------------------------------------- for other programs


@pytest.fixture
def address(lin: Actor, browse: Browse) -> str:
    page = browse(lin).post("/profile/calendar").content.decode()
    return page.partition('value="http://testserver')[2].partition('"')[0]


def test_a_subscribed_calendar_holds_ones_open_tasks(lin: Actor, chen: Actor, address: str) -> None:
    task(
        lin,
        "周会；带数据",
        "20 09:00",
        repeat="weekly",
        repeat_until="2026-06-30",
        remind_at="2026-03-20 08:45",
        remark="三楼",
    )
    task(lin, "整天", "21")
    task(chen, "别人的", "20 09:00")
    do(finish_task, task(lin, "做完", "20 10:00"), by=lin)
    answer = Client().get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [str(each["summary"]) for each in found] == ["周会；带数据", "整天"]
    meeting, whole = found
    assert meeting["dtstart"].dt == datetime.fromisoformat("2026-03-20T09:00+08:00")
    assert meeting["rrule"].to_ical() == b"FREQ=WEEKLY;UNTIL=20260630T155959Z"
    assert (str(meeting["description"]), whole["dtstart"].dt) == ("三楼", date(2026, 3, 21))
    assert meeting.walk("VALARM")[0]["trigger"].dt == datetime.fromisoformat("2026-03-20T00:45+00:00")
    assert str(meeting["url"]).startswith("http://testserver/task/")


def test_an_address_opens_nothing_once_it_is_changed_or_ended(lin: Actor, browse: Browse, address: str) -> None:
    assert Client().get(address).status_code == 200
    client = browse(lin)
    newer = client.post("/profile/calendar").content.decode().partition('value="http://testserver')[2].partition('"')[0]
    assert [Client().get(each).status_code for each in (address, newer)] == [404, 200]
    assert newer not in client.get("/profile/calendar").content.decode(), "it is shown once"
    client.post("/profile/calendar/end")
    assert Client().get(newer).status_code == 404
    assert Client().get("/calendar/wrong.ics").status_code == 404


def test_whoever_may_not_sign_in_any_more_has_no_calendar(lin: Actor, address: str) -> None:
    do(update, User._base_manager.get(pk=lin.user_id), by=SYSTEM, is_active=False)
    configuration.forget()
    assert Client().get(address).status_code == 404
