"""Conditions on the columns of the index as the database reads them: to write them, the ORM took longer than the database to answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, IntegerField
from django.db.models.expressions import RawSQL


class Sql(NamedTuple):
    """A piece of a statement, and the values of its places."""

    text: str
    values: tuple[Any, ...] = ()

    @property
    def as_condition(self) -> RawSQL:
        return RawSQL(self.text, self.values, output_field=BooleanField())  # noqa: S611  (made of constants here)

    @property
    def as_number(self) -> RawSQL:
        return RawSQL(self.text, self.values, output_field=IntegerField())  # noqa: S611  (made of constants here)


def contains(column: str, text: str) -> Sql:
    """A column, or another expression, holds a text."""
    return Sql(f"{column} LIKE %s ESCAPE '\\'", (f"%{_literal(text)}%",))


def begins(column: str, text: str) -> Sql:
    return Sql(f"{column} LIKE %s ESCAPE '\\'", (f"{_literal(text)}%",))


def fits(column: str, pattern: str) -> Sql:
    """A column holds what a regular expression describes."""
    return Sql(f"{column} {'REGEXP' if connection.vendor == 'sqlite' else '~'} %s", (pattern,))


def _literal(text: str) -> str:
    return connection.ops.prep_for_like_query(text)


def any_of(conditions: Iterable[Sql]) -> Sql:
    return _joined(" OR ", conditions)


def all_of(conditions: Iterable[Sql]) -> Sql:
    return _joined(" AND ", conditions)


def _joined(word: str, conditions: Iterable[Sql]) -> Sql:
    texts, values = zip(*conditions, strict=True)
    return Sql(f"({word.join(texts)})", sum(values, ()))


def first_of(cases: Iterable[tuple[Sql, int]], otherwise: int) -> Sql:
    """The number of the first condition that holds."""
    whens = [Sql(f"WHEN {condition.text} THEN {number:d}", condition.values) for condition, number in cases]
    return Sql(
        f"(CASE {' '.join(each.text for each in whens)} ELSE {otherwise:d} END)",
        sum((each.values for each in whens), ()),
    )


def up_to(column: str, text: str) -> Sql:
    """The beginning of a column as far as the first character of a text that it holds; empty where it does not hold it."""
    place = "INSTR" if connection.vendor == "sqlite" else "STRPOS"
    return Sql(f"SUBSTR({column}, 1, {place}({column}, %s))", (text,))


def lines_of(piece: Sql, most: int) -> Sql:
    """How many lines a text has ended, counted up to `most`."""
    least = "MIN" if connection.vendor == "sqlite" else "LEAST"
    ends = f"LENGTH({piece.text}) - LENGTH(REPLACE({piece.text}, %s, ''))"
    return Sql(f"{least}({ends}, {most:d})", (*piece.values, *piece.values, "\n"))
