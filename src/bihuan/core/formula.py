"""Formulas that a firm writes: `amount * 0.13`, `if_(c_area > 100, "large", "small")`. Exact numbers, no access to anything.

The grammar is that of simpleeval: operators, comparisons, `a if b else c` and the functions below. Length, size of texts and
powers are limited; names are those of the record's own fields.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused

if TYPE_CHECKING:
    from bihuan.core.field import Field

#: What a formula may call.
FUNCTIONS: dict[str, Any] = {
    "if_": lambda condition, one, other: one if condition else other,
    "abs": abs,
    "min": min,
    "max": max,
    "round": lambda number, places=0: round(Decimal(number), int(places)),
    "len": lambda text: Decimal(len(text or "")),
    "upper": lambda text: (text or "").upper(),
    "lower": lambda text: (text or "").lower(),
    "text": lambda value: "" if value is None else str(value),
    "blank": lambda value: value in (None, ""),
    "today": lambda: timezone.localdate(),
    "year": lambda day: Decimal(day.year),
    "month": lambda day: Decimal(day.month),
    "days": lambda later, earlier: Decimal((_day(later) - _day(earlier)).days),
    "add_days": lambda day, count: _day(day) + timedelta(int(count)),
}
#: How many parts a formula may have.
MOST_PARTS = 200


def _day(value: Any) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _evaluator(values: Mapping[str, Any]) -> Any:
    from simpleeval import SimpleEval  # only where a formula is worked out

    class Exact(SimpleEval):
        """Numbers are exact: a literal becomes the Decimal that was written."""

        @staticmethod
        def _eval_constant(node: ast.Constant) -> Any:
            exact = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
            return Decimal(str(node.value)) if exact else node.value

    made = Exact(names=dict(values), functions=FUNCTIONS)
    made.nodes[ast.Constant] = Exact._eval_constant
    return made


@lru_cache(maxsize=1000)
def _parsed(text: str) -> ast.Expression:
    """Raises SyntaxError, RecursionError, MemoryError or ValueError for what is no formula."""
    tree = ast.parse(text.strip(), mode="eval")
    if sum(1 for _part in ast.walk(tree)) > MOST_PARTS:
        raise ValueError("too long")
    return tree


def names_used(text: str) -> frozenset[str]:
    """The names of fields that a formula reads; none where it cannot be read."""
    try:
        tree = _parsed(text)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return frozenset()
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) - called


def fault(text: str, known: Iterable[str]) -> str | None:
    """What is wrong with a formula, as a sentence; None for a sound one."""
    try:
        tree = _parsed(text)
    except ValueError:
        return _("The formula is too long.")
    except (SyntaxError, RecursionError, MemoryError):
        return _("The formula cannot be read.")
    allowed = (
        ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant,
        ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
    )  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, allowed) or isinstance(node, (ast.Pow, ast.LShift, ast.RShift)):
            return _("The formula cannot be read.")
        if isinstance(node, ast.Call) and (
            not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords
        ):
            return _("A formula may call: %(names)s.") % {"names": ", ".join(FUNCTIONS)}
    unknown = sorted(names_used(text) - set(known))
    return _("There is no field “%(name)s”.") % {"name": unknown[0]} if unknown else None


def result(text: str, values: Mapping[str, Any], field: Field) -> Any:
    """The value of a formula for a record's values, as the field keeps it; None where it has none (a blank, a division by zero)."""
    from simpleeval import InvalidExpression

    exact = {name: Decimal(value) if type(value) is int else value for name, value in values.items()}
    try:
        found = _evaluator(exact).eval(text, previously_parsed=_parsed(text).body)
    except (
        ArithmeticError,
        InvalidOperation,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
        InvalidExpression,
    ):
        return None
    try:
        if isinstance(found, Decimal) and field.kind.numeric:
            found = round(found, 4)
        return None if found is None else field.check(field.parse(found))
    except (Refused, ArithmeticError):
        return None
