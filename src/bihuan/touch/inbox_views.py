"""The inbox page, and the settings of how soon who is to be answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bihuan.core.access import visible
from bihuan.touch.inbox import inbox
from bihuan.touch.response_rule import ResponseRule
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
def response_times(request: HttpRequest) -> HttpResponse:
    """Every rule, the most special first; each stands in its form."""
    rules = visible(request.actor, ResponseRule).select_related("level", "channel", "outcome").order_by("pk")  # type: ignore[attr-defined]
    return section_page(request, "response_times", "touch/settings_response_times.html", {"rules": rules})


paths = [
    path("inbox", inbox_page, name="inbox"),
    path("settings/response-times", response_times, name="response_times"),
]
