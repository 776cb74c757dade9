"""A board as plain values: columns by stage with counts and sums, and the cards that stand in them.

The counts and sums of all columns cost one query, and the cards of all columns in progress another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup, escape

from bihuan.core import kind, registry
from bihuan.core.access import OWN_ROWS, Actor
from bihuan.core.desk import Board as Declared
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.grouping import Group
from bihuan.core.listed import Linked, Money, Row
from bihuan.core.query import Page, Query
from bihuan.core.stage import Step, barrier, step, steps
from bihuan.core.verbs import move
from bihuan.web import show
from bihuan.web.address import Address

#: Cards that a column shows before it is asked for more.
CARDS = 15
Sums = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Age:
    """How long a card has stood in its stage: `share` of the usual time in per cent, `state` "", "over" or "stuck"."""

    text: str
    told: str
    share: int
    state: str


@dataclass(frozen=True, slots=True)
class Card:
    """A record as it lies on the board, in the column of its stage. `move_url` is empty for who may not move it."""

    id: int
    version: int
    stage: int
    title: str
    url: str
    move_url: str
    account: str
    total: Markup
    step: str
    at: Markup
    is_late: bool
    age: Age | None
    tags: list[tuple[str, str]]
    owner: Markup


@dataclass(frozen=True, slots=True)
class More:
    """The cards that a column has not shown: how many, the part with the next of them, and the list for who has no script."""

    count: int
    part_url: str
    list_url: str


@dataclass(frozen=True, slots=True)
class Column:
    """A stage on the board. A closed stage stands as a narrow rail until it `is_open`; a rail shows no cards.

    `barred` says of the columns to which no card may go from here why not, by stage id, as JSON.
    """

    step: Step
    is_open: bool
    count: int
    total: Markup
    weighted: Markup
    cards: list[Card]
    more: More | None
    barred: str
    open_url: str
    new_url: str


@dataclass(frozen=True, slots=True)
class Board:
    """The columns of one pipeline, with the sums over its stages in progress."""

    columns: list[Column]
    total: Markup
    weighted: Markup

    @property
    def is_empty(self) -> bool:
        return not any(column.count for column in self.columns)


def board_of(desk: Desk, actor: Actor, address: Address, pipeline: int, *, cards: bool = True) -> Board:
    """The board of a pipeline as the address filters it; without `cards` the heads of its columns alone."""
    stages = steps(desk.slug, pipeline)
    groups = {group.key: group for group in counted(desk, actor, address)}
    opened = address.params.get("open", "")
    shown = [each for each in stages if each.id in groups and (each.kind == "open" or opened == str(each.id))]
    pages = first_pages(desk, actor, address, shown) if cards else {}
    columns = [
        _column(desk, actor, address, each, groups.get(each.id), each.kind == "open" or opened == str(each.id), pages)
        for each in stages
    ]  # fmt: skip
    going = [(column.step, _sums(desk, groups.get(column.step.id))) for column in columns if column.step.kind == "open"]
    return Board(
        columns, amounts(_added(sums for _stage, sums in going)), amounts(_added(_weighted(*each) for each in going))
    )


def query_of(desk: Desk, actor: Actor, address: Address, columns: Sequence[str]) -> Query:
    """What the address asks for, but for what the columns answer themselves."""
    params = {name: value for name, value in address.params.items() if not is_answered(desk, name.rpartition(".")[0])}
    return Query.parse(
        desk, actor, {"sort": desk.order(actor, (desk.board and desk.board.since) or desk.sort)} | params, columns
    )


def is_answered(desk: Desk, name: str) -> bool:
    """Whether a condition on this field is the columns' business: they part what is in progress from what is over."""
    return name == f"{desk.stage_field}.kind"


def counted(desk: Desk, actor: Actor, address: Address) -> list[Group]:
    """Counts and sums by stage, of all pipelines, in one query."""
    total = total_field(desk, actor)
    return query_of(desk, actor, address, [desk.stage_field]).groups(desk.stage_field, [total] if total else [])


