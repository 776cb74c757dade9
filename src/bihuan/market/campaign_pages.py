"""The page of a campaign: that of any record, with how far it has come above its timeline."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_safe

from bihuan.market import goals
from bihuan.web import respond
from bihuan.web.views.record import record, record_with, subject_of


@require_safe
def campaign(request: HttpRequest, key: int) -> HttpResponse:
    """The page. What counts towards the goal is asked for after it, as other counts are."""
    subject = subject_of(request, "campaign", key)
    if "parts" in request.GET or subject.is_archived:
        return record(request, "campaign", key)
    return record_with(request, subject, template="market/campaign.html", more={"key": key})


@require_safe
def campaign_goal(request: HttpRequest, key: int) -> HttpResponse:
    """How far the campaign has come, as whoever looks sees it."""
    subject = subject_of(request, "campaign", key)
    if not respond.is_fragment(request):
        return HttpResponseRedirect(subject.page)
    return respond.part(request, "market/goal.html", {"goal": goals.goal_of(subject.record, subject.actor)})


paths = [
    path("campaign/<int:key>", campaign, name="campaign"),
    path("campaign/<int:key>/goal", campaign_goal, name="campaign_goal"),
]
