"""The settings page that says, for the firm's own fields of an object, which role is kept from which: the same limits as under roles."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.core.access import visible
from bihuan.core.custom import fields_of
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.kind import read_key
from bihuan.core.run import do
from bihuan.people.commands import set_limits
from bihuan.people.role import LIMITS, Role
from bihuan.web import respond
from bihuan.web.once import takes_once
from bihuan.web.views.custom_fields import extended_by
from bihuan.web.views.settings import section_page


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def field_rights(request: HttpRequest, slug: str) -> HttpResponse:
    """Every own field of an object by every role but the administrator's, who sees all; a post saves what differs."""
    desk, actor, error = extended_by(slug), request.actor, ""  # type: ignore[attr-defined]
    roles = list(visible(actor, Role).exclude(key="administrator").order_by("id"))
    if not actor.may(Role, "edit"):
        raise Forbidden()
    if request.method == "POST":
        try:
            with transaction.atomic():
                for role in roles:
                    limits = limits_in(request.POST, slug, role)
                    if limits != role.limits:
                        do(set_limits, role, by=actor, limits=limits)
            return respond.go(request, request.path, _("Saved."))
        except Forbidden:
            raise
        except Refused as refusal:
            error = refusal.sentence
    context: dict[str, Any] = {
        "chosen": desk, "roles": roles, "error": error, "limit_labels": LIMITS, "back_url": reverse("custom_fields_of", args=[slug]),
        "rows": [
            {"name": name, "label": str(each.label), "limits": [role.limits.get(slug, {}).get(name) for role in roles]}
            for name, each in fields_of(slug).items()
        ],
    }  # fmt: skip
    return section_page(request, "fields", "people/settings_field_rights.html", context, status=422 if error else 200)


def limits_in(given: QueryDict, slug: str, role: Role) -> dict[str, dict[str, int]]:
    """The limits of a role with those of the object's own fields as they were sent."""
    own = {
        name: limit for name in fields_of(slug) if (limit := read_key(given.get(f"{name}:{role.pk}", ""))) is not None
    }
    kept = {name: limit for name, limit in role.limits.get(slug, {}).items() if name not in fields_of(slug)}
    return {each: names for each, names in {**role.limits, slug: {**kept, **own}}.items() if names}


paths = [path("settings/fields/<slug:slug>/rights", field_rights, name="field_rights")]
