"""Exporting: the rows and columns of a list as CSV or XLSX, so that importing them again changes nothing.

A link is written as the title of its record; where another record has the same title, as the first key that only it has (its
number). Amounts are plain numbers with their currency in a column beside them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO
from urllib.parse import urlencode
from uuid import uuid4

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core import kind, registry
from bihuan.core.access import Actor, scope_of
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.event import Event, publish
from bihuan.core.exchange import cells, mapping, parts, record_key
from bihuan.core.field import Field
from bihuan.core.listed import Linked, Row
from bihuan.core.query import Query, find_field

FORMATS = ("csv", "xlsx")
BATCH = 1000
#: What Excel can hold in a sheet, its head included.
MOST_ROWS = 1_048_576
#: Digits up to which a spreadsheet's numbers are exact.
EXACT_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Exported(Event):
    """A list left the house as a file of `rows` rows: what was `asked` is the query of its address, `at` an ISO moment."""

    key: str
    by_id: int | None
    at: str
    address: str
    asked: str
    columns: str
    format: str
    rows: int


Value = str | int | bool | Decimal | date | datetime | None


def every_column(desk: Desk, actor: Actor) -> list[str]:
    """The columns of an export from which an import makes the same records: what it can fill, and what tells them apart."""
    fields = parts.own_fields_of(desk, actor)
    tells_apart = any(each.unique and each.name in desk.key for each in fields.values())
    return [*fields] if tells_apart else [*fields, record_key.NAME]


def ask(desk: Desk, actor: Actor, params: Mapping[str, str], columns: Sequence[str] = ()) -> Query:
    """A query for a file: like that of a list, and among its columns there may be the record key."""
    names = columns or [name for name in params.get("columns", "").split(",") if name]
    query = Query.parse(
        desk, actor, params, [name for name in names if name != record_key.NAME] or desk.shown_columns()
    )
    return replace(query, columns=(*query.columns, record_key.field(desk))) if record_key.NAME in names else query


def export_rows(
    query: Query, stream: BinaryIO, format: str = "csv", progress: Callable[[int], None] | None = None
) -> int:
    """Write everything a query finds; returns the number of rows. Raises Forbidden for whoever may not export."""
    count = 0
    for count in steps(query, stream, format):
        if progress is not None:
            progress(count)
    return count


def steps(query: Query, stream: BinaryIO, format: str = "csv") -> Iterator[int]:
    """The same in steps of a thousand rows: yields the number of rows written so far."""
    if not query.desk.offers(query.actor, "export"):
        raise Forbidden()
    if format not in FORMATS:
        raise Refused(_("“%(text)s” is not one of: %(options)s.") % {"text": format, "options": ", ".join(FORMATS)})
    query = _whole(query)
    sheet: _Csv | _Xlsx = (_Csv if format == "csv" else _Xlsx)(stream)
    sheet.write(list(heads(query)))
    rows, count = query.each(BATCH), 0
    while batch := list(islice(rows, BATCH)):
        for line in _lines(query, batch):
            sheet.write(line)
        count += len(batch)
        yield count
    sheet.close()


def tell(
    object: str,
    by: Actor,
    params: Mapping[str, str],
    columns: Iterable[str],
    *,
    format: str,
    rows: int,
    address: str = "",
) -> None:
    """Let the firm know that a list was exported: who took what, how much of it, and to which address."""
    asked, now = urlencode(dict(params)), timezone.now().isoformat()
    told = Exported(object, 0, uuid4().hex, by.user_id, now, address, asked, ",".join(columns), format, rows)
    with transaction.atomic():
        publish([told])


def _whole(query: Query) -> Query:
    """The query within the reach of exports, with the currency of every amount beside it."""
    columns: list[Field] = []
    given = {column.name for column in query.columns}
    for column in query.columns:
        columns.append(column)
        currency = column.currency.replace("__", ".")
        if currency and currency not in given:
            given.add(currency)
            columns.append(find_field(query.desk, query.actor, currency))
    scope = scope_of(query.actor, query.desk, "export")
    return replace(query, columns=tuple(columns), extra=query.extra & scope if scope is not None else query.extra)


def heads(query: Query) -> Iterator[str]:
    """Heads that an import reads back to the same fields: the label, or the field's name where the label is not plain."""
    labels = [_label(query, column) for column in query.columns]
    fillable = mapping.fields_of(query.desk, query.actor)
    guessed = mapping.guess(query.desk, query.actor, labels)
    for column, label, understood in zip(query.columns, labels, guessed, strict=True):
        meant = column.name if column.name in fillable else ""
        yield label if understood == meant and labels.count(label) == 1 else column.name


