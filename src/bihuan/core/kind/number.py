"""Kinds of numbers: whole, exact, amounts, shares."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.core import money, numbers
from bihuan.core.errors import Refused
from bihuan.core.kind.base import Kind

if TYPE_CHECKING:
    from bihuan.core.field import Field


class Integer(Kind):
    name = "integer"
    operators = ("eq", "gte", "lte", "between", "empty", "filled")
    groupable = True
    summable = True
    numeric = True

    def read(self, field: Field, raw: Any) -> int:
        value = read_decimal(raw)
        if value != value.to_integral_value():
            raise Refused(_("“%(text)s” is not a whole number.") % {"text": raw})
        return int(value)

    def check(self, field: Field, value: Any) -> int | None:
        if value is None:
            return None
        low, high = field.limits
        if not low <= value <= high:
            raise Refused(_("The number must lie between %(low)s and %(high)s.") % {"low": low, "high": high})
        return int(value)


class Ordinal(Integer):
    """A whole number that names and does not count, such as a year or a port: nothing parts its thousands or adds it up."""

    summable = False


class Quantity(Kind):
    """An exact number with up to four decimals."""

    name = "quantity"
    operators = ("eq", "gte", "lte", "between", "empty", "filled")
    summable = True
    numeric = True

    def read(self, field: Field, raw: Any) -> Decimal:
        return read_decimal(raw)

    def check(self, field: Field, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            money.to_units(value)
        except ValueError:
            raise Refused(_("A number has at most four decimals and fifteen digits before them.")) from None
        return money.from_units(money.to_units(value))

    def text(self, field: Field, value: Any) -> str:
        return "" if value is None else f"{value:f}"


class Percent(Quantity):
    """A share in hundredths: 12.5 is 12.5 %."""

    name = "percent"

    def read(self, field: Field, raw: Any) -> Decimal:
        return read_decimal(raw.strip().removesuffix("%").removesuffix("％") if isinstance(raw, str) else raw)


class Amount(Quantity):
    """An exact amount in the currency of the record."""

    name = "amount"

    def read(self, field: Field, raw: Any) -> Decimal:
        if isinstance(raw, str) and numbers.is_percent(raw):
            raise Refused(_("“%(text)s” is not a number.") % {"text": raw})
        return super().read(field, raw)


def read_decimal(raw: Any) -> Decimal:
    """A number as people write it. Raises Refused."""
    if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool):
        return Decimal(raw)
    found = None if isinstance(raw, bool) or raw is None else numbers.read_number(str(raw))
    if found is None:
        raise Refused(_("“%(text)s” is not a number.") % {"text": raw})
    return found
