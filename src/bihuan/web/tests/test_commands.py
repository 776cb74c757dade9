"""The buttons of a record: what they ask, what they do, and what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.choice import options
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def read(answer: Any) -> str:
    return answer.content.decode()


def on_page(record: Any) -> dict[str, str]:
    """The headers of a swap that is asked for from the record's own page."""
    return {"HX-Request": "true", "HX-Current-URL": f"http://testserver/{record._meta.model_name}/{record.pk}?tab=all"}


def test_a_command_asks_in_the_dialog_or_on_a_page(
    browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]
) -> None:
    client, address = browse(lin), f"/account/{hengli.pk}/do/assign"
    dialog, page = client.get(address, headers=htmx), client.get(address)
    assert dialog["HX-Retarget"] == "#dialog"
    assert "<html" not in read(dialog)
    for answer in (dialog, page):
        assert 'name="owner"' in read(answer)
        assert f'action="{address}"' in read(answer)


def test_on_its_own_page_the_parts_are_drawn_anew(browse: Browse, lin: Actor, chen: Actor, hengli: Any) -> None:
    answer = browse(lin).post(f"/account/{hengli.pk}/do/assign", {"owner": chen.user_id}, headers=on_page(hengli))
    hengli.refresh_from_db()
    assert hengli.owner_id == chen.user_id
    parts = read(answer)
    for name in ("header", "facts", "timeline"):
        assert f'hx-target="#{name}-account-{hengli.pk}"' in parts
    assert "陈默" in parts
    assert "data-cell" not in parts  # it is a teammate's now


def test_on_another_page_the_page_hears_of_it(
    browse: Browse, lin: Actor, hengli: Any, kongya: Any, stages: dict[str, int]
) -> None:
    answer = browse(lin).post(f"/opportunity/{kongya.pk}/do/move", {"stage": stages["谈判"]}, headers=on_page(hengli))
    assert read(answer) == ""
    assert "changed" in json.loads(answer["HX-Trigger"])


def test_without_scripts_one_comes_back_to_the_record(
    browse: Browse, lin: Actor, kongya: Any, stages: dict[str, int]
) -> None:
    answer = browse(lin).post(f"/opportunity/{kongya.pk}/do/move", {"stage": stages["方案"]})
    assert (answer.status_code, answer["Location"]) == (303, f"/opportunity/{kongya.pk}")


def test_a_stage_asks_for_what_it_needs(browse: Browse, lin: Actor, kongya: Any, stages: dict[str, int]) -> None:
    client, address = browse(lin), f"/opportunity/{kongya.pk}/do/move"
    asked = client.post(address, {"stage": stages["输单"]}, headers=on_page(kongya))
    assert (asked.status_code, asked["HX-Retarget"]) == (422, "#dialog")
    assert 'name="loss_reason"' in read(asked)
    assert f'<option value="{stages["输单"]}" selected' in read(asked)
    reason = options("loss_reason")[0].id
    client.post(address, {"stage": stages["输单"], "loss_reason": reason}, headers=on_page(kongya))
    kongya.refresh_from_db()
    assert (kongya.stage_id, kongya.loss_reason_id) == (stages["输单"], reason)


def test_archiving_asks_and_can_be_taken_back(browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]) -> None:
    client = browse(lin)
    assert "<form" in read(client.get(f"/account/{hengli.pk}/do/archive", headers=htmx))
    done = client.post(f"/account/{hengli.pk}/do/archive", headers=on_page(hengli))
    undo = json.loads(done["HX-Trigger"])["toast"]["undo_url"]
    assert undo == f"/account/{hengli.pk}/do/restore"
    assert "<textarea" not in read(done)  # the composer is closed
    client.post(undo, headers=on_page(hengli))
    hengli.refresh_from_db()
    assert hengli.archived_at is None


def test_a_command_with_nothing_to_ask_is_a_button(browse: Browse, lin: Actor) -> None:
    task = do(create, by=lin, on=registry.desk("task").model, title="回访")
    client = browse(lin)
    page = read(client.get(f"/task/{task.pk}"))
    assert f'action="/task/{task.pk}/do/finish_task"' in page
    assert "reopen_task" not in page  # the state does not allow it
    client.post(f"/task/{task.pk}/do/finish_task")
    task.refresh_from_db()
    assert task.state == "done"
    assert "reopen_task" in read(client.get(f"/task/{task.pk}"))


def test_what_one_may_not_do_is_refused(browse: Browse, chen: Actor, zhao: Actor, hengli: Any) -> None:
    address = f"/account/{hengli.pk}/do/archive"
    assert browse(chen).get(address).status_code == 403
    assert browse(chen).post(address).status_code == 403
    assert browse(zhao).post(address).status_code == 404
    assert browse(chen).post(f"/account/{hengli.pk}/do/nothing").status_code == 404
    hengli.refresh_from_db()
    assert hengli.archived_at is None


def test_a_refusal_without_a_field_is_said_in_the_dialog(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    client.post(f"/account/{hengli.pk}/do/archive")
    again = client.post(f"/account/{hengli.pk}/do/archive", headers=on_page(hengli))
    assert again.status_code == 422
    assert 'role="alert"' in read(again)


def test_a_refused_page_says_what_to_do(browse: Browse, chen: Actor, hengli: Any) -> None:
    page = read(browse(chen).get(f"/account/{hengli.pk}/do/archive"))
    assert '<div class="empty">' in page
    assert 'href="/"' in page