def total_field(desk: Desk, actor: Actor) -> str:
    """The amount that columns add up; empty when there is none, or the actor may not see it."""
    each = desk.fields(actor).get(desk.board.total) if desk.board else None
    return each.name if each is not None and each.kind.summable else ""


def _column(
    desk: Desk,
    actor: Actor,
    address: Address,
    here: Step,
    group: Group | None,
    is_open: bool,
    pages: Mapping[int, Page],
) -> Column:
    count, sums = group.count if group else 0, _sums(desk, group)
    shown, more = drawn(desk, actor, address, here, count, pages[here.id]) if here.id in pages else ([], None)
    may_begin = here.kind == "open" and desk.offers(actor, "create")
    return Column(
        here, is_open, count, amounts(sums), amounts(_weighted(here, sums)), shown, more, barred_from(here, actor),
        open_url=address.changed(open=None if is_open else str(here.id)) if here.kind != "open" else "",
        new_url=f"{reverse('new', args=[desk.slug])}?{desk.stage_field}={here.id}" if may_begin else "",
    )  # fmt: skip


def barred_from(here: Step, actor: Actor) -> str:
    """Why cards of a column may not go to some of the others, by stage id, as JSON."""
    others = (each for each in steps(here.object, here.pipeline) if each.id != here.id)
    return json.dumps({each.id: why for each in others if (why := barrier(here, each, actor))}, ensure_ascii=False)


def first_pages(desk: Desk, actor: Actor, address: Address, stages: Sequence[Step]) -> dict[int, Page]:
    """The first cards of each column; those that lie in the same order are asked for together."""
    columns, pages = list(layout_of(desk, actor).columns), {}
    for is_over in (False, True):
        keys = [each.id for each in stages if (each.kind != "open") == is_over]
        if keys:
            query = ordered(query_of(desk, actor, address, columns), address, is_over)
            pages |= query.pages_by(f"{desk.stage_field}_id", keys, CARDS)
    return pages


def ordered(query: Query, address: Address, is_over: bool) -> Query:
    """The query in the order of the cards: of what is over the latest comes first."""
    return replace(query, descending=True) if is_over and "sort" not in address.params else query


def page_of(
    desk: Desk, actor: Actor, address: Address, here: Step, count: int, after: str, before: int
) -> tuple[list[Card], More | None]:
    """Further cards of a column and what is left after them; `before` of the `count` have been shown already."""
    query = query_of(desk, actor, address, list(layout_of(desk, actor).columns))
    query = replace(ordered(query, address, here.kind != "open"), extra=Q(**{f"{desk.stage_field}_id": here.id}))
    return drawn(desk, actor, address, here, count, query.page(CARDS, after=after), before)


def drawn(
    desk: Desk, actor: Actor, address: Address, here: Step, count: int, page: Page, before: int = 0
) -> tuple[list[Card], More | None]:
    """The cards of a page of a column, and what is left after them."""
    cards = cards_of(desk, actor, page.rows, layout_of(desk, actor))
    if page.next is None:
        return cards, None
    seen = before + len(cards)
    part = Address(reverse("board_column", args=[desk.slug, here.id]), address.view, address.params)
    everything = Address(
        reverse("list", args=[desk.slug]), "", address.params | {f"{desk.stage_field}.in": str(here.id)}
    )
    return cards, More(max(count - seen, 1), part.at(after=page.next, shown=str(seen), of=str(count)), everything.at())


