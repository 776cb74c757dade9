"""A lead that nobody touches falls into the pool of its owner, and another claims it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import job, rollup
from bihuan.core.access import Actor, visible
from bihuan.core.errors import Refused
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, move
from bihuan.parties.pools import recycling
from bihuan.parties.pools.commands import claim, return_to_pool
from bihuan.sales.lead import Lead
from bihuan.touch.commands import log_touch

pytestmark = pytest.mark.django_db


def days_left(lead: Lead) -> int | None:
    lead.refresh_from_db()
    return (lead.falls_on - timezone.localdate()).days if lead.falls_on else None


def test_left_alone_fallen_and_claimed(lin: Actor, chen: Actor, zhao: Actor, zhou: Actor) -> None:
    pool = new("pool", name="线索公海", object="lead", units=[record("unit", name="一部").pk])
    year_ago = timezone.now() - timedelta(365)
    do(create, by=zhou, on=desk_of(record("pool", pk=pool.pk)).model, name="客户公海", members=[lin.user_id])
    new("poolrule", pool=pool.pk, untouched_days=10, created_at=year_ago)
    lead = do(create, by=lin, on=Lead, company="远东")
    Lead._base_manager.filter(pk=lead.pk).update(owner_since=year_ago)
    rollup.recount(desk_of(Lead), [lead.pk])
    assert days_left(lead) == -355
    do(log_touch, lead, by=lin, channel="电话", text="再约")
    assert days_left(lead) == 10
    touch = record("touchpoint", about="lead", about_id=lead.pk)
    do(archive, touch, by=lin)
    assert days_left(lead) == -355
    assert not [count for model, _column, count in rollup.wrong() if model is Lead and count]

    recycling.look()
    while job.run_next():
        pass
    lead.refresh_from_db()
    assert (lead.owner_id, lead.pool_id, lead.former_owner_id) == (None, pool.pk, lin.user_id)
    job.enqueue("assign_leads", user_id=None)
    job.run_next()
    assert record("lead", pk=lead.pk).pool_id == pool.pk  # the assignment rules leave it there
    assert not visible(zhao, Lead).filter(pk=lead.pk).exists()
    assert do(claim, lead.pk, by=chen, on=Lead).owner_id == chen.user_id


def test_one_that_is_none_does_not_fall(lin: Actor) -> None:
    pool = new("pool", name="线索公海", object="lead", members=[lin.user_id])
    new("poolrule", pool=pool.pk, untouched_days=10)
    lead = do(create, by=lin, on=Lead, company="远东")
    assert days_left(lead) == 10
    lost = record("stage", name="lead 输单").pk
    do(move, lead, by=lin, stage=lost, invalid_reason="甲")
    assert days_left(lead) is None


def test_a_pool_of_accounts_is_none_for_leads(lin: Actor) -> None:
    pool = new("pool", name="客户公海", members=[lin.user_id])
    lead = do(create, by=lin, on=Lead, company="远东")
    with pytest.raises(Refused, match="not for such records"):
        do(return_to_pool, lead, by=lin, pool=pool.pk, pool_reason="甲")
    with pytest.raises(Refused, match="belongs to no pool"):
        do(return_to_pool, lead, by=lin, pool_reason="甲")
