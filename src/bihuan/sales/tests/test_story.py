"""The first half of the loop as people go it, by what their browsers send: from a campaign to a deal that is won, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.cast import new, next_monday, record

from bihuan.core import event, job
from bihuan.core.access import Actor
from bihuan.market.campaign import Campaign
from bihuan.market.lead_form import LeadForm
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity
from bihuan.touch.waiting import Waiting
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(next_monday(), tick=False) as travelling:
        yield travelling


def work() -> None:
    """What the worker does next."""
    while event.deliver() or job.run_next():
        pass


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_from_a_campaign_to_a_deal_that_is_won(
    browse: Browse, zhou: Actor, wang: Actor, chen: Actor, client: Client, clock: Any
) -> None:
    marketer, seller = browse(zhou), browse(chen)

    # a campaign, and a form that asks for it
    marketer.post("/campaign/new", {"name": "工博会", "code": "CIIF26"})
    campaign = Campaign._base_manager.get()
    assert marketer.post(f"/campaign/{campaign.pk}/do/start_campaign").status_code == 303
    marketer.post("/leadform/new", {"name": "索取样本", "campaign": campaign.pk})
    form = LeadForm._base_manager.get()
    LeadForm._base_manager.update(owner=None)
    new("scorerule", name="留了手机", when="mobile.filled=", points=40)
    new("assignmentrule", name="一部", members=[chen.user_id])

    # somebody fills it in
    page = client.get(f"/f/{form.token}").content.decode()
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)[1]  # type: ignore[index]
    clock.shift(30)
    asked = {"name": "何静", "mobile": "138 0512 7716", "company": "宁海泵业", "demand": "75 kW 空压机"}
    assert client.post(f"/f/{form.token}", {"stamp": stamp, **asked}).status_code == 303
    work()
    lead = Lead._base_manager.get()
    assert (lead.person, lead.campaign, lead.owner_id, lead.score) == ("何静", campaign, chen.user_id, 40)
    assert "宁海泵业" in text_of(seller, "/lead")

    # called: the call stands in the timeline, and the next step among the tasks
    phone = record("choice", set="channel", name="电话").pk
    call = {
        "channel": phone,
        "text": "周三去看现场",
        "next_step": "去现场",
        "next_at": f"{timezone.localdate() + timedelta(days=2)} 09:00",
    }
    assert seller.post(f"/lead/{lead.pk}/do/log_touch", call).status_code == 303
    assert "周三去看现场" in text_of(seller, f"/lead/{lead.pk}")
    assert "去现场" in text_of(seller, "/")

    # converted, once
    wanted = {"kind": "company", "make_opportunity": "1", "budget": "38万"}
    for _ in range(2):
        answer = seller.post(f"/lead/{lead.pk}/do/convert_lead", wanted)
        assert answer.status_code == 303
    deal = Opportunity._base_manager.get(campaign=campaign)
    assert (deal.account.name, deal.contact.name, deal.amount, deal.owner_id) == (
        "宁海泵业",
        "何静",
        380_000,
        chen.user_id,
    )
    assert "周三去看现场" in text_of(seller, f"/contact/{deal.contact_id}")

    # along the board to the end
    for name in ("方案", "谈判", "赢单"):
        stage = record("stage", name=name).pk
        assert seller.post(f"/opportunity/{deal.pk}/do/move", {"stage": stage}).status_code in (303, 200), name
    deal.refresh_from_db()
    assert (deal.stage.kind, deal.closed_on) == ("won", timezone.localdate())
    campaign.refresh_from_db()
    assert (campaign.lead_count, campaign.won_amount) == (1, 380_000)

    # and the manager sees it go through
    told = text_of(browse(wang), "/?scope=team&in=this_month")
    assert re.search(r"线索 1 ", told), told[:3000]
    assert "100%" in told


def test_who_waits_is_answered_from_the_inbox(
    browse: Browse, lin: Actor, zhangsan: Any, hengli: Any, clock: Any
) -> None:
    seller, wechat = browse(lin), record("choice", set="channel", name="微信").pk
    new("responserule", name="微信", channel=wechat, first_minutes=60, further_minutes=120)
    asked = {"channel": wechat, "direction": "in", "contact": zhangsan.pk, "text": "露点能到 −40℃ 吗"}
    assert seller.post(f"/account/{hengli.pk}/do/log_touch", asked).status_code == 303
    assert "露点能到" in text_of(seller, "/inbox")
    clock.shift(3600 * 2)
    assert "1 个触点 超时未回" in text_of(seller, "/")
    answer = {"channel": wechat, "direction": "out", "contact": zhangsan.pk, "text": "能，报告发您"}
    assert seller.post(f"/account/{hengli.pk}/do/log_touch", answer).status_code == 303
    assert "露点能到" not in text_of(seller, "/inbox")
    assert (Waiting._base_manager.get().late, Waiting._base_manager.get().answered_by_id) == (True, lin.user_id)
