"""The calendar of a member of staff for other programs: open tasks and appointments as iCalendar (RFC 5545), by a secret address."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from bihuan.core.access import Actor, visible
from bihuan.people.user import User
from bihuan.touch.recurrence import FREQUENCY
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint

#: What takes no time of its own stands in a calendar for so long.
LENGTH = timedelta(minutes=30)
#: Appointments so long past are still told of; and never more entries than this.
PAST, MOST = timedelta(days=30), 2_000


class CalendarFeed(models.Model):
    """Who has subscribed to their calendar; of the secret in its address only a digest is kept."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()

    class Meta:
        app_label = "touch"


def issue(user_id: int) -> str:
    """A new secret of 256 bits; an address with the former one leads nowhere any more."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(user_id=user_id, defaults={"digest": _digest(token), "since": timezone.now()})
    return token


def revoke(user_id: int) -> None:
    """No address leads to this calendar any more."""
    CalendarFeed.objects.filter(user_id=user_id).delete()


def since(user_id: int | None) -> datetime | None:
    """Since when somebody's calendar has its address; None where it has none."""
    return CalendarFeed.objects.filter(user_id=user_id).values_list("since", flat=True).first()


def holder(token: str) -> int | None:
    """Whose calendar a secret opens."""
    return CalendarFeed.objects.filter(digest=_digest(token)).values_list("user_id", flat=True).first()


def _digest(token: str) -> str:
    return salted_hmac("bihuan.calendar_feed", token, algorithm="sha256").hexdigest()


# ---------------------------------------------------------------------- iCalendar


def text(actor: Actor, name: str, site: str) -> bytes:
    """The actor's own calendar, called `name`; `site` is what the addresses of records begin with."""
    made = Calendar()
    made.add("prodid", "-//Bihuan//Calendar//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", name)
    made.add("x-published-ttl", "PT15M")
    tasks = visible(actor, Task).filter(owner=actor.user_id, state="open", due_at__isnull=False)
    for task in tasks.order_by("due_at")[:MOST]:
        made.add_component(_of_task(task, site))
    touches = visible(actor, Touchpoint).filter(owner=actor.user_id, at__gte=timezone.now() - PAST)
    for touch in touches.filter(created_at__lt=models.F("at")).order_by("at")[:MOST]:
        made.add_component(_entry("touchpoint", touch, touch.text.partition("\n")[0], touch.at, touch.text, site))
    return made.to_ical()


def _of_task(task: Task, site: str) -> Event:
    entry = _entry("task", task, task.title, task.due_at, task.remark, site)
    if task.repeat in FREQUENCY:
        last = (
            {"until": timezone.make_aware(datetime.combine(task.repeat_until, time.max))} if task.repeat_until else {}
        )
        entry.add(
            "rrule", {"freq": FREQUENCY[task.repeat], **{name: day.astimezone(UTC) for name, day in last.items()}}
        )
    if task.remind_at is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", task.title)
        alarm.add("trigger", task.remind_at.astimezone(UTC), parameters={"VALUE": "DATE-TIME"})
        entry.add_component(alarm)
    return entry


def _entry(slug: str, record: Task | Touchpoint, title: str, at: datetime, told: str, site: str) -> Event:
    """An entry at a time of day or, where that is midnight, for the whole day."""
    local = timezone.localtime(at)
    entry = Event()
    entry.add("uid", f"{slug}-{record.pk}@bihuan")
    entry.add("dtstamp", record.changed_at.astimezone(UTC))
    entry.add("sequence", record.version)
    entry.add("summary", title or _("(no words)"))
    if local.time() == time():
        entry.add("dtstart", local.date())
    else:
        entry.add("dtstart", local)
        entry.add("dtend", local + LENGTH)
    if told:
        entry.add("description", told)
    entry.add("url", f"{site}{reverse('record', args=[slug, record.pk])}")
    return entry
