"""Leads wait for an answer as contacts do: whoever writes for the first time waits most of all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import time_machine
from tests.cast import new

from bihuan.core import event, job
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.notify import Notification
from bihuan.core.run import do
from bihuan.core.verbs import assign, create
from bihuan.people.user import User
from bihuan.sales.commands import convert_lead
from bihuan.sales.lead import Lead
from bihuan.touch.commands import log_touch
from bihuan.touch.inbox import inbox
from bihuan.touch.response import escalate
from bihuan.touch.touchpoint import Touchpoint
from bihuan.touch.waiting import Waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday(firm: None) -> Any:
    """A Wednesday evening on which WeChat is to be answered within half an hour, and a manager hears of it an hour later."""
    with time_machine.travel(datetime.fromisoformat("2026-03-18 19:00+08:00"), tick=False):
        new("responserule", name="微信", channel="微信", first_minutes=30, further_minutes=120, escalate_minutes=60)
        yield


def writes(lead: Lead, clock: str, direction: str = "in", **inputs: Any) -> Touchpoint:
    at = {"channel": "微信", "direction": direction, "at": f"2026-03-18 {clock}", "text": clock}
    return do(create, by=SYSTEM, on=Touchpoint, about="lead", about_id=lead.pk, **at, **inputs)


def lead_of(owner: Actor | None, person: str = "沈国强") -> Lead:
    return new("lead", company="宁波北仑模具有限公司", person=person, owner=owner and owner.user_id)


def waits() -> list[tuple[str, int | None, str]]:
    rows = Waiting._base_manager.order_by("pk").select_related("touchpoint")
    return [(each.touchpoint.text, each.owner_id, each.state) for each in rows]


def deliver() -> None:
    while event.deliver() or job.run_next():
        pass


def test_who_writes_waits_for_the_owner_of_the_lead_until_somebody_writes_back(lin: Actor) -> None:
    lead = lead_of(lin)
    writes(lead, "10:00")
    writes(lead, "10:20")
    assert waits() == [("10:20", lin.user_id, "waiting")]
    line = inbox(lin, "mine", 10)[0]
    assert (line.who, line.is_late, line.time) == ("宁波北仑模具有限公司", True, "6:30 over")
    assert line.answer_url.startswith(f"/lead/{lead.pk}/do/log_touch")
    writes(lead_of(lin, "别人"), "11:00", "out")
    assert inbox(lin, "mine", 10) != [], "an answer to another lead is none to this one"
    do(log_touch, lead, by=lin, channel=Touchpoint._base_manager.first().channel_id, text="马上来", direction="out")
    assert waits() == [("10:20", lin.user_id, "answered")]
    assert inbox(lin, "mine", 10) == []


def test_a_manager_hears_of_the_lead_by_its_name(lin: Actor, wang: Actor) -> None:
    User._base_manager.filter(pk=lin.user_id).update(manager_id=wang.user_id)
    writes(lead_of(lin), "10:00")
    assert escalate() == 1
    told = Notification.objects.get(user_id=wang.user_id, key__startswith="waiting:")
    assert told.arguments["who"] == "宁波北仑模具有限公司"


def test_whoever_gets_the_lead_owes_the_answer(lin: Actor, zhao: Actor) -> None:
    lead = lead_of(None)
    writes(lead, "10:00")
    assert waits() == [("10:00", None, "waiting")]
    do(assign, lead, by=SYSTEM, owner=lin.user_id)
    deliver()
    assert waits() == [("10:00", lin.user_id, "waiting")]
    do(assign, lead, by=SYSTEM, owner=zhao.user_id)
    deliver()
    assert waits() == [("10:00", zhao.user_id, "waiting")]


def test_a_lead_that_becomes_a_contact_goes_on_waiting_as_that(lin: Actor) -> None:
    lead = lead_of(lin)
    writes(lead, "10:00")
    do(convert_lead, lead, by=lin)
    lead.refresh_from_db()
    wait = Waiting._base_manager.get()
    assert (wait.contact_id, wait.account_id, wait.state) == (lead.contact_id, lead.account_id, "waiting")
    assert inbox(lin, "mine", 10)[0].who == "沈国强"
    do(
        create,
        by=lin,
        on=Touchpoint,
        channel="微信",
        direction="out",
        at="2026-03-18 18:00",
        text="好",
        contact=lead.contact_id,
    )
    assert waits() == [("10:00", lin.user_id, "answered")]
