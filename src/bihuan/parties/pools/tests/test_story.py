"""An account is left alone: its owner is warned, it falls, another claims it, and the former owner is told until when to wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.core import event, job
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.parties.models import Account, Pool
from bihuan.parties.pools import recycling
from bihuan.parties.pools.tests.conftest import alter
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_left_alone_warned_fallen_and_claimed(
    pool: Pool, lin: Actor, chen: Actor, zhao: Actor, browse: Browse, time_machine: Any
) -> None:
    alter(pool, cool_down_days=10)
    owner, colleague, outsider = browse(lin), browse(chen), browse(zhao)
    now = timezone.now()
    account = do(create, by=lin, on=Account, name="远东压缩机")
    address = f"/account/{account.pk}"
    day = timezone.localdate() + timedelta(20)
    account.refresh_from_db()
    assert account.falls_on == day
    assert f'datetime="{day}"' in page(owner, address) and "末次触点后 20 天回收" in page(owner, address)

    def days_later(count: int) -> None:
        time_machine.move_to(now + timedelta(count), tick=False)
        recycling.look()
        while job.run_next() or event.deliver():
            pass

    days_later(14)
    assert "掉入公海" not in page(owner, "/notices")
    days_later(15)
    assert "“远东压缩机”将于" in page(owner, "/notices")
    days_later(19)
    assert "/do/claim" not in page(owner, address)
    days_later(20)
    assert "“远东压缩机”已掉入公海" in page(owner, "/notices")
    assert "远东压缩机" in page(colleague, "/account?view=pool") and "/do/claim" in page(colleague, address)
    assert "远东压缩机" in page(colleague, f"/pool/{pool.pk}")
    assert outsider.get(address).status_code == 404
    for place in ("/account?view=all", "/account?view=pool", "/account?q=远东", f"/pool/{pool.pk}", "/search?q=远东"):
        assert "远东压缩机" not in page(outsider, place), place

    sent = colleague.post(f"{address}/do/claim")
    assert sent.status_code in (204, 303)
    account.refresh_from_db()
    assert account.owner_id == chen.user_id
    assert "历任负责人" in page(colleague, address)
    given = {"pool_reason": "甲", "reason": "联系不上"}
    assert colleague.post(f"{address}/do/return_to_pool", given).status_code in (204, 303)
    assert "联系不上" in page(owner, address)
    Account._base_manager.filter(pk=account.pk).update(former_owner=lin.user_id)
    refused = owner.post(f"{address}/do/claim", HTTP_HX_REQUEST="true")
    again = timezone.localdate() + timedelta(10)
    assert f"{again.year}年{again.month}月{again.day}日 起才能再次领取" in refused.content.decode()
    account.refresh_from_db()
    assert account.owner_id is None
