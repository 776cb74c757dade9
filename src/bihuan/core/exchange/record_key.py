"""The column by which a file's rows find their records again where no field of theirs names one record alone.

A key holds in the installation that wrote it: it is made of the record's number and the moment in which it was made, so that
a file from elsewhere never means another record here by chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.access import Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.field import Field

NAME = "record_key"


def field(desk: Desk) -> Field:
    """The column as exports write it and imports offer it."""
    return Field(
        NAME, _("Record key"), kind.Text(), path="pk", editable=False, unique=True, needs=("pk", "created_at"),
        compute=lambda pk, created_at: _text(desk, pk, created_at),
    )  # fmt: skip


def meant(desk: Desk, by: Actor, texts: Iterable[str]) -> dict[str, int]:
    """The records that keys mean, of those that the actor sees; one query."""
    numbers = {
        text: int(text.partition("-")[0]) for text in texts if text.partition("-")[0].isdecimal() and len(text) < 30
    }
    rows = visible(by, desk.model, archived=None).filter(pk__in=set(numbers.values()))
    right = {_text(desk, pk, created_at): pk for pk, created_at in rows.values_list("pk", "created_at")}
    return {text: right[text] for text in numbers if text in right}


def _text(desk: Desk, pk: int, created_at: datetime) -> str:
    made = f"{desk.slug} {pk} {created_at.astimezone(UTC).isoformat()}"
    return f"{pk}-{hashlib.sha256(made.encode()).hexdigest()[:8]}"
