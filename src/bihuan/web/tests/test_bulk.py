"""A command on many records of a list."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bihuan.core import job, registry
from bihuan.core.access import Actor
from bihuan.core.run import Call, run
from bihuan.core.verbs import create
from bihuan.web.tests.conftest import Browse
from bihuan.web.views import bulk as bulk_view

pytestmark = pytest.mark.django_db

account = registry.desk("account").model


def send(client: Client, name: str, records: list[Any], **given: Any) -> Any:
    return client.post(
        f"/account/bulk/{name}", {"id": [record.pk for record in records], "next": "/account?view=all", **given}
    )


def report(client: Client) -> str:
    return client.get("/account?view=all").content.decode()


def test_many_are_handed_over_at_once(browse: Browse, zhou: Actor, chen: Actor, hengli: Any, xinghua: Any) -> None:
    client = browse(zhou)
    asked = send(client, "assign", [hengli, xinghua])
    assert f'name="ids" value="{hengli.pk},{xinghua.pk}"' in asked.content.decode()
    given = {"ids": f"{hengli.pk},{xinghua.pk}", "go": "1", "owner": str(chen.user_id), "next": "/account?view=all"}
    answer = client.post("/account/bulk/assign", given)
    assert answer["Location"] == "/account?view=all"
    assert set(account._base_manager.filter(owner=chen.user_id).values_list("short_name", flat=True)) == {
        "恒砺",
        "联合",
        "兴华",
    }


def test_what_cannot_be_done_is_named_and_the_rest_is_done(
    browse: Browse, lin: Actor, hengli: Any, lianhe: Any
) -> None:
    client = browse(lin)
    send(client, "archive", [hengli, lianhe])
    assert list(account._base_manager.filter(archived_at__isnull=False).values_list("short_name", flat=True)) == [
        "恒砺"
    ]
    assert "联合化工有限公司</b>" in report(client)
    assert "联合化工有限公司</b>" not in report(client)


def test_an_archive_is_taken_back(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    send(client, "archive", [hengli])
    assert f"/account/bulk/restore?ids={hengli.pk}" in report(client)
    client.post(f"/account/bulk/restore?ids={hengli.pk}")
    hengli.refresh_from_db()
    assert hengli.archived_at is None


def test_a_hidden_record_is_neither_touched_nor_named(browse: Browse, lin: Actor, hengli: Any, xinghua: Any) -> None:
    client = browse(lin)
    send(client, "archive", [hengli, xinghua])
    xinghua.refresh_from_db()
    assert xinghua.archived_at is None
    assert "兴华" not in report(client)


def test_a_field_is_edited_on_many(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    assert 'name="bulk-field"' in send(client, "update", [hengli]).content.decode()
    assert 'name="city"' in send(client, "update", [hengli], **{"bulk-field": "city"}).content.decode()
    send(client, "update", [hengli], **{"bulk-field": "city"}, go="1", city="苏州")
    hengli.refresh_from_db()
    assert hengli.city == "苏州"


def test_a_wrong_value_is_asked_for_again(browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]) -> None:
    given = {"ids": hengli.pk, "bulk-field": "employees", "go": "1", "employees": "viele"}
    answer = browse(lin).post("/account/bulk/update", given, headers=htmx)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#dialog")
    assert 'value="viele"' in answer.content.decode()


def test_all_that_match_are_meant_not_only_the_page(browse: Browse, lin: Actor) -> None:
    run(create, [Call({"name": f"第{n}家", "city": "苏州"}) for n in range(70)], by=lin, on=account)
    client = browse(lin)
    asked = client.post("/account/bulk/archive", {"id": ["1"], "all": "1", "list": "city.is=苏州", "next": "/account"})
    ids = asked.content.decode().split('name="ids" value="')[1].split('"')[0]
    assert len(ids.split(",")) == 70
    client.post("/account/bulk/archive", {"ids": ids, "go": "1"})
    assert account._base_manager.filter(city="苏州", archived_at=None).count() == 0
    assert account._base_manager.filter(archived_at=None).count() == 3


def test_very_many_are_done_in_the_background(
    browse: Browse, lin: Actor, lianhe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_view, "AT_ONCE", 5)
    records = run(create, [Call({"name": f"第{n}家"}) for n in range(250)], by=lin, on=account).records
    answer = send(browse(lin), "archive", [*records, lianhe])
    queued = job.Job.objects.get()
    assert answer["Location"] == f"/jobs/{queued.pk}"
    assert job.run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done, queued.result["done"]) == ("done", 251, 250)
    assert [name for name, _sentence in queued.result["refused"]] == ["联合化工有限公司"]


def test_an_export_takes_the_chosen_rows_along(browse: Browse, lin: Actor, hengli: Any) -> None:
    assert send(browse(lin), "export", [hengli])["Location"] == f"/account/export?ids={hengli.pk}"


def test_nothing_chosen_or_allowed_is_refused(browse: Browse, lin: Actor, sun: Actor, hengli: Any) -> None:
    assert browse(lin).post("/account/bulk/archive").status_code == 422
    assert send(browse(lin), "create", [hengli]).status_code == 404
    assert send(browse(lin), "nothing", [hengli]).status_code == 404
    assert send(browse(sun), "archive", [hengli]).status_code == 403
    assert 'id="bulk"' not in browse(sun).get("/account").content.decode()
    assert browse(lin).get("/account/bulk/archive").status_code == 405
