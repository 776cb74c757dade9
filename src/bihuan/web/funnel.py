"""The funnel of a pipeline: how far what was begun in a span has come by now (the cohort), and what stands where today (the stock).

The database counts; every figure is the count of the list behind it. What skipped a stage has come as far all the same, and
whatever was begun stood in the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Avg, Case, Count, DurationField, F, Max, OuterRef, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber, TruncMonth
from django.utils import timezone

from bihuan.core import stage
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.grouping import Group
from bihuan.core.period import Period
from bihuan.core.query import Query
from bihuan.core.stage import Step
from bihuan.core.stay import Stay
from bihuan.web.board import total_field
from bihuan.web.workbench import address

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """How many, and the list of them; `share` is what part that is of those before."""

    count: int
    url: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage in progress. Of the cohort: `reached` came as far (of the rung before; `onward` further, `won` to the end), `here`
    stand there now, `lost` were lost having come no further. `median` and `mean` are the days of the stays that are over.
    """

    stage: Step
    reached: Figure
    onward: float | None
    won: float | None
    here: Figure
    lost: Figure
    median: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a stage today, whenever it was begun: how many, with which sums by currency, how many for too long."""

    stage: Step
    here: Figure
    sums: Mapping[str, Any]
    late: Figure | None


@dataclass(frozen=True, slots=True)
class Month:
    """What was begun in a month, how much of it reached each further stage, and was won."""

    month: date
    begun: Figure
    reached: Sequence[Figure]


class _Place(NamedTuple):
    """Records of a cohort alike: the month they were begun in, the stage they stand in, the furthest rung they came to."""

    month: date
    stage: int
    furthest: int


class Funnel:
    """The funnel of a pipeline for an actor. `asked` are the conditions of a list; those on the stage itself are the funnel's."""

    def __init__(self, desk: Desk, actor: Actor, asked: Mapping[str, str], pipeline: int, period: Period) -> None:
        self.desk, self.actor, self.period = desk, actor, period
        self.stages = stage.steps(desk.slug, pipeline)
        self.open = [each for each in self.stages if each.kind == "open"]
        self.began = begun_by(desk)
        kept = {
            name: text for name, text in asked.items() if ("." in name or name == "q") and not is_answered(desk, name)
        }
        self.asked = kept | {f"{desk.stage_field}.pipeline.in": str(pipeline)}

    # ------------------------------------------------------------------ lists

    def params(self, period: Period | None, **conditions: str) -> dict[str, str]:
        """The list of what was begun in a period (None: ever) and meets conditions on its stage (`kind__in="won"`, `reached="3"`)."""
        begun = {f"{self.began}.between": f"{period.start}..{period.end - DAY}"} if period else {}
        own = {f"{self.desk.stage_field}.{name.replace('__', '.')}": text for name, text in conditions.items()}
        return self.asked | begun | own

    def query(self, period: Period | None, **conditions: str) -> Query:
        return Query.parse(self.desk, self.actor, self.params(period, **conditions), ())

    def figure(self, count: int, period: Period | None, *, of: int | None = None, **conditions: str) -> Figure:
        share = count / of if of else None
        return Figure(count, address(self.desk, self.params(period, **conditions)), share)

    def came(self, place: int) -> dict[str, str]:
        """The condition of having come to a rung; everything stood on the first."""
        return {"reached": str(self.open[place].id)} if place else {}

    # ------------------------------------------------------------------ the cohort

    @cached_property
    def span(self) -> Period:
        """The twelve months whose cohorts stand side by side; the last is that of the period."""
        return Period(date(self.period.end.year - 1, self.period.end.month, 1), 12)

    @cached_property
    def counted(self) -> Counter[_Place]:
        """Everything begun in the span, by month, stage and how far it came. One query."""
        rows = self.query(self.span).rows().order_by()
        rows = rows.annotate(
            month_=TruncMonth(self.began), stage_=F(f"{self.desk.stage_field}_id"), furthest_=self._furthest()
        )
        found: Counter[_Place] = Counter()
        for month, here, furthest, count in rows.values_list("month_", "stage_", "furthest_").annotate(Count("pk")):
            month = timezone.localdate(month) if isinstance(month, datetime) else month
            found[_Place(month, here, furthest)] += count
        return found

    def _furthest(self) -> Any:
        """The furthest rung that a record came to."""
        whens = [When(stage__in=stage.beyond(each.id), then=Value(place)) for place, each in enumerate(self.open)]
        own = Stay.objects.filter(object=self.desk.slug, record_id=OuterRef("pk")).order_by().values("record_id")
        return Coalesce(Subquery(own.annotate(furthest=Max(Case(*reversed(whens), default=0))).values("furthest")), 0)

    def count(self, meets: Callable[[_Place], bool], months: Iterable[date]) -> int:
        """How many of the cohorts of some months meet a condition."""
        wanted = set(months)
        return sum(count for place, count in self.counted.items() if place.month in wanted and meets(place))

    def is_at_end(self, kind: str) -> Callable[[_Place], bool]:
        """Whether records stand in a stage of this kind."""
        ids = {each.id for each in _every(self.desk) if each.kind == kind}
        return lambda place: place.stage in ids

    def ended(self, kind: str, period: Period) -> Figure:
        """What of a period's cohort was won, or lost."""
        return self.figure(
            self.count(self.is_at_end(kind), period.months), period, of=self.begun(period).count, kind__in=kind
        )

    def begun(self, period: Period) -> Figure:
        """The whole cohort of a period."""
        return self.figure(self.count(lambda _place: True, period.months), period)

    def reached(self, place: int, period: Period, of: int | None = None) -> Figure:
        """What of a period's cohort came to a rung or beyond."""
        count = self.count(lambda each: each.furthest >= place, period.months)
        return self.figure(count, period, of=of, **self.came(place))

    @cached_property
    def rungs(self) -> list[Rung]:
        """The cohort of the period, stage by stage. Two further queries."""
        days, won, is_lost = self._days(), self.ended("won", self.period).count, self.is_at_end("lost")
        came = [self.reached(place, self.period).count for place in range(len(self.open))]
        found = []
        for place, each in enumerate(self.open):
            after = came[place + 1] if place + 1 < len(came) else won
            here = self.count(lambda one, key=each.id: one.stage == key, self.period.months)  # type: ignore[misc]
            lost = self.count(lambda one, at=place: is_lost(one) and one.furthest == at, self.period.months)  # type: ignore[misc]
            short = {"unreached": str(self.open[place + 1].id)} if place + 1 < len(self.open) else {}
            found.append(
                Rung(
                    each, self.reached(place, self.period, came[place - 1] if place else None), _share(after, came[place]),
                    _share(won, came[place]), self.figure(here, self.period, **{"in": str(each.id)}),
                    self.figure(lost, self.period, kind__in="lost", **self.came(place), **short), *days.get(each.id, (None, None)),
                )
            )  # fmt: skip
        return found

    def _days(self) -> dict[int, tuple[float, float]]:
        """The median and the mean of the days that the cohort stood in each open stage. Two queries."""
        cohort = self.query(self.period).rows().order_by().values("pk")
        over = Stay.objects.filter(
            object=self.desk.slug, record_id__in=cohort, stage__in=[each.id for each in self.open], stood__isnull=False
        )
        means = dict(over.order_by().values_list("stage").annotate(Avg("stood")))
        ranked = over.annotate(
            place=Window(RowNumber(), partition_by="stage", order_by="stood"),
            number=Window(Count("*"), partition_by="stage"),
        )
        middle: dict[int, list[timedelta]] = {}
        for key, stood in ranked.filter(number__lte=F("place") * 2, number__gte=F("place") * 2 - 2).values_list(
            "stage", "stood"
        ):
            middle.setdefault(key, []).append(stood)
        return {key: (sum(each, timedelta()) / len(each) / DAY, means[key] / DAY) for key, each in middle.items()}

    @cached_property
    def taken(self) -> float | None:
        """The days on average from the beginning to the end of what was won; None where that is not known. One query."""
        if not self.desk.took or not self.desk.whole_fields(self.actor).keys() >= set(self.desk.took):
            return None
        began, ended = self.desk.took
        days = Avg(F(ended) - F(began), output_field=DurationField())
        mean = self.query(self.period, kind__in="won").rows().order_by().aggregate(mean=days)["mean"]
        return None if mean is None else mean / DAY

    @cached_property
    def months(self) -> list[Month]:
        """The cohorts of the span's months so far, each with what reached the further stages and, last, what was won."""
        found = []
        for first in self.span.months:
            if first > timezone.localdate():
                break
            month, begun = Period(first, 1), self.begun(Period(first, 1))
            further = [self.reached(place, month, begun.count) for place in range(1, len(self.open))]
            found.append(Month(first, begun, [*further, self.ended("won", month)]))
        return found

    # ------------------------------------------------------------------ the stock

    @cached_property
    def stock(self) -> list[Standing]:
        """What stands in each open stage today. One query, and another where the actor knows since when."""
        name, total = self.desk.stage_field, total_field(self.desk, self.actor)
        groups = {each.key: each for each in self.query(None).groups(name, [total] if total else [])}
        since = self.desk.board.since if self.desk.board is not None else ""
        tells = since in self.desk.whole_fields(self.actor)
        late = {each.key: each.count for each in self.query(None, late="").groups(name)} if tells else {}
        found = []
        for each in self.open:
            group, only = groups.get(each.id, Group(each.id, "", 0, {})), {"in": str(each.id)}
            too_long = self.figure(late.get(each.id, 0), None, late="", **only) if tells else None
            found.append(Standing(each, self.figure(group.count, None, **only), group.sums.get(total, {}), too_long))
        return found


