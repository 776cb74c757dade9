"""What of tasks and appointments stands in a calendar, and how it comes back: through commands, by whoever owns them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core.access import Actor, visible
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.touch.caldav.entry import TITLE_LENGTH, Entry
from bihuan.touch.commands import drop_task, finish_task, reopen_task
from bihuan.touch.feed import LENGTH
from bihuan.touch.recurrence import REPEATS
from bihuan.touch.task import PRIORITIES, STATES, Task
from bihuan.touch.touchpoint import Touchpoint

Mirrored = Task | Touchpoint
MODELS: Mapping[str, type[Mirrored]] = {"task": Task, "touchpoint": Touchpoint}
KINDS = {"task": "VTODO", "touchpoint": "VEVENT"}
#: More records of one kind than these stand in no calendar.
MOST = 2_000

#: What the values of an entry are called, and the names of those that come from a list.
LABELS = {
    "title": gettext_lazy("What to do"), "remark": gettext_lazy("Remark"), "at": gettext_lazy("When"),
    "minutes": gettext_lazy("Minutes"), "state": gettext_lazy("State"), "priority": gettext_lazy("Priority"),
    "repeat": gettext_lazy("Repeats"), "repeat_until": gettext_lazy("Repeats until"),
}  # fmt: skip
CHOICES: Mapping[str, Mapping[str, Any]] = {"state": STATES, "priority": PRIORITIES, "repeat": REPEATS}
#: Where a task keeps what its entry calls otherwise.
FIELDS = {"at": "due_at"}


def owned(actor: Actor, slug: str, *, archived: bool = False) -> models.QuerySet[Any]:
    """The actor's own records of one of MODELS, those in use or those in the recycle bin."""
    return visible(actor, MODELS[slug], archived=archived).filter(owner=actor.user_id)


def to_show(actor: Actor) -> dict[tuple[str, int], Mirrored]:
    """What is to stand in the actor's calendar: open tasks, and appointments that lie ahead."""
    rows = {
        "task": owned(actor, "task").filter(state="open").order_by("due_at"),
        "touchpoint": owned(actor, "touchpoint").filter(at__gt=timezone.now(), created_at__lt=F("at")).order_by("at"),
    }
    return {(slug, each.pk): each for slug, found in rows.items() for each in found[:MOST]}


def values_of(record: Mirrored, kind: str) -> dict[str, Any]:
    """What the entry of a record says, as entry.read would tell it."""
    if isinstance(record, Touchpoint):
        title, _break, remark = record.text.partition("\n")
        minutes = record.minutes or int(LENGTH.total_seconds()) // 60
        return {
            "title": _line(title),
            "remark": remark.strip(),
            "at": _whole(record.at),
            "minutes": None if _is_day(record.at) else minutes,
        }
    found = {"title": _line(record.title), "remark": _plain(record.remark), "at": _whole(record.due_at)}
    if kind == "VEVENT":  # an appointment that came from there: whether it is done, no calendar tells
        return found | {"state": "dropped" if record.state == "dropped" else "open"}
    names = ("state", "priority", "repeat", "repeat_until")
    return found | {name: getattr(record, name) for name in names}


def _line(text: str) -> str:
    return " ".join(text.split())[:TITLE_LENGTH].strip()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _whole(at: datetime | None) -> datetime | None:
    """To the second, as calendars tell time."""
    return at and at.astimezone(UTC).replace(microsecond=0)


def _is_day(at: datetime) -> bool:
    return f"{timezone.localtime(at):%H%M%S}" == "000000"


def begin(entry: Entry, by: Actor) -> Task:
    """A task for what somebody has put into their calendar. Raises Refused."""
    given = {FIELDS.get(name, name): value for name, value in entry.values.items() if name not in ("state", "minutes")}
    return do(create, by=by, on=Task, **given | {"title": entry.values["title"] or _("(no words)")})


def give(record: Mirrored, changes: Mapping[str, Any], by: Actor) -> Mirrored:
    """Let a record have what was changed in the calendar. Raises Refused."""
    changes = dict(changes)
    state = changes.pop("state", "")
    if isinstance(record, Touchpoint):
        if {"title", "remark"} & set(changes):
            told = values_of(record, "VEVENT") | changes
            changes["text"] = f"{told['title']}\n{told['remark']}".strip()
        changes = {name: value for name, value in changes.items() if name not in ("title", "remark")}
    changes = {FIELDS.get(name, name) if isinstance(record, Task) else name: value for name, value in changes.items()}
    if changes:
        record = do(update, record, by=by, **changes)
    if state and isinstance(record, Task):
        record = do({"done": finish_task, "dropped": drop_task, "open": reopen_task}[state], record, by=by)
    return record


def told(values: Mapping[str, Any]) -> str:
    """Values in words, one on each line."""
    return "\n".join(f"{LABELS[name]}: {_shown(name, value)}" for name, value in values.items())


def _shown(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(CHOICES[name][value] if name in CHOICES else "–" if value in (None, "") else value)
