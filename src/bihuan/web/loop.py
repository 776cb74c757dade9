"""The loop: thirteen nodes from the market to feedback, what went through each, and the track that is drawn of them.

The track is a stadium of the design's own measures: out along the top, round the end, back along the bottom. The band is as wide as
the flow; it is drawn into a box of 1000 by 288 that the page stretches, so that places across are told in per cent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, log1p, pi, sin
from statistics import fmean
from typing import Any

from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.desk import Desk
from bihuan.core.query import Query
from bihuan.core.record import OwnedRecord
from bihuan.web.workbench import Outlook, address

NODES = (
    _("Market"), _("Leads"), _("Contacts"), _("Accounts"), _("Opportunities"), _("Quotes"), _("Configuration"), _("Orders"),
    _("Service"), _("Self-service"), _("Satisfaction"), _("Club"), _("Feedback"),
)  # fmt: skip
#: Of so many that ended last the time they took is told.
LATEST = 200
#: A share below this is a bad one.
BAD = 0.2


@dataclass(frozen=True, slots=True)
class Node:
    """One node as it stands. A node of which the firm has no object yet, or none that the actor may see, has no address.

    `count` entered in the span, `former` in the one before; `onward` of the former went on; `stuck` stand too long now; `days` is
    what those took on average that went on in the span.
    """

    place: int
    label: Any
    count: int = 0
    url: str = ""
    former: int | None = None
    former_url: str = ""
    onward: int | None = None
    onward_url: str = ""
    stuck: int = 0
    stuck_url: str = ""
    days: int | None = None

    @property
    def rate(self) -> float | None:
        """The share that went on; None where nothing entered or nothing is known of it."""
        return self.onward / self.count if self.onward is not None and self.count else None

    @property
    def is_bad(self) -> bool:
        return self.rate is not None and self.rate < BAD


def nodes(outlook: Outlook, *, compared: bool = False) -> list[Node]:
    """The thirteen nodes as the actor sees them."""
    found: dict[int, Desk] = {}
    for desk in registry.desks():
        if desk.node is not None and issubclass(desk.model, OwnedRecord) and outlook.actor.may(desk.model, "view"):
            found.setdefault(desk.node, desk)
    return [
        _node(place, label, found[place], outlook, compared) if place in found else Node(place, label)
        for place, label in enumerate(NODES)
    ]


def _node(place: int, label: Any, desk: Desk, outlook: Outlook, compared: bool) -> Node:
    entered = outlook.params(desk, created_at__in=outlook.span)
    told: dict[str, Any] = {"count": outlook.count(desk, entered), "url": address(desk, entered)}
    if compared:
        former = outlook.params(desk, created_at__in=outlook.before.span)
        told |= {"former": outlook.count(desk, former), "former_url": address(desk, former)}
    if desk.onward and all(desk.has(outlook.actor, name.rpartition(".")[0]) for name in desk.onward):
        onward = entered | dict(desk.onward)
        told |= {"onward": outlook.count(desk, onward), "onward_url": address(desk, onward)}
    if desk.board is not None and desk.board.since and desk.has(outlook.actor, desk.board.since):
        stuck = outlook.params(desk, **{f"{desk.stage_field}__late": ""})
        told |= {"stuck": outlook.count(desk, stuck), "stuck_url": address(desk, stuck)}
    return Node(place, label, days=days_taken(desk, outlook), **told)


def days_taken(desk: Desk, outlook: Outlook) -> int | None:
    """What those took that went on in the span, in whole days on average; of the latest where there are many."""
    if not desk.took or not all(desk.has(outlook.actor, name) for name in desk.took):
        return None
    began, ended = desk.took
    params = outlook.params(desk, **{f"{ended}__in": outlook.span}) | dict(desk.onward) | {"sort": f"-{ended}"}
    query = Query.parse(desk, outlook.actor, params, [began, ended])
    rows = outlook.once(("taken", desk.slug), lambda: query.page(LATEST).rows)
    taken = [(row.values[1] - row.values[0]).days for row in rows if None not in row.values]
    return round(fmean(taken)) if taken else None


# ---------------------------------------------------------------------- the drawing

WIDTH, LEFT, RIGHT, TOP, BOTTOM, RADIUS = 1180, 82, 1098, 87, 201, 57
MIDDLE = (TOP + BOTTOM) / 2
BEND, LENGTH = pi * RADIUS / 2, RIGHT - LEFT
WHOLE = 2 * LENGTH + 4 * BEND
#: The last node of the way out; it stands in the bend.
TURN = 7
STEP = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a node stands: per cent across, pixels down; the width of the band there, its cell on a phone, its lane."""

    x: float
    y: float
    width: float
    cell: str
    lane: str


