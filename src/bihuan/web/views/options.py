"""What a link picker offers while somebody types."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from bihuan.core import indexing
from bihuan.core.access import Actor, as_seen, visible
from bihuan.core.desk import Desk
from bihuan.web import respond
from bihuan.web.views.door import desk_of

LIMIT = 20


@require_safe
def options(request: HttpRequest, slug: str) -> HttpResponse:
    """The records of an object that fit `q`: a title and what tells it from its namesakes."""
    desk = desk_of(request, slug)
    actor, text = request.actor, request.GET.get("q", "").strip()  # type: ignore[attr-defined]
    found = _found(desk, actor, text)
    may_create = desk.offers(actor, "create") and not desk.configuration and "__" not in desk.title
    create_url = f"{reverse('new', args=[slug])}?{urlencode({desk.title: text} if text else {})}" if may_create else ""
    context = {"options": found, "label": str(desk.label), "text": text, "create_url": create_url}
    return respond.part(request, "web/parts/options.html", context)


def _found(desk: Desk, actor: Actor, text: str) -> list[tuple[int, str, str]]:
    """Ids, titles and numbers: found by the index where there is one, else by what the title contains."""
    rows, note = visible(actor, desk.model), desk.number_field
    title = as_seen(actor, desk.model, desk.title)
    if text and desk.searched():
        return [(hit.record_id, hit.title, hit.detail) for hit in indexing.found(actor, [desk], text, LIMIT)]
    if text:
        rows = rows.annotate(titled=title).filter(titled__icontains=text)
    elif desk.configuration:
        rows = rows.order_by(desk.sort.lstrip("-"))
    else:
        rows = rows.order_by("-changed_at", "-pk")
    return [
        (row[0], row[1] or f"#{row[0]}", row[2] if note else "")
        for row in rows.values_list("pk", title, note or "pk")[:LIMIT]
    ]


paths = [path("<slug:slug>/options", options, name="options")]
