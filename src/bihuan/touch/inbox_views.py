"""The inbox page, and the settings of how soon who is to be answered."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bihuan.core.access import visible
from bihuan.core.errors import Forbidden
from bihuan.core.period import Period
from bihuan.core.registry import desk_of
from bihuan.touch.answers import ASKED, SIDES, Answers, sees_to_others
from bihuan.touch.inbox import inbox
from bihuan.touch.response_rule import ResponseRule
from bihuan.touch.waiting import Waiting
from bihuan.web import respond
from bihuan.web.sections import Section, offer
from bihuan.web.views.settings import section_page
from bihuan.web.workbench import SCOPES, scope_in

offer(Section("response_times", gettext_lazy("Response times"), "objects", "response_times", "responserule"))

#: Lines of the page; whoever has more waiting finds them in the list.
SIZE = 100


@require_safe
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Who waits for an answer: of one's own, of one's team's or of the firm's."""
    actor = request.actor  # type: ignore[attr-defined]
    scope = scope_in(request, "inbox")
    here = reverse("inbox")
    tabs = [
        {"label": label, "url": f"{here}?scope={name}", "current": name == scope, "icon": ""}
        for name, (label, _owner) in SCOPES.items()
    ]
    context = {"waiters": inbox(actor, scope, SIZE), "tabs": tabs, "here": f"{here}?scope={scope}", "scope": scope}
    return respond.page(request, "touch/inbox.html", context)


@require_safe
def answers_page(request: HttpRequest) -> HttpResponse:
    """How soon those were answered who began to wait in a period: of everybody's answers to whom they matter, else of one's own."""
    actor = request.actor  # type: ignore[attr-defined]
    if not desk_of(Waiting).whole_fields(actor).keys() >= ASKED:
        raise Forbidden()
    period = Period.read(request.GET.get("in", "")) or Period.around(timezone.localdate(), 1)
    answers = Answers(actor, period)
    context = {
        "total": answers.total(), "sides": [(label, answers.side(name)) for name, label in SIDES.items()],
        "of_all": sees_to_others(actor),
    }  # fmt: skip
    return respond.page(request, "touch/answers.html", context | _periods(period))


def _periods(period: Period) -> dict[str, Any]:
    """The switch of the page's period."""
    at = "{}?in={}".format
    here, sizes = reverse("answers"), ((1, _("Month")), (3, _("Quarter")), (12, _("Year")))
    return {
        "period": period, "before": at(here, period.before), "after": at(here, period.after),
        "sizes": [
            {"label": label, "url": at(here, Period.around(period.start, size)), "current": size == period.size, "icon": ""}
            for size, label in sizes
        ],
    }  # fmt: skip


@require_safe
def response_times(request: HttpRequest) -> HttpResponse:
    """Every rule, the most special first; each stands in its form."""
    rules = visible(request.actor, ResponseRule).select_related("level", "channel", "outcome").order_by("pk")  # type: ignore[attr-defined]
    return section_page(request, "response_times", "touch/settings_response_times.html", {"rules": rules})


paths = [
    path("inbox", inbox_page, name="inbox"),
    path("inbox/answers", answers_page, name="answers"),
    path("settings/response-times", response_times, name="response_times"),
]
