"""Calendar accounts as people set them up: password, trial, choice of the calendar, and what became of the entries."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.caldav import sync
from bihuan.touch.caldav.tests.conftest import There, entry
from bihuan.touch.models import CalendarAccount
from bihuan.touch.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_an_account_is_tried_and_a_calendar_chosen(browse: Any, lin: Actor, there: There, loopback: None) -> None:
    page = browse(lin)
    account = do(create, by=lin, on=CalendarAccount, name="我的日历", address=there.server.address, login="lin")
    base = f"/profile/calendars/{account.pk}"
    assert "先填密码" in page.get("/profile/calendars").content.decode()
    assert "没有可读取的密码" in page.post(f"{base}/try").content.decode()
    page.post(f"{base}/password", {"password": "wrong"})
    assert "不接受" in page.post(f"{base}/try").content.decode()
    page.post(f"{base}/password", {"password": PASSWORD})
    assert f'value="{there.url}"' in page.post(f"{base}/try").content.decode()
    assert page.post(f"{base}/choose", {"calendar": "http://127.0.0.1/other/"}).status_code == 422
    page.post(f"{base}/choose", {"calendar": there.url})
    account.refresh_from_db()
    assert account.calendar == there.url and PASSWORD not in account.password
    for address in ("/profile/calendars", f"/calendaraccount/{account.pk}", "/calendaraccount"):
        assert PASSWORD not in page.get(address).content.decode()


def test_two_accounts_do_not_keep_one_calendar_in_step(browse: Any, lin: Actor, state: Any, there: There) -> None:
    page = browse(lin)
    other = do(create, by=lin, on=CalendarAccount, name="又一个", address=there.server.address, login="lin")
    page.post(f"/profile/calendars/{other.pk}/password", {"password": PASSWORD})
    answer = page.post(f"/profile/calendars/{other.pk}/choose", {"calendar": there.url})
    assert answer.status_code == 422 and "已经" in answer.content.decode()


def test_what_is_left_as_it_is_stands_on_the_page(browse: Any, lin: Actor, state: Any, there: There) -> None:
    there.put(entry("VEVENT", "r", "SUMMARY:每周例会", "DTSTART:20310320T010000Z", "RRULE:FREQ=WEEKLY"))
    sync.visit(state)
    page = browse(lin).get("/profile/calendars").content.decode()
    assert "每周例会" in page and "重复的方式" in page


def test_nobody_else_sets_it_up(browse: Any, chen: Actor, zhao: Actor, state: Any) -> None:
    for actor in (chen, zhao):
        for act in ("password", "try", "choose"):
            assert browse(actor).post(f"/profile/calendars/{state.account_id}/{act}").status_code == 404