def _label(query: Query, column: Field) -> str:
    parts, desk = [], query.desk
    for name in column.via:
        step = desk.field(query.actor, name)
        parts.append(str(step.label))
        desk = registry.desk_of(step.target)
    return " · ".join([*parts, str(column.label)])


def _lines(query: Query, batch: Sequence[Row]) -> Iterator[list[Value]]:
    """The rows of a batch as plain values."""
    writers = [_writer(query, place, column, batch) for place, column in enumerate(query.columns)]
    for row in batch:
        yield [write(value) for write, value in zip(writers, row.values, strict=True)]


def _writer(query: Query, place: int, column: Field, batch: Sequence[Row]) -> Callable[[Any], Value]:
    """How the values of a column become plain."""
    if isinstance(column.kind, (kind.Link, kind.Links)):
        held = [_links(row.values[place]) for row in batch]
        names = link_names(registry.desk_of(column.target), [link for links in held for link in links])  # type: ignore[arg-type]
        return lambda value: "; ".join(names[link.id] for link in _links(value))
    if isinstance(column.kind, kind.State):
        return lambda value: str(column.states.get(value, value))
    if isinstance(column.kind, (kind.Pick, kind.File)):
        return column.text
    if isinstance(column.kind, kind.YesNo):
        return lambda value: _("Yes") if value else _("No")
    if isinstance(column.kind, kind.Moment):
        return lambda value: None if value is None else timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    return lambda value: value.amount if hasattr(value, "amount") else value


def _links(value: Linked | tuple[Linked, ...] | None) -> tuple[Linked, ...]:
    return (value,) if isinstance(value, Linked) else value or ()


def link_names(desk: Desk, links: Sequence[Linked]) -> dict[int, str]:
    """By what name an import finds each linked record again: its title where no other has it, else its number or the like."""
    titles = {each.title for each in links}
    rows = desk.model._base_manager.filter(archived_at=None)
    if desk.titles_are_labels:
        same = Q(name__in=titles) | Q(name_hant__in=titles) | Q(name_en__in=titles)
        held = [
            title for names in rows.filter(same).values_list("name", "name_hant", "name_en") for title in set(names)
        ]
        twins = {title for title in titles if held.count(title) > 1}
    else:
        counted = (
            rows.filter(**{f"{desk.title}__in": titles}).order_by().values(desk.title).annotate(number=Count("pk"))
        )
        twins = {row[desk.title] for row in counted.filter(number__gt=1)}
    names = {each.id: each.title for each in links}
    unclear = [each.id for each in links if each.title in twins or each.title == f"#{each.id}"]
    sure = next((name for name in desk.key if name in desk.own_fields and desk.own_fields[name].unique), None)
    if unclear and sure:
        names |= {pk: key for pk, key in desk.model._base_manager.filter(pk__in=unclear).values_list("pk", sure) if key}
    return names


class _Csv:
    """CSV in UTF-8 with a byte order mark, which Excel needs to understand it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        self.writer = csv.writer(self.text)

    def write(self, row: Sequence[Value]) -> None:
        self.writer.writerow([_plain(value) for value in row])

    def close(self) -> None:
        self.text.flush()
        self.text.detach()


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return cells.defused(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


class _Xlsx:
    """An Excel workbook, row by row with constant memory. Text is written as text, whatever it looks like."""

    def __init__(self, stream: BinaryIO) -> None:
        import xlsxwriter  # heavy: loaded only where a workbook is written

        self.book = xlsxwriter.Workbook(stream, {"constant_memory": True})
        self.sheet = self.book.add_worksheet()
        self.sheet.freeze_panes(1, 0)
        self.text = self.book.add_format({"quote_prefix": True})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.rows = 0

    def write(self, row: Sequence[Value]) -> None:
        if self.rows == MOST_ROWS:
            raise Refused(_("An Excel sheet holds at most %(limit)d rows; export as CSV.") % {"limit": MOST_ROWS - 1})
        for place, value in enumerate(row):
            self._cell(place, value)
        self.rows += 1

    def _cell(self, place: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, (date, datetime)) and value.year >= 1900:  # Excel knows no earlier day
            self.sheet.write_datetime(self.rows, place, value, self.moment if isinstance(value, datetime) else self.day)
        elif isinstance(value, (int, Decimal)) and len(str(abs(value)).replace(".", "")) <= EXACT_DIGITS:
            self.sheet.write_number(self.rows, place, value)
        else:
            text = f"{value:f}" if isinstance(value, Decimal) else str(value)
            self.sheet.write_string(self.rows, place, text, self.text if cells.defused(text) != text else None)

    def close(self) -> None:
        self.book.close()
