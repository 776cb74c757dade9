"""What the composer offers after an @: colleagues who see the record that is written about."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from bihuan.people.mention import offered
from bihuan.web import respond
from bihuan.web.views.door import record_of


@require_safe
def mentions(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Colleagues whose name fits `q`, as options of a list."""
    _desk, record = record_of(request, slug, key)
    found = offered(request.actor, record, request.GET.get("q", "").strip())  # type: ignore[attr-defined]
    options = [(each.id, each.name, each.username) for each in found]
    return respond.part(request, "web/parts/options.html", {"options": options, "create_url": ""})


paths = [path("<slug:slug>/<int:key>/colleagues", mentions, name="mentions")]
