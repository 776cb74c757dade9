"""Which campaign a won deal is owed to, by three ways of which none loses or makes a cent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as some
from tests.cast import new, record

from bihuan.core import money
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create, move
from bihuan.market.campaign import Campaign
from bihuan.sales.attribution import Won, attribute, even, first, last, won_in
from bihuan.sales.commands import convert_lead
from bihuan.sales.lead import Lead
from bihuan.web.tests.conftest import Browse, browse

__all__ = ["browse"]

DAY = date(2026, 3, 1)


def deal(amount: str, *touches: tuple[int, int], currency: str = "CNY") -> Won:
    """Touches as (day of March, campaign)."""
    return Won(Decimal(amount), currency, [(date(2026, 3, day), campaign) for day, campaign in touches])


@pytest.mark.parametrize(
    ("won", "by_first", "by_last", "by_even"),
    [
        (deal("100"), {None: 100}, {None: 100}, {None: 100}),
        (deal("100", (1, 7)), {7: 100}, {7: 100}, {7: 100}),
        (deal("100", (5, 8), (1, 7)), {7: 100}, {8: 100}, {7: 50, 8: 50}),
        (deal("100", (1, 7), (2, 8), (3, 9)), {7: 100}, {9: 100}, {7: "33.34", 8: "33.33", 9: "33.33"}),
        (deal("100", (1, 7), (2, 8), (3, 7)), {7: 100}, {7: 100}, {7: 50, 8: 50}),
        (deal("100", (1, 7), (2, 8), (3, 9), currency="JPY"), {7: 100}, {9: 100}, {7: 34, 8: 33, 9: 33}),
        (deal("0.01", (1, 7), (2, 8)), {7: "0.01"}, {8: "0.01"}, {7: 0, 8: "0.01"}),
    ],
)
def test_each_way(won: Won, by_first: Any, by_last: Any, by_even: Any) -> None:
    for way, wanted in ((first, by_first), (last, by_last), (even, by_even)):
        assert attribute([won], way) == {key: Decimal(amount) for key, amount in wanted.items()}


touches = some.lists(some.tuples(some.dates(DAY, date(2026, 12, 31)), some.integers(1, 6)), max_size=7)
deals = some.builds(
    Won, some.decimals(0, 10**9, places=2), some.sampled_from(["CNY"]), touches
)  # fmt: skip


@given(some.lists(deals, max_size=12))
def test_the_three_totals_are_the_won_total(won: Iterable[Won]) -> None:
    total = sum((each.amount for each in won), Decimal(0))
    for way in (first, last, even):
        got = attribute(won, way)
        assert sum(got.values(), Decimal(0)) == total
        assert all(money.round_amount(share, "CNY") == share for share in got.values())


@pytest.mark.django_db
class TestTheDealsOfAYear:
    @pytest.fixture
    def campaigns(self, lin: Actor) -> list[int]:
        return [do(create, by=lin, on=Campaign, name=name).pk for name in ("工博会", "研讨会", "补贴")]

    @pytest.fixture
    def won(self, lin: Actor, stages: dict[str, int], campaigns: list[int]) -> Any:
        """A lead of the first campaign, converted and won; another lead of the same account came by the second one."""
        with time_machine.travel("2026-03-02 10:00+08:00", tick=False) as clock:
            made = do(create, by=lin, on=Lead, company="北仑模具", person="沈国强", campaign=campaigns[0])
            clock.move_to("2026-03-10 10:00+08:00")
            do(convert_lead, made, by=lin, budget="100")
            sold = record("opportunity", name="北仑模具")
            new("lead", company="北仑模具二厂", campaign=campaigns[1], account=sold.account_id, owner=lin.user_id)
            clock.move_to("2026-03-20 10:00+08:00")
            do(move, sold, by=lin, stage=stages["赢单"])
            clock.move_to("2026-04-01 10:00+08:00")
            new("lead", company="北仑模具三厂", campaign=campaigns[2], account=sold.account_id, owner=lin.user_id)
        return sold

    def test_know_who_touched_the_customer_before_they_were_won(
        self, lin: Actor, won: Any, campaigns: list[int]
    ) -> None:
        [found] = won_in(2026, lin)
        assert found.amount == Decimal(100)
        assert {campaign for _day, campaign in found.touches} == set(campaigns[:2])  # the third came after it was won
        assert attribute([found], first) == {campaigns[0]: Decimal(100)}
        assert won_in(2025, lin) == []

    def test_stand_on_a_page(self, browse: Browse, lin: Actor, zhao: Actor, won: Any, campaigns: list[int]) -> None:
        here = f"/campaign/{campaigns[0]}/attribution"
        page = browse(lin).get(f"{here}?year=2026").content.decode()
        assert page.count("100.00") == 3 + 2  # the sums; all to the first, all to the last
        assert page.count("50.00") == 2
        assert here in browse(lin).get(f"/campaign/{campaigns[0]}").content.decode()
        assert browse(zhao).get(here).status_code == 404
        for odd in ("", "x", "0", "99999999", "-1"):
            assert browse(lin).get(f"{here}?year={odd}").status_code == 200
