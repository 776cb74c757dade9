"""Who changed what, when and by which command, with the difference of every field.

Only ever appended to; but when a person is erased, what tells of them is taken out (see privacy/redact.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core import rows
from bihuan.core.held_file import HeldFile

if TYPE_CHECKING:
    from bihuan.core.access import Actor


class AuditEntry(models.Model):
    """One command on one record. `changes` maps field name to [before, after]; `run` joins what was done in one go.

    `reason` is what the command was told as its reason, where it asks for one.
    """

    at = models.DateTimeField(_("When"))
    run = models.UUIDField()
    command = models.CharField(max_length=60)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    changes = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["object", "record_id", "-id"], name="audit_record")]


class Redaction(models.Model):
    """Personal data was taken out of an `entry`: digests of the entry before and after, and the entry that tells of it (`told`).

    That one holds the digest over all that were made together, so that nobody makes one by hand.
    """

    entry = models.BigIntegerField(db_index=True)
    told = models.BigIntegerField(db_index=True)
    before = models.CharField(max_length=64)
    after = models.CharField(max_length=64)

    class Meta:
        app_label = "core"


#: What stands for a value that nobody shall read: a secret, or what was erased.
SECRET = "•••"  # noqa: S105
#: The command of the entry that tells of redactions, and the name under which it holds the digest over them.
REDACTED = "redacted"


def digest_of(redactions: Iterable[tuple[int, str, str]]) -> str:
    """The digest over redactions: entry, digest before, digest after, in the order of the entries."""
    return sha256("\n".join(" ".join(map(str, each)) for each in redactions).encode()).hexdigest()


_joined: ContextVar[UUID | None] = ContextVar("joined", default=None)


@contextmanager
def joined(run: UUID) -> Iterator[None]:
    """Everything that is done inside counts as done in one go, however many batches it takes."""
    token = _joined.set(run)
    try:
        yield
    finally:
        _joined.reset(token)


def new_run() -> UUID:
    """What joins the entries of one batch: an own id, or that of the work which it is part of."""
    return _joined.get() or uuid4()


#: What JSON holds as it is; most values are of these.
_PLAIN = frozenset({type(None), str, int, bool})


def plain(value: Any) -> Any:
    """A field value as JSON can hold it: amounts and dates as text."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, FieldFile):
        return value.name
    if isinstance(value, HeldFile):
        return value.plain
    return list(value) if isinstance(value, (tuple, set, frozenset)) else value


def keep(command: str, slug: str, told: Iterable[tuple[int, int, Mapping[str, list[Any]], str]], by: Actor) -> None:
    """One entry per record that a command wrote (its key, its version now, its changes, the reason given), in one statement."""
    names = (
        "at", "run", "command", "object", "record_id", "version", "actor_kind", "actor_id", "actor_name", "changes",
        "reason",
    )  # fmt: skip
    now, together = timezone.now(), new_run()
    kept = (
        (now, together, command, slug, key, version, by.kind, by.user_id, by.name, changes, reason)
        for key, version, changes, reason in told
    )
    rows.insert(AuditEntry, names, kept)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Fields whose value differs, each with [before, after]."""
    return {name: [plain(before.get(name)), plain(value)] for name, value in after.items() if before.get(name) != value}


def history(slug: str, record_id: int, limit: int = 50) -> Iterable[AuditEntry]:
    """The newest entries of a record the caller has found."""
    own = AuditEntry.objects.filter(object=slug, record_id=record_id).exclude(command=REDACTED)
    return own.order_by("-id")[:limit]


def came_to(slug: str, name: str, values: Iterable[Any], keys: Iterable[int]) -> dict[int, datetime]:
    """When a field of these records was first changed to one of some values; those that were made with one are not among them."""
    wanted, found = {plain(value) for value in values}, {}
    entries = AuditEntry.objects.filter(object=slug, record_id__in=list(keys), version__gt=1).order_by("id")
    for key, at, changes in entries.values_list("record_id", "at", "changes"):
        if name in changes and changes[name][1] in wanted:
            found.setdefault(key, at)
    return found


def latest() -> int:
    """The key of the newest entry."""
    return AuditEntry.objects.aggregate(latest=models.Max("pk"))["latest"] or 0


def changed_since(slug: str, record_id: int, version: int) -> set[str]:
    """Names of the fields of a record changed after it had `version`."""
    entries = AuditEntry.objects.filter(object=slug, record_id=record_id, version__gt=version)
    return {name for changes in entries.values_list("changes", flat=True) for name in changes}


def values_at(slug: str, record_id: int, version: int) -> dict[str, Any]:
    """What the fields that were changed since held when the record had `version`, as plain values."""
    entries = AuditEntry.objects.filter(object=slug, record_id=record_id, version__gt=version)
    return undone(entries.order_by("-version", "-id").values_list("changes", flat=True))


def undone(changes: Iterable[Mapping[str, list[Any]]]) -> dict[str, Any]:
    """What the fields that these changes touch held before all of them; the latest change comes first.

    What was erased is not among it: nobody knows it any more.
    """
    return {name: pair[0] for each in changes for name, pair in each.items() if pair[0] != SECRET}


def replayed(changes: Iterable[Mapping[str, list[Any]]]) -> dict[str, Any]:
    """What the fields that these changes touch hold after all of them; the earliest change comes first."""
    return {name: pair[1] for each in changes for name, pair in each.items()}
