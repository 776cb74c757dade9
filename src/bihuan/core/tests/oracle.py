"""What conditions, orders and groups mean, said a second time in plain Python over plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from bihuan.core import dates
from bihuan.core.field import Field


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == ()


def local_day(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def holds(field: Field, operator: str, operand: str, value: Any) -> bool:
    """Whether a value meets a condition."""
    if operator in ("empty", "filled"):
        return is_blank(value) == (operator == "empty")
    if field.kind.name in ("date", "moment"):
        return value is not None and _in_time(operator, operand, local_day(value))
    if field.kind.name in ("integer", "amount", "quantity"):
        return value is not None and _in_numbers(operator, operand, Decimal(value))
    if field.kind.name == "yesno":
        return value == (operand == "1")
    if field.kind.name in ("state", "choice", "stage", "link", "links"):
        held = {str(each) for each in (value if isinstance(value, tuple) else (value,))}
        return bool(held & set(operand.split(","))) == (operator == "in")
    text, wanted = str(value or "").casefold(), operand.casefold()
    return {"has": wanted in text, "is": text == wanted, "not": text != wanted, "starts": text.startswith(wanted)}[
        operator
    ]


def _in_time(operator: str, operand: str, day: date) -> bool:
    if operator == "in":
        first, end = dates.span(operand)
        return (first is None or first <= day) and (end is None or day < end)
    low, _dots, high = operand.partition("..")
    if operator == "between":
        return (not low or day >= date.fromisoformat(low)) and (not high or day <= date.fromisoformat(high))
    other = date.fromisoformat(operand)
    return {"on": day == other, "before": day < other, "after": day > other}[operator]


def _in_numbers(operator: str, operand: str, value: Decimal) -> bool:
    if operator == "between":
        low, _dots, high = operand.partition("..")
        return (not low or value >= Decimal(low)) and (not high or value <= Decimal(high))
    other = Decimal(operand)
    return {"eq": value == other, "gte": value >= other, "lte": value <= other}[operator]


def ordered(keys: Iterable[int], value_of: Callable[[int], Any], descending: bool) -> list[int]:
    """Records by value, of equal values by key, those without a value last."""
    keys = sorted(keys, reverse=descending)
    filled = [key for key in keys if not is_blank(value_of(key))]
    return sorted(filled, key=value_of, reverse=descending) + [key for key in keys if is_blank(value_of(key))]


def grouped(rows: Sequence[tuple[Any, Any, str]]) -> dict[Any, tuple[int, dict[str, Any]]]:
    """Count, and sum by currency, of (key, amount, currency)."""
    counts: dict[Any, int] = defaultdict(int)
    sums: dict[Any, dict[str, Any]] = defaultdict(dict)
    for key, amount, currency in rows:
        counts[key] += 1
        if amount is not None:
            sums[key][currency] = sums[key].get(currency, 0) + amount
    return {key: (counts[key], sums[key]) for key in counts}
