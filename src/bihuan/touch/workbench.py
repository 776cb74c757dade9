"""What this room tells on the workbench: what is to be done today, and who waits for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from bihuan.core.registry import desk_of
from bihuan.touch.agenda import today
from bihuan.touch.inbox import count_late, inbox
from bihuan.touch.task import Task
from bihuan.touch.waiting import Waiting
from bihuan.web.workbench import Clause, Outlook, address, column, says

#: Lines of a column.
LINES = 9, 6


@says
def due(outlook: Outlook) -> Iterable[Clause]:
    """Open tasks that fall due by today."""
    desk = desk_of(Task)
    if not outlook.actor.may(Task, "view"):
        return
    params = outlook.params(desk, state__in="open", due_at__before="tomorrow")
    if count := outlook.count(desk, params):
        text = ngettext("[%(number)s thing] to do", "[%(number)s things] to do", count)
        yield Clause(text % {"number": count}, address(desk, params))


@says
def unanswered(outlook: Outlook) -> Iterable[Clause]:
    """Whoever has waited too long for an answer."""
    if count := count_late(outlook.actor, outlook.scope):
        text = ngettext(
            "[%(number)s touch] unanswered for too long", "[%(number)s touches] unanswered for too long", count
        )
        yield Clause(text % {"number": count}, f"{reverse('inbox')}?scope={outlook.scope}", "danger")


@column(1, "touch/parts/today.html")
def todos(outlook: Outlook) -> Mapping[str, Any] | None:
    """Open tasks, those that are overdue or due today first."""
    if not outlook.actor.may(Task, "view"):
        return None
    week = f"{reverse('calendar')}?scope={outlook.scope}"
    return {"todos": today(outlook.actor, outlook.scope, LINES[0]), "week_url": week, "here": _here(outlook)}


@column(2, "touch/parts/waiting.html")
def waiters(outlook: Outlook) -> Mapping[str, Any] | None:
    """Who waits for an answer, whose time is up first."""
    if not outlook.actor.may(Waiting, "view"):
        return None
    every = f"{reverse('inbox')}?scope={outlook.scope}"
    return {"waiters": inbox(outlook.actor, outlook.scope, LINES[1]), "inbox_url": every, "here": _here(outlook)}


def _here(outlook: Outlook) -> str:
    """The workbench that shows the same, for a column to be drawn anew."""
    return f"{reverse('home')}?scope={outlook.scope}&in={outlook.span}"
