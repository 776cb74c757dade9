"""How well those are answered who wait: of what began to wait in a period, by person, channel and unit.

The database counts, over the index of when a wait began; every figure is the count of the list behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Max, Q, Value, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from bihuan.core import link
from bihuan.core.access import OWN_ROWS, Actor
from bihuan.core.desk import Desk
from bihuan.core.filters import ME
from bihuan.core.period import Period
from bihuan.core.query import Query
from bihuan.core.registry import desk_of
from bihuan.touch.inbox import duration
from bihuan.touch.waiting import Waiting
from bihuan.web.workbench import address

DAY = timedelta(days=1)
#: What figures are told by, each a field of what waits.
SIDES = {"owner": _("By person"), "channel": _("By channel"), "unit": _("By unit")}
#: Without these fields nobody is told figures about them.
ASKED = {*SIDES, "since", "state", "late", "further", "minutes"}

_ANSWERED, _FIRST = Q(state="answered"), Q(state="answered", further=False)
_FIGURES: Mapping[str, Any] = {
    "waited": Count("pk"),
    "answered": Count("pk", filter=_ANSWERED),
    "late": Count("pk", filter=_ANSWERED & Q(late=True)),
    "waiting": Count("pk", filter=Q(state="waiting")),
    "dismissed": Count("pk", filter=Q(state="dismissed")),
    "first": Count("pk", filter=_FIRST),
    "mean": Avg("minutes", filter=_FIRST),
    "longest": Max("minutes", filter=_FIRST),
}
#: The list behind each figure, as conditions.
_ANSWERED_LIST, _FIRST_LIST = {"state.in": "answered"}, {"state.in": "answered", "further.is": "0"}
_LISTS: Mapping[str, Mapping[str, str]] = {
    "waited": {},
    "answered": _ANSWERED_LIST,
    "late": _ANSWERED_LIST | {"late.is": "1"},
    "waiting": {"state.in": "waiting"},
    "dismissed": {"state.in": "dismissed"},
    "first": _FIRST_LIST | {"sort": "-minutes"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """How one of a side fared, or all of them: counts and their lists by name, and the working time to a first answer in words."""

    label: str
    counts: Mapping[str, int]
    urls: Mapping[str, str]
    median: str
    mean: str
    longest: str

    @property
    def late(self) -> float | None:
        """What part of the answers came late."""
        return self.counts["late"] / self.counts["answered"] if self.counts["answered"] else None


class Answers:
    """The figures of a period, for an actor: of all whom it sees where it is to see to others' answers, else of its own."""

    def __init__(self, actor: Actor, period: Period) -> None:
        self.actor, self.desk = actor, desk_of(Waiting)
        whose = {} if sees_to_others(actor) else {"owner.in": ME}
        self.asked = whose | {"since.between": f"{period.start}..{period.end - DAY}"}
        self.query = Query.parse(self.desk, actor, self.asked, ("since",))

    def total(self) -> Line:
        """Everybody together. Two queries."""
        (line,) = self._lines(None)
        return line

    def side(self, name: str) -> list[Line]:
        """One line for each person, channel or unit, where most waited first. Two queries."""
        return sorted(self._lines(name), key=lambda each: (-each.counts["waited"], each.label))

    def _lines(self, by: str | None) -> list[Line]:
        rows = self.query.rows().order_by().annotate(key_=F(by) if by else Value(0))
        found = {row.pop("key_"): row for row in rows.values("key_").annotate(**_FIGURES)}
        if by is None:
            found.setdefault(0, {**dict.fromkeys(_FIGURES, 0), "mean": None, "longest": None})
        medians = _medians(rows)
        names = _names(self.actor, self.desk, by, found) if by else {0: ""}
        return [
            Line(
                names.get(key, ""), {name: row[name] for name in _LISTS}, self._urls(by, key),
                _told(medians.get(key)), _told(row["mean"]), _told(row["longest"]),
            )
            for key, row in found.items()
        ]  # fmt: skip

    def _urls(self, by: str | None, key: int | None) -> dict[str, str]:
        which = {} if by is None else {f"{by}.empty": ""} if key is None else {f"{by}.in": str(key)}
        return {name: address(self.desk, self.asked | which | asked) for name, asked in _LISTS.items()}


def sees_to_others(actor: Actor) -> bool:
    """Whether others' answers are the actor's business too: a manager's, an administrator's."""
    return not OWN_ROWS.cover(actor.rows("waiting", "edit"))


def _names(actor: Actor, desk: Desk, by: str, keys: Mapping[int | None, Any]) -> dict[int, str]:
    """What the people, channels or units are called."""
    target = desk.own_fields[by].target
    assert target is not None
    return link.titles(actor, desk_of(target), [key for key in keys if key is not None])


def _medians(rows: Any) -> dict[int | None, float]:
    """The minutes in the middle of the first answers, by key. One query."""
    ranked = rows.filter(_FIRST).annotate(
        place=Window(RowNumber(), partition_by="key_", order_by=("minutes", "pk")),
        number=Window(Count("*"), partition_by="key_"),
    )
    middle: dict[int | None, list[int]] = {}
    around = ranked.filter(number__lte=F("place") * 2, number__gte=F("place") * 2 - 2)
    for key, minutes in around.values_list("key_", "minutes"):
        middle.setdefault(key, []).append(minutes)
    return {key: sum(each) / len(each) for key, each in middle.items()}


def _told(minutes: float | None) -> str:
    return "" if minutes is None else duration(round(minutes))
