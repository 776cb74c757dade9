"""Targets roll up without counting twice, and what was reached is what the deals, accounts and touches say."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Invalid, NotFound
from bihuan.core.period import Period
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, assign, create, move
from bihuan.sales.attainment import Bar, attainment
from bihuan.sales.models import Target
from bihuan.sales.plan import LEAST, plan
from bihuan.sales.quota import Goal, Quotas
from bihuan.sales.scope import Scope, may_see, scopes_of

YEAR = Period(date(2026, 1, 1), 12)
MARCH = date(2026, 3, 1)


def test_periods_are_read_as_they_are_written() -> None:
    for text in ("2026", "2026-Q3", "2026-11"):
        assert str(Period.read(text)) == text
    assert [Period.read(text) for text in ("2026-Q5", "2026-13", "26", "0000", "x")] == [None] * 5
    assert Period.around(date(2026, 11, 22), 3).months == (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1))
    assert Period(date(2026, 12, 1), 1).after.start == date(2027, 1, 1)
    assert (YEAR.passed(date(2025, 5, 1)), YEAR.passed(date(2026, 12, 31)), YEAR.passed(date(2027, 1, 1))) == (
        0,
        100,
        100,
    )
    assert Period(date(2026, 4, 1), 1).passed(date(2026, 4, 15)) == 50


@pytest.mark.django_db
class TestRollingUp:
    @pytest.fixture(autouse=True)
    def scopes(self, firm: None) -> None:
        self.team = Scope("unit", record("unit", name="一部").pk)
        self.east = Scope("unit", record("unit", name="华东").pk)
        self.whole = Scope("unit", record("unit", name="瀚澄").pk)
        self.lin = Scope("person", record("user", username="lin").pk)
        self.chen = Scope("person", record("user", username="chen").pk)

    def set(self, scope: Scope, base: int, **more: Any) -> Any:
        return new("target", **{scope.kind: scope.key}, month="2026-03-17", measure="orders", base=str(base), **more)

    def goal(self, scope: Scope) -> Any:
        return Quotas.of(YEAR).goal(scope, "orders", MARCH)

    def test_people_add_up_to_their_team_and_on(self) -> None:
        self.set(self.lin, 30)
        self.set(self.chen, 20, stretch="25")
        assert self.goal(self.team) == self.goal(self.whole) == Goal(Decimal(50), Decimal(55))

    def test_a_units_own_entry_counts_instead_of_the_sum_below_it(self) -> None:
        self.set(self.lin, 30)
        self.set(self.team, 80)
        assert self.goal(self.east) == Goal(Decimal(80), Decimal(80))
        quotas = Quotas.of(YEAR)
        assert quotas.below(self.team, "orders", MARCH) == Goal(Decimal(30), Decimal(30))
        assert quotas.over(self.east, "orders", YEAR.months) == Goal(Decimal(80), Decimal(80))

    def test_who_moves_on_takes_no_target_along(self) -> None:
        self.set(self.lin, 30)
        type(record("user", username="lin"))._base_manager.filter(username="lin").update(
            unit=record("unit", name="华南").pk
        )
        assert self.goal(self.team) == Goal(Decimal(30), Decimal(30))

    def test_other_currencies_are_not_added(self) -> None:
        self.set(self.lin, 30, currency="USD")
        assert self.goal(self.team) is None

    def test_an_archived_target_counts_no_more_and_leaves_its_place(self) -> None:
        do(archive, self.set(self.lin, 30), by=SYSTEM)
        assert self.goal(self.team) is None
        self.set(self.lin, 40)
        with pytest.raises(Invalid):
            self.set(self.lin, 50)

    def test_what_makes_no_sense_is_refused(self) -> None:
        for wrong in (
            {"person": self.lin.key, "base": "-1"}, {"person": self.lin.key, "base": "10", "stretch": "9"}, {"base": "1"},
        ):  # fmt: skip
            with pytest.raises(Invalid):
                do(create, by=SYSTEM, on=Target, month="2026-03-01", measure="orders", **wrong)


@pytest.mark.django_db
class TestWhatWasReached:
    @pytest.fixture(autouse=True)
    def scopes(self, firm: None) -> None:
        self.today = timezone.localdate()
        self.month = Period.around(self.today, 1)
        self.team = Scope("unit", record("unit", name="一部").pk)

    def bars(self, actor: Actor, scope: Scope | None = None) -> dict[str, Bar]:
        return {each.measure: each for each in attainment(actor, scope or self.team, self.month, self.today)}

    def test_orders_are_won_amounts_by_currency(self, lin: Actor, kongya: Any, hengli: Any) -> None:
        do(move, kongya, by=lin, stage="赢单")
        abroad = new("opportunity", name="出口", account=hengli.pk, amount="5万", currency="USD", owner=lin.user_id)
        do(move, abroad, by=lin, stage="赢单")
        new("target", person=lin.user_id, month=self.today, measure="orders", base="2360000")
        bar = self.bars(lin)["orders"]
        assert (bar.actual, dict(bar.others), bar.percent) == (Decimal(1_180_000), {"USD": Decimal(50_000)}, 50)

    def test_a_deal_counts_where_it_was_won_by_whom(self, lin: Actor, zhou: Actor, zhao: Actor, kongya: Any) -> None:
        do(move, kongya, by=lin, stage="赢单")
        assert self.bars(lin, Scope("person", lin.user_id))["orders"].actual == Decimal(1_180_000)
        do(assign, kongya, by=zhou, owner=zhao.user_id)
        assert self.bars(lin)["orders"].actual == 0
        assert self.bars(zhao, Scope("person", zhao.user_id))["orders"].actual == Decimal(1_180_000)

    def test_accounts_and_visits_are_counted(self, lin: Actor, hengli: Any) -> None:
        visit = registry_option("channel", "visit")
        before = self.bars(lin)
        new("account", name="新户", owner=lin.user_id)
        new("touchpoint", channel=visit, account=hengli.pk, text="上门", owner=lin.user_id)
        after = self.bars(lin)
        assert after["accounts"].actual - before["accounts"].actual == 1
        assert after["visits"].actual == 1

    def test_what_nobody_counts_yet_says_so(self, lin: Actor) -> None:
        assert [name for name, bar in self.bars(lin).items() if not bar.in_use] == ["receipts", "margin"]

    def test_nobody_learns_the_figures_of_those_whose_deals_they_do_not_see(
        self, lin: Actor, wang: Actor, qian: Actor, zhao: Actor
    ) -> None:
        whole, east = Scope("unit", record("unit", name="瀚澄").pk), Scope("unit", record("unit", name="华东").pk)
        assert may_see(wang, east) and not may_see(lin, east) and not may_see(wang, whole)
        assert not may_see(lin, Scope("person", zhao.user_id)) and list(scopes_of(qian)) == []
        with pytest.raises(NotFound):
            attainment(lin, whole, self.month)

    def test_a_territory_has_the_deals_of_its_accounts(self, zhou: Actor, kongya: Any, fengji: Any) -> None:
        area = new("territory", name="苏州", rule="short_name.is=恒砺")
        for deal in (kongya, fengji):
            do(move, deal, by=SYSTEM, stage="赢单")
        assert self.bars(zhou, Scope("territory", area.pk))["orders"].actual == Decimal(1_180_000)


def registry_option(name: str, key: str) -> int:
    """The choice with this key, which the tests' firm has under another one."""
    return new("choice", set=name, key=key, name=key).pk


