"""The funnel of an object's pipeline, by cohort and by stock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.core import stage
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.kind import read_key
from bihuan.core.period import Period
from bihuan.web import respond
from bihuan.web.funnel import Funnel, begun_by, is_answered, sources
from bihuan.web.list_page import ListPage, switch
from bihuan.web.views.door import desk_of
from bihuan.web.views.listing import plain_address
from bihuan.web.workbench import SCOPES


@require_safe
def funnel(request: HttpRequest, slug: str) -> HttpResponse:
    """The funnel as the filters of the list narrow it down; a filter form only leads to the address that says the same."""
    desk, actor = _staged(request, slug), request.actor  # type: ignore[attr-defined]
    page = ListPage(desk, actor, request.GET, "funnel")
    if "f-field" in request.GET:
        return HttpResponseRedirect(plain_address(page))
    if respond.is_fragment(request) and page.filter_form:
        return respond.part(request, "web/parts/filter_form.html", {"page": page, "form": page.filter_form})
    offered = stage.pipelines(slug)
    wanted = read_key(page.address.params.get("pipeline", ""))
    pipeline = next((each.id for each in offered if each.id == wanted), offered[0].id if offered else None)
    period = Period.read(page.address.params.get("in", "")) or Period.around(timezone.localdate(), 3)
    context = {"funnel": None, "period": period} | _frame(desk, page, pipeline, period)
    if pipeline is not None:
        asked = page.address.params
        context["funnel"] = Funnel(desk, actor, asked, pipeline, period)
        context["sources"] = sources(desk, actor, asked, period)
    return respond.page(request, "web/pages/funnel.html", context)


def _staged(request: HttpRequest, slug: str) -> Desk:
    """An object that runs through stages. Raises NotFound, and Forbidden where the figures would tell what is kept back."""
    desk = desk_of(request, slug)
    if desk.board is None:
        raise NotFound()
    if not desk.whole_fields(request.actor).keys() >= {desk.stage_field, begun_by(desk)}:  # type: ignore[attr-defined]
        raise Forbidden()
    return desk


def _frame(desk: Desk, page: ListPage, pipeline: int | None, period: Period) -> dict[str, Any]:
    """What stands around the figures. The conditions that have a switch of their own need no chip."""
    owner = page.address.params.get("owner.in", "")
    owners = [operand for _label, operand in SCOPES.values()]
    told = tuple(
        each for each in page.query.conditions
        if not is_answered(desk, each.field.name) and (f"{each.field.name}.{each.operator}" != "owner.in" or owner not in owners)
    )  # fmt: skip
    page.query = replace(page.query, conditions=told)
    at = page.address.changed
    sizes = ((1, _("Month")), (3, _("Quarter")), (12, _("Year")))
    return {
        "desk": desk, "page": page, "title": str(desk.label_plural).capitalize(), "switch": switch(desk, "funnel", page.address),
        "sources": (),
        "pipelines": [
            {"label": each.label, "url": at(pipeline=str(each.id)), "current": each.id == pipeline}
            for each in stage.pipelines(desk.slug)
        ],
        "scopes": [
            {"label": label, "url": at(**{"owner.in": operand or None}), "current": operand == owner, "icon": ""}
            for label, operand in SCOPES.values()
        ],
        "sizes": [
            {"label": label, "url": at(**{"in": str(Period.around(period.start, size))}), "current": size == period.size, "icon": ""}
            for size, label in sizes
        ],
        "before": at(**{"in": str(period.before)}), "after": at(**{"in": str(period.after)}),
        "stages_url": reverse("stages", args=[pipeline]) if pipeline else reverse("pipelines"),
    }  # fmt: skip


paths = [path("<slug:slug>/funnel", funnel, name="funnel")]
