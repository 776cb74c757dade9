"""The pages of targets and of the forecast: one scope at a time, chosen in the head."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core.access import Actor
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.period import Period
from bihuan.sales import forecast_snapshot
from bihuan.sales.attainment import actuals, bars
from bihuan.sales.forecast import forecast as worked_out
from bihuan.sales.forecast_adjustment import ForecastAdjustment
from bihuan.sales.forecast_category import CATEGORIES, FORECAST
from bihuan.sales.plan import LEAST, plan
from bihuan.sales.quota import FIRM_CURRENCY, Quotas
from bihuan.sales.scope import Scope, may_see, own_scope, scopes_of
from bihuan.sales.target import Target
from bihuan.sales.target_sheet import TIERS, YearSheet
from bihuan.web import respond
from bihuan.web.once import takes_once


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def targets(request: HttpRequest) -> HttpResponse:
    """The year's targets of a scope, what was reached of them and the plan for the rest; a post saves the sheet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    scope, year = _asked(request, 12)
    sheet = YearSheet(actor, scope, year, request.POST if request.method == "POST" else None)
    if request.method == "POST" and sheet.save():
        return respond.go(request, _address("targets", scope, year), _("Saved."))
    today, quotas, reached = (
        timezone.localdate(),
        Quotas.of(year),
        actuals(actor, scope, year),
    )
    lines = bars(scope, year, quotas, reached, today)
    may_edit = all(actor.may(Target, act) for act in ("create", "edit", "archive"))
    context = _frame(request, "targets", scope, year) | {
        "lines": list(sheet.lines(quotas, reached)), "bars": lines, "tiers": TIERS, "errors": sheet.errors, "may_edit": may_edit,
        "months": year.months, "plan": plan(actor, scope, lines[0], today), "least": LEAST, "is_open": year.end > today,
        "sent": sheet.sent is not None,
    }  # fmt: skip
    return respond.page(request, "sales/targets.html", context, status=422 if sheet.errors else 200)


@require_safe
def forecast(request: HttpRequest) -> HttpResponse:
    """What the deals of a scope say of a period, by category, part and month, beside adjustments and the target."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    scope, period = _asked(request, 3)
    found = worked_out(actor, scope, period)
    sizes = ((_("Month"), 1), (_("Quarter"), 3), (_("Year"), 12))
    context = _frame(request, "forecast", scope, period) | {
        "forecast": found, "categories": {name: FORECAST[name] for name in CATEGORIES},
        "parts": [(each, _address("forecast", each.scope, period)) for each in found.parts if each.scope],
        "weeks": forecast_snapshot.weeks(scope, period), "adjust_url": _adjust_url(actor, scope, period),
        "sizes": [
            (label, _address("forecast", scope, Period.around(period.start, size)), size == period.size)
            for label, size in sizes
        ],
    }  # fmt: skip
    return respond.page(request, "sales/forecast.html", context)


def _asked(request: HttpRequest, size: int) -> tuple[Scope, Period]:
    """The scope and the period of the address, by default one's own and the present one. Raises NotFound, Forbidden."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.may(Target, "view") or not actor.may("opportunity", "view"):
        raise Forbidden()
    scope = Scope.read(request.GET["scope"]) if "scope" in request.GET else own_scope(actor)
    period = (
        Period.read(request.GET["period"]) if "period" in request.GET else Period.around(timezone.localdate(), size)
    )
    if scope is None or period is None or not may_see(actor, scope) or (size == 12 and period.size != 12):
        raise NotFound()
    return scope, period


def _address(name: str, scope: Scope, period: Period) -> str:
    return f"{reverse(name)}?scope={scope}&period={period}"


def _frame(request: HttpRequest, name: str, scope: Scope, period: Period) -> dict[str, Any]:
    """What both pages have in their head."""
    scopes = [(str(each), each.title, each == scope, each.kind) for each in scopes_of(request.actor)]  # type: ignore[attr-defined]
    year = Period.around(period.start, 12)
    quarter = Period.around(timezone.localdate(), 3) if period.size == 12 else period
    return {
        "scope": scope, "period": period, "scopes": scopes, "here": _address(name, scope, period), "currency": FIRM_CURRENCY,
        "before": _address(name, scope, period.before), "after": _address(name, scope, period.after), "page": reverse(name),
        "tabs": [
            {"label": _("Targets"), "url": _address("targets", scope, year), "current": name == "targets"},
            {"label": _("Forecast"), "url": _address("forecast", scope, quarter), "current": name == "forecast"},
        ],
    }  # fmt: skip


def _adjust_url(actor: Actor, scope: Scope, period: Period) -> str:
    """The form for an adjustment of this scope; empty where the actor makes none."""
    if scope.kind == "territory" or not actor.may(ForecastAdjustment, "create"):
        return ""
    return f"{reverse('new', args=['forecastadjustment'])}?{scope.kind}={scope.key}&month={period.start}"


paths = [path("target/sheet", targets, name="targets"), path("target/forecast", forecast, name="forecast")]
