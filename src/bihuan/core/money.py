"""Exact amounts: Decimal in Python, a fixed-point integer in the database, one rounding rule.

An amount is stored as a whole number of ten-thousandths of its currency's unit, so that every ISO 4217 currency (0 to 4
decimals) fits one column type and sums are exact on both databases. The largest amount is about 922 trillion units.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision

SCALE = 10_000
LARGEST = Decimal(2**63 - 1) / SCALE
#: Currencies that a Chinese firm deals in, before the others.
LIKELY = ("CNY", "USD", "EUR", "HKD", "TWD", "JPY", "GBP", "KRW", "SGD")


@cache
def places(currency: str) -> int:
    """Decimals an amount of this currency carries (CNY 2, JPY 0, KWD 3); source: CLDR by way of babel."""
    return get_currency_precision(currency)


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes in use, by CLDR."""
    return frozenset(get_global("all_currencies"))


@cache
def currency_names(language: str) -> list[tuple[str, str]]:
    """Every currency that is money somewhere today, by its code, with its name: those that the firm most likely means first."""
    names = Locale.parse(language.replace("-", "_")).currencies
    told = get_global("territory_currencies").values()
    today = {code for each in told for code, _from, until, is_tender in each if is_tender and not until}
    codes = [*LIKELY, *sorted(today - set(LIKELY))]
    return [(code, f"{code} {names.get(code, '')}".strip()) for code in codes]


def round_amount(value: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's decimals: the one rounding rule of the product."""
    return value.quantize(Decimal(1).scaleb(-places(currency)), rounding=ROUND_HALF_UP)


def to_units(value: Decimal) -> int:
    """Decimal to stored integer. Raises ValueError when digits would be lost or the amount is too large."""
    try:
        scaled = Decimal(value) * SCALE
        whole = int(scaled.to_integral_exact())
    except (InvalidOperation, OverflowError) as error:
        raise ValueError(f"not an amount: {value!r}") from error
    if whole != scaled or abs(value) > LARGEST:
        raise ValueError(f"amount does not fit: {value!r}")
    return whole


def from_units(units: int) -> Decimal:
    """Stored integer to Decimal, with four decimals dropped where they are zero beyond two."""
    value = Decimal(units) / SCALE
    return value.quantize(Decimal("0.01")) if units % 100 == 0 else value
