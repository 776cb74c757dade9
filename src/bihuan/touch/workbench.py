"""What this room tells on the workbench: what is to be done today."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import ngettext

from bihuan.core.registry import desk_of
from bihuan.touch.task import Task
from bihuan.web.workbench import Clause, Outlook, address, says


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
