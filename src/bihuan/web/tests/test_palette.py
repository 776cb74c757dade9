"""The command palette, the link picker and the front door."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def found(browse: Browse, actor: Actor, text: str) -> str:
    return browse(actor).get("/search", {"q": text}, headers={"HX-Request": "true"}).content.decode()


def test_records_are_found_in_one_box(browse: Browse, lin: Actor, hengli: Any, zhangsan: Any) -> None:
    assert f'href="/account/{hengli.pk}"' in found(browse, lin, "hengli")
    assert f'href="/contact/{zhangsan.pk}"' in found(browse, lin, "张三")
    assert f'href="/account/{hengli.pk}"' in found(browse, lin, hengli.number)


def test_hidden_and_archived_records_are_not_found(
    browse: Browse, lin: Actor, zhou: Actor, zhao: Actor, hengli: Any
) -> None:
    assert "兴华" not in found(browse, lin, "兴华")
    assert "兴华" in found(browse, zhao, "兴华")
    do(archive, hengli, by=zhou)
    assert "恒砺" not in found(browse, lin, "恒砺")


def test_archived_records_are_found_when_asked_for(browse: Browse, lin: Actor, zhou: Actor, hengli: Any) -> None:
    do(archive, hengli, by=zhou)
    assert "archived=1" in found(browse, lin, "恒砺")
    answer = browse(lin).get("/search", {"q": "恒砺", "archived": "1"}).content.decode()
    assert f'href="/account/{hengli.pk}"' in answer
    assert "archived=1" not in answer


def test_notes_and_touches_are_found_by_who_sees_their_record(
    browse: Browse, lin: Actor, zhao: Actor, hengli: Any
) -> None:
    do(create, by=lin, on=Note, about="account", about_id=hengli.pk, text="二号机的冷却风扇异响")
    do(create, by=lin, on=registry.desk("touchpoint").model, channel="电话", account=hengli.pk, text="说到冷却风扇")
    answer = found(browse, lin, "风扇")
    assert "二号机的冷却<mark>风扇</mark>异响" in answer
    assert "说到冷却<mark>风扇</mark>" in answer
    assert "风扇" not in found(browse, zhao, "风扇")


def test_what_was_searched_for_is_marked_and_nothing_typed_becomes_a_tag(
    browse: Browse, lin: Actor, hengli: Any
) -> None:
    assert "苏州<mark>恒砺</mark>精密机械有限公司" in found(browse, lin, "hengli")
    do(update, hengli, by=lin, name="<b>恒砺</b>&精密")
    assert "&lt;b&gt;<mark>恒砺</mark>&lt;/b&gt;&amp;精密" in found(browse, lin, "恒砺")


def test_a_prefix_narrows_the_search(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(create, by=lin, on=registry.desk("contact").model, name="恒砺")
    people = found(browse, lin, "@恒砺")
    assert "/contact/" in people
    assert "/account/" not in people
    assert f'href="/account/{hengli.pk}"' in found(browse, lin, f"#{hengli.number}")
    commands = found(browse, lin, ">")
    assert 'href="/account/new"' in commands
    assert f'href="/account/{hengli.pk}"' not in commands
    assert "/new" not in found(browse, lin, ">xyzzy")


def test_only_allowed_commands_are_offered(browse: Browse, lin: Actor, sun: Actor) -> None:
    assert 'href="/account/new"' in found(browse, lin, ">")
    assert "/new" not in found(browse, sun, ">")


def test_without_text_it_shows_what_one_worked_on(browse: Browse, lin: Actor, chen: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, city="苏州")
    assert "苏州恒砺精密机械有限公司" in found(browse, lin, "")
    assert "苏州恒砺精密机械有限公司" not in found(browse, chen, "")


@pytest.mark.parametrize("text", ["", "恒", "@张", "#AC", ">", "%", "'", "\\", "＞", "\x00"])
def test_any_text_costs_few_queries(
    browse: Browse, lin: Actor, hengli: Any, zhangsan: Any, kongya: Any, text: str
) -> None:
    for record in (hengli, zhangsan, kongya):
        do(update, record, by=lin, remark="看过")
    client = browse(lin)
    client.get("/search", headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/search", {"q": text}, headers={"HX-Request": "true"}).status_code == 200
    assert len(asked) <= 5


def test_it_is_a_page_without_a_script(browse: Browse, lin: Actor) -> None:
    assert "<html" in browse(lin).get("/search?q=恒").content.decode()


# ---------------------------------------------------------------------- the link picker


def titles(browse: Browse, actor: Actor, slug: str, text: str = "") -> list[str]:
    return re.findall(r'data-label="([^"]*)"', browse(actor).get(f"/{slug}/options", {"q": text}).content.decode())


def test_a_picker_offers_what_one_may_see(browse: Browse, lin: Actor, zhao: Actor) -> None:
    assert set(titles(browse, lin, "account")) == {"苏州恒砺精密机械有限公司", "联合化工有限公司"}
    assert titles(browse, lin, "account", "lianhe") == ["联合化工有限公司"]
    assert titles(browse, lin, "account", "兴华") == []
    assert titles(browse, zhao, "account", "兴华") == ["广州兴华纺织有限公司"]
    assert titles(browse, lin, "user", "陈") == ["陈默"]


def test_a_picker_offers_to_make_what_is_missing(browse: Browse, lin: Actor, sun: Actor) -> None:
    assert 'href="/account/new?name=' in browse(lin).get("/account/options", {"q": "新的"}).content.decode()
    assert "/new" not in browse(sun).get("/account/options", {"q": "新的"}).content.decode()


@pytest.mark.parametrize("slug", [desk.slug for desk in registry.desks()])
def test_every_object_can_be_picked(browse: Browse, zhou: Actor, slug: str) -> None:
    assert browse(zhou).get(f"/{slug}/options").status_code == 200
    assert browse(zhou).get(f"/{slug}/options?q=a").status_code == 200
