"""What happens between people and the public pools."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bihuan.core.event import Event


@dataclass(frozen=True, slots=True)
class Claimed(Event):
    """Somebody took a record out of a pool."""

    label = _("Was claimed from a pool")

    pool_id: int = 0
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class PutIntoPool(Event):
    """A record came into a pool: somebody gave it back, or it was left alone (then nobody did it, and `by_id` is None)."""

    label = _("Came into a pool")

    pool_id: int = 0
    former_id: int | None = None
    by_id: int | None = None
