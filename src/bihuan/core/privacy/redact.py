"""Taking personal data out of the history. The entries stay, each with the digest that the chain of seals knows it by.

An entry then tells that a field changed, when, by whom and by which command, and no longer what stood there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bihuan.core import audit, seal
from bihuan.core.access import Actor
from bihuan.core.audit import SECRET, AuditEntry, Redaction
from bihuan.core.custom import PREFIX
from bihuan.core.desk import Desk

#: An entry's key, and its digests before and after.
Digests = tuple[int, str, str]


def entries_of(desk: Desk, keys: Iterable[int]) -> Iterator[AuditEntry]:
    """The entries of some records, in their order."""
    return AuditEntry.objects.filter(object=desk.slug, record_id__in=list(keys)).order_by("pk").iterator()


def personal_changes(desk: Desk, entry: AuditEntry) -> dict[str, list[Any]]:
    """The changes of an entry that tell of a person: of the declared columns, and of the firm's own fields."""
    names = desk.personal.columns
    return {name: pair for name, pair in entry.changes.items() if name in names or name.startswith(PREFIX)}


def redact(desk: Desk, keys: Iterable[int], erasing: str) -> list[Digests]:
    """Take what is personal out of the entries of some records; those of the command `erasing` itself hold nothing of it."""
    made = []
    for entry in entries_of(desk, keys):
        if entry.command == erasing:
            continue
        hidden = {name: [side and SECRET for side in pair] for name, pair in personal_changes(desk, entry).items()}
        changes = entry.changes | hidden
        reason = entry.reason and SECRET
        if (changes, reason) != (entry.changes, entry.reason):
            before = seal.digest_of(entry)
            entry.changes, entry.reason = changes, reason
            entry.save(update_fields=["changes", "reason"])
            made.append((entry.pk, before, seal.digest_of(entry)))
    return made


def seal_off(made: Iterable[Digests], record: Any, slug: str, by: Actor) -> None:
    """Let an entry of the record tell of redactions, so that the chain proves them."""
    ordered = sorted(made)
    if not ordered:
        return
    told = {audit.REDACTED: [None, audit.digest_of(ordered)]}
    audit.keep(audit.REDACTED, slug, [(record.pk, record.version, told, "")], by)
    newest = AuditEntry.objects.filter(object=slug, record_id=record.pk).order_by("-pk").values_list("pk", flat=True)[0]
    Redaction.objects.bulk_create(
        (Redaction(entry=key, told=newest, before=before, after=after) for key, before, after in ordered),
        batch_size=500,
    )
