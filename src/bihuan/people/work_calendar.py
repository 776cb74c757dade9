"""Working time as the firm sets it: calendars, the units that keep them, and the single days that are different."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import StateField
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk, Panel, Section
from bihuan.core.record import Named, Record
from bihuan.core.registry import register
from bihuan.people.unit import Unit, upward
from bihuan.people.working_time import USUAL, WorkingTime, spans_of

WEEKDAYS = {
    "monday": _("Monday"), "tuesday": _("Tuesday"), "wednesday": _("Wednesday"), "thursday": _("Thursday"),
    "friday": _("Friday"), "saturday": _("Saturday"), "sunday": _("Sunday"),
}  # fmt: skip
HOURS = "09:00-12:00 13:00-18:00"
KINDS = {"holiday": _("Free"), "working": _("Working day")}


def _hours(name: str, usual: str = HOURS) -> models.CharField:
    return models.CharField(WEEKDAYS[name], max_length=100, blank=True, default=usual)


class WorkCalendar(Named, Record):
    """When some units work. A unit without a calendar of its own keeps that of the unit above it."""

    units = models.ManyToManyField(Unit, verbose_name=_("Units"), blank=True, related_name="+")
    public = models.BooleanField(
        _("Public holidays"), default=True, help_text=_("Those of China, with the weekends that make up for them.")
    )
    monday = _hours("monday")
    tuesday = _hours("tuesday")
    wednesday = _hours("wednesday")
    thursday = _hours("thursday")
    friday = _hours("friday")
    saturday = _hours("saturday", "")
    sunday = _hours("sunday", "")

    class Meta:
        verbose_name = _("work calendar")
        verbose_name_plural = _("work calendars")

    def problems(self) -> Iterable[tuple[str, str]]:
        wrong = [(name, sentence) for name in WEEKDAYS if (sentence := _wrong(getattr(self, name)))]
        yield from wrong
        if not wrong and not any(getattr(self, name).strip() for name in WEEKDAYS):
            yield "monday", _now("There must be working hours on one day of the week at least.")


@register(WorkCalendar)
class WorkCalendarDesk(Desk):
    icon = "calendar-days"
    columns = ("name", "units", "public", "monday", "saturday", "sunday")
    form = (
        Section(_("Calendar"), ("name", "name_hant", "name_en", "units", "public")),
        Section(_("Hours, such as 09:00-12:00 13:00-18:00"), tuple(WEEKDAYS)),
    )
    quick = ("name", "units", "public", *WEEKDAYS)
    key = ("name", "name_en")
    sort = "name"
    configuration = True


class CalendarDay(Record):
    """A day on which a calendar differs from its week and from the public holidays."""

    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, verbose_name=_("work calendar"), related_name="days")
    date = models.DateField(_("Day"))
    kind = StateField(KINDS, verbose_name=_("Kind"))
    hours = models.CharField(
        _("Hours"), max_length=100, blank=True, help_text=_("Of a working day; empty: those of the week.")
    )
    name = models.CharField(_("Occasion"), max_length=120)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "date"], name="one_special_day", condition=models.Q(archived_at=None)
            )
        ]

    def problems(self) -> Iterable[tuple[str, str]]:
        if sentence := _wrong(self.hours):
            yield "hours", sentence


@register(CalendarDay)
class CalendarDayDesk(Desk):
    icon = "calendar-x"
    columns = ("name", "date", "kind", "hours", "calendar")
    quick = ("calendar", "date", "kind", "name", "hours")
    sort = "-date"
    configuration = True
    panels = (Panel("calendar", ("date", "kind"), label=_("Special days"), sort="-date", limit=20),)


def _wrong(text: str) -> str:
    """What is wrong with a text of hours, in a sentence."""
    try:
        spans_of(text)
    except ValueError:
        return _now("Write hours one after the other, as in 09:00-12:00 13:00-18:00.")
    return ""


@remembered
def _calendars() -> dict[int, WorkingTime]:
    """The working time of every calendar in use."""
    days: dict[int, list[CalendarDay]] = {}
    for day in CalendarDay._base_manager.filter(archived_at=None):
        days.setdefault(day.calendar_id, []).append(day)
    rows = WorkCalendar._base_manager.filter(archived_at=None)
    return {row.pk: _working_time(row, days.get(row.pk, ())) for row in rows}


def _working_time(row: WorkCalendar, days: Iterable[CalendarDay]) -> WorkingTime:
    week = WorkingTime(tuple(spans_of(getattr(row, name)) for name in WEEKDAYS))
    special = {
        each.date: () if each.kind == "holiday" else spans_of(each.hours) or week.made_up(each.date) for each in days
    }
    return WorkingTime(week.weekdays, special, public=row.public)


@remembered
def _kept_by() -> dict[int, int]:
    """The calendar that each unit names for itself; of several the one that was made last."""
    rows = WorkCalendar.units.through._base_manager.filter(workcalendar__archived_at=None).order_by("workcalendar_id")
    return dict(rows.values_list("unit_id", "workcalendar_id"))


@remembered
def working_time(unit_id: int | None) -> WorkingTime:
    """When a unit works, from memory: by its own calendar, that of a unit above it, or the usual one."""
    kept = (_kept_by().get(unit) for unit in upward(unit_id))
    return next((_calendars()[calendar] for calendar in kept if calendar is not None), USUAL)
