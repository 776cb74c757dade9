"""Editing a value where it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def field(record: Any, name: str) -> str:
    return f"/{record._meta.model_name}/{record.pk}/field/{name}?brief"


def test_the_editor_holds_the_value_and_its_version(browse: Browse, lin: Actor, hengli: Any) -> None:
    text = browse(lin).get(field(hengli, "name")).content.decode()
    assert 'value="苏州恒砺精密机械有限公司"' in text
    assert f'name="version" value="{hengli.version}"' in text


def test_a_saved_value_comes_back_as_the_list_shows_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    answer = browse(lin).post(field(hengli, "annual_purchase"), {"annual_purchase": "386万", "version": hengli.version})
    assert (answer.status_code, answer.content.decode()) == (200, "386.0")
    hengli.refresh_from_db()
    assert hengli.annual_purchase == 3_860_000


def test_giving_up_brings_the_stored_value_back(browse: Browse, lin: Actor, hengli: Any) -> None:
    assert "苏州恒砺精密机械有限公司" in browse(lin).get(field(hengli, "name") + "&show").content.decode()
    assert f'href="/account/{hengli.pk}"' in browse(lin).get(field(hengli, "name") + "&show").content.decode()


def test_a_refused_value_stays_with_its_sentence(browse: Browse, lin: Actor, hengli: Any) -> None:
    answer = browse(lin).post(field(hengli, "annual_purchase"), {"annual_purchase": "很多", "version": hengli.version})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="很多"' in text
    assert 'aria-invalid="true"' in text
    assert "field-error" in text


def test_a_stale_save_shows_both_and_either_can_be_taken(browse: Browse, lin: Actor, zhou: Actor, hengli: Any) -> None:
    do(update, hengli, by=zhou, name="别人的名字")
    client = browse(lin)
    answer = client.post(field(hengli, "name"), {"name": "我的名字", "version": hengli.version})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "别人的名字" in text
    assert "我的名字" in text
    assert "周敏 · <" in text and "刚刚" in text, "whose it is, and since when"
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version is not None
    assert client.post(field(hengli, "name"), {"name": "我的名字", "version": version[1]}).status_code == 200
    hengli.refresh_from_db()
    assert hengli.name == "我的名字"


def test_a_stale_save_of_another_field_goes_through(browse: Browse, lin: Actor, zhou: Actor, hengli: Any) -> None:
    do(update, hengli, by=zhou, city="苏州")
    assert browse(lin).post(field(hengli, "name"), {"name": "我的名字", "version": hengli.version}).status_code == 200


def test_only_what_may_be_edited_can_be(
    browse: Browse, lin: Actor, sun: Actor, lianhe: Any, xinghua: Any, hengli: Any
) -> None:
    rows = browse(lin).get("/account").content.decode()
    assert f'data-cell="/account/{hengli.pk}/field/name?brief"' in rows
    assert f"/account/{lianhe.pk}/field/" not in rows
    assert "field/open_deals" not in rows
    assert browse(lin).post(field(lianhe, "name"), {"name": "抢"}).status_code == 403
    assert browse(lin).get(field(xinghua, "name")).status_code == 404
    assert browse(lin).post(field(hengli, "open_deals"), {"open_deals": "9"}).status_code == 403
    assert browse(lin).get(field(hengli, "nothing")).status_code == 404
    assert "data-cell" not in browse(sun).get("/account").content.decode()
    assert browse(sun).get(field(hengli, "name")).status_code == 403


def test_a_stage_is_moved_and_its_gate_speaks(browse: Browse, lin: Actor, kongya: Any, stages: dict[str, int]) -> None:
    client = browse(lin)
    refused = client.post(field(kongya, "stage"), {"stage": str(stages["输单"]), "version": kongya.version})
    assert refused.status_code == 422
    assert "输单" in refused.content.decode()
    moved = client.post(field(kongya, "stage"), {"stage": str(stages["谈判"]), "version": kongya.version})
    assert "谈判" in moved.content.decode()


def test_an_owner_is_handed_over(browse: Browse, lin: Actor, chen: Actor, hengli: Any) -> None:
    answer = browse(lin).post(field(hengli, "owner"), {"owner": str(chen.user_id), "version": hengli.version})
    assert "陈默" in answer.content.decode()
    hengli.refresh_from_db()
    assert hengli.owner_id == chen.user_id


def test_every_editor_opens_and_saves_what_it_holds(browse: Browse, zhou: Actor, hengli: Any) -> None:
    client = browse(zhou)
    columns = "name,kind,level,parent,phone,website,founded,employees,annual_purchase,currency,owner,tax_id"
    rows = client.get(f"/account?columns={columns}").content.decode()
    names = set(re.findall(r'data-cell="[^"]*/field/(\w+)\?brief"', rows))
    assert names == set(columns.split(","))
    for name in names:
        text = client.get(field(hengli, name)).content.decode()
        assert "<form" in text, name
        assert f'name="{name}"' in text, name
