"""Ask for records, their number, groups and sums: the engine of the lists on the command line.

    bihuan query opportunity --where stage.in=Won --group owner.unit --sum amount --json

Conditions are those of a list's address: FIELD.OPERATOR=VALUE, with a dot for each link walked (account.industry.in=…);
dates are grouped as closed_on.month. Amounts are exact: JSON numbers as they stand in the database, and where an answer
has several currencies, an object of them by currency.
"""

import argparse
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from bihuan.site.cli import _operator

if TYPE_CHECKING:
    from bihuan.core.query import Query

#: Rows of a table on the screen, unless told otherwise.
SHOWN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("object", help="account, contact, user, product, opportunity …")
    add_conditions(parser)
    parser.add_argument("--group", metavar="FIELD", help="a line for each value: stage, owner.unit, closed_on.month …")
    parser.add_argument("--sum", action="append", metavar="FIELD", help="add this up; several parted by commas")
    parser.add_argument("--count", action="store_true", help="only their number")
    parser.add_argument(
        "--limit", type=int, metavar="N", help=f"at most N rows (default: {SHOWN} on the screen, all as JSON)"
    )
    parser.add_argument("--json", action="store_true")
    _operator.add_arguments(parser)


def add_conditions(parser: argparse.ArgumentParser) -> None:
    """What `query` and `export` ask by."""
    parser.add_argument(
        "--where", nargs="+", action="extend", metavar="FIELD.OPERATOR=VALUE", help="level.in=A, amount.gte=10000 …"
    )
    parser.add_argument("--search", default="", metavar="TEXT", help="words to find")
    parser.add_argument("--columns", default="", metavar="FIELD,…", help="(default: those of the list)")
    parser.add_argument("--sort", default="", metavar="FIELD", help="-FIELD for falling order")


def parsed(options: argparse.Namespace) -> "Query":
    """The query that the arguments describe."""
    from bihuan.core.query import Query

    return Query.parse(_operator.desk(options.object), _operator.actor(options), params(options))


def params(options: argparse.Namespace) -> dict[str, str]:
    """The same as the parameters of a list's address."""
    return _operator.conditions(options.where) | {
        "q": options.search,
        "sort": options.sort,
        "columns": options.columns,
    }


def handle(options: argparse.Namespace) -> None:
    with _operator.working(options):
        answer = ask(options)
        if options.json:
            print_json(answer)
        else:
            print_table([answer] if isinstance(answer, Mapping) else list(answer))


def ask(options: argparse.Namespace) -> Mapping[str, Any] | Iterable[Mapping[str, Any]]:
    """One line or many, each by name."""
    query = parsed(options)
    sums = [name for text in options.sum or [] for name in text.split(",")]
    if options.group:
        return islice(grouped(query, options.group, sums), options.limit)
    if options.count or sums:
        totals = query.sums(sums) if sums else {}
        return {"count": query.count(), **{name: amount(totals[name], several(totals.values())) for name in sums}}
    limit = options.limit if options.limit is not None or options.json else SHOWN
    return islice(rows(query), limit)


def grouped(query: "Query", name: str, sums: list[str]) -> Iterable[dict[str, Any]]:
    groups = query.groups(name, sums)
    mixed = {each: several(group.sums[each] for group in groups) for each in sums}
    for group in groups:
        label = group.label if group.key is not None else None
        yield {name: label, "count": group.count, **{each: amount(group.sums[each], mixed[each]) for each in sums}}


def several(sums: Iterable[Mapping[str, Any]]) -> bool:
    """Whether more than one currency occurs."""
    return len({currency for each in sums for currency in each}) > 1


def amount(by_currency: Mapping[str, Any], mixed: bool) -> Any:
    return dict(by_currency) if mixed else next(iter(by_currency.values()), Decimal(0))


def rows(query: "Query") -> Iterable[dict[str, Any]]:
    from bihuan.core.listed import Money

    for row in query.each():
        line: dict[str, Any] = {"id": row.id}
        for column, value in zip(query.columns, row.values, strict=True):
            line[column.name] = value.amount if isinstance(value, Money) else shown(column, value)
            if isinstance(value, Money):
                line.setdefault(column.currency.replace("__", "."), value.currency)
        yield line


def shown(column: Any, value: Any) -> Any:
    """A value as programs like to have it: labels of choices, titles of links, local time."""
    from django.utils import timezone

    from bihuan.core import kind
    from bihuan.core.listed import Linked

    if isinstance(value, Linked):
        return value.title
    if isinstance(value, tuple) and not isinstance(column.kind, kind.Picks):
        return [each.title for each in value]
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(column.kind, kind.State):
        return str(column.states.get(value, value))
    return column.text(value) or None if isinstance(column.kind, (kind.Pick, kind.File)) else value


def print_json(answer: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> None:
    """Line by line, so that a long answer needs no more memory than a short one."""
    import orjson

    def exact(value: Any) -> Any:
        if isinstance(value, Decimal):
            return orjson.Fragment(f"{value:f}")
        raise TypeError(type(value))

    write = sys.stdout.write
    if isinstance(answer, Mapping):
        write(orjson.dumps(answer, default=exact).decode() + "\n")
        return
    before = "[\n"
    for line in answer:
        write(before + orjson.dumps(line, default=exact).decode())
        before = ",\n"
    write("[]\n" if before == "[\n" else "\n]\n")


def print_table(lines: list[Mapping[str, Any]]) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    texts = [[text(line.get(name)) for name in names] for line in lines]
    widths = [max(map(width, column)) for column in zip(names, *texts, strict=True)]
    right = [
        all(isinstance(line.get(name), (int, Decimal)) or line.get(name) is None for line in lines) for name in names
    ]
    for row in (names, *texts):
        print("  ".join(padded(*each) for each in zip(row, widths, right, strict=True)).rstrip())


def text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, dict):
        return " + ".join(f"{amount:,f} {currency}" for currency, amount in value.items())
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value).replace("\n", " ")


def padded(cell: str, size: int, to_the_right: bool) -> str:
    blanks = " " * (size - width(cell))
    return blanks + cell if to_the_right else cell + blanks


def width(cell: str) -> int:
    """Places on the screen: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in cell)