def begun_by(desk: Desk) -> str:
    """The field that tells when a record was begun."""
    return desk.took[0] if desk.took else "created_at"


def is_answered(desk: Desk, name: str) -> bool:
    """Whether a condition is on the stage, which is the funnel's own business."""
    return f"{name}.".startswith(f"{desk.stage_field}.")


def _every(desk: Desk) -> Iterable[Step]:
    return stage.steps(desk.slug)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


# ---------------------------------------------------------------------- what leads into a funnel


@dataclass(frozen=True, slots=True)
class Source:
    """A step before a funnel begins, told by the room that knows it: how many of the first step's came to it."""

    label: Any
    figure: Figure


Leads = Callable[[Actor, Mapping[str, str], Period], Sequence[Source]]
_leading: dict[str, Leads] = {}


def leads_into(slug: str) -> Callable[[Leads], Leads]:
    """Declare the function that tells, for an actor, conditions on the owner and a period, what leads into an object's funnel."""

    def declare(tell: Leads) -> Leads:
        _leading[slug] = tell
        return tell

    return declare


def sources(desk: Desk, actor: Actor, asked: Mapping[str, str], period: Period) -> Sequence[Source]:
    """The steps before an object's funnel, of those that the actor may see."""
    tell = _leading.get(desk.slug)
    return (
        tell(actor, {name: text for name, text in asked.items() if name.startswith("owner.")}, period) if tell else ()
    )
