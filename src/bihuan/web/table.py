"""The rows of a list as HTML. Everything that does not depend on the row is worked out once per column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core import kind
from bihuan.core.access import Actor, reaches_all_seen, seen
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.listed import Money, Row
from bihuan.core.query import Page
from bihuan.web import show
from bihuan.web.address import Address

#: Widths of columns in pixels by kind; the first column takes what is left.
WIDTHS = {
    "choice": 120, "state": 96, "stage": 132, "date": 106, "moment": 116, "amount": 112, "quantity": 92, "integer": 84, "yesno": 80,
    "link": 160, "links": 132, "phone": 152, "mail": 184, "url": 168, "number": 136, "text": 140, "longtext": 240,
    "percent": 80, "choices": 140, "file": 168,
}  # fmt: skip
PERSON_WIDTH, LEAD_WIDTH, PICK_WIDTH = 108, 184, 44
HEAD_LETTER, HEAD_PADDING, WIDEST_HEAD = 6.8, 34, 200
#: Choices, states and the names of people take more room in English than in Chinese.
WORDY, MORE_WORDS, MORE_NAME = ("choice", "state", "stage"), 1.15, 1.4
#: Kinds that a list edits in place. Several links and long texts need more room than a cell has.
UNFIT = ("links", "longtext", "choices")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `order` is "ascending", "descending" or "", `url` sorts by it."""

    name: str
    label: str
    unit: str
    numeric: bool
    width: int
    order: str
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """A list as its template draws it; `rows` is finished HTML, `width` the least it needs."""

    heads: list[Head]
    rows: Markup
    width: int


def extra_columns(desk: Desk, columns: Sequence[str]) -> list[str]:
    """What the first cell shows besides its own column: the number of a record without a name, the letter of a firm."""
    if columns[0] != desk.title:
        return []
    wanted = [name for name in (desk.number_field, desk.tile) if name]
    return [name for name in wanted if name not in columns]


def table_of(desk: Desk, actor: Actor, fields: Sequence[Field], shown: int, page: Page, address: Address) -> Table:
    """The first `shown` of the fields as columns; the others only serve the first cell. At most one query."""
    columns = fields[:shown]
    draws = _cells(desk, actor, fields, shown, _editable_rows(desk, actor, page.rows))
    # each piece is escaped where it is made
    rows = Markup("".join("".join(draw(row) for draw in draws) for row in page.rows))  # noqa: S704
    sort, unsorted = address.params.get("sort") or desk.order(actor, desk.sort), address.changed(sort=None)
    heads = [_head(each, sort, unsorted, lead=place == 0) for place, each in enumerate(columns)]
    return Table(heads, rows, PICK_WIDTH + LEAD_WIDTH + sum(head.width for head in heads))


def _head(field: Field, sort: str, unsorted: str, *, lead: bool) -> Head:
    falling_first = field.kind.numeric or isinstance(field.kind, kind.Date)
    order = {field.name: "ascending", f"-{field.name}": "descending"}.get(sort, "")
    falls = order == "ascending" or (not order and falling_first)
    url = f"{unsorted}&sort={'-' if falls else ''}{field.name}" if field.sortable else ""
    unit = _unit(field)
    label = str(field.label)
    return Head(field.name, label, unit, field.kind.numeric, 0 if lead else _width(field, label + unit), order, url)


def _unit(field: Field) -> str:
    return show.scaled(Decimal(0))[1] if isinstance(field.kind, kind.Amount) else ""


def _width(field: Field, head: str) -> int:
    """As wide as its values need, and its head as far as that is not much more. A Han character is two letters wide."""
    needed = PERSON_WIDTH if _is_person(field) else WIDTHS[field.kind.name]
    if (get_language() or "").startswith("en"):
        needed = round(needed * (MORE_NAME if _is_person(field) else MORE_WORDS if field.kind.name in WORDY else 1))
    letters = sum(1 if character.isascii() else 2 for character in head)
    return max(needed, min(round(letters * HEAD_LETTER) + HEAD_PADDING, WIDEST_HEAD))


def _is_person(field: Field) -> bool:
    return field.target is get_user_model() and isinstance(field.kind, kind.Link)


# ---------------------------------------------------------------------- cells

Cell = Callable[[Row], str]


def editable_fields(desk: Desk, actor: Actor) -> Collection[str]:
    """Names of the fields that the actor may edit in place. Owner and stage change by commands of their own."""
    if not actor.may(desk.model, "edit"):
        return ()
    names = {name for name, each in desk.inputs(actor, creating=False).items() if each.kind.name not in UNFIT}
    if desk.stage_field:
        names.add(desk.stage_field)
    if "owner" in desk.own_fields and actor.may(desk.model, "assign"):
        names.add("owner")
    return names


def _editable_rows(desk: Desk, actor: Actor, rows: Sequence[Row]) -> Collection[int] | None:
    """Ids of the rows the actor may edit; None for all of them. A query only where the reach to edit is the shorter."""
    if not actor.may(desk.model, "edit") or reaches_all_seen(actor, desk, "edit"):
        return None
    return seen(actor, desk.model, [row.id for row in rows], "edit")


def _cells(desk: Desk, actor: Actor, fields: Sequence[Field], shown: int, rows: Collection[int] | None) -> list[Cell]:
    """One function per piece of a row: its beginning, then a cell per column."""
    names = [each.name for each in fields]
    slots = phone_slots(fields[:shown])
    editable = editable_fields(desk, actor)
    owner = names.index("owner") if "owner" in names[:shown] else None
    cells: list[Cell] = [_beginning()]
    for place, each in enumerate(fields[:shown]):
        draw = lead_cell(desk, fields) if place == 0 else value_cell(each, place)
        tail = _owner_name(owner) if slots.get(place) == "meta" and owner not in (None, place) else None
        cells.append(_framed(desk, each, draw, slots.get(place, ""), rows if each.name in editable else (), tail))
    return cells


