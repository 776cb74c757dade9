"""What can be done with touches, with what waits for an answer, and with tasks, in the order of their life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.command import command
from bihuan.core.errors import Forbidden
from bihuan.core.event import Event
from bihuan.core.run import do
from bihuan.core.verbs import assign as hand_over
from bihuan.core.verbs import create
from bihuan.people.role import PROFILE
from bihuan.people.user import User
from bihuan.people.work_calendar import working_time
from bihuan.people.working_time import working_minutes
from bihuan.touch import feed
from bihuan.touch.caldav import commands as caldav  # noqa: F401  (declares them)
from bihuan.touch.events import TaskDone
from bihuan.touch.mail import commands as mail  # noqa: F401  (declares them)
from bihuan.touch.recurrence import following
from bihuan.touch.task import Task
from bihuan.touch.touched import is_spoken_of, whom
from bihuan.touch.touchpoint import Touchpoint
from bihuan.touch.waiting import Waiting


@command(
    None, label=_("Log a touch"), icon="phone", needs="view", fits=is_spoken_of, fields_of=Touchpoint,
    composes=True, refreshes=("header", "timeline", "panels"), labels={"next_step": _("Next step"), "next_at": _("Next step when")},
)  # fmt: skip
def log_touch(
    record: models.Model, *, by: Actor, channel: int, text: str, direction: str = "out", at: datetime | None = None,
    contact: int | None = None, others: tuple[int, ...] = (), outcome: int | None = None, next_step: str = "",
    next_at: datetime | None = None,
) -> Iterable[Event]:  # fmt: skip
    """Write down a touch about this record, and the next step if there is one."""
    concerned = whom(record, contact)
    record.composed = do(  # type: ignore[attr-defined]
        create,
        by=by,
        on=Touchpoint,
        channel=channel,
        text=text,
        direction=direction,
        outcome=outcome,
        others=others,
        **({"at": at} if at else {}),
        **concerned,
    )
    if next_step:
        do(create, by=by, on=Task, title=next_step, due_at=next_at, **concerned)
    return []


# ---------------------------------------------------------------------- waiting for an answer


@command(Waiting, label=_("Await an answer"), icon="inbox", needs="create", creates=True, local=True, is_offered=False)
def await_answer(
    waiting: Waiting, *, by: Actor, touchpoint: int, channel: int, since: datetime, due_at: datetime, account: int | None = None,
    contact: int | None = None, about: str = "", about_id: int | None = None, owner: int | None = None,
    escalate_at: datetime | None = None, further: bool = False,
) -> None:  # fmt: skip
    """Somebody waits for an answer from now on, of whoever makes this known where nobody else is named."""
    waiting.touchpoint_id, waiting.channel_id, waiting.owner_id = touchpoint, channel, owner or by.user_id
    waiting.account_id, waiting.contact_id, waiting.further = account, contact, further
    waiting.about, waiting.about_id = about, about_id
    waiting.since, waiting.due_at, waiting.escalate_at = since, due_at, escalate_at


@command(Waiting, "waiting", label=_("More was said"), icon="inbox", needs="edit", local=True, is_offered=False)
def hear_more(waiting: Waiting, *, by: Actor, touchpoint: int) -> None:
    """Whoever waits has said something more."""
    waiting.touchpoint_id = touchpoint


@command(Waiting, label=_("Who it is has become known"), icon="inbox", needs="edit", local=True, is_offered=False)
def name_waiting(waiting: Waiting, *, by: Actor, contact: int | None = None, account: int | None = None) -> None:
    """Whoever waits has become a contact, and is told of as that."""
    waiting.contact_id, waiting.account_id = contact, account


@command(
    Waiting, "waiting", to="answered", label=_("Answered"), icon="reply", needs="edit", local=True, is_offered=False
)
def answer_waiting(waiting: Waiting, *, by: Actor, answered_at: datetime, answered_by: int | None = None) -> None:
    """Whoever waited has been answered; how long it took is counted by the working hours of who was to do it."""
    waiting.answered_at, waiting.answered_by_id = answered_at, answered_by
    waiting.minutes = working_minutes(waiting.since, answered_at, working_time(waiting.unit_id))
    waiting.late = answered_at > waiting.due_at


@command(
    Waiting, "waiting", to="dismissed", label=_("Needs no answer"), icon="check", needs="edit", local=True,
    labels={"reason": _("Reason")},
)  # fmt: skip
def dismiss(waiting: Waiting, *, by: Actor, reason: str) -> None:
    """Take it off the list of what waits; why is kept."""


# ---------------------------------------------------------------------- tasks


@command(Task, "open", to="done", label=_("Done"), icon="check", needs="edit")
def finish_task(task: Task, *, by: Actor) -> Iterable[Event]:
    """Tick the task off; of one that repeats the next is made."""
    task.done_at = timezone.now()
    _make_next(task)
    return [TaskDone("task", task.pk, by.user_id)]


def _make_next(task: Task) -> None:
    """The series goes on in the next task, so that nothing is doubled when this one is reopened and done again."""
    due = following(task.due_at, task.repeat, timezone.now(), task.repeat_until) if task.due_at else None
    if due is None:
        return
    same = (
        "title",
        "priority",
        "repeat",
        "repeat_until",
        "account_id",
        "contact_id",
        "about",
        "about_id",
        "remark",
        "owner_id",
    )
    values = {name.removesuffix("_id") if name != "about_id" else name: getattr(task, name) for name in same}
    remind_at = task.remind_at and due - (task.due_at - task.remind_at)
    do(create, by=SYSTEM, on=Task, due_at=due, remind_at=remind_at, delegated_by=task.delegated_by_id, **values)
    task.repeat = "never"


@command(Task, label=_("Change owner"), icon="user-round-pen", needs="assign", local=True)
def assign(task: Task, *, by: Actor, owner: int) -> Iterable[Event]:
    """Hand the task over to someone else; who delegated it hears when it is done."""
    task.delegated_by_id = by.user_id if by.user_id != owner else None
    return hand_over.verb(task, by=by, owner=owner) or ()


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


# ---------------------------------------------------------------------- the calendar feed


def _only_ones_own(user: User, by: Actor) -> None:
    if user.pk != by.user_id:
        raise Forbidden()


@command(User, label=_("Subscribe to my calendar"), icon="link", needs=PROFILE, is_offered=False, told=True)
def open_feed(user: User, *, by: Actor) -> None:
    """Give one's own calendar a secret address, a new one where it has one; the record returned knows its `feed_token`."""
    _only_ones_own(user, by)
    user.feed_token = feed.issue(user.pk)


@command(User, label=_("End the calendar feed"), icon="unlink", needs=PROFILE, is_offered=False, told=True)
def end_feed(user: User, *, by: Actor) -> None:
    """Let the address of one's own calendar lead nowhere any more."""
    _only_ones_own(user, by)
    feed.revoke(user.pk)
