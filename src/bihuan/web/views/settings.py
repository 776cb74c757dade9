"""The frame of every section of the settings, and the document numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core import numbering, registry
from bihuan.core.access import Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.duplicates.check import rule_of
from bihuan.core.duplicates.models import RULES, DuplicateRule
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.numbering import NumberRule
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.web import respond
from bihuan.web.sections import GROUPS, sections_of


def section_page(
    request: HttpRequest, key: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the settings with the menu of sections beside it. Raises Forbidden for who may not use the section."""
    offered = sections_of(request.actor)  # type: ignore[attr-defined]
    section = next((each for each in offered if each.key == key), None)
    if section is None:
        raise Forbidden()
    items = {each: {"label": each.label, "url": reverse(each.url_name), "current": each is section} for each in offered}
    menu = [
        {"label": label, "items": [items[each] for each in offered if each.group == group]}
        for group, label in GROUPS.items()
    ]
    return respond.page(request, template, {"menu": menu, "title": section.label} | context, status=status)


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """The first section; who may set up nothing learns so."""
    offered = sections_of(request.actor)  # type: ignore[attr-defined]
    if offered:
        return respond.go(request, reverse(offered[0].url_name))
    return respond.page(request, "web/pages/settings_none.html")


# ---------------------------------------------------------------------- document numbers


@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: HttpRequest) -> HttpResponse:
    """The pattern of every object's document numbers, each with what its next number looks like."""
    rows, wrong = [], False
    for desk in registry.desks():
        if not desk.number_field:
            continue
        declared = desk.model._meta.get_field(desk.number_field).pattern
        pattern, error = numbering.rules().get(desk.slug, declared), ""
        if request.method == "POST" and desk.slug in request.POST:
            former, pattern = pattern, request.POST[desk.slug].strip()
            try:
                if pattern != former:
                    set_pattern(request, desk.slug, pattern)
            except Refused as refusal:
                error, wrong = refusal.sentence, True
        example = "" if error else numbering.example(pattern, timezone.localdate())
        rows.append({"desk": desk, "pattern": pattern, "declared": declared, "error": error, "example": example})
    if request.method == "POST" and not wrong:
        return respond.go(request, reverse("numbers"), _("Saved."))
    return section_page(
        request, "numbers", "web/pages/settings_numbers.html", {"rows": rows}, status=422 if wrong else 200
    )


def set_pattern(request: HttpRequest, slug: str, pattern: str) -> None:
    """Give an object's numbers another pattern; numbers given out stay. Raises Refused."""
    actor = request.actor  # type: ignore[attr-defined]
    rule = visible(actor, NumberRule).filter(object=slug).first()
    if rule is None:
        do(create, by=actor, on=NumberRule, object=slug, pattern=pattern)
    else:
        do(update, rule, by=actor, pattern=pattern)


# ---------------------------------------------------------------------- duplicates


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_rules(request: HttpRequest) -> HttpResponse:
    """For every object that is compared, what happens to a new record that looks like one that is there."""
    actor = request.actor  # type: ignore[attr-defined]
    compared = [desk for desk in registry.desks() if desk.duplicates]
    if request.method == "POST":
        for desk in compared:
            sent = request.POST.get(desk.slug, "")
            if sent and sent != rule_of(desk):
                set_rule(actor, desk, sent)
        return respond.go(request, reverse("duplicate_rules"), _("Saved."))
    rows = [{"desk": desk, "rule": rule_of(desk), "fields": compared_fields(desk)} for desk in compared]
    context = {"rows": rows, "rules": list(RULES.items())}
    return section_page(request, "duplicates", "web/pages/settings_duplicates.html", context)


def compared_fields(desk: Desk) -> str:
    """What makes two records look like one, in words."""
    told = (_(" + ").join(str(desk.own_fields[name].label) for name in match.fields) for match in desk.duplicates)
    return _(", ").join(told)


def set_rule(actor: Actor, desk: Desk, rule: str) -> None:
    """Give an object another rule. Raises Refused."""
    kept = visible(actor, DuplicateRule).filter(object=desk.slug).first()
    if kept is None:
        do(create, by=actor, on=DuplicateRule, object=desk.slug, rule=rule)
    else:
        do(update, kept, by=actor, rule=rule)


paths = [
    path("settings", settings, name="settings"),
    path("settings/duplicates", duplicate_rules, name="duplicate_rules"),
    path("settings/numbers", numbers, name="numbers"),
]
