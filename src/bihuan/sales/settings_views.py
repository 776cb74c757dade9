"""The settings of leads: what gives them points, and who gets them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bihuan.core.access import Actor, visible
from bihuan.core.errors import Refused
from bihuan.sales.assignment import METHODS, AssignmentRule
from bihuan.sales.lead_rule import LeadRule
from bihuan.sales.lead_score import ScoreRule
from bihuan.web.condition import words
from bihuan.web.sections import Section, offer
from bihuan.web.views.settings import section_page

offer(Section("lead_rules", gettext_lazy("Lead rules"), "objects", "lead_rules", "assignmentrule"))


@require_safe
def lead_rules(request: HttpRequest) -> HttpResponse:
    """Both kinds of rules; what each says stands in its form."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    assignment = visible(actor, AssignmentRule).select_related("territory").prefetch_related("members", "roles")
    context = {
        "score_rules": told(visible(actor, ScoreRule).order_by("order", "pk"), actor),
        "assignment_rules": told(assignment.order_by("order", "pk"), actor),
        "methods": METHODS,
    }
    return section_page(request, "lead_rules", "sales/settings_leads.html", context)


@dataclass(frozen=True, slots=True)
class Told:
    """A rule with its conditions in words and the address of the leads that they hold of; or with what is wrong with them."""

    rule: LeadRule
    words: str = ""
    address: str = ""
    fault: str = ""


def told(rules: Iterable[LeadRule], actor: Actor) -> list[Told]:
    """Rules as the page tells them."""
    found = []
    for rule in rules:
        try:
            asked = rule.asked()
        except Refused as refusal:
            found.append(Told(rule, fault=refusal.sentence))
            continue
        address = urlencode({f"{each.field.name}.{each.operator}": each.operand for each in asked})
        found.append(Told(rule, words(asked, actor), address))
    return found


paths = [path("settings/leads", lead_rules, name="lead_rules")]
