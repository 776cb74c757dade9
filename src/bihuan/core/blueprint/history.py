"""Every change of the configuration, from the audit, and the way back to before any of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from bihuan.core import registry
from bihuan.core.audit import AuditEntry
from bihuan.core.blueprint.part import Rows, parts
from bihuan.core.blueprint.present import present
from bihuan.core.errors import NotFound

#: How many changes are told at once.
SHOWN = 50


@dataclass(slots=True)
class Change:
    """What somebody changed in one go. `entry` is the first of its entries, by which one goes back to before it."""

    entry: int
    run: UUID
    at: datetime
    actor: str
    records: set[tuple[str, int]] = field(default_factory=set)

    def told(self) -> str:
        """What was changed: “3 stages, 1 role”."""
        counts = Counter(slug for slug, _key in sorted(self.records))
        words = ((times, registry.desk(slug)) for slug, times in counts.items())
        return _(", ").join(f"{times} {desk.label if times == 1 else desk.label_plural}" for times, desk in words)


def changes(limit: int = SHOWN) -> list[Change]:
    """The latest changes of what has a history, the last first."""
    slugs = [part.model._meta.model_name for part in parts() if part.source.has_history]
    rows = AuditEntry.objects.filter(object__in=slugs).order_by("-id")
    found: dict[UUID, Change] = {}
    names = ("id", "run", "at", "actor_name", "object", "record_id")
    for key, run, at, actor, slug, record in rows.values_list(*names).iterator():
        if run not in found and len(found) == limit:
            break
        change = found.setdefault(run, Change(key, run, at, actor))
        change.entry = key
        change.records.add((slug, record))
    return list(found.values())


def before(entry: int) -> tuple[Rows, set[str]]:
    """What had a history as it stood before an entry of the audit, and the sections of it. Raises NotFound."""
    known = [part for part in parts() if part.source.has_history]
    if not AuditEntry.objects.filter(pk=entry, object__in=[part.model._meta.model_name for part in known]).exists():
        raise NotFound()
    return present(entry).rows, {part.section for part in known}
