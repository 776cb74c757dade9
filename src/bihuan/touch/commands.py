"""What can be done with touches and tasks, in the order of their life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.event import Event
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.events import TaskDone
from bihuan.touch.mail import commands as mail  # noqa: F401  (declares them)
from bihuan.touch.task import Task
from bihuan.touch.touched import is_touched, whom
from bihuan.touch.touchpoint import Touchpoint


@command(
    None, label=_("Log a touch"), icon="phone", needs="view", fits=is_touched, fields_of=Touchpoint,
    composes=True, refreshes=("header", "timeline", "panels"), labels={"next_step": _("Next step"), "next_at": _("Next step when")},
)  # fmt: skip
def log_touch(
    record: models.Model, *, by: Actor, channel: int, text: str, direction: str = "out", at: datetime | None = None,
    contact: int | None = None, outcome: int | None = None, next_step: str = "", next_at: datetime | None = None,
) -> Iterable[Event]:  # fmt: skip
    """Write down a touch about this record, and the next step if there is one."""
    concerned = whom(record, contact)
    do(
        create,
        by=by,
        on=Touchpoint,
        channel=channel,
        text=text,
        direction=direction,
        outcome=outcome,
        **({"at": at} if at else {}),
        **concerned,
    )
    if next_step:
        do(create, by=by, on=Task, title=next_step, due_at=next_at, **concerned)
    return []


@command(Task, "open", to="done", label=_("Done"), icon="check", needs="edit")
def finish_task(task: Task, *, by: Actor) -> Iterable[Event]:
    """Tick the task off."""
    task.done_at = timezone.now()
    return [TaskDone("task", task.pk)]


@command(Task, "open", to="dropped", label=_("Drop"), icon="x", needs="edit")
def drop_task(task: Task, *, by: Actor) -> Iterable[Event]:
    """Give the task up; it stays in the history."""
    task.done_at = timezone.now()
    return []


@command(Task, "done", "dropped", to="open", label=_("Reopen"), icon="rotate-ccw", needs="edit")
def reopen_task(task: Task, *, by: Actor) -> Iterable[Event]:
    """Put the task back among the open ones."""
    task.done_at = None
    return []
