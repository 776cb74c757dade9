"""Reminders: whoever has a task to do hears of it when they wanted to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from bihuan.core import notify
from bihuan.core.access import SYSTEM, visible
from bihuan.touch.task import Task

#: A worker that stood still for longer reminds of nothing that is so long past.
LOOK_BACK = timedelta(days=3)
REMINDED = gettext_noop("Reminder: “%(what)s”.")


def remind(now: datetime | None = None) -> int:
    """Remind of open tasks whose time has come, of each time once; returns how many those are."""
    now = now or timezone.now()
    rows = visible(SYSTEM, Task).filter(state="open", remind_at__lte=now, remind_at__gt=now - LOOK_BACK)
    rows = rows.filter(owner__isnull=False).values_list("pk", "owner_id", "title", "remind_at")
    due = {f"remind:{key}:{at:%Y%m%d%H%M}": (key, owner, what) for key, owner, what, at in rows}
    for told in notify.told((owner for _key, owner, _what in due.values()), due):
        del due[told]
    for key, (task, owner, what) in due.items():
        notify.tell(owner, REMINDED, key=key, about="task", about_id=task, what=what)
    return len(due)