@pytest.mark.django_db
class TestThePlan:
    def orders(self, base: int) -> Bar:
        return Bar("orders", "", Decimal(0), Goal(Decimal(base), Decimal(base)), 0)

    def close(self, lin: Actor, account: Any, stages: dict[str, int], won: int, lost: int) -> None:
        def deal(n: int, stage: str) -> Call:
            told = {
                "name": f"单{n}",
                "stage": stages[stage],
                "account": account.pk,
                "amount": "10万",
                "owner": lin.user_id,
            }
            return Call({**told, "closed_on": timezone.localdate() - timedelta(n)}, history=True)

        calls = [deal(n, "赢单" if n < won else "输单") for n in range(won + lost)]
        run(create, calls, by=SYSTEM, on=record("opportunity", name="空压站").__class__)

    def test_it_says_what_it_takes(self, lin: Actor, hengli: Any, stages: dict[str, int]) -> None:
        self.close(lin, hengli, stages, 10, 30)
        made = plan(lin, Scope("person", lin.user_id), self.orders(1_050_000), timezone.localdate())
        assert (made.closed, made.average, made.win_rate, made.to_win, made.to_close) == (40, 100_000, 25, 11, 44)
        assert (made.leads, made.gates) == (None, [])  # nobody has had leads; nothing has moved through stages

    def test_from_little_nothing_is_concluded(self, lin: Actor, hengli: Any, stages: dict[str, int]) -> None:
        self.close(lin, hengli, stages, 10, LEAST - 11)
        made = plan(lin, Scope("person", lin.user_id), self.orders(1_000_000), timezone.localdate())
        assert (made.closed, made.to_win) == (LEAST - 1, None)

    def test_stages_tell_how_many_must_come_to_them(self, lin: Actor, hengli: Any, stages: dict[str, int]) -> None:
        deals = [
            new("opportunity", name=f"单{n}", account=hengli.pk, amount="10万", owner=lin.user_id) for n in range(30)
        ]
        for n, each in enumerate(deals):
            do(move, each, by=SYSTEM, stage="谈判")
            do(move, each, by=SYSTEM, **({"stage": "赢单"} if n < 10 else {"stage": "输单", "loss_reason": "价格"}))
        made = plan(lin, Scope("person", lin.user_id), self.orders(500_000), timezone.localdate())
        gates = {each.stage.names[0]: (each.rate, each.needed) for each in made.gates}
        assert gates == {"初步接触": (33, 15), "谈判": (33, 15)}
