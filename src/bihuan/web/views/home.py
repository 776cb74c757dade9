"""The front door: the workbench."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bihuan.web import loop, respond, workbench
from bihuan.web.places import Place, offer_place
from bihuan.web.workbench import SCOPES, SPANS, Outlook, scope_in

offer_place(Place("", gettext_lazy("Workbench"), "house", "home", "", 0))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The day and the loop of whoever asks: their own, their team's or the firm's, over a span of time."""
    given = request.GET
    outlook = Outlook(
        request.actor,  # type: ignore[attr-defined]
        scope_in(request, "home"),
        given.get("in") if given.get("in") in SPANS else "this_quarter",  # type: ignore[arg-type]
    )
    compared = "compare" in given
    context = {
        "today": timezone.localdate(), "outlook": outlook, "compared": compared,
        "scopes": [(key, label, at(outlook, scope=key)) for key, (label, _owner) in SCOPES.items()],
        "spans": [(key, label, at(outlook, span=key)) for key, (label, _before) in SPANS.items()],
        "compare_url": at(outlook, compare=not compared),
        "clauses": [clause for offered in workbench.offers.clauses for clause in offered(outlook)],
        "track": loop.track(loop.nodes(outlook, compared=compared)),
        "stats": [stat for offered in workbench.offers.stats for stat in offered(outlook)],
        "columns": list(workbench.columns(outlook)),
        "alerts": workbench.alerts(outlook),
    }  # fmt: skip
    return respond.page(request, "web/pages/workbench.html", context)


def at(outlook: Outlook, *, scope: str = "", span: str = "", compare: bool = False) -> str:
    """The workbench looked at otherwise."""
    params = {"scope": scope or outlook.scope, "in": span or outlook.span} | ({"compare": "1"} if compare else {})
    return f"{reverse('home')}?{urlencode(params)}"


paths = [path("", home, name="home")]
