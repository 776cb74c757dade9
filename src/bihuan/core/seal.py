"""The audit as a hash chain: seals that the worker puts over its entries, each over those since the one before.

A seal is made after the fact, so that nobody who writes waits for it; docs/decisions/0009-audit.md says what that costs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from django.db import connection, models
from django.utils import timezone

from bihuan.core import audit
from bihuan.core.audit import AuditEntry, Redaction

#: The most entries of one seal, and how many are read at a time.
SIZE, PAGE = 10_000, 1000
#: What the first seal follows, and what stands before the first entry.
BEGINNING, NOTHING = "0" * 64, -(2**63)
#: Seconds to wait for those who are just writing; whoever writes for longer is waited for the next time.
PATIENCE, LOOK_AGAIN = 5.0, 0.05
#: Bytes of a mark: the key of an entry and the beginning of its digest.
KEY, SHORT = 8, 8


class AuditSeal(models.Model):
    """The seal over `count` entries with keys from `first` to `last`; `previous` is the digest of the seal before.

    `marks` holds the key and the first bytes of the digest of each entry: they tell which one no longer fits.
    """

    first = models.BigIntegerField()
    last = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64)
    marks = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        app_label = "core"


class Leaf(NamedTuple):
    """An entry as the chain knows it: by the digest of what was written, also where personal data was taken out of it since.

    `fits` says whether what is left of such a one is what the erasure left.
    """

    key: int
    digest: bytes
    fits: bool = True

    @property
    def mark(self) -> bytes:
        return self.key.to_bytes(KEY, "big", signed=True) + self.digest[:SHORT]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not fit: a sentence, and the keys of the entry and the seal that it is about."""

    sentence: str
    entry: int | None = None
    seal: int | None = None


@dataclass(slots=True)
class Report:
    """What was looked at, `unsealed` entries that no seal covers yet, those that are `redacted`, the newest digest, and the first
    fault.
    """

    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    redacted: int = 0
    head: str = ""
    fault: Fault | None = None


# ---------------------------------------------------------------------- sealing


def seal() -> int:
    """Seal every entry that nobody can slip another one before any more; returns how many were sealed."""
    settled, sealed = _settled(), 0
    while made := _next(settled):
        # where two workers seal the same entries, one seal is kept: none but one follows another
        AuditSeal.objects.bulk_create([made], ignore_conflicts=True)
        sealed += made.count
    return sealed


def head() -> AuditSeal | None:
    """The newest seal."""
    return AuditSeal.objects.order_by("-last").first()


def _next(settled: int) -> AuditSeal | None:
    """The seal that follows the newest one; None when there is nothing to seal."""
    before = head()
    previous, last = (before.digest, before.last) if before else (BEGINNING, 0)
    leaves = list(islice(_leaves(last, settled), SIZE))
    if not leaves:
        return None
    made = AuditSeal(
        first=last + 1, last=leaves[-1].key, count=len(leaves), previous=previous, at=timezone.now(),
        marks=b"".join(each.mark for each in leaves),
    )  # fmt: skip
    made.digest = _digest(made, leaves)
    return made


def _settled() -> int:
    """The newest entry before which no entry can appear any more; 0 where somebody has been writing for long.

    SQLite gives keys in the order of commits. PostgreSQL does not, but a transaction locks the table before it draws a
    key (see rows.py): once those are over that write as the newest key is read, no older key is still to come.
    """
    newest = audit.latest()
    if connection.vendor != "postgresql":
        return newest
    writing, until = _writing(), time.monotonic() + PATIENCE
    while writing:
        if time.monotonic() > until:
            return 0
        time.sleep(LOOK_AGAIN)
        writing &= _writing()
    return newest


def _writing() -> set[str]:
    """The other transactions that have written into the audit, or are about to, and are not over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND relation = %s::regclass AND pid IS DISTINCT FROM pg_backend_pid()",
            [AuditEntry._meta.db_table],
        )
        return {transaction for (transaction,) in cursor.fetchall()}


# ---------------------------------------------------------------------- digests

_TOLD = (
    "id", "at", "run", "command", "object", "record_id", "version", "actor_kind", "actor_id", "actor_name", "changes",
    "reason",
)  # fmt: skip


def _leaves(after: int, last: int) -> Iterator[Leaf]:
    """The entries with keys beyond `after` up to `last`, in their order; a page of them in memory at a time."""
    while True:
        page = list(AuditEntry.objects.filter(pk__gt=after, pk__lte=last).order_by("pk").values_list(*_TOLD)[:PAGE])
        taken = _redactions(page[0][0], page[-1][0]) if page else {}
        yield from (_leaf(row[0], sha256(_canonical(row)).digest(), taken.get(row[0])) for row in page)
        if len(page) < PAGE:
            return
        after = page[-1][0]


def _redactions(first: int, last: int) -> dict[int, list[Redaction]]:
    """The redactions of the entries from `first` to `last`, in the order in which they were made."""
    found: dict[int, list[Redaction]] = {}
    for each in Redaction.objects.filter(entry__gte=first, entry__lte=last).order_by("pk"):
        found.setdefault(each.entry, []).append(each)
    return found


def _leaf(key: int, digest: bytes, taken: list[Redaction] | None) -> Leaf:
    if not taken:
        return Leaf(key, digest)
    left = [each.after for each in taken]
    return Leaf(key, bytes.fromhex(taken[0].before), [each.before for each in taken[1:]] + [digest.hex()] == left)


def digest_of(entry: AuditEntry) -> str:
    """The digest of an entry as it is now."""
    return sha256(_canonical(tuple(getattr(entry, name) for name in _TOLD))).hexdigest()


def _canonical(values: tuple[object, ...]) -> bytes:
    """Values as bytes that are the same on either database."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=_text).encode()


