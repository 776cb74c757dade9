"""The bell: what somebody was told, newest first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core import registry
from bihuan.core.errors import NotFound
from bihuan.core.kind import read_key
from bihuan.core.notify import Notification
from bihuan.web import respond

SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """The notices of whoever asks; a post marks all of them as read."""
    mine = Notification.objects.filter(user=request.actor.user_id)  # type: ignore[attr-defined]
    if request.method == "POST":
        mine.filter(read_at=None).update(read_at=timezone.now())
        return respond.go(request, reverse("notices"))
    before = read_key(request.GET.get("before", ""))
    rows = list((mine.filter(pk__lt=before) if before is not None else mine).order_by("-pk")[: SIZE + 1])
    context = {
        "notices": [_shown(row) for row in rows[:SIZE]],
        "next_url": f"{reverse('notices')}?before={rows[SIZE - 1].pk}" if len(rows) > SIZE else "",
    }
    return respond.page(request, "web/pages/notices.html", context)


@require_POST
def notice(request: HttpRequest, key: int) -> HttpResponse:
    """Mark one as read and go to what it is about."""
    row = Notification.objects.filter(user=request.actor.user_id, pk=key).first()  # type: ignore[attr-defined]
    if row is None:
        raise NotFound()
    if row.read_at is None:
        row.read_at = timezone.now()
        row.save(update_fields=["read_at"])
    return respond.go(
        request, reverse("record", args=[row.about, row.about_id]) if row.about and row.about_id else reverse("notices")
    )


def _shown(row: Notification) -> dict[str, Any]:
    """A notice in the reader's language, with the icon of the object it is about."""
    known = row.about in {desk.slug for desk in registry.desks()}
    icon = registry.desk(row.about).icon if known else "bell"
    return {
        "key": row.pk,
        "text": _(row.message) % row.arguments,
        "icon": icon,
        "at": row.at,
        "is_read": row.read_at is not None,
    }


paths = [path("notices", notices, name="notices"), path("notices/<int:key>", notice, name="notice")]
