"""Whose work a page shows: one's own, one's team's, everybody's."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor, visible

SCOPES = {"mine": _("Mine"), "team": _("My team"), "firm": _("Whole firm")}


def owned(actor: Actor, scope: str) -> Q:
    """The condition that a record's owner is in a scope (one of SCOPES): oneself, somebody of one's units, anybody."""
    if scope == "mine":
        return Q(owner=actor.user_id)
    team = visible(actor, get_user_model(), archived=None).filter(unit_id__in=actor.unit_ids)
    return Q(owner__in=team.values("pk")) if scope == "team" else Q()
