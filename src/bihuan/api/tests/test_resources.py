"""What the API answers: records, pages of them, changes, refusals in the caller's language."""

from __future__ import annotations

import base64
import errno
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils import timezone
from tests.cast import new, record

from bihuan.api.door import BODY_LIMIT
from bihuan.api.tests.conftest import Programs
from bihuan.api.token import ApiToken
from bihuan.core import audit
from bihuan.core.access import Actor
from bihuan.core.attached import Attachment
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.parties.account import Account

pytestmark = pytest.mark.django_db


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The members of a problem, which is the one expected."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code), body
    return body


# ---------------------------------------------------------------------- reading


def test_a_record_tells_amounts_links_choices_and_moments(
    lin: Actor, program: Programs, kongya: models.Model, hengli: models.Model
) -> None:
    do(
        update,
        kongya,
        by=lin,
        amount="1180000.5",
        next_step_at="2026-03-17T14:30:00+08:00",
        expected_close="2026-04-01",
    )
    answer = program(lin).get(f"opportunity/{kongya.pk}")
    told = answer.json()
    assert answer["ETag"] == f'"{told["version"]}"'
    assert told["amount"] == {"amount": "1180000.50", "currency": "CNY"}
    assert told["account"] == {"id": hengli.pk, "title": "苏州恒砺精密机械有限公司"}
    assert told["stage"] == {"id": kongya.stage_id, "key": "初步接触", "label": "初步接触", "kind": "open"}
    assert (told["next_step_at"], told["expected_close"]) == ("2026-03-17T06:30:00Z", "2026-04-01")
    assert (told["contact"], told["archived"], told["days_in_stage"]) == (None, False, 0)


def test_labels_follow_the_language_asked_for(lin: Actor, program: Programs, hengli: models.Model) -> None:
    labels = {
        language: program(lin).get(f"account/{hengli.pk}?fields=kind", Accept_Language=language).json()["kind"]["label"]
        for language in ("en", "zh-CN", "zh-TW")
    }
    assert labels == {"en": "Company", "zh-CN": "公司", "zh-TW": "公司"}
    assert program(lin).get(f"account/{hengli.pk}", Accept_Language="zh-TW")["Content-Language"] == "zh-hant"
    chinese = problem(program(lin).get("account/999999", Accept_Language="zh-Hant"), 404, "not_found")
    assert chinese["title"] == "找不到"


def test_the_users_own_language_counts_where_none_is_asked_for(lin: Actor, zhou: Actor, program: Programs) -> None:
    do(update, record("user", pk=lin.user_id), by=zhou, language="zh-hant")
    caller = program(lin)
    del caller.headers["Accept-Language"]
    assert problem(caller.get("account/999999"), 404, "not_found")["title"] == "找不到"


