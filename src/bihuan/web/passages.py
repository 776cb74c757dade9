"""The stages that a record has come through: since when it stood in each, until when, and who brought it there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from bihuan.core.access import SYSTEM
from bihuan.core.audit import AuditEntry
from bihuan.web.subject import Subject


@dataclass(frozen=True, slots=True)
class Passage:
    """A stay in a stage; without `until` the present one. `who` is empty where the product itself brought it there."""

    stage: int
    since: datetime
    until: datetime | None
    who: str

    @property
    def days(self) -> int:
        """Whole days."""
        return ((self.until or timezone.now()) - self.since).days


def passages(subject: Subject) -> list[Passage]:
    """Every stay, the latest first, as the audit tells of it; none for what has no stages. One query."""
    desk = subject.desk
    if not desk.stage_field:
        return []
    told = AuditEntry.objects.filter(
        object=desk.slug, record_id=subject.record.pk, changes__has_key=desk.stage_field
    ).order_by("id")
    found: list[Passage] = []
    for at, kind, name, changes in told.values_list("at", "actor_kind", "actor_name", "changes"):
        if found:
            found[-1] = replace(found[-1], until=at)
        given = changes.get(desk.board.since, (None, None))[1] if desk.board and not found else None
        since = datetime.fromisoformat(given) if given else at  # what was brought along says itself since when
        found.append(Passage(changes[desk.stage_field][1], since, None, "" if kind == SYSTEM.kind else name))
    return found[::-1]