def sorts(desk: Desk, actor: Actor, address: Address) -> list[dict[str, Any]]:
    """The orders that cards can lie in: longest in their stage, by the total, by the day they come next."""
    declared, seen = desk.board or Declared(), desk.fields(actor)
    at = next((name for name in declared.card if name in seen and isinstance(seen[name].kind, kind.Date)), "")
    offered = {
        declared.since: _("Longest in stage first"),
        f"-{declared.total}": _("%(field)s, largest first") % {"field": seen[declared.total].label}
        if declared.total in seen
        else "",
        at: _("%(field)s, earliest first") % {"field": seen[at].label} if at else "",
    }
    present = address.params.get("sort") or declared.since
    return [
        {"label": label, "url": address.changed(sort=sort), "current": sort == present}
        for sort, label in offered.items() if sort and label
    ]  # fmt: skip


# ---------------------------------------------------------------------- cards


@dataclass(frozen=True, slots=True)
class Layout:
    """Which field fills which place of a card, worked out once per board from the kinds of the declared fields."""

    columns: dict[str, Field]
    total: str
    owner: str
    account: str
    short: str  # the field of the account that holds what it is called for short
    text: str
    at: str
    tags: list[str]


def layout_of(desk: Desk, actor: Actor) -> Layout:
    """The fields that a card shows, of those the actor may see."""
    declared = desk.board or Declared()
    seen = dict(desk.fields(actor))
    if declared.since in seen and not isinstance(seen[declared.since].kind, kind.Date):
        del seen[declared.since]
    left = {name: seen[name] for name in declared.card if name in seen}

    def take(fits: Callable[[Field], bool]) -> str:
        """The first field left that fits; it is then spoken for."""
        name = next((name for name, each in left.items() if fits(each)), "")
        left.pop(name, None)
        return name

    wanted = (desk.title, desk.number_field, desk.stage_field, declared.since, *declared.card)
    columns = {name: seen[name] for name in dict.fromkeys(wanted) if name in seen}
    total, owner = take(lambda each: each.name == declared.total and each.kind.summable), take(_is_person)
    account = take(lambda each: isinstance(each.kind, kind.Link))
    if short := _short_name(desk, actor, columns.get(account)):
        columns[short] = desk.field(actor, short)
    return Layout(
        columns, total, owner, account, short,
        text=take(lambda each: isinstance(each.kind, kind.Text)),
        at=take(lambda each: isinstance(each.kind, kind.Date)), tags=list(left),
    )  # fmt: skip


def _is_person(field: Field) -> bool:
    return field.target is get_user_model()


def _short_name(desk: Desk, actor: Actor, account: Field | None) -> str:
    """The field that holds what the account of a card is called for short, if the actor sees it."""
    tile = registry.desk_of(account.target).tile if account is not None and account.target is not None else ""
    name = f"{account.name}.{tile}" if account is not None and tile else ""
    return name if name and desk.has(actor, name) else ""


def cards_of(desk: Desk, actor: Actor, rows: Sequence[Row], layout: Layout) -> list[Card]:
    """Rows as cards. What does not depend on the row is worked out once: a board draws a hundred of them."""
    base, steady = reverse("list", args=[desk.slug]), Steady()
    movable = movable_by(desk, actor)
    draw_at = show.shower(layout.columns[layout.at], brief=True) if layout.at else None
    tags = {
        name: (str(layout.columns[name].label), show.shower(layout.columns[name], brief=True)) for name in layout.tags
    }
    cards = []
    for row in rows:
        values = dict(zip(layout.columns, row.values, strict=True))
        total, owner, account, at = (
            values.get(name) for name in (layout.total, layout.owner, layout.account, layout.at)
        )
        since = values.get(desk.board.since) if desk.board else None
        here = step(values[desk.stage_field])
        is_open = here is not None and here.kind == "open"
        cards.append(Card(
            row.id, row.version, values[desk.stage_field], title_of(desk, row.id, values, account), f"{base}/{row.id}",
            f"{base}/{row.id}/do/{move.name}" if movable(owner.id if owner else None) else "",
            (values.get(layout.short) or account.title) if account else "",
            steady.amount(total) if total else Markup(), values.get(layout.text) or "",
            draw_at(at) if draw_at and at else Markup(), is_open and is_past(at),
            steady.age(since, here.days_limit) if since and here is not None and is_open else None,
            [(label, draw(values[name]).striptags()) for name, (label, draw) in tags.items() if values[name]],
            steady.avatar(owner.id) if owner else Markup(),
        ))  # fmt: skip
    return cards


