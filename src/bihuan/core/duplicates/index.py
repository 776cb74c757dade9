"""Keeping the match keys in step with the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from bihuan.core import rows
from bihuan.core.desk import Desk
from bihuan.core.duplicates.match import keys_of
from bihuan.core.duplicates.models import MatchKey


def refresh(desk: Desk, written: Sequence[tuple[models.Model, Mapping[str, Any]]]) -> None:
    """Key the records of a batch whose compared fields changed, in the caller's transaction. Archived ones have no keys."""
    if not desk.duplicates:
        return
    concerned = {name for match in desk.duplicates for name in match.fields} | {"archived_at"}
    touched = [record for record, changes in written if concerned & changes.keys()]
    if touched:
        write(desk, touched)


def write(desk: Desk, records: Sequence[models.Model]) -> None:
    """Keep the keys of records in place of those they had."""
    known = [record.pk for record in records if getattr(record, "version", 2) > 1]
    if known:
        MatchKey.objects.filter(object=desk.slug, record_id__in=known).delete()
    kept = [
        (desk.slug, record.pk, key.number, key.weight)
        for record in records if record.archived_at is None  # type: ignore[attr-defined]
        for key in keys_of(desk, record).values()
    ]  # fmt: skip
    rows.insert(MatchKey, ("object", "record_id", "key", "weight"), kept)