def _text(value: object) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def _digest(sealed: AuditSeal, leaves: list[Leaf]) -> str:
    """The digest of a seal over these entries: theirs, what the seal says of itself, and the digest of the one before."""
    over = sha256()
    for each in leaves:
        over.update(each.digest)
    own = (sealed.previous, sealed.first, sealed.last, sealed.count, sealed.at)
    return sha256(_canonical(own) + over.digest()).hexdigest()


# ---------------------------------------------------------------------- verifying


def verify(known: str = "", progress: Callable[[int], None] = lambda entries: None) -> Report:
    """Walk the chain from its beginning to the first fault. `known` is a digest that was the newest one at some time."""
    report, last, found = Report(head=BEGINNING), 0, not known or known == BEGINNING
    while sealed := AuditSeal.objects.filter(last__gt=last).order_by("last").first():
        report.seals += 1
        report.fault = _place_fault(sealed, report.head, last)
        if report.fault is None:
            leaves = list(_leaves(last if report.seals > 1 else NOTHING, sealed.last))
            report.entries += len(leaves)
            report.fault = _content_fault(sealed, leaves)
        if report.fault is not None:
            return report
        report.head, last = sealed.digest, sealed.last
        found = found or sealed.digest == known
        progress(report.entries)
    report.unsealed = AuditEntry.objects.filter(pk__gt=last).count()
    if not found:
        report.fault = Fault(
            "The digest you gave is not in the chain: its end was cut off, or all of it was made anew."
        )
    report.redacted = Redaction.objects.order_by().values("entry").distinct().count()
    report.fault = report.fault or _redaction_fault()
    return report


def _redaction_fault() -> Fault | None:
    """Whether each redaction is one that an erasure tells of, in an entry of the chain itself."""
    for key in Redaction.objects.order_by("told").values_list("told", flat=True).distinct():
        made = Redaction.objects.filter(told=key).order_by("entry").values_list("entry", "before", "after")
        entry = AuditEntry.objects.filter(pk=key).first()
        if entry is None or entry.changes.get(audit.REDACTED) != [None, audit.digest_of(made)]:
            return Fault(f"Entry {made[0][0]} was changed, and no erasure tells of it.", entry=made[0][0])
    return None


def _place_fault(sealed: AuditSeal, previous: str, last: int) -> Fault | None:
    """Whether a seal stands where it should."""
    if sealed.first != last + 1:
        gap = f"Seal {sealed.pk} begins at entry {sealed.first}, but {last + 1} is next: a seal is missing or was changed."
        return Fault(gap, seal=sealed.pk)
    if sealed.previous != previous:
        return Fault(
            f"Seal {sealed.pk} does not follow from the one before it: one of the two was changed.", seal=sealed.pk
        )
    return None


def _content_fault(sealed: AuditSeal, leaves: list[Leaf]) -> Fault | None:
    """Whether a seal fits its entries."""
    if (odd := next((each.key for each in leaves if not each.fits), None)) is not None:
        return Fault(f"Entry {odd} was changed since personal data was taken out of it.", entry=odd, seal=sealed.pk)
    marks = bytes(sealed.marks)
    if _digest(sealed, leaves) == sealed.digest and marks == b"".join(each.mark for each in leaves):
        return None
    size = KEY + SHORT
    noted = {
        int.from_bytes(marks[place : place + KEY], "big", signed=True): marks[place : place + size]
        for place in range(0, len(marks), size)
    }
    there = {each.key: each.mark for each in leaves}
    for key in sorted(noted.keys() | there.keys()):
        if noted.get(key) != there.get(key):
            what = "is missing" if key not in there else "was put in later" if key not in noted else "was changed"
            return Fault(f"Entry {key} {what}.", entry=key, seal=sealed.pk)
    return Fault(f"Seal {sealed.pk} was changed: it does not fit its entries.", seal=sealed.pk)
