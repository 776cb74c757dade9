"""A calendar on a real server and the product, brought into step: both ways, where both changed, and when something breaks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bihuan.core import outbound, registry
from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.configuration import forget
from bihuan.core.notify import Notification
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, restore, update
from bihuan.people.role import Reach
from bihuan.touch.caldav import mirror, sync
from bihuan.touch.caldav.server import Server
from bihuan.touch.caldav.tests.conftest import There, entry
from bihuan.touch.commands import assign, finish_task
from bihuan.touch.models import CalendarItem, CalendarState, Task, Touchpoint

pytestmark = pytest.mark.django_db


def task(by: Actor, title: str = "回访", **inputs: Any) -> Any:
    return do(create, by=by, on=Task, **{"title": title, "due_at": "2031-03-20 09:00", **inputs})


def in_step(state: CalendarState) -> None:
    """A visit that has nothing to complain of, and after which another one has nothing to do."""
    sync.visit(state)
    assert (state.failure, state.detail) == ("", "")
    sync.visit(state)
    before = {each.pk: (each.etag, each.version) for each in CalendarItem.objects.all()}
    sync.visit(state)
    assert {each.pk: (each.etag, each.version) for each in CalendarItem.objects.all()} == before


def test_a_task_goes_there_and_what_is_done_with_it_there_is_done_here(lin: Actor, state: Any, there: There) -> None:
    made = task(lin, "回访恒砺", remark="三楼\n带样品", priority="high")
    in_step(state)
    (path,), (text,) = there.paths(), there.texts()
    for line in (
        "BEGIN:VTODO",
        "SUMMARY:回访恒砺",
        "DUE:20310320T010000Z",
        "DESCRIPTION:三楼\\n带样品",
        "PRIORITY:1",
        "STATUS:NEEDS-ACTION",
    ):
        assert line in text
    there.replace(path, ("SUMMARY:回访恒砺", "SUMMARY:回访恒砺公司\nX-OWN;X-P=1:留着"), ("T010000Z", "T023000Z"))
    in_step(state)
    made.refresh_from_db()
    assert (made.title, made.due_at) == ("回访恒砺公司", datetime.fromisoformat("2031-03-20T10:30+08:00"))
    assert made.changed_by_id == lin.user_id
    do(update, made, by=lin, due_at="2031-03-21")
    in_step(state)
    assert "DUE;VALUE=DATE:20310321" in there.text(path) and "X-OWN;X-P=1:留着" in there.text(path)
    there.replace(path, ("STATUS:NEEDS-ACTION", "STATUS:COMPLETED"))
    in_step(state)
    made.refresh_from_db()
    assert made.state == "done" and made.done_at is not None
    assert not Note._base_manager.exists() and not Notification.objects.exists()


def test_what_is_put_there_becomes_a_task_and_keeps_what_nobody_here_knows(
    lin: Actor, state: Any, there: There
) -> None:
    there.put(entry("VTODO", "a-1", "SUMMARY:买礼品", "DUE;VALUE=DATE:20310318", "CATEGORIES:私事", "PRIORITY:7"))
    zone = "DTSTART;TZID=Europe/Berlin:20310318T100000"
    there.put(
        entry("VEVENT", "a-2", "SUMMARY:开会", zone, "DURATION:PT45M", "ATTENDEE;CN=张三:mailto:z@hengli.example")
    )
    in_step(state)
    gift, meeting = (Task._base_manager.get(title=title) for title in ("买礼品", "开会"))
    assert (gift.due_at.isoformat(), gift.priority, gift.owner_id) == ("2031-03-17T16:00:00+00:00", "low", lin.user_id)
    assert meeting.due_at.isoformat() == "2031-03-18T09:00:00+00:00"
    do(update, meeting, by=lin, due_at="2031-03-18 18:00")
    do(finish_task, gift, by=lin)
    in_step(state)
    for_gift, for_meeting = (next(each for each in there.texts() if f"UID:{uid}" in each) for uid in ("a-1", "a-2"))
    assert "STATUS:COMPLETED" in for_gift and "CATEGORIES:私事" in for_gift
    assert "DTSTART;TZID=Europe/Berlin:20310318T110000" in for_meeting
    assert "DURATION:PT45M" in for_meeting and "ATTENDEE;CN=张三:mailto:z@hengli.example" in for_meeting


def test_an_appointment_goes_there_and_comes_back_moved(lin: Actor, state: Any, there: There, hengli: Any) -> None:
    touch = do(
        create, by=lin, on=Touchpoint, channel="拜访", at="2031-03-20 10:00", text="上门\n看现场", account=hengli.pk
    )
    in_step(state)
    (path,), (text,) = there.paths(), there.texts()
    for line in (
        "BEGIN:VEVENT",
        "SUMMARY:上门",
        "DESCRIPTION:看现场",
        "DTSTART:20310320T020000Z",
        "DTEND:20310320T023000Z",
    ):
        assert line in text
    there.replace(path, ("20310320T020000Z", "20310321T030000Z"), ("20310320T023000Z", "20310321T033000Z"))
    in_step(state)
    touch.refresh_from_db()
    assert (touch.at.isoformat(), touch.text) == ("2031-03-21T03:00:00+00:00", "上门\n看现场")
    there.replace(path, ("BEGIN:VEVENT", "BEGIN:VTODO"), ("END:VEVENT", "END:VTODO"), ("DTEND", "DUE"))
    sync.visit(state)
    touch.refresh_from_db()
    assert (touch.text, CalendarItem.objects.get().note, state.failure) == ("上门\n看现场", "other", "")
    there.delete(path)
    in_step(state)
    touch.refresh_from_db()
    assert touch.archived_at is not None


def test_deletion_goes_both_ways_and_into_the_recycle_bin_only(
    lin: Actor, chen: Actor, state: Any, there: There
) -> None:
    here, elsewhere, handed = task(lin, "这边删"), task(lin, "那边删"), task(lin, "交出去")
    in_step(state)
    do(archive, here, by=lin)
    do(assign, handed, by=lin, owner=chen.user_id)
    path = next(each for each in there.paths() if "那边删" in there.text(each))
    there.delete(path)
    in_step(state)
    assert there.paths() == [] and not CalendarItem.objects.exists()
    elsewhere.refresh_from_db()
    handed.refresh_from_db()
    assert elsewhere.archived_at is not None and handed.archived_at is None
    do(restore, elsewhere, by=lin)
    in_step(state)
    assert len(there.paths()) == 1


def test_a_calendar_that_is_emptied_at_once_takes_nothing_away_here(lin: Actor, state: Any, there: There) -> None:
    for number in range(sync.MANY + 1):
        task(lin, f"第{number}件")
    in_step(state)
    before = there.paths()
    for path in before:
        there.delete(path)
    in_step(state)
    assert there.paths() == before
    assert Task._base_manager.filter(archived_at=None).count() == len(before)
    assert Notification.objects.get().arguments["count"] == str(len(before))


@pytest.mark.parametrize("later", ["here", "there"])
def test_where_both_changed_the_later_holds_and_the_other_is_told(
    lin: Actor, state: Any, there: There, later: str
) -> None:
    made = task(lin, "甲")
    in_step(state)
    (path,) = there.paths()
    there.replace(path, ("SUMMARY:甲", "SUMMARY:那边的话"), ("DUE:", "LOCATION:二楼\nDUE:"))
    do(update, made, by=lin, title="这边的话", remark="只有这边改了")
    moved = timedelta(hours=1 if later == "here" else -1)
    Task._base_manager.filter(pk=made.pk).update(changed_at=timezone.now() + moved)
    in_step(state)
    made.refresh_from_db()
    held, lost = ("这边的话", "那边的话") if later == "here" else ("那边的话", "这边的话")
    assert (made.title, made.remark) == (held, "只有这边改了")
    text = there.text(path)
    assert f"SUMMARY:{held}" in text and "DESCRIPTION:只有这边改了" in text and "LOCATION:二楼" in text
    note, told = Note._base_manager.get(about="task", about_id=made.pk), Notification.objects.get()
    assert lost in note.text and held not in note.text
    assert (told.user_id, told.about, told.about_id) == (lin.user_id, "task", made.pk)


def test_what_is_deleted_on_one_side_and_changed_on_the_other_is_not_lost(lin: Actor, state: Any, there: There) -> None:
    changed_here, changed_there = task(lin, "改在这边"), task(lin, "改在那边")
    in_step(state)
    paths = {each: there.text(each) for each in there.paths()}
    first = next(path for path, text in paths.items() if "改在这边" in text)
    second = next(path for path, text in paths.items() if "改在那边" in text)
    do(update, changed_here, by=lin, remark="还要做")
    there.delete(first)
    do(archive, changed_there, by=lin)
    Task._base_manager.filter(pk=changed_there.pk).update(changed_at=timezone.now() - timedelta(hours=1))
    there.replace(second, ("SUMMARY:改在那边", "SUMMARY:还要"))
    in_step(state)
    assert sorted("还要" in each for each in there.texts()) == [True, True]
    changed_there.refresh_from_db()
    assert (changed_there.archived_at, changed_there.title) == (None, "还要")
    assert Notification.objects.filter(message=sync.GONE).count() == 1
    do(archive, changed_there, by=lin)
    Task._base_manager.filter(pk=changed_there.pk).update(changed_at=timezone.now() + timedelta(hours=1))
    there.replace(second, ("SUMMARY:还要", "SUMMARY:迟了"))
    in_step(state)
    assert "迟了" in Note._base_manager.get(about_id=changed_there.pk).text
    assert not any("迟了" in each for each in there.texts())


def test_what_is_not_allowed_here_is_told_and_kept_there(lin: Actor, state: Any, there: There) -> None:
    made = task(lin, "每周", repeat="weekly")
    in_step(state)
    (path,) = there.paths()
    assert "RRULE:FREQ=WEEKLY" in there.text(path) and "BEGIN:VTIMEZONE" not in there.text(path)
    seller = registry.desk("role").model._base_manager.get(key="seller")
    type(seller)._base_manager.filter(pk=seller.pk).update(grants={"*": {"view": Reach.UNIT, "create": Reach.ALL}})
    forget()
    there.replace(path, ("SUMMARY:每周", "SUMMARY:改名"))
    sync.visit(state)
    made.refresh_from_db()
    assert made.title == "每周" and "SUMMARY:改名" in there.text(path)
    assert CalendarItem.objects.get().note == "refused" and Notification.objects.get().arguments["what"] == "改名"
    type(seller)._base_manager.filter(pk=seller.pk).update(grants={})
    forget()
    sync.visit(state)
    assert (state.failure, there.paths()) == ("", [path]), "who sees nothing any more loses nothing there"


# ---------------------------------------------------------------------- when something breaks


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_dies_at_a_put_doubles_and_loses_nothing(
    lin: Actor, state: Any, there: There, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    made = task(lin)
    put = Server.put

    def die(self: Server, *inputs: str) -> str:
        if when == "after":
            put(self, *inputs)
        raise KeyboardInterrupt

    for step in range(2):  # a new entry, then a changed one
        monkeypatch.setattr(Server, "put", die)
        with pytest.raises(KeyboardInterrupt):
            sync.visit(state)
        monkeypatch.setattr(Server, "put", put)
        in_step(state)
        assert (len(there.paths()), Task._base_manager.count(), CalendarItem.objects.count()) == (1, 1, 1)
        assert f"SUMMARY:{made.title}" in there.texts()[0]
        made = do(update, made, by=lin, title=f"回访 {step}")
    assert not Notification.objects.exists()


def test_a_visit_that_fails_says_why_and_is_made_up_for(
    lin: Actor, state: Any, there: There, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task(lin)
    account, address = state.account, state.account.address
    for failure, change in {
        "connection": {"address": "http://127.0.0.1:1/", "calendar": "http://127.0.0.1:1/lin/"},
        "login": {"login": "somebody"},
        "password": {"password": ""},
        "calendar": {"calendar": f"{address}lin/nothing/"},
        "answer": {"calendar": "http://127.0.0.2.example/lin/"},
    }.items():
        former = {name: getattr(account, name) for name in change}
        for name, value in change.items():
            setattr(account, name, value)
        sync.visit(state)
        assert (state.failure, bool(state.sentence)) == (failure, True)
        for name, value in former.items():
            setattr(account, name, value)
    assert (state.failures, there.paths()) == (5, [])
    settings.OUTBOUND_NETWORKS = []
    sync.visit(state)
    assert state.failure == "address", "the inside of the network stays out of reach"
    settings.OUTBOUND_NETWORKS = [outbound.ipaddress.ip_network("127.0.0.0/8")]
    in_step(state)
    assert state.failures == 0 and len(there.paths()) == 1


def test_what_is_changed_there_while_it_is_put_is_not_overwritten(
    lin: Actor, state: Any, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = task(lin, "甲")
    in_step(state)
    (path,) = there.paths()
    push = sync.Visit.push

    def late(self: sync.Visit, *inputs: Any) -> bool:
        there.replace(path, ("DUE:", "LOCATION:二楼\nDUE:"), ("DUE:20310320T01", "DUE:20310320T02"))
        return push(self, *inputs)

    do(update, made, by=lin, title="乙")
    monkeypatch.setattr(sync.Visit, "push", late)
    sync.visit(state)
    monkeypatch.setattr(sync.Visit, "push", push)
    assert "LOCATION:二楼" in there.text(path) and "SUMMARY:甲" in there.text(path)
    in_step(state)
    made.refresh_from_db()
    assert (made.title, made.due_at.isoformat()) == ("乙", "2031-03-20T02:00:00+00:00")
    assert "LOCATION:二楼" in there.text(path) and "SUMMARY:乙" in there.text(path)


def test_a_calendar_that_was_left_and_is_chosen_again_doubles_nothing(lin: Actor, state: Any, there: There) -> None:
    task(lin)
    in_step(state)
    former, other = state.account.calendar, There(there.server)
    for calendar in (other.url, former, other.url):
        state.account.calendar = calendar
        in_step(state)
    assert (len(there.paths()), len(other.paths()), Task._base_manager.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_network_is_never_asked_within_a_transaction(
    lin: Actor, state: Any, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = outbound.request, []

    def request(method: str, *inputs: Any, **options: Any) -> Any:
        asked.append((method, connection.in_atomic_block))
        return ask(method, *inputs, **options)

    monkeypatch.setattr(outbound, "request", request)
    made = task(lin)
    there.put(entry("VTODO", "a-1", "SUMMARY:买礼品"))
    in_step(state)
    do(archive, made, by=lin)
    in_step(state)
    assert {method for method, _within in asked} == {"PROPFIND", "REPORT", "PUT", "DELETE"}
    assert not any(within for _method, within in asked)


# ---------------------------------------------------------------------- what other programs write


def test_what_repeats_strangely_is_left_as_it_is(lin: Actor, state: Any, there: There) -> None:
    there.put(entry("VTODO", "r-1", "SUMMARY:周报", "DUE:20310320T010000Z", "RRULE:FREQ=WEEKLY;UNTIL=20311231T000000Z"))
    there.put(entry("VTODO", "r-2", "SUMMARY:隔周", "DUE:20310320T010000Z", "RRULE:FREQ=WEEKLY;INTERVAL=2"))
    there.put(entry("VEVENT", "r-3", "SUMMARY:例会", "DTSTART:20310320T010000Z", "RRULE:FREQ=WEEKLY"))
    there.put(entry("VEVENT", "r-4", "SUMMARY:旧会", "DTSTART:20200320T010000Z"))
    before = there.texts()
    in_step(state)
    made = Task._base_manager.get()
    assert (made.title, made.repeat, str(made.repeat_until)) == ("周报", "weekly", "2031-12-31")
    notes = {each.title: each.note for each in CalendarItem.objects.all()}
    assert notes == {"周报": "", "隔周": "repeats", "例会": "repeats", "旧会": "over"}
    assert there.texts() == before
    do(finish_task, made, by=lin)
    in_step(state)
    (following,) = Task._base_manager.filter(state="open")
    assert (
        following.repeat == "weekly" and sum("RRULE:FREQ=WEEKLY;UNTIL=20311231" in each for each in there.texts()) == 1
    )


def test_the_worker_takes_up_what_is_due_once(lin: Actor, state: Any) -> None:
    do(create, by=lin, on=type(state.account), name="未选", address=state.account.address, login="lin")
    assert CalendarState.claim() == state
    assert CalendarState.claim() is None
    state.refresh_from_db()
    state.note("time")
    assert state.due_at - state.visited_at >= timedelta(minutes=2) - timedelta(seconds=1)


def test_an_entry_that_brings_about_a_fault_keeps_no_other_from_coming_and_going(
    lin: Actor, state: Any, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the fault is: here one that somebody has written into the program."""
    begin, made = mirror.begin, sync.made

    def stumble(said: str) -> None:
        if "毒" in said:
            raise ZeroDivisionError

    monkeypatch.setattr(mirror, "begin", lambda entry, by: stumble(entry.title) or begin(entry, by))
    monkeypatch.setattr(sync, "made", lambda kind, uid, values: stumble(values["title"]) or made(kind, uid, values))
    for number, title in enumerate(("毒一", "好一")):
        there.put(entry("VTODO", f"a-{number}", f"SUMMARY:{title}", "DUE;VALUE=DATE:20310318"))
    ours = {title: task(lin, title) for title in ("毒二", "好二")}
    sync.visit(state)
    assert state.failure == ""
    assert set(Task._base_manager.values_list("title", flat=True)) == {"毒二", "好二", "好一"}
    assert sum("好二" in text for text in there.texts()) == 1
    noted = {each.title: each.note for each in CalendarItem.objects.exclude(note="")}
    assert noted == {"毒一": "fault", "毒二": "fault"}

    monkeypatch.undo()  # the program was mended
    there.put(entry("VTODO", "a-9", "SUMMARY:新", "DUE;VALUE=DATE:20310318"))
    do(update, ours["毒二"], by=lin, remark="改过")
    in_step(state)
    assert {"毒一", "新"} <= set(Task._base_manager.values_list("title", flat=True))
    assert any("改过" in text for text in there.texts()) and not CalendarItem.objects.exclude(note="")
