"""The settings page of the fields that the firm has added to its objects."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from bihuan.core import registry
from bihuan.core.access import visible
from bihuan.core.custom import KINDS, CustomField
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.web import respond
from bihuan.web.views.settings import section_page


def extended() -> list[Desk]:
    """The objects that a firm may add fields to."""
    return [desk for desk in registry.desks() if not desk.configuration and desk.made_by == "create"]


def extended_by(slug: str) -> Desk:
    """One of them. Raises NotFound."""
    chosen = next((desk for desk in extended() if desk.slug == slug), None)
    if chosen is None:
        raise NotFound()
    return chosen


@require_safe
def custom_fields(request: HttpRequest) -> HttpResponse:
    """The fields of the first object."""
    return respond.go(request, reverse("custom_fields_of", args=[next(desk.slug for desk in extended() if desk.group)]))


@require_safe
def custom_fields_of(request: HttpRequest, slug: str) -> HttpResponse:
    """The firm's own fields of one object, those taken out of use last."""
    chosen = extended_by(slug)
    actor = request.actor  # type: ignore[attr-defined]
    rows = visible(actor, CustomField, archived=None).filter(object=slug).order_by("archived_at", "order", "id")
    context: dict[str, Any] = {
        "chosen": chosen, "rows": list(rows), "kinds": {name: label for name, (label, _kind, _letter) in KINDS.items()},
        "tabs": [
            {"label": str(desk.label_plural), "url": reverse("custom_fields_of", args=[desk.slug]), "current": desk is chosen}
            for desk in extended()
        ],
        "new_url": f"{reverse('new', args=['customfield'])}?object={slug}",
    }  # fmt: skip
    return section_page(request, "fields", "web/pages/settings_fields.html", context)


paths = [
    path("settings/fields", custom_fields, name="custom_fields"),
    path("settings/fields/<slug:slug>", custom_fields_of, name="custom_fields_of"),
]
