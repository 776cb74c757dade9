"""A list as plain values: what its template draws, worked out from the desk, the actor and the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup

from bihuan.core import kind
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.grouping import Group
from bihuan.core.query import Page, Query
from bihuan.web import condition, show, table
from bihuan.web.address import Address
from bihuan.web.record_page import Action
from bihuan.web.saved_view import Tab, views_of

SIZE = 50
#: A group by a date is cut into months.
CUT = ".month"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group: its count and sums in words; `url` is the list of its records."""

    label: str
    count: int
    sums: list[Markup]
    url: str
    rows_url: str


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A line of the column chooser; `pinned` columns cannot be hidden or moved."""

    name: str
    label: str
    shown: bool
    pinned: bool = False


Way = Callable[["ListPage"], Action | None]
_further: list[Way] = []


def further(way: Way) -> Way:
    """Declare the decorated function as a way from lists to another page, told in their menu; None leads nowhere."""
    _further.append(way)
    return way


class ListPage:
    """The list that an address asks for. Raises Refused where the address asks for what there is not."""

    def __init__(self, desk: Desk, actor: Actor, given: QueryDict, place: str = "list") -> None:
        self.desk, self.actor, self.given = desk, actor, given
        self.views = views_of(desk, actor)
        self.address = Address.read(
            reverse(place, args=[desk.slug]), given, {key: tab.params for key, tab in self.views.items()}
        )
        self.warning = ""
        self.query = self._query()

    def _query(self) -> Query:
        """The query of the address. What no longer exists (a choice, a field) is left out with a warning: a kept view opens still."""
        columns = [*self.columns, *table.extra_columns(self.desk, self.columns)]
        try:
            return Query.parse(self.desk, self.actor, self.address.params, columns)
        except Refused as refusal:
            self.warning = refusal.sentence
        params = {name: value for name, value in self.address.params.items() if self._is_sound(name, value)}
        self.address = Address(self.address.path, self.address.view, params)
        return Query.parse(self.desk, self.actor, params, columns)

    def _is_sound(self, name: str, value: str) -> bool:
        try:
            Query.parse(self.desk, self.actor, {name: value}, self.columns)
        except Refused:
            return False
        return True

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, the desk's first one always the first."""
        wanted = [
            name for name in self.address.params.get("columns", "").split(",") if name
        ] or self.desk.shown_columns()
        names = self.desk.known(self.actor, dict.fromkeys(wanted))
        first = self.desk.shown_columns()[0]
        return [first, *(name for name in names if name != first)]

    @property
    def shown(self) -> Sequence[Field]:
        return self.query.columns[: len(self.columns)]

    # ------------------------------------------------------------------ views

    @property
    def view(self) -> Tab | None:
        """The tab the list began from."""
        return self.views.get(self.address.view)

    @property
    def tabs(self) -> list[dict[str, Any]]:
        base = self.address.path
        return [
            {
                "label": tab.label,
                "url": f"{base}?view={key}",
                "current": key == self.address.view,
                "count_id": f"count-{key}",
            }
            for key, tab in self.views.items()
        ]

    @property
    def unsaved(self) -> bool:
        """Whether the list shows something else than the view it began from."""
        return dict(self.address.params) != (self.view.params if self.view else {})

    @property
    def ways(self) -> list[Action]:
        """What further pages make of the list as it stands."""
        return [found for way in _further if (found := way(self)) is not None]

    # ------------------------------------------------------------------ conditions, sorting, columns, groups

    @property
    def chips(self) -> list[condition.Chip]:
        return condition.chips(self.query.conditions, self.actor, self.address)

    @property
    def filters(self) -> list[dict[str, str]]:
        """The fields the list can be filtered by, each with the address of its form."""
        fields, here = condition.filterable(self.desk, self.actor), self.address.at()
        return [{"name": each.name, "label": str(each.label), "url": f"{here}&filter={each.name}"} for each in fields]

    @property
    def filter_form(self) -> condition.ConditionForm | None:
        name = self.given.get("filter", "")
        if not name or not self.desk.has(self.actor, name):
            return None
        return condition.form_of(self.desk.field(self.actor, name), self.query.conditions, self.actor)

    @property
    def column_choices(self) -> list[ColumnChoice]:
        names = self.columns
        shown = [ColumnChoice(each.name, str(each.label), True, place == 0) for place, each in enumerate(self.shown)]
        others = [
            ColumnChoice(name, str(each.label), False)
            for name, each in self.desk.fields(self.actor).items()
            if name not in names
        ]
        return shown + sorted(others, key=lambda choice: choice.label)

    @property
    def groupings(self) -> list[dict[str, Any]]:
        """What the list can be grouped by."""
        by, ungrouped = self.address.params.get("group", ""), self.address.changed(group=None)
        named = [
            (each, each.name + CUT if isinstance(each.kind, kind.Date) else each.name)
            for each in self.desk.fields(self.actor).values()
            if each.kind.groupable and each.compute is None and not each.kind.numeric
        ]
        return [
            {"label": str(each.label), "url": f"{ungrouped}&group={name}", "current": name == by}
            for each, name in named
        ]

    def hidden(self, *without: str) -> list[tuple[str, str]]:
        """What a form that changes one thing of the list must send along."""
        return [(name, value) for name, value in self.address.own.items() if name not in without]

    # ------------------------------------------------------------------ rows

    @cached_property
    def page(self) -> Page:
        return self.query.page(SIZE, after=self.given.get("after", ""), before=self.given.get("before", ""))

    @cached_property
    def table(self) -> table.Table:
        return table.table_of(self.desk, self.actor, self.query.columns, len(self.columns), self.page, self.address)

    @property
    def first(self) -> int:
        """The place of the first row in the list, as far as the way here has told it."""
        told = self.given.get("from", "")
        return max(int(told), 1) if told.isdecimal() and len(told) < 10 else 1

    @property
    def range(self) -> str:
        """Which rows of the list these are, in words."""
        last = self.first + len(self.page.rows) - 1
        told = {"first": show.plain_number(self.first), "last": show.plain_number(last)}
        return _("%(first)s–%(last)s") % told if self.page.rows else ""

    @property
    def previous_url(self) -> str:
        if not self.page.previous:
            return ""
        return self.address.at(before=self.page.previous, **{"from": str(max(self.first - SIZE, 1))})

    @property
    def next_url(self) -> str:
        return self.address.at(after=self.page.next, **{"from": str(self.first + SIZE)}) if self.page.next else ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query.conditions or self.query.text or self.query.extra)

    @property
    def sorted_by(self) -> str:
        """What the list is sorted by, whether or not somebody chose it and whether or not it is one of the columns."""
        return str(self.query.sort.label) if self.query.sort is not None else ""

    @property
    def sorted_down(self) -> bool:
        """Whether the greatest or latest comes first."""
        return (self.address.params.get("sort") or self.desk.order(self.actor, self.desk.sort)).startswith("-")

    @property
    def usual_order(self) -> dict[str, Any] | None:
        """The order of a list that nobody sorted, where no column shows it."""
        name = self.desk.order(self.actor, self.desk.sort)
        if name.lstrip("-") == "id" or name.lstrip("-") in self.columns:
            return None
        return {
            "label": str(self.desk.field(self.actor, name.lstrip("-")).label), "url": self.address.changed(sort=None),
            "down": name.startswith("-"), "current": self.address.params.get("sort", name) == name,
        }  # fmt: skip

    # ------------------------------------------------------------------ counts and sums

    @cached_property
    def summed(self) -> list[str]:
        """Names of the columns that can be added up."""
        return [each.name for each in self.shown if each.kind.summable and each.compute is None]

    @property
    def sums(self) -> list[Markup] | None:
        """A foot cell per column, where sums are asked for."""
        if not self.summed or self.address.params.get("sum") != "1":
            return None
        found = self.query.sums(self.summed)
        return [sum_text(each, found.get(each.name, {})) for each in self.shown]

    @cached_property
    def groups(self) -> list[GroupRow] | None:
        """The list's groups, where it is grouped."""
        by = self.address.params.get("group", "")
        if not by:
            return None
        found = self.query.groups(by, self.summed)
        return [self._group_row(by, group) for group in found]

    def _group_row(self, by: str, group: Group) -> GroupRow:
        head = by.removesuffix(CUT)
        each = self.desk.field(self.actor, head)
        name, operand = condition_of(each, group)
        records = self.address.changed(**{name: operand}, group=None)
        return GroupRow(
            group.label or _("None"), group.count,
            [sum_text(field, group.sums.get(field.name, {})) for field in self.shown],
            records, f"{records}&rows=1",
        )  # fmt: skip


