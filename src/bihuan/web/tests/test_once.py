"""A form that is sent twice has one effect; one that was refused can be mended and sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.choice import options
from bihuan.web.saved_view import SavedView
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

account = registry.desk("account").model
KEY = re.compile(r'name="once" value="(\w{64})"')


def key_in(client: Client, url: str, **headers: str) -> str:
    found = KEY.findall(client.get(url, headers=headers).content.decode())
    assert found, f"{url} has no key"
    return found[0]


def twice(client: Client, url: str, data: dict[str, Any], **headers: str) -> list[Any]:
    """The answers to a form that is sent twice; a file is read anew each time."""
    files = {name: SimpleUploadedFile(name, text) for name, text in data.items() if isinstance(text, bytes)}
    answers = []
    for _time in range(2):
        for each in files.values():
            each.seek(0)
        answers.append(client.post(url, data | files, headers=headers))
    return answers


def test_each_form_has_a_key_of_its_own(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    urls = ("/account/new", "/account/new", f"/account/{hengli.pk}/edit", f"/account/{hengli.pk}/do/assign")
    assert len({key_in(client, url) for url in (*urls, f"/account/{hengli.pk}")}) == 5


@pytest.mark.parametrize("part", [True, False])
def test_a_record_is_made_once(part: bool, browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    client, headers = browse(lin), htmx if part else {}
    data = {"once": key_in(client, "/account/new", **headers), "name": "新客户"}
    first, second = twice(client, "/account/new", data, **headers)
    assert account._base_manager.filter(name="新客户").count() == 1
    told = "HX-Trigger" if part else "Location"
    assert (first.status_code, first[told]) == (second.status_code, second[told])


def test_a_refused_form_can_be_mended(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    client = browse(lin)
    data = {"once": key_in(client, "/account/new", **htmx), "name": ""}
    refused = client.post("/account/new", data, headers=htmx)
    assert refused.status_code == 422
    assert KEY.search(refused.content.decode())
    for name in ("乙", "乙", "丙"):
        assert client.post("/account/new", data | {"name": name}, headers=htmx).status_code == 200
    assert account._base_manager.filter(name__in=("乙", "丙")).count() == 2


def test_the_repeat_of_another_one_after_this_draws_the_page_anew(
    browse: Browse, lin: Actor, htmx: dict[str, str]
) -> None:
    client = browse(lin)
    data = {"once": key_in(client, "/account/new", **htmx), "name": "乙", "again": "1"}
    first, second = twice(client, "/account/new", data, **htmx)
    assert KEY.search(first.content.decode())
    assert (second.status_code, second.headers.get("HX-Refresh")) == (204, "true")
    assert account._base_manager.filter(name="乙").count() == 1


@pytest.mark.parametrize("part", [True, False])
@pytest.mark.parametrize(
    ("slug", "sent"),
    [
        ("touchpoint", {"channel": "电话", "text": "通话"}),
        ("note", {"channel": "note", "text": "一条"}),
        ("attachment", {"file": b"content"}),
    ],
)
def test_what_is_written_down_is_written_once(
    part: bool, slug: str, sent: dict[str, Any], browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]
) -> None:
    client, headers = browse(lin), htmx if part else {}
    model = registry.desk(slug).model
    before, page = model._base_manager.count(), f"/account/{hengli.pk}"
    chosen = {"channel": _channel(sent["channel"])} if sent.get("channel", "note") != "note" else {}
    data = {"once": key_in(client, page), **sent, **chosen}
    first, second = twice(client, f"{page}/timeline", data, **headers)
    assert first.status_code == (200 if part else 303)
    assert second.status_code == (204 if part else 303)
    assert model._base_manager.count() == before + 1


def _channel(label: str) -> str:
    return str(next(each.id for each in options("channel") if each.label == label))


def test_a_command_is_carried_out_once(browse: Browse, lin: Actor, hengli: Any, zhangsan: Any) -> None:
    client, address = browse(lin), f"/account/{hengli.pk}/do/log_touch"
    model, before = registry.desk("touchpoint").model, registry.desk("touchpoint").model._base_manager.count()
    data = {"once": key_in(client, address), "contact": zhangsan.pk, "channel": _channel("电话"), "text": "通话"}
    first, second = twice(client, address, data)
    assert (first.status_code, second.status_code) == (303, 303)
    assert model._base_manager.count() == before + 1


def test_settings_are_made_once(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    wanted = {
        "/settings/roles": ("role", {"name": "审计"}),
        "/settings/stages": ("pipeline", {"object": "opportunity", "name": "渠道"}),
        "/settings/choices/channel": ("choice", {"new-name": "视频"}),
        "/settings/units": ("unit", {"new-name": "二部", "new-kind": "team"}),
        "/account/views": (None, {"name": "我的", "params": "level=1"}),
    }
    for url, (slug, data) in wanted.items():
        page = url if slug else "/account?q=x"
        key = key_in(client, client.get(page).headers.get("Location", page))
        first, second = twice(client, url, {"once": key, **data})
        assert (first.status_code, second["Location"]) == (303, first["Location"]), url
        model = registry.desk(slug).model if slug else SavedView
        assert model._base_manager.filter(name=data.get("name") or data["new-name"]).count() == 1, url
