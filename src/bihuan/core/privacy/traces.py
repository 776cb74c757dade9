"""What lies beside the records and their history: bells, journals, what was once answered, and files that were made of lists.

What belongs to a record goes with it. The rest is looked through for the words that tell a person from all others: names,
phones, addresses, those of former times too.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bihuan.core import registry
from bihuan.core.audit import SECRET
from bihuan.core.custom import PREFIX
from bihuan.core.desk import Desk
from bihuan.core.duplicates.models import LikelyPair
from bihuan.core.event import Delivery
from bihuan.core.exchange.profile import ImportProfile
from bihuan.core.held_file import StoredFile
from bihuan.core.job import Job
from bihuan.core.merge.models import Merge
from bihuan.core.notify import Notification
from bihuan.core.once import Once
from bihuan.core.privacy.redact import entries_of, personal_changes
from bihuan.core.works import KEPT, folder_of

if TYPE_CHECKING:
    from bihuan.core.privacy.held import Keys

#: Shorter words stand for too many.
SHORTEST = 2
BLOCK = 1 << 20


Forget = Callable[["Keys"], None]
_forgets: list[Forget] = []


def forgets(function: Forget) -> Forget:
    """Declare a function that empties what a room keeps of records beside them, in the transaction in which they are erased."""
    _forgets.append(function)
    return function


def found_by(words: set[str]) -> Keys:
    """The records that no link ties to a person, and the words do."""
    wanted = ((desk, desk.personal.found_by) for desk in registry.desks())
    rows = ((desk, desk.model._base_manager.filter(asked(words))) for desk, asked in wanted if asked is not None)
    return {desk: keys for desk, found in rows if (keys := set(found.values_list("pk", flat=True)))}


def words_of(own: Keys) -> set[str]:
    """The words that tell the person from others, as they stand and as they stood before."""
    found: set[Any] = set()
    for desk, keys in own.items():
        if names := {name for match in desk.duplicates for name in match.fields} & set(desk.personal.columns):
            for values in desk.model._base_manager.filter(pk__in=keys).values_list(*names):
                found.update(values)
            for entry in entries_of(desk, keys):
                found.update(side for name, pair in entry.changes.items() if name in names for side in pair)
    return {each for each in found if isinstance(each, str) and len(each) >= SHORTEST and each != SECRET}


def stored_files(own: Keys) -> models.QuerySet[StoredFile]:
    """The files that the firm's own fields of these records hold or have held."""
    sides = (
        side for desk, keys in own.items() for entry in entries_of(desk, keys)
        for name, pair in personal_changes(desk, entry).items() if name.startswith(PREFIX) for side in pair
    )  # fmt: skip
    keys = {side["id"] for side in sides if isinstance(side, dict)}
    return StoredFile._base_manager.filter(pk__in=keys)


def forget(own: Keys, words: set[str]) -> None:
    """Let go of what belongs to the records, and of the words wherever a program has put them down."""
    for desk, keys in own.items():
        _forget_records(desk, keys)
    for each in _forgets:
        each(own)
    for call in Once.objects.exclude(answer=None).iterator():
        if _names(json.dumps(call.answer, ensure_ascii=False), words):
            call.delete()
    _strike(Job.objects.exclude(finished_at=None), ("label", "inputs", "cursor", "result", "error"), words)
    _strike(ImportProfile.objects.all(), ("values",), words)


def _forget_records(desk: Desk, keys: set[int]) -> None:
    Notification.objects.filter(about=desk.slug, about_id__in=keys).delete()
    LikelyPair.objects.filter(Q(low__in=keys) | Q(high__in=keys), object=desk.slug).delete()
    Delivery.objects.filter(happening__object=desk.slug, happening__record_id__in=keys).exclude(error="").update(
        error=""
    )
    merges = Merge.objects.filter(Q(survivor__in=keys) | Q(records__record_id__in=keys), object=desk.slug)
    for journal in merges.distinct():
        values = journal.values.items()
        journal.values = {
            name: pair for name, pair in values if name not in desk.personal.columns and not name.startswith(PREFIX)
        }
        journal.save(update_fields=["values"])


def _strike(rows: models.QuerySet[Any], names: Iterable[str], words: set[str]) -> None:
    """Put a mark where one of the words stands in a column of text or JSON."""
    for row in rows.iterator():
        struck = {name: new for name in names if (new := _struck(old := getattr(row, name), words)) != old}
        if struck:
            type(row).objects.filter(pk=row.pk).update(**struck)


def _struck(value: Any, words: set[str]) -> Any:
    match value:
        case str():
            return SECRET if _names(value, words) else value
        case list():
            return [_struck(each, words) for each in value]
        case dict():
            return {_struck(name, words): _struck(each, words) for name, each in value.items()}
    return value


def _names(text: str, words: set[str]) -> bool:
    return any(word in text for word in words)


# ---------------------------------------------------------------------- files of exports and imports


def exchanges_naming(words: set[str]) -> Iterator[str]:
    """The folders of exports and imports that are over and in whose files one of the words stands."""
    over = Job.objects.filter(finished_at__gt=timezone.now() - KEPT, inputs__has_key="folder")
    sought = [word.encode() for word in words]
    for name in set(over.values_list("inputs__folder", flat=True)):
        if sought and any(_holds(path, sought) for path in folder_of(name).glob("*")):
            yield f"exchange/{name}"


def _holds(path: Path, sought: list[bytes]) -> bool:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            return _stands_in(stream, sought)
    with zipfile.ZipFile(path) as book:  # a workbook
        for part in book.namelist():
            with closing(book.open(part)) as stream:
                if _stands_in(stream, sought):  # type: ignore[arg-type]
                    return True
    return False


def _stands_in(stream: BinaryIO, sought: list[bytes]) -> bool:
    """Whether one of the words stands in a stream, be it across two blocks."""
    overlap, end = max(map(len, sought)) - 1, b""
    while block := stream.read(BLOCK):
        if any(word in end + block for word in sought):
            return True
        end = block[-overlap:] if overlap else b""
    return False
