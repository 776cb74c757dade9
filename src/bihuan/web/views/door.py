"""What every view begins with: the desk of the address, and what the actor may do there."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest

from bihuan.core import registry
from bihuan.core.access import Actor, find
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, NotFound


def desk_of(request: HttpRequest, slug: str, action: str = "view") -> Desk:
    """The desk called `slug`, if the actor may do `action` on some of its records. Raises NotFound, Forbidden."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        desk = registry.desk(slug)
    except KeyError:
        raise NotFound() from None
    if not actor.may(desk.model, "view"):
        raise NotFound()
    if not desk.offers(actor, action):
        raise Forbidden()
    return desk


def record_of(request: HttpRequest, slug: str, key: int) -> tuple[Desk, Any]:
    """The desk and the record, archived or not. Raises NotFound."""
    desk = desk_of(request, slug)
    return desk, find(request.actor, desk.model, key)  # type: ignore[attr-defined]


def may_change(request: HttpRequest, desk: Desk, record: models.Model, action: str = "edit") -> bool:
    """Whether the actor may do `action` on this very record."""
    try:
        find(request.actor, desk.model, record.pk, action)  # type: ignore[attr-defined]
    except NotFound:
        return False
    return True
