"""One engine behind lists, boards, exports and `./bihuan query`: filter, search, sort, page by key, group, sum.

Pages are cut by key, not by offset, and nothing is counted unless asked: a page costs the same at its thousandth as
at its first.
Empty values come last whichever way a list is sorted, on both databases.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Q, QuerySet, When
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core import audit, indexing, kind, registry, search, statement
from bihuan.core.access import (
    Actor,
    Approach,
    among,
    as_seen,
    branches,
    guarded,
    hanging,
    has_few,
    scope_of,
    seen,
    sight,
    visible,
)
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.filters import Condition
from bihuan.core.grouping import CUTS, Group, gather, gather_all
from bihuan.core.listed import Row, fill_custom_link, fill_links, needs, reader
from bihuan.core.stored import column_at
from bihuan.core.union import keys_of

#: Address parameters that are not conditions.
RESERVED = frozenset(
    {"q", "sort", "after", "before", "columns", "group", "sum", "view", "archived", "size", "board", "ids"}
)
_LOST = gettext_lazy("This page of the list no longer exists; start again from the first.")
#: What a list is sorted by where that lies beyond a link that may lead to what the actor does not see.
_SORTED_BY = "sorted_by"


class Page(NamedTuple):
    """A page of rows with the cursors of its neighbours; None where there is none."""

    rows: list[Row]
    previous: str | None
    next: str | None


class _Raw(NamedTuple):
    """A row as the database gave it: its id, whether it has nothing to be sorted by, what it is sorted by, and its columns."""

    id: int
    empty: bool
    key: Any
    values: tuple[Any, ...]


class Hung(NamedTuple):
    """A record that the actor has found and that other records hang on, by a link of theirs or by ``about``."""

    link: str
    object: str
    key: int

    @property
    def where(self) -> Q:
        """The condition of what hangs on it."""
        return Q(about=self.object, about_id=self.key) if self.link == "about" else Q(**{self.link: self.key})


@dataclass(frozen=True)
class Query:
    """What somebody asks of an object. Made by `parse`; asked by `page`, `groups`, `count`, `each`."""

    desk: Desk
    actor: Actor
    columns: tuple[Field, ...]
    conditions: tuple[Condition, ...] = ()
    sort: Field | None = None
    descending: bool = False
    text: str = ""
    archived: bool | None = False  # None: in use and archived alike
    extra: Q = field(default_factory=Q)
    hung: Hung | None = None

    @classmethod
    def parse(cls, desk: Desk, actor: Actor, params: Mapping[str, str], columns: Sequence[str] = ()) -> Query:
        """From address parameters. Raises Refused for a field or operator that does not exist for this actor."""
        params = {name: text.replace("\x00", "") for name, text in params.items()}  # PostgreSQL has no such character
        names = columns or [name for name in params.get("columns", "").split(",") if name]
        names = names or desk.known(actor, desk.shown_columns())
        order = params.get("sort") or desk.order(actor, desk.sort)
        sort = None if order.lstrip("-") == "id" else find_field(desk, actor, order.lstrip("-"))
        if sort is not None and not sort.sortable:
            raise Refused(_("The list cannot be sorted by “%(field)s”.") % {"field": sort.label})
        conditions = [
            _condition(desk, actor, name, operand)
            for name, operand in params.items()
            if name not in RESERVED and "." in name
        ]
        return cls(
            desk, actor, tuple(find_field(desk, actor, name) for name in names), tuple(conditions), sort,
            order.startswith("-"), params.get("q", "").strip(), params.get("archived") == "1", _named(params.get("ids", "")),
        )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        """The records asked for, unsorted: for a condition on more, or to be counted and summed as a whole."""
        return self._narrowed(self._seen(Approach.GATHER))

    def _seen(self, approach: Approach) -> QuerySet[Any]:
        """The records that the actor sees, of those that the query is about."""
        if self.hung:
            return hanging(self.actor, self.desk.model, self.hung.where & self.extra, (self.hung.link,))
        return visible(self.actor, self.desk.model, archived=self.archived, approach=approach).filter(self.extra)

    def _narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that meet the conditions and the text."""
        for condition in self.conditions:
            rows = rows.filter(condition.where(self.actor) & sight(self.actor, self.desk.model, condition.field.path))
        if self.text:
            fields = indexing.seen_fields(self.desk, self.actor)
            rows = rows.filter(pk__in=search.matches(self.text, self.desk.slug, fields))
        return rows

    def page(self, size: int = 50, *, after: str = "", before: str = "") -> Page:
        """One page, cut by key. Raises Refused for a cursor that is none."""
        backwards = bool(before)
        cursor = _decode(before or after) if before or after else None
        found = self._walk(size + 1, cursor, backwards)
        more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        ends = (_cursor(found[0]), _cursor(found[-1])) if found else (None, None)
        has_previous, has_next = (more, True) if backwards else (cursor is not None, more)
        return Page(self._read(found), ends[0] if has_previous else None, ends[1] if has_next else None)

    def pages_by(self, column: str, keys: Sequence[int], size: int) -> dict[int, Page]:
        """The first page for each of these values of a column, all in one query, or two where the order has gaps."""
        found: dict[int, list[_Raw]] = {key: [] for key in keys}
        for empty in self._segments:
            sizes = {key: size + 1 - len(raws) for key, raws in found.items() if len(raws) <= size}
            if sizes:
                for raw in self._answered(Query._by, column, tuple(sizes.items()), empty):
                    if len(found[raw[-1]]) <= size:
                        found[raw[-1]].append(self._found(raw[:-1], empty))
        shown = {key: raws[:size] for key, raws in found.items()}
        rows = iter(self._read([raw for raws in shown.values() for raw in raws]))
        return {
            key: Page([next(rows) for _raw in raws], None, _cursor(raws[-1]) if len(found[key]) > size else None)
            for key, raws in shown.items()
        }

    def each(self, batch: int = 1000) -> Any:
        """Every row, batch after batch, for exports."""
        cursor: list[Any] | None = None
        while found := self._walk(batch, cursor, backwards=False):
            yield from self._read(found)
            cursor = [found[-1].empty, audit.plain(found[-1].key), found[-1].id]

    def count(self, cap: int = 0) -> int:
        """How many there are, counted up to `cap` (0: exactly)."""
        rows = self.rows().order_by()
        return rows[:cap].count() if cap else rows.count()

    def count_newest(self, among: int) -> int:
        """How many of the newest visible records are asked for, so that the cost does not grow with their number."""
        newest = visible(self.actor, self.desk.model, archived=self.archived).order_by("-pk").values("pk")[:among]
        return self._narrowed(self._seen(Approach.PROBE)).order_by().filter(pk__in=newest).count()

    def sums(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Sums over everything asked for, by field name and currency."""
        groups = gather(self.actor, self.desk, self.rows(), None, "", self._summed(names))
        return groups[0].sums if groups else {name: {} for name in names}

    def groups(self, name: str, sums: Sequence[str] = ()) -> list[Group]:
        """Counts and sums by a field, in the order of its choices, else by size; a date may be cut: "closed_on.month"."""
        head, _dot, cut = name.rpartition(".")
        name, cut = (head, cut) if cut in CUTS and head else (name, "")
        by, fields = find_field(self.desk, self.actor, name), self._summed(sums)
        if self._is_open and not cut and (kept := gather_all(self.actor, self.desk, by, fields)) is not None:
            return kept
        return gather(self.actor, self.desk, self.rows(), by, cut, fields)

    @property
    def _is_open(self) -> bool:
        """Whether all records in use are asked for."""
        return not (self.conditions or self.text or self.hung or self.extra) and self.archived is False

    def _summed(self, names: Sequence[str]) -> list[Field]:
        return [find_field(self.desk, self.actor, name) for name in names]

    # ------------------------------------------------------------------ how a page is read

    @cached_property
    def _sort_path(self) -> str:
        """The column a list is ordered by: a choice by its order, a link by its title."""
        if self.sort is None:
            return "pk"
        path = self.sort.path.removesuffix("_id") if self.sort.target is not None else self.sort.path
        if self.sort.custom:
            return path
        if isinstance(self.sort.kind, kind.Pick):
            return f"{path}__order"
        return f"{path}__{registry.desk_of(self.sort.target).title}" if self.sort.target is not None else path

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        paths = ["pk", self._sort_path, "version"]
        for column in self.columns:
            paths += needs(column)
        return tuple(dict.fromkeys((*paths, *(f"{way}_id" for way, _model in self._guarded(paths)))))

    def _guarded(self, paths: Sequence[str]) -> dict[tuple[str, type[models.Model]], None]:
        """The links on these paths to what the actor may not see all of, those nearer to the record first."""
        links = (each for path in paths for each in guarded(self.actor, self.desk.model, path))
        return dict.fromkeys(sorted(links, key=lambda each: each[0].count("__")))

    @cached_property
    def _sort_key(self) -> str:
        """The name that rows are ordered by: the path, or what the actor may know of it."""
        return _SORTED_BY if self._guarded([self._sort_path]) or self._is_custom_choice else self._sort_path

    @property
    def _is_custom_choice(self) -> bool:
        return self.sort is not None and bool(self.sort.custom) and isinstance(self.sort.kind, kind.Pick)

    def _keyed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with what they are ordered by."""
        if self._sort_key == self._sort_path:
            return rows
        seen = as_seen(self.actor, self.desk.model, self._sort_path)
        return rows.annotate(**{_SORTED_BY: _in_order(self.sort, seen) if self._is_custom_choice else seen})

    @cached_property
    def _segments(self) -> tuple[bool, ...]:
        """The parts of a list in their order, each told by whether it is of the rows that have nothing to be sorted by."""
        if self.sort is None or (self._sort_key == self._sort_path and not _may_be_empty(self.sort)):
            return (False,)
        return (False, True)

    @cached_property
    def _sources(self) -> list[QuerySet[Any]]:
        return self._sources_of(lists=1)

    def _sources_of(self, lists: int) -> list[QuerySet[Any]]:
        """The rows asked for: one query, or several of which each reads an index that has its rows in the order of the list."""
        if self.hung or self.text or scope_of(self.actor, self.desk, "view") is None:
            return [self._narrowed(self._seen(Approach.PROBE))]
        if self.sort is not None and self.sort.name == "changed_at" and not self.archived and not self.extra:
            everything = among(self.desk.model, archived=False)
            if parts := [self._narrowed(everything.filter(way)) for way in branches(self.actor, self.desk)]:
                return parts
        few = has_few(self.actor, self.desk, lists)
        return [self._narrowed(self._seen(Approach.GATHER if few else Approach.WALK))]

    def _ordered(
        self, rows: QuerySet[Any], empty: bool, cursor: list[Any] | None = None, backwards: bool = False
    ) -> QuerySet[Any]:
        """The rows of one segment in order, from the cursor on."""
        rows = self._keyed(rows)
        if len(self._segments) > 1:
            rows = rows.filter(self._unsorted) if empty else rows.exclude(self._unsorted)
        if cursor is not None and empty == cursor[0]:
            rows = rows.filter(self._beyond(cursor, empty, backwards))
        return rows.order_by(*self._order(empty, backwards))

    def _order(self, empty: bool, backwards: bool) -> list[str]:
        keys = [*([] if empty or self._sort_path == "pk" else [self._sort_key]), "pk"]
        return [f"-{key}" if self.descending != backwards else key for key in keys]

    def _of_union(self, parts: Sequence[QuerySet[Any]], empty: bool, backwards: bool = False) -> QuerySet[Any]:
        """The rows of all parts in one order: these were found by their keys, and only now columns and links are read."""
        rows = self.desk.model._base_manager.filter(pk__in=keys_of(parts))
        return self._keyed(rows).order_by(*self._order(empty, backwards))

    def _walk(self, size: int, cursor: list[Any] | None, backwards: bool) -> list[_Raw]:
        """Raw rows, those of the filled segment first, then those of the empty one."""
        found: list[_Raw] = []
        for empty in reversed(self._segments) if backwards else self._segments:
            if cursor is not None and (empty < cursor[0] if not backwards else empty > cursor[0]):
                continue
            missing = size - len(found)
            raws = (
                self._answered(Query._segment, missing, empty)
                if cursor is None
                else self._segment(missing, empty, cursor, backwards)
            )
            found += [self._found(raw, empty) for raw in raws]
            if len(found) >= size:
                break
        return found

    def _segment(
        self, size: int, empty: bool, cursor: list[Any] | None = None, backwards: bool = False
    ) -> QuerySet[Any]:
        parts = [self._ordered(source, empty, cursor, backwards)[:size] for source in self._sources]
        at_once = len(parts) == 1 and not self._must_sort
        rows = parts[0] if at_once else self._of_union(parts, empty, backwards)[:size]
        return rows.values_list(*self._paths)

    def _by(self, column: str, sizes: Sequence[tuple[int, int]], empty: bool) -> QuerySet[Any]:
        """Rows of one segment for each of these values of a column, up to so many."""
        parts = [
            self._ordered(source.filter(**{column: key}), empty)[:size]
            for source in self._sources_of(len(sizes)) for key, size in sizes
        ]  # fmt: skip
        return self._of_union(parts, empty).values_list(*self._paths, column)

    def _answered(self, write: Callable[..., QuerySet[Any]], *asked: Any) -> Iterable[tuple[Any, ...]]:
        """The rows of what a method makes of this query. The statement is written once, unless there is no end of different ones."""
        if self.conditions or self.text or (self.extra and not self.hung):
            return write(self, *asked)
        hung = self.hung and self.hung._replace(key=0)
        query = (self.desk.slug, self.archived, hung, self.extra, self._paths, self._sort_key, self.descending)
        keys = [self.hung.key] if self.hung else []
        return statement.rows(
            self.actor, (query, write.__name__, asked), keys, lambda stand_ins: write(self._about(stand_ins), *asked)
        )

    def _about(self, keys: Sequence[int]) -> Query:
        return replace(self, hung=self.hung._replace(key=keys[0])) if self.hung else self

    def _found(self, raw: tuple[Any, ...], empty: bool) -> _Raw:
        return _Raw(raw[0], empty, None if empty else raw[self._paths.index(self._sort_path)], raw)

    @property
    def _must_sort(self) -> bool:
        """Whether no index may give the rows in order: the desk's own order has one, and what panels and boards ask for."""
        return self.sort is not None and self.sort.name != self.desk.sort.lstrip("-") and not (self.extra or self.hung)

    @property
    def _unsorted(self) -> Q:
        """Rows that have nothing to be sorted by; an empty text is nothing."""
        nothing = Q(**{f"{self._sort_key}__isnull": True})
        return nothing | Q(**{self._sort_key: ""}) if isinstance(self.sort.kind, kind.Text) else nothing

    def _beyond(self, cursor: list[Any], empty: bool, backwards: bool) -> Q:
        _segment, value, key = cursor
        way = "lt" if self.descending != backwards else "gt"
        path = self._sort_key
        if empty or path == "pk":
            return Q(**{f"pk__{way}": key})
        try:
            column = column_at(self.desk.model, self._sort_path)
            value = column.to_python(value)
            column.get_prep_value(value)  # refuses what does not fit the column
        except (ValidationError, ArithmeticError, TypeError, ValueError):
            value = None
        if value is None:
            raise Refused(_LOST)
        # the first condition follows from the second, and is the one that an index can be entered by
        return Q(**{f"{path}__{way}e": value}) & (
            Q(**{f"{path}__{way}": value}) | Q(**{path: value, f"pk__{way}": key})
        )

    def _read(self, found: Sequence[_Raw]) -> list[Row]:
        """Rows as they are shown. Columns of several links cost one query each."""
        paths, readers = self._paths, self._readers
        rows = [dict(zip(paths, raw.values, strict=True)) for raw in found]
        self._hide(rows, paths)
        for column in self.columns:
            if isinstance(column.kind, kind.Links):
                fill_links(self.actor, column, rows)
            elif column.custom and column.target is not None:
                fill_custom_link(self.actor, column, rows)
        return [Row(values["pk"], values["version"], [read(values) for read in readers]) for values in rows]

    def _hide(self, rows: Sequence[dict[str, Any]], paths: Sequence[str]) -> None:
        """Take away what lies beyond a link to a record that the actor does not see. One query per such link."""
        for way, model in self._guarded(paths):
            keys = {row[f"{way}_id"] for row in rows} - {None}
            hidden = keys - seen(self.actor, model, keys)
            beyond = [path for path in paths if path.startswith(f"{way}__")]
            for row in rows:
                if row[f"{way}_id"] in hidden:
                    row |= dict.fromkeys(beyond)

    @property
    def _readers(self) -> list[Callable[[dict[str, Any]], Any]]:
        return [reader(column) for column in self.columns]


def _named(ids: str) -> Q:
    """The condition of a list that names its records by their ids."""
    return Q(pk__in=[key for part in ids.split(",") if (key := kind.read_key(part)) is not None]) if ids else Q()


def find_field(desk: Desk, actor: Actor, name: str) -> Field:
    """A field by its name. Raises Refused when there is none for this actor."""
    try:
        return desk.field(actor, name)
    except KeyError:
        raise Refused(_("There is no field “%(name)s”.") % {"name": name}) from None


def _condition(desk: Desk, actor: Actor, name: str, operand: str) -> Condition:
    field_name, _dot, operator = name.rpartition(".")
    found = Condition(find_field(desk, actor, field_name), operator, operand)
    found.where(actor)  # refuses here, where the sentence can still stand beside the chip
    return found


def _may_be_empty(sort: Field) -> bool:
    column = sort.column
    return bool(sort.via) or column is None or column.null or (isinstance(sort.kind, kind.Text) and column.blank)


def _in_order(sort: Field | None, key: Any) -> Case:
    """The place of a custom choice in the firm's order."""
    assert sort is not None
    places = enumerate(sort.kind.options(sort))
    whens = [When(Exact(key, option.id), then=place) for place, option in places]
    return Case(*whens, default=None, output_field=models.IntegerField())


def _cursor(raw: _Raw) -> str:
    text = json.dumps([raw.empty, audit.plain(raw.key), raw.id], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        empty, value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        str(value).encode()  # no half of a surrogate pair
    except (ValueError, TypeError, RecursionError):
        raise Refused(_LOST) from None
    odd = isinstance(value, (list, dict)) or "\x00" in str(value)
    if odd or not isinstance(empty, bool) or not isinstance(key, int):
        raise Refused(_LOST)
    return [empty, value, key]