def _beginning() -> Cell:
    opening = '<tr data-row tabindex="-1"><td class="pick"><input type="checkbox" name="id" form="bulk" data-select'
    opening += f' aria-label="{escape(_("Choose this row"))}" value="'
    return lambda row: f'{opening}{row.id}"></td>'


def _framed(desk: Desk, field: Field, draw: Cell, slot: str, rows: Collection[int] | None, tail: Cell | None) -> Cell:
    """The table cell around a value, with the address of its editor where it may be edited."""
    kinds = "num" if field.kind.numeric else "" if slot == "title" else "soft"
    opening = f'<td class="{kinds}"' if kinds else "<td"
    opening += f' data-slot="{slot}"' if slot else ""
    # the head, which names the unit, is not there on a phone
    opening += f' data-unit="{escape(_unit(field))}"' if slot == "value" else ""
    base = reverse("list", args=[desk.slug])
    ending = f"/field/{field.name}?brief"

    def cell(row: Row) -> str:
        edit = f' data-cell="{base}/{row.id}{ending}"' if rows is None or row.id in rows else ""
        return f"{opening}{edit}>{draw(row)}{tail(row) if tail else ''}</td>"

    return cell


def lead_cell(desk: Desk, fields: Sequence[Field]) -> Cell:
    """What a row begins with: the link to the record by its title, with the letter of a person or firm."""
    base = reverse("list", args=[desk.slug])
    caption = _caption(desk, fields)
    mark = _mark_of(desk, [each.name for each in fields])
    return lambda row: f'<a class="who" href="{base}/{row.id}" data-open>{mark(row)}{caption(row)}</a>'


def _caption(desk: Desk, fields: Sequence[Field]) -> Cell:
    """The words of the link: the title or, where there is none, the record's number."""
    if not isinstance(fields[0].kind, kind.Text):
        draw = value_cell(fields[0])
        return lambda row: f'<span class="clip name">{draw(row)}</span>'
    names = [each.name for each in fields]
    number = names.index(desk.number_field) if desk.number_field in names else 0

    def caption(row: Row) -> str:
        text = escape((row.values[0] or row.values[number] or f"#{row.id}").partition("\n")[0][:200])
        return f'<span class="clip name" title="{text}">{text}</span>'

    return caption


def _mark_of(desk: Desk, names: Sequence[str]) -> Cell:
    """The round letter of a person, the square one of a firm, or nothing."""
    if names[0] == desk.title and desk.person:
        return lambda row: _mark(show.initial(row.values[0]), "")
    if names[0] == desk.title and desk.tile:
        tile = names.index(desk.tile)
        return lambda row: _mark((row.values[tile] or row.values[0] or "·")[0], ' data-kind="firm"')
    return lambda row: ""


def _mark(letter: str, kinds: str) -> str:
    return f'<span class="avatar" data-tone="ink"{kinds} aria-hidden="true">{escape(letter)}</span>'


def value_cell(field: Field, place: int = 0) -> Cell:
    """A value as lists show it: amounts in the unit of the head, nothing as a dash, long texts by their first line."""
    if isinstance(field.kind, kind.Amount):
        return lambda row: amount(row.values[place])
    draw = show.shower(field, brief=True)
    if isinstance(field.kind, kind.LongText):
        return lambda row: _first_line(row.values[place])
    if type(field.kind) is kind.Text:
        return lambda row: _titled(row.values[place])
    return lambda row: draw(row.values[place])


def amount(raw: Money | None) -> str:
    """An amount in 万 (thousands in English) without its unit, which stands in the head; another currency says its name."""
    if raw is None:
        return show.NOTHING
    figure = show.scaled(raw.amount)[0]
    return figure if raw.currency == "CNY" else f'<small class="cur">{escape(raw.currency)}</small> {figure}'


def _titled(raw: str) -> str:
    text = escape(raw)
    return f'<span class="clip" title="{text}">{text}</span>' if text else show.NOTHING


def _first_line(raw: str) -> str:
    return _titled((raw or "").partition("\n")[0][:200])


def _owner_name(place: int | None) -> Cell:
    """The owner after the first small word of a row on a phone, where the owner's column has no room."""

    def tail(row: Row) -> str:
        owner = row.values[place]
        return f'<span class="phone-only">{escape(owner.title)}</span>' if owner else ""

    return tail


def phone_slots(fields: Sequence[Field]) -> dict[int, str]:
    """Which columns make the two lines of a row on a phone: title and side above, meta and value below."""
    slots: dict[int, str] = {0: "title"}
    wishes: dict[str, Callable[[Field], bool]] = {
        "side": lambda each: isinstance(each.kind, (kind.StagePick, kind.State)) or each.name == "status",
        "value": lambda each: isinstance(each.kind, kind.Amount),
        "meta": lambda each: isinstance(each.kind, kind.Date),
    }
    for slot, fits in wishes.items():
        found = next((place for place, each in enumerate(fields) if place not in slots and fits(each)), None)
        if found is not None:
            slots[found] = slot
    if "meta" not in slots.values():
        rest = next((place for place, each in enumerate(fields) if place not in slots and not _is_person(each)), None)
        if rest is not None:
            slots[rest] = "meta"
    return slots
