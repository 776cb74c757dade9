"""Handing over: nothing is left behind, whatever there is to own; and only then does the account close."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.test import Client
from tests.cast import new, record
from tests.contract.values import sample

from bihuan.core import job, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Refused
from bihuan.core.job import Job
from bihuan.core.run import do
from bihuan.core.verbs import archive, update
from bihuan.people import handing_over, staff
from bihuan.people.commands import hand_over, set_grants
from bihuan.people.role import Reach
from bihuan.people.tests.doors import sign_in, with_password
from bihuan.people.user import User
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def belongings(lin: Actor) -> dict[str, int]:
    """林 owns some of everything that can be owned, one of each put away."""
    for desk in handing_over.owned():
        made = [sample(desk, lin, 40 + n) for n in range(3)]
        do(archive, made[0], by=lin)
    return {desk.slug: count for desk, count in handing_over.left_behind(lin.user_id)}


def owners(slug: str) -> Counter[int]:
    return Counter(registry.desk(slug).model._base_manager.values_list("owner", flat=True))


def work() -> Job:
    while job.run_next():
        pass
    return Job.objects.latest("pk")


def test_nothing_is_left_behind(
    belongings: dict[str, int], zhou: Actor, lin: Actor, chen: Actor, client: Client
) -> None:
    with_password(lin)
    sign_in(client, "lin")
    territory = new("territory", name="华东", members=[lin.user_id, zhou.user_id])
    report = new("user", name="下属", manager=lin.user_id)
    do(update, User._base_manager.get(pk=chen.user_id), by=SYSTEM, manager=lin.user_id)
    assert belongings.keys() == {desk.slug for desk in handing_over.owned()} and min(belongings.values()) >= 3
    before = {slug: owners(slug)[chen.user_id] for slug in belongings}

    do(hand_over, User._base_manager.get(pk=lin.user_id), by=zhou, successor=chen.user_id)
    done = work()

    assert (done.state, done.percent, done.result["done"]) == ("done", 100, sum(belongings.values())), done.error
    assert handing_over.left_behind(lin.user_id) == []
    for slug, count in belongings.items():
        assert (owners(slug)[lin.user_id], owners(slug)[chen.user_id]) == (0, before[slug] + count), slug
    for desk, field in handing_over.naming():
        assert not desk.model._base_manager.filter(archived_at=None, **{field.name: lin.user_id}).exists(), (
            desk,
            field.name,
        )
    assert set(territory.members.values_list("pk", flat=True)) == {chen.user_id, zhou.user_id}
    assert User._base_manager.get(pk=report.pk).manager_id == chen.user_id
    assert User._base_manager.get(pk=chen.user_id).manager_id is None, "nobody is their own manager"
    assert staff.actor(lin.user_id) is None
    assert client.get("/account").status_code == 302


def test_an_object_may_go_to_several_in_turn(belongings, zhou: Actor, lin: Actor, chen: Actor, zhao: Actor) -> None:
    before = owners("account")
    plan = {"account": [chen.user_id, zhao.user_id]}
    do(hand_over, User._base_manager.get(pk=lin.user_id), by=zhou, successor=zhou.user_id, plan=plan)
    work()
    taken = owners("account") - before
    assert set(taken) == {chen.user_id, zhao.user_id} and abs(taken[chen.user_id] - taken[zhao.user_id]) <= 1
    assert owners("contact")[zhou.user_id] == belongings["contact"]


def test_the_page_counts_and_begins(
    belongings, zhou: Actor, lin: Actor, chen: Actor, zhao: Actor, browse: Browse
) -> None:
    client, address = browse(zhou), f"/settings/users/{lin.user_id}/hand-over"
    page = client.get(address).content.decode()
    assert f">{belongings['account']}</td>" in page
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"successor": str(lin.user_id)}).status_code == 422
    answer = client.post(address, {"successor": str(chen.user_id), "task": [str(zhao.user_id)]})
    assert answer["Location"].startswith("/jobs/")
    work()
    assert owners("task")[zhao.user_id] == belongings["task"]
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("wrong", ["oneself", "leaver", "gone", "nobody", "plan", "heir"])
def test_a_plan_that_leads_nowhere_is_refused(wrong: str, zhou: Actor, lin: Actor, chen: Actor, qian: Actor) -> None:
    do(update, User._base_manager.get(pk=qian.user_id), by=SYSTEM, is_active="0")
    leaver, given = lin.user_id, {"successor": chen.user_id}
    given |= {
        "leaver": {"successor": lin.user_id},
        "gone": {"successor": qian.user_id},
        "nobody": {"successor": 987654},
    }.get(wrong, {})
    given |= {"plan": {"plan": {"role": [chen.user_id]}}, "heir": {"plan": {"account": [qian.user_id]}}}.get(wrong, {})
    leaver = zhou.user_id if wrong == "oneself" else leaver
    with pytest.raises(Refused):
        do(hand_over, User._base_manager.get(pk=leaver), by=zhou, **given)
    assert not Job.objects.exists()


def test_only_who_may_edit_users_hands_over(lin: Actor, wang: Actor, chen: Actor, browse: Browse) -> None:
    with pytest.raises(Refused):
        do(hand_over, User._base_manager.get(pk=lin.user_id), by=wang, successor=chen.user_id)
    assert browse(wang).get(f"/settings/users/{lin.user_id}/hand-over").status_code == 403


def test_who_cannot_reach_everything_does_not_close_the_account(lin: Actor, chen: Actor, sun: Actor) -> None:
    """A role that edits users but hands over nothing: the account stays, and the work says so."""
    role = record("role", key="reader")
    do(set_grants, role, by=SYSTEM, grants={"*": {"view": Reach.ALL}, "user": {"edit": Reach.ALL}})
    do(hand_over, User._base_manager.get(pk=lin.user_id), by=staff.actor(sun.user_id), successor=chen.user_id)
    done = work()
    assert done.state == "done" and done.result["refused"]
    assert handing_over.left_behind(lin.user_id) and staff.actor(lin.user_id) is not None


def test_it_goes_on_where_it_broke_off(
    belongings: Any, zhou: Actor, lin: Actor, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "BATCH", 2)
    do(hand_over, User._base_manager.get(pk=lin.user_id), by=zhou, successor=chen.user_id)
    steps = iter([False, False, True])
    job.run_next(lambda: next(steps, False))
    assert handing_over.left_behind(lin.user_id) and Job.objects.latest("pk").state == "queued"
    assert staff.actor(lin.user_id) is not None
    done = work()
    assert done.result["done"] == sum(belongings.values()) and not handing_over.left_behind(lin.user_id)
