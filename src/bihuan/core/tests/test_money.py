"""Amounts are exact: in Python, on both databases, and in every sum."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.core import money, registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, update

largest = int(money.LARGEST)
amounts = st.decimals(min_value=-largest, max_value=largest, places=4)


@given(amounts)
def test_what_is_stored_is_what_was_meant(amount: Decimal) -> None:
    assert money.from_units(money.to_units(amount)) == amount


@pytest.mark.parametrize(
    "value", ["0.00001", "1e-5", "922337203685477.5808", "-922337203685477.5809", "1e30", "NaN", "Infinity"]
)
def test_what_would_lose_digits_is_no_amount(value: str) -> None:
    with pytest.raises(ValueError, match=r"amount|NaN"):
        money.to_units(Decimal(value))


@pytest.mark.parametrize(
    ("value", "currency", "rounded"),
    [
        ("2.345", "CNY", "2.35"),
        ("-2.345", "CNY", "-2.35"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("0.004", "USD", "0"),
    ],
)
def test_halves_are_rounded_away_from_nought_to_the_decimals_of_the_currency(
    value: str, currency: str, rounded: str
) -> None:
    assert money.round_amount(Decimal(value), currency) == Decimal(rounded)


@pytest.mark.django_db
def test_ten_dimes_are_one(lin: Actor) -> None:
    assert total(lin, ["0.1"] * 10) == Decimal("1.00")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "amounts",
    [
        ["900000000000000", "0.01", "0.02"],
        ["1234567890123.45", "-1234567890123.44", "0"],
        [str(Decimal(n) / 100) for n in range(1, 400)],
    ],
    ids=["huge and tiny", "nearly cancelling", "many"],
)
def test_sums_are_exact(lin: Actor, amounts: list[str]) -> None:
    assert total(lin, amounts) == sum(map(Decimal, amounts))


def total(actor: Actor, amounts: list[str]) -> Any:
    desk = registry.desk("account")
    run(
        create,
        [Call({"name": "合计", "annual_purchase": amount, "anyway": True}) for amount in amounts],
        by=actor,
        on=desk.model,
    )
    return Query.parse(desk, actor, {"name.is": "合计"}).sums(["annual_purchase"])["annual_purchase"]["CNY"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "right", "wrong"),
    [("CNY", "1.25", "1.255"), ("JPY", "1250", "1250.5"), ("KWD", "1.255", "1.2555"), ("VND", "5", "0.5")],
)
def test_an_amount_carries_the_decimals_of_its_currency(lin: Actor, currency: str, right: str, wrong: str) -> None:
    product = registry.desk("product").model
    made = do(create, by=lin, on=product, name="泵", currency=currency, list_price=right)
    made.refresh_from_db()
    assert made.list_price == Decimal(right)
    with pytest.raises(Invalid) as refused:
        do(update, made, by=lin, list_price=wrong)
    assert currency in refused.value.errors["list_price"]


@pytest.mark.django_db
def test_another_currency_is_checked_against_the_amount_that_stands(lin: Actor) -> None:
    made = do(create, by=lin, on=registry.desk("product").model, name="泵", list_price="1.25")
    with pytest.raises(Invalid) as refused:
        do(update, made, by=lin, currency="JPY")
    assert set(refused.value.errors) == {"list_price"}
    with pytest.raises(Invalid) as refused:
        do(update, made, by=lin, currency="XYZ")
    assert set(refused.value.errors) == {"currency"}


@pytest.mark.django_db
def test_sums_keep_currencies_apart(lin: Actor) -> None:
    desk = registry.desk("product")
    for currency, price in (("CNY", "1.10"), ("CNY", "2.20"), ("JPY", "300"), ("KWD", "0.005")):
        do(create, by=lin, on=desk.model, name="币种", currency=currency, list_price=price)
    sums = Query.parse(desk, lin, {"name.is": "币种"}).sums(["list_price"])["list_price"]
    assert sums == {"CNY": Decimal("3.30"), "JPY": Decimal(300), "KWD": Decimal("0.005")}
