"""Colleagues named in what is written about a record: who is offered, and who hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import new

from bihuan.core import event
from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.configuration import forget
from bihuan.core.notify import Notification
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people.mention import named
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str, int]]:
    while event.deliver():
        pass
    rows = Notification.objects.filter(message__contains="mentioned").order_by("pk")
    return [(each.user.name, each.about, each.about_id) for each in rows]


def test_who_is_named_in_the_composer_hears_of_it_once(browse: Browse, lin: Actor, hengli: Any, kongya: Any) -> None:
    browse(lin).post(f"/account/{hengli.pk}/timeline", {"channel": "note", "text": "请@陈默 看，@林晓 记下。@陈默"})
    assert told() == [("陈默", "account", hengli.pk)]
    do(update, Note._base_manager.get(), by=lin, text="请@陈默 和@王军 看")
    assert told() == [("陈默", "account", hengli.pk), ("王军", "account", hengli.pk)]
    channel = new("choice", set="channel", name="短信").pk
    given = {"channel": channel, "direction": "out", "text": "@王军：已谈好"}
    browse(lin).post(f"/opportunity/{kongya.pk}/timeline", given)
    assert told()[2:] == [("王军", "opportunity", kongya.pk)]


def test_who_does_not_see_the_record_is_neither_told_nor_offered(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(create, by=lin, on=Note, about="account", about_id=hengli.pk, text="@赵强 @钱进 @周敏")
    assert told() == [("周敏", "account", hengli.pk)]
    page = browse(lin)

    def offered(text: str) -> str:
        return page.get(f"/account/{hengli.pk}/colleagues?q={text}").content.decode()

    everybody = offered("")
    assert all(name in everybody for name in ("王军", "陈默", "周敏", "孙莉"))
    assert not any(name in everybody for name in ("赵强", "钱进", "林晓"))
    assert "陈默" in offered("陈") and "陈默" in offered("chen") and "赵强" not in offered("赵")


def test_nobody_asks_about_a_record_that_they_do_not_see(browse: Browse, zhao: Actor, hengli: Any) -> None:
    assert browse(zhao).get(f"/account/{hengli.pk}/colleagues?q=").status_code == 404


def test_names_are_read_as_far_as_they_go(firm: None) -> None:
    new("user", name="陈默然", username="moran")
    new("user", name="Ann", username="ann")
    forget()
    assert [each.name for each in named("@陈默然看看，Anna@Annas.example @Ann, @ 周敏 @没有")] == ["陈默然", "Ann"]
    assert named("没有人") == []
