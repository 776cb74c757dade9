"""The forecast says what the deals say, keeps what managers add apart, and remembers how it stood in each week."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core.access import Actor
from bihuan.core.errors import NotFound
from bihuan.core.period import Period
from bihuan.core.run import do
from bihuan.core.verbs import move, update
from bihuan.sales import forecast_snapshot
from bihuan.sales.forecast import Forecast, forecast
from bihuan.sales.scope import Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def east(firm: None) -> Scope:
    return Scope("unit", record("unit", name="华东").pk)


@pytest.fixture
def team(firm: None) -> Scope:
    return Scope("unit", record("unit", name="一部").pk)


def period() -> Period:
    return Period.around(timezone.localdate(), 3)


def deal(owner: Actor, account: Any, amount: str, **more: Any) -> Any:
    told = {"name": "单", "account": account.pk, "amount": amount, "owner": owner.user_id}
    return new("opportunity", **{**told, "expected_close": timezone.localdate(), "stage": "谈判", **more})


def asked(actor: Actor, scope: Scope) -> Forecast:
    return forecast(actor, scope, period())


def test_categories_weights_and_parts(wang: Actor, lin: Actor, chen: Actor, hengli: Any, team: Scope) -> None:
    """The stage 谈判 has 40 per cent: it counts as in the pipeline."""
    deal(lin, hengli, "100万")
    deal(chen, hengli, "50万", forecast="commit")
    deal(chen, hengli, "30万", forecast="omitted")
    won = deal(lin, hengli, "10万")
    do(move, won, by=lin, stage="赢单")
    deal(lin, hengli, "70万", expected_close=period().end)  # not in this quarter
    found = asked(wang, team)
    sums = {name: int(amount) for name, amount in found.whole.sums.items()}
    assert sums == {"won": 100_000, "commit": 500_000, "best": 0, "pipeline": 1_000_000, "omitted": 300_000}
    assert (found.whole.open, found.whole.weighted, found.whole.call) == (1_500_000, 700_000, 600_000)
    assert {row.scope: int(row.call) for row in found.parts} == {
        Scope("person", lin.user_id): 100_000, Scope("person", chen.user_id): 500_000
    }  # fmt: skip
    assert sum(row.call for row in found.months) == found.whole.call


def test_adjustments_stand_apart_and_count_once(wang: Actor, lin: Actor, hengli: Any, team: Scope, east: Scope) -> None:
    deal(lin, hengli, "100万", forecast="commit")
    today = timezone.localdate()
    new("forecastadjustment", person=lin.user_id, month=today, amount="-200000", reason="客户预算减了")
    new("forecastadjustment", unit=team.key, month=today, amount="50000", reason="季末冲量")
    for scope in (team, east):
        whole = asked(wang, scope).whole
        assert (whole.sums["commit"], whole.adjustment, whole.call) == (1_000_000, -150_000, 850_000)
    parts = {row.scope: row.adjustment for row in asked(wang, team).parts}
    assert parts == {Scope("person", lin.user_id): -200_000, team: 50_000}
    assert [row.adjustment for row in asked(wang, east).parts] == [-150_000]


def test_other_currencies_are_listed_apart(lin: Actor, hengli: Any) -> None:
    deal(lin, hengli, "1万", currency="USD")
    found = asked(lin, Scope("person", lin.user_id))
    assert (found.whole.open, found.others) == (0, {"USD": (Decimal(10_000), 1)})


def test_the_gap_is_what_the_promise_lacks_to_the_target(lin: Actor, hengli: Any) -> None:
    deal(lin, hengli, "100万", forecast="commit")
    new("target", person=lin.user_id, month=timezone.localdate(), measure="orders", base="1200000")
    assert asked(lin, Scope("person", lin.user_id)).whole.gap == 200_000


def test_nobody_sees_the_forecast_of_those_whose_deals_they_do_not_see(lin: Actor, east: Scope) -> None:
    with pytest.raises(NotFound):
        asked(lin, east)


def test_a_week_is_kept_once_and_shows_how_it_moved(lin: Actor, hengli: Any, team: Scope) -> None:
    made = deal(lin, hengli, "100万", forecast="commit")
    today = period().start + timedelta(20)
    do(update, made.pk, by=lin, on=type(made), expected_close=today)
    assert forecast_snapshot.keep(today - timedelta(7)) > 0
    do(update, made.pk, by=lin, on=type(made), amount="80万")
    assert forecast_snapshot.keep(today) > 0
    assert forecast_snapshot.keep(today) == 0
    weeks = forecast_snapshot.weeks(team, period())
    assert [int(each.call) for each in weeks] == [800_000, 1_000_000]
    assert forecast_snapshot.weeks(Scope("person", 0), period()) == []
