"""What can be said about likely duplicates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import Actor, find
from bihuan.core.command import command
from bihuan.core.desk import Desk
from bihuan.core.duplicates.models import LikelyPair
from bihuan.core.errors import Forbidden
from bihuan.core.event import Event, ToldApart


def _is_compared(desk: Desk) -> bool:
    return bool(desk.duplicates)


@command(
    None, label=_("Not the same"), icon="unlink", needs="edit", fits=_is_compared, is_offered=False,
    labels={"other": _("Another record")},
)  # fmt: skip
def tell_apart(record: Any, *, by: Actor, other: int) -> Iterable[Event]:
    """Say that two records that look alike are two; they are not shown as likely duplicates again."""
    desk = registry.desk_of(record)
    find(by, desk.model, other)
    if record.pk == other:
        raise Forbidden()
    low, high = sorted((record.pk, other))
    said = {"dismissed_at": timezone.now(), "dismissed_by": by.user_id}
    LikelyPair.objects.update_or_create(
        object=desk.slug,
        low=low,
        high=high,
        defaults=said,
        create_defaults=said | {"score": 0, "found_at": timezone.now()},
    )
    return [ToldApart(desk.slug, record.pk, other, by.user_id)]
