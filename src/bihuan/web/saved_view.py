"""Lists that somebody keeps under a name, for themselves or for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.core.access import Actor
from bihuan.core.desk import Desk


class SavedView(models.Model):
    """A named list: `params` are the parameters of its address. One that is nobody's is the firm's own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", null=True)
    object = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "web"
        indexes = [models.Index(fields=["object", "user"], name="saved_view")]


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a list as it is offered: a declared one, or a kept one with its `id`; `mine` may be changed."""

    key: str
    label: str
    params: dict[str, str]
    id: int | None = None
    mine: bool = False
    shared: bool = False


def views_of(desk: Desk, actor: Actor) -> dict[str, Tab]:
    """The views an actor is offered, by key, in the order of the tabs. One query."""
    declared = [Tab(view.key, str(view.label), dict(view.params)) for view in desk.views]
    return {tab.key: tab for tab in (*declared, *_kept(desk, actor))}


def _kept(desk: Desk, actor: Actor) -> Iterable[Tab]:
    rows = SavedView.objects.filter(Q(user=actor.user_id) | Q(shared=True), object=desk.slug).order_by(
        "shared", "order", "id"
    )
    return [Tab(f"s{row.pk}", row.name, row.params, row.pk, row.user_id == actor.user_id, row.shared) for row in rows]