def test_a_list_is_filtered_sorted_narrowed_and_searched(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    listed = caller.get("account?sort=name&fields=name,level.name,owner&owner.in=me").json()
    assert [each["name"] for each in listed["items"]] == ["苏州恒砺精密机械有限公司"]
    assert listed["items"][0].keys() == {"id", "version", "archived", "name", "level.name", "owner"}
    assert [each["name"] for each in caller.get("account?q=联合").json()["items"]] == ["联合化工有限公司"]
    for path in ("account?nothing=1", "account?size=0", "account?size=x", "account?archived=1", "account?q=1&q=2"):
        problem(caller.get(path), 400, "malformed")
    for path in (
        "account?sort=nothing",
        "account?fields=nothing",
        "account?nothing.is=1",
        "account?after=x",
        "account?name.gte=1",
    ):
        problem(caller.get(path), 422, "refused")


def test_cursors_lead_over_every_record_once_and_back(lin: Actor, program: Programs) -> None:
    for n in range(7):
        new("account", name=f"第{n}户", owner=lin.user_id, annual_purchase="5" if n % 2 else None)
    caller, seen, path = program(lin), [], "account?size=2&sort=annual_purchase&fields=name"
    while path:
        answer = caller.get(path)
        seen.append([each["id"] for each in answer.json()["items"]])
        ways = dict(reversed(part.strip().split("; ")) for part in answer.get("Link", "").split(",") if part)
        path = ways.get('rel="next"', "").strip("<>")
    assert len(seen) == 5
    assert len({key for page in seen for key in page}) == 9
    assert caller.get(ways['rel="previous"'].strip("<>")).json()["items"][0]["id"] == seen[3][0]


def test_the_recycle_bin(lin: Actor, program: Programs, hengli: models.Model) -> None:
    caller = program(lin)
    assert caller.post(f"account/{hengli.pk}/archive").json()["archived"] is True
    assert hengli.pk not in [each["id"] for each in caller.get("account").json()["items"]]
    assert [each["id"] for each in caller.get("account?archived=true").json()["items"]] == [hengli.pk]
    problem(caller.post(f"account/{hengli.pk}/archive"), 422, "refused")
    assert caller.post(f"account/{hengli.pk}/restore").json()["archived"] is False


# ---------------------------------------------------------------------- changing


def test_a_record_is_made_changed_and_told_who_did_it(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    made = caller.post("account", {"name": "新户", "level": "A", "annual_purchase": "12.5", "kind": "company"})
    assert made.status_code == 201
    assert made["Location"] == f"/api/v1/account/{made.json()['id']}"
    assert caller.get(made["Location"]).json() == made.json()
    changed = caller.patch(made["Location"], {"annual_purchase": None, "employees": 12}).json()
    assert (changed["annual_purchase"], changed["employees"], changed["version"]) == (None, 12, 2)
    entry = audit.history("account", changed["id"])[0]
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("token", lin.user_id, "林晓 · test")


def test_wrong_inputs_are_told_place_by_place(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    wrong = {"level": 1.5, "annual_purchase": 12, "employees": "3", "kind": "firm", "nothing": 1, "phone": "x" * 41}
    assert problem(caller.post("account", wrong), 400, "malformed")["errors"].keys() == {"name", *wrong}
    refused = problem(
        caller.post("account", {"name": "  ", "tax_id": "123", "level": "Z", "parent": 999999}), 422, "invalid"
    )
    assert refused["errors"].keys() == {"name", "level"}
    assert problem(caller.post("account", {"name": "甲", "parent": 999999}), 422, "invalid")["errors"].keys() == {
        "parent"
    }


def test_a_command_takes_its_inputs(
    lin: Actor, program: Programs, kongya: models.Model, stages: dict[str, int]
) -> None:
    caller = program(lin)
    problem(caller.post(f"opportunity/{kongya.pk}/move", {}), 400, "malformed")
    moved = caller.post(f"opportunity/{kongya.pk}/move", {"stage": stages["方案"]}).json()
    assert moved["stage"]["label"] == "方案"
    problem(caller.post(f"opportunity/{kongya.pk}/move", {"stage": stages["输单"]}), 422, "invalid")
    problem(caller.post(f"opportunity/{kongya.pk}/nothing", {}), 404, "not_found")
    problem(caller.post(f"opportunity/{kongya.pk}/update", {}), 404, "not_found")


def test_what_is_handed_out_of_sight_is_told_no_more(
    lin: Actor, zhao: Actor, program: Programs, hengli: models.Model
) -> None:
    answer = program(lin).post(f"account/{hengli.pk}/assign", {"owner": zhao.user_id})
    assert (answer.status_code, answer.content) == (204, b"")
    problem(program(lin).get(f"account/{hengli.pk}"), 404, "not_found")


def test_a_file_comes_in_base64(lin: Actor, program: Programs, hengli: models.Model) -> None:
    caller = program(lin)
    file = {"name": "合同.txt", "media_type": "text/plain", "content": base64.b64encode("内容".encode()).decode()}
    made = caller.post("attachment", {"about": "account", "about_id": hengli.pk, "file": file})
    assert made.status_code == 201
    kept = Attachment._base_manager.get(pk=made.json()["id"])
    assert (kept.name, kept.file.read().decode(), kept.media_type) == ("合同.txt", "内容", "text/plain")
    problem(
        caller.post("attachment", {"about": "account", "about_id": hengli.pk, "file": file | {"content": "?"}}),
        422,
        "refused",
    )
    problem(caller.post("attachment", {"about": "account", "about_id": hengli.pk, "file": "x"}), 400, "malformed")


def test_amounts_are_exact(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    made = caller.post("account", {"name": "大户", "annual_purchase": "512592148218348.46"}).json()
    assert made["annual_purchase"]["amount"] == "512592148218348.46"
    assert record("account", pk=made["id"]).annual_purchase == Decimal("512592148218348.46")
    for wrong in (0.1, "1,000", "0.12345", "1e3", "万", ""):
        assert caller.post("account", {"name": "x", "annual_purchase": wrong}).status_code in (400, 422)


# ---------------------------------------------------------------------- what was changed meanwhile


def test_if_match_refuses_a_stale_change_and_shows_both_sides(
    lin: Actor, chen: Actor, wang: Actor, program: Programs, hengli: models.Model
) -> None:
    caller, here = program(lin), f"account/{hengli.pk}"
    known = caller.get(here)["ETag"]
    do(update, record("account", pk=hengli.pk), by=wang, city="苏州", level="B")
    refused = caller.patch(here, {"city": "上海"}, If_Match=known)
    told = problem(refused, 412, "stale")
    assert (told["current"]["city"], told["yours"]) == ("苏州", {"city": "上海"})
    assert set(told["changed"]) == {"city", "level"}
    assert refused["ETag"] == f'"{told["current"]["version"]}"'
    # also where other fields were changed, for commands, and for tags that name no version
    problem(caller.patch(here, {"remark": "x"}, If_Match=known), 412, "stale")
    problem(caller.post(f"{here}/archive", If_Match=known), 412, "stale")
    for odd in ('W/"2"', "2", "nothing", '"99"', ""):
        problem(caller.patch(here, {"remark": "x"}, If_Match=odd), 412, "stale")
    assert caller.patch(here, {"city": "上海"}, If_Match=refused["ETag"]).status_code == 200
    assert caller.patch(here, {"city": "无锡"}, If_Match="*").status_code == 200
    assert record("account", pk=hengli.pk).city == "无锡"


# ---------------------------------------------------------------------- many at once


def test_many_calls_are_done_as_far_as_they_may(
    lin: Actor, program: Programs, hengli: models.Model, lianhe: models.Model, xinghua: models.Model
) -> None:
    calls = [
        {"id": hengli.pk, "version": 1, "inputs": {"city": "苏州"}},
        {"id": lianhe.pk, "inputs": {"city": "苏州"}},
        {"id": xinghua.pk, "inputs": {"city": "苏州"}},
        {"id": hengli.pk, "version": 7, "inputs": {"remark": "x"}},
        {"id": hengli.pk, "inputs": {"level": "Z"}},
    ]
    told = program(lin).post("account/bulk", {"command": "update", "calls": calls}).json()
    assert [each["status"] for each in told["results"]] == [200, 403, 404, 412, 422]
    assert (told["done"], told["refused"]) == (1, 4)
    assert told["results"][4]["problem"]["errors"].keys() == {"level"}
    assert record("account", pk=hengli.pk).city == "苏州"


def test_many_calls_are_all_or_nothing_where_that_is_asked_for(
    lin: Actor, program: Programs, hengli: models.Model
) -> None:
    body = {"command": "create", "partial": False, "calls": [{"inputs": {"name": "甲"}}, {"inputs": {"name": " "}}]}
    problem(program(lin).post("account/bulk", body), 422, "invalid")
    assert not record_exists("甲")
    body["partial"] = True
    assert program(lin).post("account/bulk", body).json()["done"] == 1
    assert record_exists("甲")


def record_exists(name: str) -> bool:
    return Account._base_manager.filter(name=name).exists()


def test_many_calls_must_fit(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    for body in (
        {}, {"command": "update"}, {"command": "update", "calls": []}, {"command": "nothing", "calls": [{"id": 1}]},
        {"command": "update", "calls": [{"inputs": {}}]}, {"command": "update", "calls": [{"id": 1, "inputs": {"nothing": 1}}]},
        {"command": "create", "calls": [{"id": 1, "inputs": {"name": "甲"}}]}, {"command": "create", "calls": [{}]},
        {"command": "update", "calls": [{"id": 1}] * 501}, {"command": 5, "calls": [{"id": 1}]},
    ):  # fmt: skip
        problem(caller.post("account/bulk", body), 400, "malformed")


# ---------------------------------------------------------------------- at the door


def test_bodies_that_are_none(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    for body in (b"{", b"[]", b"1", b'"x"', b"\xff", b'{"name": NaN}', b'{"name": "\\ud800"}', b"[" * 5000):
        problem(caller.post("account", body), 400, "malformed")
    problem(caller.post("account", b"name=x", Content_Type="application/x-www-form-urlencoded"), 415, "media_type")
    problem(caller.post("account", b" " * (BODY_LIMIT + 1)), 413, "too_large")
    problem(caller.post("account?x=1", {"name": "甲"}), 400, "malformed")
    problem(caller.ask("DELETE", "account"), 405, "method")
    problem(caller.ask("PUT", "nothing/at/all/here"), 405, "method")


def test_too_many_requests_must_wait(lin: Actor, chen: Actor, program: Programs, settings: Any) -> None:
    settings.API_RATE = 3
    caller = program(lin)
    left = [caller.get("account/1?fields=name")["RateLimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    refused = caller.get("account")
    problem(refused, 429, "rate")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert program(chen).get("account").status_code == 200


def test_a_fault_is_told_without_its_details(lin: Actor, program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("bihuan.api.resources.opened_to", broken)
    answer = program(lin).get("account")
    assert "secret" not in str(problem(answer, 500, "fault"))


def test_what_the_machine_lacks_is_told(lin: Actor, program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bihuan.api.resources.opened_to", full)
    answer = program(lin).get("account")
    assert "disk is full" in problem(answer, 503, "outage")["detail"]
    assert answer["Retry-After"]


def test_a_copy_for_reading_notes_no_use_of_a_token(lin: Actor, program: Programs, settings: Any) -> None:
    settings.READ_ONLY = True
    assert program(lin).get("account").status_code == 200
    assert set(ApiToken._base_manager.values_list("last_used_at", flat=True)) == {None}


def test_it_is_not_kept_and_not_confused_by_caches(lin: Actor, program: Programs) -> None:
    answer = program(lin).get("account")
    assert "no-store" in answer["Cache-Control"]
    assert {"Authorization", "Accept-Language"} <= {part.strip() for part in answer["Vary"].split(",")}


# ---------------------------------------------------------------------- as it was


def test_a_record_as_it_was(
    lin: Actor, chen: Actor, program: Programs, hengli: models.Model, zhangsan: models.Model
) -> None:
    touch = new("touchpoint", channel="电话", account=hengli.pk, others=[zhangsan.pk], owner=lin.user_id, text="甲")
    do(update, hengli, by=lin, city="苏州", annual_purchase="10", level="A")
    moment = timezone.now().isoformat().replace("+00:00", "Z")
    do(update, hengli, by=lin, city="昆山", annual_purchase="20", level="B")
    do(update, touch, by=lin, others=[], text="乙")

    now, answer = (
        program(lin).get(f"account/{hengli.pk}").json(),
        program(lin).get(f"account/{hengli.pk}?as_of={moment}"),
    )
    then = answer.json()
    assert then.keys() == now.keys()
    assert (then["city"], then["annual_purchase"]["amount"], then["level"]["label"]) == ("苏州", "10.00", "A")
    assert (now["city"], now["level"]["label"]) == ("昆山", "B")
    assert (then["version"], now["version"], answer["ETag"]) == (2, 3, '"2"')
    assert then["open_amount"] is None and then["owner"] == now["owner"]
    held = program(lin).get(f"touchpoint/{touch.pk}?as_of={moment}&fields=others,text,account").json()
    assert held["others"] == [{"id": zhangsan.pk, "title": "张三"}] and held["text"] == "甲"
    assert held["account"] == {"id": hengli.pk, "title": "苏州恒砺精密机械有限公司"}


def test_a_moment_that_cannot_be_told_is_refused(
    lin: Actor, zhao: Actor, program: Programs, hengli: models.Model
) -> None:
    path = f"account/{hengli.pk}?as_of="
    problem(program(lin).get(f"{path}2001-01-01T00:00:00Z"), 422, "refused")
    problem(program(lin).get(f"{path}soon"), 422, "refused")
    problem(program(lin).get(f"{path}2100-01-01T00:00:00Z&fields=owner.name"), 422, "refused")
    problem(program(zhao).get(f"{path}2100-01-01T00:00:00Z"), 404, "not_found")


def test_now_as_of_now_is_now(lin: Actor, program: Programs, kongya: models.Model, zhangsan: models.Model) -> None:
    """Told by the audit and by the list engine alike, but for what nobody wrote down."""
    for path in (f"opportunity/{kongya.pk}", f"contact/{zhangsan.pk}"):
        now, then = (program(lin).get(each).json() for each in (path, f"{path}?as_of=2100-01-01T00:00:00Z"))
        unknown = {"days_in_stage", "forecast_category", "last_touch_at", "changed_at"}
        assert {name: value for name, value in now.items() if name not in unknown} == {
            name: value for name, value in then.items() if name not in unknown
        }
