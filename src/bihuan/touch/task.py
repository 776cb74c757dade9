"""Tasks: what somebody is to do next, by when."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.columns import AboutField, StateField
from bihuan.core.desk import Desk, Panel, Section, View
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import OwnedRecord, staff
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.touch.recurrence import REPEATS

STATES = {"open": _("Open"), "done": _("Done"), "dropped": _("Dropped")}
PRIORITIES = {"normal": _("Normal"), "high": _("High"), "low": _("Low")}


OPEN = models.Q(state="open")


class Task(OwnedRecord):
    """A next step: its owner is who does it. One that repeats is followed by the next of its series when it is done."""

    title = models.CharField(_("What to do"), max_length=200)
    due_at = models.DateTimeField(_("Due"), null=True, blank=True)
    priority = StateField(PRIORITIES, verbose_name=_("Priority"))
    remind_at = models.DateTimeField(_("Remind me"), null=True, blank=True)
    repeat = StateField(REPEATS, verbose_name=_("Repeats"))
    repeat_until = models.DateField(_("Repeats until"), null=True, blank=True, help_text=_("Empty: without end."))
    delegated_by = staff(_("Delegated by"), editable=False)
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    done_at = models.DateTimeField(_("Done"), null=True, blank=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, blank=True, related_name="tasks"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, blank=True, related_name="tasks"
    )
    about = AboutField()
    about_id = models.BigIntegerField(_("Record"), null=True, blank=True)
    remark = models.TextField(_("Remark"), blank=True)

    given_once = (*OwnedRecord.given_once, "state", "done_at", "delegated_by")

    class Meta(OwnedRecord.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            *OwnedRecord.Meta.indexes,
            models.Index(
                fields=["owner", "due_at"], name="task_due", condition=models.Q(state="open", archived_at=None)
            ),
            models.Index(fields=["about", "about_id"], name="task_about"),
            models.Index(
                fields=["remind_at"], name="task_remind", condition=models.Q(state="open", remind_at__isnull=False)
            ),
        ]

    def fill(self, by: Actor) -> None:
        if by.user_id not in (None, self.owner_id):
            self.delegated_by_id = by.user_id

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.repeat != "never" and self.due_at is None:
            yield "due_at", _now("What repeats is due at some time: say when for the first time.")


@register(Task)
class TaskDesk(Desk):
    icon = "square-check-big"
    group = "reach"
    title = "title"
    columns = ("title", "due_at", "priority", "state", "account", "contact", "owner")
    filters = ("state", "due_at", "priority", "owner")
    form = (
        Section(_("Task"), ("title", "due_at", "priority", "account", "contact", "owner", "remark")),
        Section(_("Reminder"), ("remind_at", "repeat", "repeat_until")),
    )
    facts = (
        Section(_("Task"), ("title", "due_at", "priority", "account", "contact", "remark")),
        Section(_("Reminder"), ("remind_at", "repeat", "repeat_until")),
        Section(_("Course"), ("delegated_by", "done_at")),
    )
    quick = ("title", "due_at", "priority", "account", "contact", "owner")
    views = (
        View("mine", _("My open tasks"), {"owner.in": "me", "state.in": "open"}),
        View("overdue", _("Overdue"), {"due_at.in": "past", "state.in": "open"}),
        View("delegated", _("Delegated by me"), {"delegated_by.in": "me", "state.in": "open"}),
        View("team", _("My team"), {"owner.in": "team", "state.in": "open"}),
        View("all", _("All tasks"), {}),
    )
    sort = "due_at"
    search = {"title": 6, "remark": 2}
    tags = ("state", "priority")
    subtitle = ("due_at", "account", "contact", "owner")
    told_in = ("account", "contact")
    personal = Personal(("title", "remark"), of=("contact", "about"))
    through = ("account", "contact")
    panels = (
        Panel("account", ("title", "due_at", "owner"), label=_("Open tasks"), sort="due_at", where=OPEN),
        Panel("contact", ("title", "due_at", "owner"), label=_("Open tasks"), sort="due_at", where=OPEN),
    )
