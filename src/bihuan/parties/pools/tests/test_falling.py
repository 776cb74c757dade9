"""The day that an account shows is the day on which it falls: not the day before, and for the reason that it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import job, rollup
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.notify import Notification
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.core.verbs import archive, assign, create, move, update
from bihuan.parties.models import Account, Pool, PoolRule
from bihuan.parties.pools import recycling
from bihuan.parties.pools.tests.conftest import DAY, alter
from bihuan.sales.opportunity import Opportunity
from bihuan.touch.touchpoint import Touchpoint

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


@dataclass(frozen=True)
class Scenario:
    """Owned for `owned` days, touched and with deals so many days ago. It falls in `falls` days because of `reason`."""

    falls: int | None
    reason: str = ""
    level: str = ""
    owned: int = 10
    touched: int | None = None
    won: int | None = None
    lost: int | None = None
    opened: int | None = None  # a deal that is still open
    settings: dict[str, Any] = field(default_factory=dict)
    ruled: int = 365  # for so many days the rules have been in force


SCENARIOS = {
    "left alone since it was claimed": Scenario(10, "untouched"),
    "a touch counts anew": Scenario(18, "untouched", touched=2),
    "a touch of the former owner's does not count": Scenario(10, "untouched", touched=15),
    "another level, another rule": Scenario(20, "untouched", level="A"),
    "touched every day, but no opportunity": Scenario(10, "no_deal", owned=50, touched=0),
    "an open deal holds it back": Scenario(None, owned=500, opened=400),
    "unless the pool does not spare open deals": Scenario(
        -30, "not_won", owned=120, touched=0, opened=40, settings={"spares_open_deals": False}
    ),
    "a lost deal counts as one, yet was not won": Scenario(5, "not_won", owned=85, touched=0, lost=50),
    "a won deal puts off what asks for one": Scenario(20, "untouched", owned=200, touched=0, won=10),
    "no sooner than the protection ends": Scenario(35, "untouched", owned=10, settings={"protected_days": 45}),
    "no sooner than the warning, once the last deal is closed": Scenario(4, "not_won", owned=300, touched=0, lost=1),
    "no sooner than the warning, once the rules have changed": Scenario(3, "untouched", owned=300, ruled=2),
    "a level without limits never falls": Scenario(None, level="C", owned=900),
}


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_the_day_shown_is_the_day_it_falls(
    pool: Pool, lin: Actor, scenario: Scenario, since: Callable[..., None]
) -> None:
    new("poolrule", pool=pool.pk, level=record("choice", set="account_level", name="C").pk, capacity=99)
    PoolRule._base_manager.update(changed_at=timezone.now() - scenario.ruled * DAY)
    alter(pool, **scenario.settings)
    account = do(create, by=lin, on=Account, name="远东", level=scenario.level)
    _live(account, lin, scenario)
    since(account, scenario.owned)
    expected = today() + timedelta(scenario.falls) if scenario.falls is not None else None
    assert (account.falls_on, account.falls_for, account.falls_into_id) == (expected, scenario.reason, pool.pk)
    desk = desk_of(Account)
    if expected is None:
        assert recycling.recycle(desk, [account.pk], date.max) == 0
        return
    assert recycling.recycle(desk, [account.pk], expected - timedelta(1)) == 0
    assert recycling.recycle(desk, [account.pk], expected) == 1
    account.refresh_from_db()
    assert (account.owner_id, account.pool_id, account.former_owner_id) == (None, pool.pk, lin.user_id)
    assert account.falls_on is None


def _live(account: Account, lin: Actor, scenario: Scenario) -> None:
    """What has happened with an account."""
    if scenario.touched is not None:
        do(
            create,
            by=lin,
            on=Touchpoint,
            channel="电话",
            account=account.pk,
            at=timezone.now() - scenario.touched * DAY,
        )
    given = {"account": account.pk, "amount": "1", "loss_reason": "价格"}
    for label, ago in (("赢单", scenario.won), ("输单", scenario.lost), ("谈判", scenario.opened)):
        if ago is not None:
            day = today() - timedelta(ago)
            closed = {} if label == "谈判" else {"closed_on": day}
            stage = record("stage", name=label, pipeline__object="opportunity").pk
            do(create, by=SYSTEM, on=Opportunity, name=label, stage=stage, opened_on=day, **closed, **given)


def shown(account: Account) -> tuple[int | None, str]:
    account.refresh_from_db()
    return (account.falls_on - today()).days if account.falls_on else None, account.falls_for


def test_whatever_counts_moves_the_day_at_once(
    pool: Pool, lin: Actor, chen: Actor, zhao: Actor, zhou: Actor, stages: dict[str, int], since: Callable[..., None]
) -> None:
    account = do(create, by=lin, on=Account, name="远东")
    since(account, 15)
    assert shown(account) == (5, "untouched")
    touch = do(create, by=lin, on=Touchpoint, channel="电话", account=account.pk)
    assert shown(account) == (20, "untouched")
    do(archive, touch, by=lin)
    assert shown(account) == (5, "untouched")
    deal = do(create, by=lin, on=Opportunity, name="二期", account=account.pk, amount="1")
    assert shown(account) == (None, "")
    do(move, deal, by=lin, stage=stages["输单"], loss_reason="价格")
    assert shown(account) == (5, "untouched")
    do(update, account, by=lin, level="A")
    assert shown(account) == (15, "untouched")
    do(assign, account, by=lin, owner=chen.user_id)
    assert shown(account) == (30, "untouched")
    do(assign, account, by=zhou, owner=zhao.user_id)  # who is a member of no pool
    assert shown(account) == (None, "")
    assert not [count for _model, column, count in rollup.wrong() if column == "falls_on" and count]


def test_a_wrong_day_is_noticed(pool: Pool, hengli: Account) -> None:
    Account._base_manager.filter(pk=hengli.pk).update(falls_on=date(2030, 1, 1))
    assert ("falls_on", 1) in [(column, count) for _model, column, count in rollup.wrong()]


def test_when_the_rules_change_every_day_is_worked_out_anew(pool: Pool, lin: Actor, since: Callable[..., None]) -> None:
    account = do(create, by=lin, on=Account, name="远东")
    since(account, 1)
    rule = PoolRule._base_manager.get(level=None)
    do(update, rule, by=SYSTEM, untouched_days=3)
    while recycling.event.deliver() or job.run_next():
        pass
    assert shown(account) == (5, "untouched")  # two days are left, but not without five of warning


def test_the_owner_is_warned_once_and_told_when_it_has_fallen(
    pool: Pool, lin: Actor, since: Callable[..., None], hengli: Account
) -> None:
    account = do(create, by=lin, on=Account, name="远东")
    since(account, 16)
    told = Notification.objects.filter(user=lin.user_id, about="account", about_id=account.pk)

    def days_work() -> list[str]:
        recycling.look()
        while job.run_next() or recycling.event.deliver():
            pass
        return list(told.order_by("id").values_list("message", flat=True))

    warning = "“%(what)s” falls into the pool “%(pool)s” on %(day)s."
    assert days_work() == [warning]
    assert told.get().arguments["day"] == str(today() + timedelta(4))
    job.Job.objects.all().delete()
    assert days_work() == [warning]
    since(account, 20)
    assert days_work() == [warning, "“%(what)s” has come into the pool “%(pool)s”."]
    hengli.refresh_from_db()
    assert hengli.owner_id == lin.user_id
