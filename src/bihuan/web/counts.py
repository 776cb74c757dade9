"""How many there are, as it stands beside views, tabs and the place on the loop: asked for after the page, and never at a
cost that grows with the firm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.query import Query
from bihuan.web.saved_view import views_of
from bihuan.web.show import plain_number

#: Nobody reads a larger number to its end beside a name.
MOST = 999
#: So many of the newest records are looked through for those that a view shows.
LOOKED_THROUGH = 5_000


@dataclass(frozen=True, slots=True)
class Counts:
    """By key of the view, of all of them, and of those that stand in their stage for too long; "" where there is none."""

    views: Mapping[str, str]
    whole: str
    stuck: str


def counts(desk: Desk, actor: Actor) -> Counts:
    """What a list's head tells of its object."""
    everything = Query(desk, actor, ())
    of_all = everything.count(LOOKED_THROUGH + 1)
    is_all = of_all <= LOOKED_THROUGH
    found = {key: _of(desk, actor, tab.params, is_all) for key, tab in views_of(desk, actor).items()}
    stuck = _stuck(desk, actor)
    return Counts(found, told(of_all), told(stuck, is_whole=is_all) if stuck else "")


def _of(desk: Desk, actor: Actor, params: Mapping[str, str], is_all: bool) -> str:
    try:
        query = Query.parse(desk, actor, params, ())
    except Refused:  # a view that was kept when there was still what it asks for
        return ""
    return told(query.count_newest(LOOKED_THROUGH), is_whole=is_all)


def _stuck(desk: Desk, actor: Actor) -> int:
    """How many of the newest have stood in their stage for too long."""
    if desk.board is None or not desk.board.since or not desk.has(actor, desk.board.since):
        return 0
    return Query.parse(desk, actor, {f"{desk.stage_field}.late": ""}, ()).count_newest(LOOKED_THROUGH)


def told(number: int, *, is_whole: bool = True, most: int = 0) -> str:
    """A count in words: exact, or with a plus where there are more or may be. Of none among the newest nothing is known."""
    most = most or MOST
    if number > most:
        return _("%(number)s+") % {"number": plain_number(most)}
    if not number and not is_whole:
        return ""
    return plain_number(number) if is_whole else _("%(number)s+") % {"number": plain_number(number)}
