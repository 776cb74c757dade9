"""What a link picker offers while somebody types."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from bihuan.core import indexing, registry
from bihuan.core.access import Actor, as_seen, seen, visible
from bihuan.core.desk import Desk
from bihuan.core.kind import read_key
from bihuan.web import respond
from bihuan.web.views.door import desk_of

LIMIT = 20


@require_safe
def options(request: HttpRequest, slug: str) -> HttpResponse:
    """The records of an object that fit `q`: a title and what tells it from its namesakes."""
    desk = desk_of(request, slug)
    actor, text = request.actor, request.GET.get("q", "").strip()  # type: ignore[attr-defined]
    own = _near(desk, actor, request.GET.get("near", ""), text)
    found = list(dict.fromkeys((*own, *_found(desk, actor, text))))[:LIMIT]
    may_create = desk.offers(actor, "create") and not desk.configuration and "__" not in desk.title
    create_url = f"{reverse('new', args=[slug])}?{urlencode({desk.title: text} if text else {})}" if may_create else ""
    context = {"options": found, "label": str(desk.label), "text": text, "create_url": create_url}
    return respond.part(request, "web/parts/options.html", context)


def _found(desk: Desk, actor: Actor, text: str) -> list[tuple[int, str, str]]:
    """Ids, titles and numbers: found by the index where there is one, else by what the title contains."""
    rows = visible(actor, desk.model)
    title = as_seen(actor, desk.model, desk.title)
    if text and desk.searched():
        return [(hit.record_id, hit.title, hit.detail) for hit in indexing.found(actor, [desk], text, LIMIT)]
    if text:
        rows = rows.annotate(titled=title).filter(titled__icontains=text)
    elif desk.configuration:
        rows = rows.order_by(desk.sort.lstrip("-"))
    else:
        rows = rows.order_by("-changed_at", "-pk")
    return _told(desk, rows, title)


def _told(desk: Desk, rows: QuerySet[Any], title: Any) -> list[tuple[int, str, str]]:
    """The first rows by their ids, titles and numbers."""
    note = desk.number_field
    return [
        (row[0], row[1] or f"#{row[0]}", row[2] if note else "")
        for row in rows.values_list("pk", title, note or "pk")[:LIMIT]
    ]


def _near(desk: Desk, actor: Actor, place: str, text: str) -> list[tuple[int, str, str]]:
    """The same of those that belong to the record that the picker stands on: its object and key, parted by a dot."""
    slug, _dot, key = place.partition(".")
    pk = read_key(key)
    if slug not in desk.near or pk is None or not seen(actor, registry.desk(slug).model, [pk]):
        return []
    title = as_seen(actor, desk.model, desk.title)
    rows = visible(actor, desk.model).filter(desk.near[slug](pk)).annotate(titled=title).filter(titled__icontains=text)
    return _told(desk, rows.order_by("-changed_at", "-pk"), title)


paths = [path("<slug:slug>/options", options, name="options")]