class Steady:
    """What many cards share, drawn once: units, avatars, days."""

    def __init__(self) -> None:
        self.unit = show.scaled(Decimal(0))[1]
        self.now = timezone.now()
        self.avatars: dict[int, Markup] = {}
        self.ages: dict[tuple[int, int | None], Age] = {}

    def amount(self, total: Money) -> Markup:
        """An amount in the unit of lists; another currency says its name."""
        currency = "" if total.currency == "CNY" else f"{escape(total.currency)} "
        return Markup(f'<span class="num">{currency}{show.scaled(total.amount)[0]}<small>{self.unit}</small></span>')  # noqa: S704  (figures and an escaped code)

    def avatar(self, key: int) -> Markup:
        if key not in self.avatars:
            self.avatars[key] = show.avatar(key)
        return self.avatars[key]

    def age(self, since: datetime, limit: int | None) -> Age:
        days = max((self.now - since).days, 0)
        if (days, limit) not in self.ages:
            self.ages[days, limit] = age_of(days, limit)
        return self.ages[days, limit]


def movable_by(desk: Desk, actor: Actor) -> Callable[[int | None], bool]:
    """Tells by a record's owner whether the actor's grant may reach it. The command itself looks closer."""
    rows = actor.rows(desk.slug, "edit")
    if rows == OWN_ROWS and "owner" in desk.own_fields:
        return lambda owner: owner == actor.user_id
    return lambda owner: bool(rows)


def card_now(desk: Desk, actor: Actor, key: int) -> tuple[Card, Step | None] | None:
    """A card as it is at this moment, with its stage, whatever the board's filters are; None when the actor sees none."""
    layout = layout_of(desk, actor)
    rows = Query(desk, actor, tuple(layout.columns.values()), extra=Q(pk=key)).page(1).rows
    if not rows:
        return None
    place = list(layout.columns).index(desk.stage_field)
    return cards_of(desk, actor, rows, layout)[0], step(rows[0].values[place])


def title_of(desk: Desk, key: int, values: Mapping[str, Any], account: Linked | None) -> str:
    """What a card is called: a record may have no title yet, and is then known by whose it is."""
    return values.get(desk.title) or (account.title if account else "") or values.get(desk.number_field) or f"#{key}"


def is_past(at: date | datetime | None) -> bool:
    """Whether a day or moment lies behind."""
    if at is None:
        return False
    return at < timezone.now() if isinstance(at, datetime) else at < timezone.localdate()


def age_of(days: int, limit: int | None) -> Age:
    """Warm from half the stage's usual days on, hot beyond them."""
    text = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    told = _("In this stage for %(time)s") % {"time": text}
    if not limit:
        return Age(text, told, 0, "")
    share = days * 100 // limit
    return Age(text, told, min(share, 100), "stuck" if share > 100 else "over" if share > 50 else "")


# ---------------------------------------------------------------------- sums


def _sums(desk: Desk, group: Group | None) -> Sums:
    return group.sums.get(desk.board.total, {}) if group and desk.board else {}


def _weighted(here: Step, sums: Sums) -> Sums:
    return {currency: amount * here.probability / 100 for currency, amount in sums.items()}


def _added(parts: Iterable[Sums]) -> Sums:
    added: dict[str, Decimal] = {}
    for sums in parts:
        for currency, amount in sums.items():
            added[currency] = added.get(currency, Decimal(0)) + amount
    return added


def amounts(sums: Sums) -> Markup:
    """Sums by currency in a line; they are never added across currencies."""
    return Markup(" · ").join(show.money(amount, currency, brief=True) for currency, amount in sorted(sums.items()))
