"""Who takes what out of a pool: its members, so many a day, so many in all, and not at once what was theirs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import registry, search
from bihuan.core.access import SYSTEM, Actor, permits, visible
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import assign, update
from bihuan.parties.models import Account, Pool, PoolRule
from bihuan.parties.pools.commands import archive, claim, give_out, move_to_pool, return_to_pool
from bihuan.parties.pools.tests.conftest import DAY, alter

pytestmark = pytest.mark.django_db


def pooled(pool: Pool, name: str) -> Account:
    """An account that lies in the pool."""
    made = new("account", name=name, level="B", owner="")
    return do(return_to_pool, made, by=SYSTEM, pool=pool.pk)


@pytest.fixture
def left(pool: Pool) -> list[Account]:
    """What nobody owns."""
    return [pooled(pool, f"无主{n}") for n in range(5)]


def owned_by(actor: Actor, accounts: list[Account]) -> int:
    return Account._base_manager.filter(owner=actor.user_id, pk__in=[each.pk for each in accounts]).count()


def take(actor: Actor, accounts: list[Account]) -> list[str]:
    """Claim all at once, as from a list; the sentences of what was refused."""
    outcome = run(claim, [Call(record=each) for each in accounts], by=actor, on=Account, partial=True)
    return [refusal.sentence for refusal in outcome.refusals.values()]


def test_members_see_and_claim_and_do_not_edit(left: list[Account], pool: Pool, lin: Actor) -> None:
    one = left[0]
    assert (one.owner_id, one.pool_id) == (None, pool.pk)
    assert permits(lin, one, "view") and permits(lin, one, "claim") and not permits(lin, one, "edit")
    with pytest.raises(Forbidden):
        do(update, one, by=lin, city="苏州")
    with pytest.raises(Forbidden):
        do(assign, one, by=lin, owner=lin.user_id)
    taken = do(claim, one, by=lin)
    taken.refresh_from_db()
    assert (taken.owner_id, taken.unit_id, taken.pool_id) == (lin.user_id, lin.unit_id, None)
    assert permits(lin, taken, "edit")
    with pytest.raises(Refused, match="in no pool"):
        do(claim, taken, by=lin)


def test_outsiders_see_nothing_of_a_pool(left: list[Account], zhao: Actor, lin: Actor) -> None:
    desk, keys = registry.desk("account"), {each.pk for each in left}
    for sort in ("-changed_at", "name", "-pooled_at"):
        assert not keys & {row.id for row in Query.parse(desk, zhao, {"sort": sort}).each()}
        assert keys <= {row.id for row in Query.parse(desk, lin, {"sort": sort}).each()}
    found = {
        by: search.search("无主", ["account"], by=by, seen=search.among({"account": visible(by, Account)}))
        for by in (lin, zhao)
    }
    assert len(found[lin]) == len(keys) and not found[zhao]
    with pytest.raises(NotFound):
        do(claim, left[0], by=zhao)


def test_who_sees_everything_is_no_member_for_that(left: list[Account], zhou: Actor) -> None:
    with pytest.raises(Refused, match="not a member"):
        do(claim, left[0], by=zhou)


def test_so_many_a_day_also_in_one_go_and_with_what_was_given_back(left: list[Account], pool: Pool, lin: Actor) -> None:
    alter(pool, claims_per_day=2)
    assert take(lin, left[:3]) == ["You have claimed 2 today, and no more are allowed; go on tomorrow."]
    assert owned_by(lin, left) == 2
    do(return_to_pool, left[0].pk, by=lin, on=Account, pool_reason="甲")
    assert len(take(lin, [left[3]])) == 1
    Account._base_manager.update(claimed_at=timezone.now() - DAY)
    assert take(lin, [left[3]]) == []


def test_so_many_in_all_and_of_a_level(left: list[Account], pool: Pool, lin: Actor, chen: Actor) -> None:
    alter(pool, capacity=3)  # 林 owns one already, 陈 one of level B
    assert len(take(lin, left[:3])) == 1
    assert owned_by(lin, left) == 2
    PoolRule._base_manager.filter(level=None).update(capacity=2)
    alter(pool, capacity=9)
    assert take(chen, left[2:4]) == ["陈默 owns 2 of level “B”, as many as allowed; one must be given back first."]


def test_won_ones_may_not_count(left: list[Account], pool: Pool, lin: Actor, hengli: Account) -> None:
    alter(pool, capacity=1)
    assert len(take(lin, left[:1])) == 1
    Account._base_manager.filter(pk=hengli.pk).update(last_won_on=timezone.localdate())
    alter(pool, won_uncounted=True)
    assert take(lin, left[:2]) == ["林晓 owns 1, as many as allowed; one must be given back first."]


def test_the_former_owner_waits(pool: Pool, lin: Actor, chen: Actor, hengli: Account) -> None:
    alter(pool, cool_down_days=10)
    do(return_to_pool, hengli, by=lin, pool_reason="甲", reason="不再采购")
    with pytest.raises(Refused, match="10 days after") as refused:
        do(claim, hengli.pk, by=lin, on=Account)
    assert str((timezone.localdate() + timedelta(10)).day) in refused.value.sentence
    Account._base_manager.update(pooled_at=timezone.now() - 10 * DAY)
    assert do(claim, hengli.pk, by=lin, on=Account).owner_id == lin.user_id


def test_whoever_gives_back_says_why(pool: Pool, lin: Actor, zhao: Actor, xinghua: Account, hengli: Account) -> None:
    with pytest.raises(Refused, match="Say why"):
        do(return_to_pool, hengli, by=lin)
    with pytest.raises(Refused, match="belongs to no pool"):
        do(return_to_pool, xinghua, by=zhao, pool_reason="甲")
    back = do(return_to_pool, hengli, by=lin, pool_reason="甲")
    assert (back.owner_id, back.unit_id, back.former_owner_id) == (None, None, lin.user_id)
    with pytest.raises((Refused, Forbidden)):
        do(return_to_pool, back, by=lin, pool_reason="甲")


def test_administrators_give_out_within_what_is_allowed(
    left: list[Account], pool: Pool, wang: Actor, chen: Actor
) -> None:
    assert not visible(wang, Account).filter(pk=left[0].pk).exists()
    do(update, pool, by=SYSTEM, administrators=[wang.user_id], capacity=2)
    assert permits(wang, left[0], "edit")
    assert do(give_out, left[0], by=wang, owner=chen.user_id).owner_id == chen.user_id
    with pytest.raises(Refused, match="陈默 owns 2"):
        do(give_out, left[1], by=wang, owner=chen.user_id)
    other: Any = new("pool", name="全国公海", administrators=[wang.user_id])
    assert do(move_to_pool, left[1], by=wang, pool=other.pk).pool_id == other.pk


def test_a_pool_that_holds_records_stays_in_use(left: list[Account], pool: Pool, zhou: Actor) -> None:
    pool.refresh_from_db()
    assert pool.accounts_held == len(left)
    with pytest.raises(Refused, match="still lie in"):
        do(archive, pool, by=zhou)
    assert record("pool", pk=pool.pk).archived_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_it(pool: Pool, lin: Actor, chen: Actor) -> None:
    """Both saw it in the pool; and one person's two claims at once do not both take the last one that is allowed."""
    shared, *own = [pooled(pool, f"抢{n}").pk for n in range(3)]

    def at_once(*claims: tuple[Actor, int]) -> list[str]:
        barrier = Barrier(len(claims))

        def one(by: Actor, key: int) -> str:
            try:
                barrier.wait()
                do(claim, key, by=by, on=Account)
                return "taken"
            except Refused as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(len(claims)) as threads:
            return sorted(threads.map(one, *zip(*claims, strict=True)))

    assert at_once((lin, shared), (chen, shared)) == ["forbidden", "taken"]  # it is a colleague's now
    winner = record("account", pk=shared).owner_id
    assert winner in (lin.user_id, chen.user_id)
    alter(pool, claims_per_day=1)
    fresh = chen if winner == lin.user_id else lin
    assert at_once((fresh, own[0]), (fresh, own[1])) == ["refused", "taken"]
