"""One's own calendar accounts, which the profile leads to: how each fares, its password, and which calendar it keeps in step."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from bihuan.core.access import find, visible
from bihuan.core.errors import Refused
from bihuan.core.outbound import Failed
from bihuan.core.run import do
from bihuan.touch.caldav.account import CalendarAccount, CalendarItem
from bihuan.touch.caldav.commands import choose_calendar, set_calendar_password
from bihuan.touch.caldav.server import FAILURES, Offered, Server
from bihuan.web import respond
from bihuan.web.sections import Section, offer_in_profile

offer_in_profile(
    Section("calendar_accounts", gettext_lazy("Calendar accounts"), "programs", "calendar_accounts", "calendaraccount")
)

#: Entries that are left as they are, shown with each account.
SHOWN = 20


@require_safe
def calendar_accounts(request: HttpRequest) -> HttpResponse:
    """The accounts that one may set up, each with what came of the last visit and what was left as it is."""
    return accounts_page(request)


def accounts_page(request: HttpRequest, tried: dict[str, Any] | None = None) -> HttpResponse:
    """`tried` tells what came of a trial: of which account, in a sentence, and the calendars to choose from."""
    noted = CalendarItem.objects.exclude(note="").exclude(note="over").order_by("-pk")[:SHOWN]
    rows = visible(request.actor, CalendarAccount, "edit").select_related("state", "owner")  # type: ignore[attr-defined]
    rows = rows.prefetch_related(Prefetch("items", noted, to_attr="noted")).order_by("name", "pk")
    may_create = request.actor.may(CalendarAccount, "create")  # type: ignore[attr-defined]
    return respond.page(
        request, "touch/calendar_accounts.html", {"accounts": rows, "tried": tried, "may_create": may_create}
    )


@sensitive_post_parameters()
@require_POST
def calendar_password(request: HttpRequest, key: int) -> HttpResponse:
    """Keep the password of an account; it is never shown again."""
    do(set_calendar_password, _editable(request, key), by=request.actor, password=request.POST.get("password", ""))  # type: ignore[attr-defined]
    return respond.go(request, reverse("calendar_accounts"), _("Saved."))


@require_POST
def calendar_try(request: HttpRequest, key: int) -> HttpResponse:
    """Sign in to the server and ask for its calendars; nothing is changed there."""
    account = _editable(request, key)
    found, wrong = _calendars(account)
    sentence = wrong or _("The server answers. Choose the calendar that is to be kept in step.")
    return accounts_page(
        request,
        {"key": account.pk, "name": account.name, "sentence": sentence, "is_well": not wrong, "calendars": found},
    )


@require_POST
def calendar_choose(request: HttpRequest, key: int) -> HttpResponse:
    """Keep one of the calendars in step that the server offers."""
    account = _editable(request, key)
    found, wrong = _calendars(account)
    chosen = next((each for each in found if each.url == request.POST.get("calendar", "")), None)
    if chosen is None:
        raise Refused(wrong or _("The server does not offer this calendar any more."))
    do(choose_calendar, account, by=request.actor, calendar=chosen.url, calendar_name=chosen.name[:200])  # type: ignore[attr-defined]
    return respond.go(request, reverse("calendar_accounts"), _("Saved."))


def _editable(request: HttpRequest, key: int) -> CalendarAccount:
    return find(request.actor, CalendarAccount, key, "edit", archived=False)  # type: ignore[attr-defined]


def _calendars(account: CalendarAccount) -> tuple[list[Offered], str]:
    """The calendars of an account, or what is wrong in a sentence."""
    try:
        return Server(account).calendars(), ""
    except Failed as failed:
        return [], str(FAILURES[failed.code]) + (f" ({failed.detail})" if failed.detail else "")


paths = [
    path("profile/calendars", calendar_accounts, name="calendar_accounts"),
    path("profile/calendars/<int:key>/password", calendar_password, name="calendar_password"),
    path("profile/calendars/<int:key>/try", calendar_try, name="calendar_try"),
    path("profile/calendars/<int:key>/choose", calendar_choose, name="calendar_choose"),
]
