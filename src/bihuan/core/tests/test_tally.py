"""Sums by month: as right as counting would be, whatever is done to the records, folded or not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bihuan.core import registry, tally
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.grouping import gather
from bihuan.core.period import Period
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.tally import Month, Tally
from bihuan.core.verbs import archive, assign, create, move, restore, update

pytestmark = pytest.mark.django_db

deals, accounts = registry.desk("opportunity"), registry.desk("account")
MARCH = date(2026, 3, 1)


def wrong() -> dict[str, int]:
    return {slug: count for slug, count in tally.wrong() if count}


def won(stages: dict[str, int], **whose: Any) -> list[Month]:
    return sorted(tally.months(deals, Period(date(2026, 1, 1), 12), [stages["赢单"]], **whose))


@pytest.fixture
def deal(lin: Actor, hengli: Any, stages: dict[str, int]) -> Any:
    """A deal that Lin won in March."""
    made = do(create, by=lin, on=deals.model, name="二期", account=hengli.pk, amount="20万")
    do(move, made, by=lin, stage=stages["赢单"])
    return do(update, made, by=lin, closed_on="2026-03-15")


def test_through_a_deals_life(lin: Actor, zhou: Actor, zhao: Actor, deal: Any, stages: dict[str, int]) -> None:
    march = [Month(MARCH, "CNY", 1, Decimal(200_000))]
    assert won(stages) == won(stages, owners=[lin.user_id]) == won(stages, units=[lin.unit_id]) == march
    do(update, deal, by=lin, amount="30万", closed_on="2026-04-01")
    assert won(stages) == [Month(date(2026, 4, 1), "CNY", 1, Decimal(300_000))]
    do(update, deal, by=lin, currency="USD", closed_on="2026-03-31")
    tally.fold()
    march = [Month(MARCH, "USD", 1, Decimal(300_000))]
    assert won(stages, owners=[lin.user_id]) == march
    do(assign, deal, by=zhou, owner=zhao.user_id)
    assert (won(stages, owners=[zhao.user_id]), won(stages, owners=[lin.user_id])) == (march, [])
    do(archive, deal, by=zhou)
    assert won(stages) == []
    do(restore, deal, by=zhou)
    do(move, deal, by=zhou, stage=stages["谈判"])
    assert won(stages) == []
    assert wrong() == {}


def test_a_batch_is_one_statement(lin: Actor, django_assert_num_queries: Any) -> None:
    before = Tally.objects.filter(object="account").count()
    calls = [Call({"name": f"户{n}"}) for n in range(30)]
    run(create, calls, by=lin, on=accounts.model)
    fresh = Tally.objects.filter(object="account").order_by("-pk")[
        : Tally.objects.filter(object="account").count() - before
    ]
    assert sorted((each.owner, each.number) for each in fresh) == [(0, 30), (lin.user_id, 30)]
    assert wrong() == {}


def test_what_changes_nothing_counted_writes_nothing(lin: Actor, deal: Any) -> None:
    before = Tally.objects.count()
    do(update, deal, by=lin, remark="晚一点再说")
    assert Tally.objects.count() == before


def test_folding_leaves_one_row_for_each_place_and_the_same_sums(lin: Actor, deal: Any, stages: dict[str, int]) -> None:
    for amount in ("10万", "12万", "15万"):
        do(update, deal, by=lin, amount=amount)
    before = won(stages)
    tally.fold()
    assert won(stages) == before == [Month(MARCH, "CNY", 1, Decimal(150_000))]
    assert (
        Tally.objects.filter(object="opportunity", month=MARCH, part=stages["赢单"]).count() == 2
    )  # the unit's and Lin's
    do(update, deal, by=lin, amount="1万")
    tally.fold()
    assert won(stages) == [Month(MARCH, "CNY", 1, Decimal(10_000))]
    assert not Tally.objects.filter(is_folded=False).exists()
    assert wrong() == {}


def test_groups_of_all_that_somebody_sees_are_those_that_counting_finds(
    lin: Actor, zhou: Actor, zhao: Actor, chen: Actor, deal: Any, hengli: Any, stages: dict[str, int]
) -> None:
    """A deal that is won, an open one that changes hands, one in another currency, one without an amount and one in the archive."""
    one, two, three = (do(create, by=lin, on=deals.model, name=name, account=hengli.pk) for name in "甲乙丙")
    do(update, one, by=lin, amount="5万", currency="USD")
    do(assign, two, by=zhou, owner=zhao.user_id)
    do(archive, three, by=zhou)
    for folded in (False, True):
        for actor in (lin, zhou, zhao, chen, SYSTEM):
            query = Query.parse(deals, actor, {})
            kept = query.groups("stage", ["amount"])
            assert kept == gather(
                actor, deals, query.rows(), deals.own_fields["stage"], "", [deals.own_fields["amount"]]
            )
            assert [each.count for each in kept] == [each.count for each in query.groups("stage")]
        if not folded:
            tally.fold()


def test_what_is_written_without_a_command_is_noticed_and_counted_anew(deal: Any) -> None:
    assert deals.tallied is not None
    deals.model._base_manager.filter(pk=deal.pk).update(amount=Decimal(1))
    assert wrong() == {"opportunity": 2}
    tally.fill(Tally, "opportunity", deals.model, deals.tallied)
    assert wrong() == {}
