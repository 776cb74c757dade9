"""What is to be done when: a day's list of tasks, weeks and months of tasks and appointments, tasks by weight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bihuan.core import link, registry
from bihuan.core.access import Actor, seen, visible
from bihuan.people.work_calendar import working_time
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint
from bihuan.web import show
from bihuan.web.workbench import owned

DAY = timedelta(days=1)
#: More of them are not drawn on one calendar.
MOST = 500
#: Tasks in each list by weight.
LISTED = 50
MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Todo:
    """A line of a list of tasks. `finish_url` takes the tick, "" where it is not one's to give."""

    key: int
    title: str
    account: str
    due: str
    is_late: bool
    url: str
    finish_url: str


@dataclass(frozen=True, slots=True)
class Item:
    """A task or an appointment on a calendar; `clock` is its time of day, "" where it has none.

    It is moved by giving `move_url` another moment for the field `moves`; that is "" where it is not one's to do.
    """

    id: str
    title: str
    clock: str
    url: str
    moves: str
    version: int
    move_url: str = ""
    is_late: bool = False
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day as a calendar shows it. On one that `is_free` the actor's unit does not work."""

    date: date
    items: Sequence[Item]
    is_today: bool
    is_free: bool


# ---------------------------------------------------------------------- lists


def today(actor: Actor, scope: str, limit: int) -> list[Todo]:
    """The open tasks of a scope (one of SCOPES): overdue ones first, then today's, then those of the next days."""
    return _todos(actor, _open(actor, scope).filter(due_at__isnull=False).order_by("due_at", "pk")[:limit])


def by_weight(actor: Actor, scope: str) -> dict[tuple[bool, bool], list[Todo]]:
    """The open tasks by whether they are important and whether they are urgent.

    Important is what has a high priority, urgent what is due by the end of tomorrow.
    """
    important, urgent = Q(priority="high"), Q(due_at__lt=_midnight(timezone.localdate() + 2 * DAY))
    wanted = {
        (True, True): important & urgent,
        (True, False): important & (~urgent | Q(due_at=None)),
        (False, True): ~important & urgent,
        (False, False): ~important & (~urgent | Q(due_at=None)),
    }
    tasks = _open(actor, scope).order_by("due_at", "pk")
    return {weight: _todos(actor, tasks.filter(where)[:LISTED]) for weight, where in wanted.items()}


def _open(actor: Actor, scope: str):  # type: ignore[no-untyped-def]
    return visible(actor, Task).filter(owned(actor, Task, scope), state="open")


def _todos(actor: Actor, tasks: Iterable[Task]) -> list[Todo]:
    """Tasks as lines of a list. Two queries beside their own."""
    found, now = list(tasks), timezone.localtime()
    accounts = link.titles(actor, registry.desk("account"), (each.account_id for each in found))
    mine = seen(actor, Task, [each.pk for each in found], "edit")
    return [
        Todo(
            key=each.pk,
            title=each.title,
            account=accounts.get(each.account_id, ""),
            due=_due(each.due_at, now),
            is_late=each.due_at is not None and each.due_at < now,
            url=reverse("record", args=["task", each.pk]),
            finish_url=reverse("command", args=["task", each.pk, "finish_task"]) if each.pk in mine else "",
        )
        for each in found
    ]


def _due(at: datetime | None, now: datetime) -> str:
    """When a task is due, in a word: the time of day for today, else the day."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    is_timed_today = local.date() == now.date() and local.time() != MIDNIGHT
    return f"{local:%H:%M}" if is_timed_today else show.day(local.date(), now.date())


# ---------------------------------------------------------------------- calendars


def week_of(day: date) -> list[date]:
    """The days of a week, Monday first."""
    monday = day - day.weekday() * DAY
    return [monday + n * DAY for n in range(7)]


def month_of(day: date) -> list[date]:
    """The days of whole weeks that hold the month of a day."""
    first = day.replace(day=1)
    start, days = first - first.weekday() * DAY, []
    while not days or len(days) % 7 or (start + len(days) * DAY).month == day.month:
        days.append(start + len(days) * DAY)
    return days


def calendar(actor: Actor, scope: str, days: Sequence[date]) -> list[CalendarDay]:
    """The tasks that are due on these days in a row, and the appointments to come: touches that lie ahead. Four queries."""
    held: dict[date, list[Item]] = {day: [] for day in days}
    span = (_midnight(days[0]), _midnight(days[-1] + DAY))
    for at, item in sorted(
        [*_tasks(actor, scope, *span), *_appointments(actor, scope, *span)], key=lambda each: each[0]
    ):
        held[at.date()].append(item)
    hours, now = working_time(actor.unit_id), timezone.localdate()
    return [CalendarDay(day, items, day == now, not hours.spans(day)) for day, items in held.items()]


def _tasks(actor: Actor, scope: str, first: datetime, end: datetime) -> Iterable[tuple[datetime, Item]]:
    rows = (
        visible(actor, Task)
        .filter(owned(actor, Task, scope), due_at__gte=first, due_at__lt=end)
        .exclude(state="dropped")
    )
    now, found = timezone.now(), list(rows.order_by("due_at")[:MOST])
    movable = _movable(actor, Task, "due_at", [each.pk for each in found if each.state == "open"])
    for each in found:
        is_open = each.state == "open"
        item = _item("task", each, each.title, each.due_at, "due_at", each.pk in movable)
        yield timezone.localtime(each.due_at), replace(item, is_late=is_open and each.due_at < now, is_done=not is_open)


def _appointments(actor: Actor, scope: str, first: datetime, end: datetime) -> Iterable[tuple[datetime, Item]]:
    ahead = max(first, timezone.now())
    rows = visible(actor, Touchpoint).filter(owned(actor, Touchpoint, scope), at__gte=ahead, at__lt=end)
    found = list(rows.order_by("at")[:MOST])
    movable = _movable(actor, Touchpoint, "at", [each.pk for each in found])
    for each in found:
        title = each.text.partition("\n")[0][:200] or f"#{each.pk}"
        yield timezone.localtime(each.at), _item("touchpoint", each, title, each.at, "at", each.pk in movable)


def _movable(actor: Actor, model: type[Task | Touchpoint], field: str, keys: Iterable[int]) -> set[int]:
    """Those of the records whose moment the actor may change."""
    return seen(actor, model, keys, "edit") if field in registry.desk_of(model).inputs(actor, creating=False) else set()


def _item(slug: str, record: Task | Touchpoint, title: str, at: datetime, field: str, is_movable: bool) -> Item:
    move_url = reverse("command", args=[slug, record.pk, "update"]) if is_movable else ""
    url = reverse("record", args=[slug, record.pk])
    return Item(f"{slug}-{record.pk}", title, _clock(timezone.localtime(at)), url, field, record.version, move_url)


def _clock(at: datetime) -> str:
    return "" if at.time() == MIDNIGHT else f"{at:%H:%M}"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, MIDNIGHT))