def condition_of(each: Field, group: Group) -> tuple[str, str]:
    """The condition that the records of a group meet."""
    if group.key is None:
        return f"{each.name}.empty", ""
    if isinstance(each.kind, kind.Date):
        last = (group.key.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
        return f"{each.name}.between", f"{group.key:%Y-%m}-01..{last:%Y-%m-%d}"
    if isinstance(each.kind, kind.YesNo):
        return f"{each.name}.is", str(int(group.key))
    return f"{each.name}.in", str(group.key)


def sum_text(each: Field, sums: Mapping[str, Any]) -> Markup:
    """Sums by currency as one cell shows them, the one whose name is not said first."""
    texts = [
        table.amount(table.Money(total, currency)) if currency else show.plain_number(total)
        for currency, total in sorted(sums.items(), key=lambda pair: (pair[0] != "CNY", -pair[1]))
    ]  # fmt: skip
    return Markup("<br>").join(Markup(text) for text in texts)  # noqa: S704  (made of figures and escaped codes)


def switch(desk: Desk, current: str, address: Address) -> list[dict[str, Any]]:
    """List, board or funnel, for objects that have them; each shows what the address does."""
    if desk.board is None:
        return []
    places = (("board", _("Board"), "square-kanban"), ("list", _("List"), "rows-3"), ("funnel", _("Funnel"), "funnel"))
    urls = {name: replace(address, path=reverse(name, args=[desk.slug])).at() for name, _label, _icon in places}
    return [
        {"label": label, "url": urls[name], "icon": icon, "current": name == current} for name, label, icon in places
    ]
