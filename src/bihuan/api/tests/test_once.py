"""A request with an Idempotency-Key has one effect and one answer, however often and however close together it is sent."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, models
from tests.cast import record

from bihuan.api.tests.conftest import Program, Programs, token
from bihuan.core.access import Actor
from bihuan.core.once import Once
from bihuan.parties.account import Account


def named(name: str) -> int:
    return Account._base_manager.filter(name=name).count()


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    first = caller.post("account", {"name": "一次"}, Idempotency_Key="k-1")
    again = caller.post("account", {"name": "一次"}, Idempotency_Key="k-1")
    assert (again.status_code, again.content, again["Location"], again["ETag"]) == (
        201, first.content, first["Location"], first["ETag"],
    )  # fmt: skip
    assert (again["Idempotency-Replayed"], named("一次")) == ("true", 1)
    assert caller.post("account", {"name": "一次", "anyway": True}, Idempotency_Key="k-2").status_code == 201
    assert named("一次") == 2


@pytest.mark.django_db
def test_a_key_stands_for_one_request(lin: Actor, chen: Actor, program: Programs, hengli: models.Model) -> None:
    caller = program(lin)
    caller.post("account", {"name": "一次"}, Idempotency_Key="k")
    for refused in (
        caller.post("account", {"name": "二次"}, Idempotency_Key="k"),
        caller.post("contact", {"name": "一次"}, Idempotency_Key="k"),
        caller.patch(f"account/{hengli.pk}", {"name": "一次"}, Idempotency_Key="k"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "reused")
    # another token's keys are its own
    assert program(lin).post("account", {"name": "三次"}, Idempotency_Key="k").status_code == 201
    assert program(chen).post("account", {"name": "四次"}, Idempotency_Key="k").status_code == 201


@pytest.mark.django_db
def test_what_was_refused_may_be_sent_again(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    assert caller.post("account", {"name": " "}, Idempotency_Key="k").status_code == 422
    assert caller.post("account", {"name": "好"}, Idempotency_Key="k").status_code == 201
    for odd in ("", "a b", "x" * 121, "键"):
        assert caller.post("account", {"name": "坏"}, Idempotency_Key=odd).status_code == 400
    assert named("坏") == 0


@pytest.mark.django_db
def test_commands_and_changes_are_carried_out_once(lin: Actor, program: Programs, hengli: models.Model) -> None:
    caller = program(lin)
    for _ in range(3):
        assert caller.patch(f"account/{hengli.pk}", {"city": "苏州"}, Idempotency_Key="p").json()["version"] == 2
        assert caller.post(f"account/{hengli.pk}/archive", Idempotency_Key="a").json()["version"] == 3
    assert record("account", pk=hengli.pk).version == 3


@pytest.mark.django_db(transaction=True)
def test_fifty_at_the_same_instant_have_one_effect(lin: Actor) -> None:
    secret, together = token(lin).secret, Barrier(10)

    def send(place: int) -> tuple[int, bytes, bool]:
        together.wait(timeout=20)
        try:
            answer = Program(secret).post("account", {"name": "五十"}, Idempotency_Key="fifty")
        finally:
            connection.close()
        return answer.status_code, answer.content, "Idempotency-Replayed" in answer

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(50)))
    assert named("五十") == 1
    assert Counter(status for status, _body, _again in answers) == {201: 50}
    assert len({body for _status, body, _again in answers}) == 1
    assert sum(again for _status, _body, again in answers) == 49
    assert Once.objects.count() == 1