@dataclass(frozen=True, slots=True)
class Track:
    """The loop ready to be drawn: each node with its mark, the two halves of the band, and where the shares stand."""

    stops: Sequence[tuple[Node, Mark]]
    out: str
    back: str
    rates: Sequence[tuple[Node, float, float]]


def track(found: Sequence[Node]) -> Track:
    """The drawing of the nodes."""
    widths = _widths(found)
    marks = [_mark(each.place, widths[each.place]) for each in found]
    middle = 2 * BEND + LENGTH
    rates = [
        (each, _percent(_between(each.place)), float(TOP if each.place < TURN else BOTTOM))
        for each in found
        if each.rate is not None
    ]
    return Track(
        tuple(zip(found, marks, strict=True)), _band(0, middle, widths), _band(middle, WHOLE, widths), rates
    )  # fmt: skip


def _widths(found: Sequence[Node]) -> list[float]:
    """How wide the band is at each node, in pixels: by the order of magnitude, thin where nothing flows yet."""
    most = max((log1p(each.count) for each in found), default=0) or 1
    return [16 + 34 * log1p(each.count) / most if each.url else 14.0 for each in found]


def _across(place: int) -> float:
    """Where a node stands across."""
    if place == 0:
        return LEFT - RADIUS
    if place == TURN:
        return RIGHT + RADIUS
    return LEFT + LENGTH * (place - 0.5) / 6 if place < TURN else RIGHT - LENGTH * (place - 7.5) / 5


def _between(place: int) -> float:
    """Where the share of those that went on from a node stands across."""
    if place in (0, TURN - 1, TURN, len(NODES) - 1):
        ends = {0: (LEFT - 16, _across(1)), TURN - 1: (_across(6), RIGHT + 16), TURN: (RIGHT + 4, _across(8))}
        near, far = ends.get(place, (_across(12), LEFT - 8))
        return (near + far) / 2
    return (_across(place) + _across(place + 1)) / 2


def _percent(x: float) -> float:
    return round(x / WIDTH * 100, 2)


def _mark(place: int, width: float) -> Mark:
    if place in (0, TURN):
        cell, lane, y = ("1/1/2/3", "start", MIDDLE) if place == 0 else ("8/1/9/3", "end", MIDDLE)
    elif place < TURN:
        cell, lane, y = f"{place + 1}/1", "go", TOP
    else:
        cell, lane, y = f"{15 - place}/2", "back", BOTTOM
    return Mark(_percent(_across(place)), y, round(width, 1), cell, lane)


#: How far along the track each node stands, clockwise from the left end, and the end.
STOPS = (
    0.0,
    *(BEND + _across(place) - LEFT for place in range(1, TURN)),
    2 * BEND + LENGTH,
    *(3 * BEND + LENGTH + RIGHT - _across(place) for place in range(TURN + 1, len(NODES))),
    WHOLE,
)


def _at(along: float) -> tuple[float, float, float, float]:
    """The point so far along the track and the direction outward from it."""
    along %= WHOLE
    if along < BEND:
        return _on_bend(LEFT, pi + along / RADIUS)
    along -= BEND
    if along < LENGTH:
        return LEFT + along, TOP, 0, -1
    along -= LENGTH
    if along < 2 * BEND:
        return _on_bend(RIGHT, along / RADIUS - pi / 2)
    along -= 2 * BEND
    if along < LENGTH:
        return RIGHT - along, BOTTOM, 0, 1
    return _on_bend(LEFT, (along - LENGTH) / RADIUS + pi / 2)


def _on_bend(centre: float, angle: float) -> tuple[float, float, float, float]:
    return centre + RADIUS * cos(angle), MIDDLE + RADIUS * sin(angle), cos(angle), sin(angle)


def _band(begin: float, end: float, widths: Sequence[float]) -> str:
    """The outline of one half of the band."""
    outer, inner = [], []
    for along in _steps(begin - 1, end + 1):
        x, y, outward_x, outward_y = _at(along)
        half = _width_at(along % WHOLE, widths) / 2
        outer.append((x + outward_x * half, y + outward_y * half))
        inner.append((x - outward_x * half, y - outward_y * half))
    points = (f"{x / WIDTH * 1000:.1f} {y:.1f}" for x, y in (*outer, *reversed(inner)))
    return "M" + "L".join(points) + "Z"


def _steps(begin: float, end: float) -> Iterator[float]:
    along = begin
    while along < end:
        yield along
        along += STEP
    yield end


def _width_at(along: float, widths: Sequence[float]) -> float:
    """The width between two nodes: eased from the one to the other."""
    around = [*widths, widths[0]]
    place = bisect_left(STOPS, along, lo=1) - 1
    part = (along - STOPS[place]) / (STOPS[place + 1] - STOPS[place])
    return around[place] + (around[place + 1] - around[place]) * part * part * (3 - 2 * part)
