"""The pages of one's time: the calendar by week and by month, and tasks by importance and urgency."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bihuan.core.access import Actor
from bihuan.core.dates import read_date
from bihuan.people.work_calendar import WEEKDAYS
from bihuan.touch.agenda import DAY, by_weight, calendar, month_of, week_of
from bihuan.touch.task import Task
from bihuan.web import respond
from bihuan.web.workbench import SCOPES, scope_in

SHOWN = {"week": gettext_lazy("Week"), "month": gettext_lazy("Month"), "weight": gettext_lazy("By weight")}
#: What each list of tasks by weight is called: by whether they are important and urgent.
WEIGHTS = {
    (True, True): (gettext_lazy("Important and urgent"), gettext_lazy("do it now")),
    (True, False): (gettext_lazy("Important, not urgent"), gettext_lazy("plan it")),
    (False, True): (gettext_lazy("Urgent, not important"), gettext_lazy("hand it over")),
    (False, False): (gettext_lazy("Neither"), gettext_lazy("let it go")),
}


@require_safe
def calendar_page(request: HttpRequest) -> HttpResponse:
    """A week or a month of tasks and appointments, or the open tasks by weight."""
    actor, given = request.actor, request.GET  # type: ignore[attr-defined]
    shown = given.get("show", "") if given.get("show", "") in SHOWN else "week"
    scope = scope_in(request, "calendar")
    day = _day(given.get("on", ""))
    context = {
        "shown": [_tab(label, shown == name, show=name, scope=scope, on=day) for name, label in SHOWN.items()],
        "scopes": [_tab(label, scope == name, show=shown, scope=name, on=day) for name, (label, _owner) in SCOPES.items()],
        "here": _url(show=shown, scope=scope, on=day), "csrf_token": get_token(request),
        "may_create": actor.may(Task, "create"),
    }  # fmt: skip
    template, drawn = {
        "week": ("touch/calendar_week.html", _week),
        "month": ("touch/calendar_month.html", _month),
        "weight": ("touch/calendar_weight.html", _weights),
    }[shown]
    return respond.page(request, template, context | drawn(actor, scope, day))


def _day(text: str) -> date:
    """The day that the address names, as long as there are months beside it; else today."""
    found = read_date(text)
    return found if found is not None and 1900 <= found.year < 9999 else timezone.localdate()


def _url(**params: Any) -> str:
    return f"{reverse('calendar')}?" + "&".join(f"{name}={value}" for name, value in params.items())


def _tab(label: Any, current: bool, **params: Any) -> dict[str, Any]:
    return {"label": label, "current": current, "url": _url(**params), "icon": ""}


def _week(actor: Actor, scope: str, day: date) -> dict[str, Any]:
    days = week_of(day)
    head = f"{days[0]} – {days[-1]:%m-%d}"
    return {"head": head, "days": calendar(actor, scope, days), "weekdays": list(WEEKDAYS.values())} | _steps(
        "week", scope, days[0] - DAY, days[-1] + DAY
    )


def _month(actor: Actor, scope: str, day: date) -> dict[str, Any]:
    days = calendar(actor, scope, month_of(day))
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    first = day.replace(day=1)
    return {
        "head": _("%(month)s/%(year)s") % {"month": f"{day:%m}", "year": day.year},
        "weeks": weeks,
        "weekdays": list(WEEKDAYS.values()),
    } | _steps("month", scope, first - DAY, first + timedelta(days=31))


def _steps(shown: str, scope: str, before: date, after: date) -> dict[str, str]:
    """The addresses of the week or month before, of the present one, and of the one after."""
    named = (("before_url", before), ("now_url", timezone.localdate()), ("after_url", after))
    return {name: _url(show=shown, scope=scope, on=day) for name, day in named}


def _weights(actor: Actor, scope: str, day: date) -> dict[str, Any]:
    found = by_weight(actor, scope)
    return {
        "lists": [{"label": label, "advice": advice, "todos": found[key]} for key, (label, advice) in WEIGHTS.items()]
    }


paths = [path("calendar", calendar_page, name="calendar")]
