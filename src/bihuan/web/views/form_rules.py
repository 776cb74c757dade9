"""The settings page of form rules: the rules of an object in plain words, and one rule being made or changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core.access import Actor, find, visible
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.form_rules.models import EFFECTS, FormRule
from bihuan.core.form_rules.rule import read
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, restore, update
from bihuan.web import respond
from bihuan.web.once import takes_once
from bihuan.web.rule_page import RulePage, faults, sentence
from bihuan.web.views.custom_fields import extended, extended_by
from bihuan.web.views.listing import plain_address
from bihuan.web.views.settings import section_page


@require_safe
def form_rules(request: HttpRequest) -> HttpResponse:
    """The rules of the first object."""
    return respond.go(request, reverse("form_rules_of", args=[next(desk.slug for desk in extended() if desk.group)]))


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def form_rules_of(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules of one object, each a sentence, those switched off last. A post switches the rule that it names on or off."""
    desk, actor = extended_by(slug), request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        for command in (archive, restore):
            if key := request.POST.get(command.name):
                do(command, find(actor, FormRule, key), by=actor)
        return respond.go(request, reverse("form_rules_of", args=[slug]), _("Saved."))
    rows = visible(actor, FormRule, archived=None).filter(object=slug).prefetch_related("roles")
    context: dict[str, Any] = {
        "chosen": desk, "rows": [_told(row, actor) for row in rows.order_by("archived_at", "field", "pk")],
        "tabs": [
            {"label": str(each.label_plural), "url": reverse("form_rules_of", args=[each.slug]), "current": each is desk}
            for each in extended()
        ],
        "new_url": reverse("form_rule_new", args=[slug]), "csrf_token": get_token(request),
    }  # fmt: skip
    return section_page(request, "form_rules", "web/pages/settings_form_rules.html", context)


def _told(row: FormRule, actor: Actor) -> dict[str, Any]:
    """A rule in words, or what it names that there no longer is."""
    try:
        text = sentence(read(row), actor)
    except Refused:
        text = f"{row.field} {EFFECTS[row.effect]} · {row.when}"
    roles = [role.label for role in row.roles.all()]
    return {"row": row, "text": text, "faults": [] if row.archived_at else faults(row), "roles": roles}


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def form_rule_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new rule: its page, then made."""
    return _page(request, RulePage(extended_by(slug), request.actor, request.path, _given(request)))  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def form_rule(request: HttpRequest, key: int) -> HttpResponse:
    """A rule that is kept: its page, then changed."""
    actor = request.actor  # type: ignore[attr-defined]
    row = find(actor, FormRule, key)
    return _page(request, RulePage(extended_by(row.object), actor, request.path, _given(request), row))


def _given(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _page(request: HttpRequest, page: RulePage) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            return _keep(request, page)
        except (Forbidden, NotFound):
            raise
        except Refused as refusal:
            error = refusal.sentence
    if "f-field" in request.GET:
        return HttpResponseRedirect(plain_address(page))
    if respond.is_fragment(request) and page.filter_form:
        return respond.part(request, "web/parts/filter_form.html", {"page": page, "form": page.filter_form})
    context = {
        "page": page, "effects": EFFECTS, "error": error, "trials": page.trials(), "csrf_token": get_token(request),
        "back_url": reverse("form_rules_of", args=[page.desk.slug]), "object": str(page.desk.label_plural),
    }  # fmt: skip
    return section_page(
        request, "form_rules", "web/pages/settings_form_rule.html", context, status=422 if error else 200
    )


def _keep(request: HttpRequest, page: RulePage) -> HttpResponse:
    """Make the rule, or change it. Raises Refused where it could never be met."""
    inputs = page.inputs | {"roles": page.text("roles")}
    if page.row is None:
        do(create, by=page.actor, on=FormRule, object=page.desk.slug, **inputs)
    else:
        do(update, page.row, by=page.actor, **inputs)
    return respond.go(request, reverse("form_rules_of", args=[page.desk.slug]), _("Saved."))


paths = [
    path("settings/rules", form_rules, name="form_rules"),
    path("settings/rules/<slug:slug>", form_rules_of, name="form_rules_of"),
    path("settings/rules/<slug:slug>/new", form_rule_new, name="form_rule_new"),
    path("settings/rule/<int:key>", form_rule, name="form_rule"),
]
