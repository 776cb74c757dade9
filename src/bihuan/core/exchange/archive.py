"""Several files in one archive: unpacked within limits, each with the object that its columns fit best, in an order in which
the records that others link to come first."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.exchange import mapping
from bihuan.core.exchange.reading import Table
from bihuan.core.kind import fold

MOST_FILES = 50
BLOCK = 1 << 20
#: What a member of an archive is packed with when nobody has asked for a key.
_ENCRYPTED = 1


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name without folders, and its contents in blocks."""

    name: str
    blocks: Iterator[bytes]


def is_archive(stream: BinaryIO, name: str) -> bool:
    """Whether a file holds others, by its name and its first bytes."""
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    return start == b"PK\x03\x04" and name.lower().endswith(".zip")


def members(stream: BinaryIO) -> Iterator[Member]:
    """The files in an archive one after the other. Raises Refused for one that is damaged, locked, or made to fill the disk."""
    try:
        archive = zipfile.ZipFile(stream)
        parts = [part for part in archive.infolist() if not part.is_dir() and not _is_hidden(part)]
        _look_over(parts)
        for part in parts:
            with archive.open(part) as contents:
                yield Member(_name(part), iter(lambda: contents.read(BLOCK), b""))
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise Refused(_("The archive is damaged.")) from None


def _is_hidden(part: zipfile.ZipInfo) -> bool:
    """What systems put into archives for themselves."""
    return any(each.startswith((".", "__MACOSX")) for each in PurePosixPath(part.filename).parts)


def _look_over(parts: Sequence[zipfile.ZipInfo]) -> None:
    if not parts:
        raise Refused(_("There is no file in this archive."))
    if len(parts) > MOST_FILES:
        raise Refused(_("The archive holds more than %(limit)d files.") % {"limit": MOST_FILES})
    if sum(part.file_size for part in parts) > settings.IMPORT_LIMIT:
        raise Refused(
            _("The archive holds more than %(limit)d MB once it is unpacked.")
            % {"limit": settings.IMPORT_LIMIT // 2**20}
        )
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Refused(_("The archive is locked with a password; pack it without one."))


def _name(part: zipfile.ZipInfo) -> str:
    """The name of a file; where the archive does not say that names are UTF-8, some programs write them in their own encoding."""
    name = PurePosixPath(part.filename).name
    if part.flag_bits & 0x800:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return name


def offered(by: Actor) -> list[Desk]:
    """The objects that the actor may import, those that others link to first."""
    return in_order([desk for desk in registry.desks() if desk.offers(by, "import")])


def in_order(desks: Sequence[Desk]) -> list[Desk]:
    """Objects so that each comes after those that its records link to."""
    left, found = list(desks), []
    while left:
        free = [desk for desk in left if not _waits_for(desk, [other for other in left if other is not desk])] or left[
            :1
        ]
        found += free
        left = [desk for desk in left if desk not in free]
    return found


def _waits_for(desk: Desk, others: Sequence[Desk]) -> bool:
    targets = {each.target for each in desk.own_fields.values() if each.editable}
    return any(other.model in targets for other in others)


def fitting(table: Table, name: str, by: Actor) -> str:
    """The slug of the object whose fields most columns fit; of equals the one that the file's name tells of. "" for none."""
    samples, best, most = list(islice(table.rows(), 3)), "", (0, 0)
    for desk in offered(by):
        own = desk.inputs(by, creating=True)
        filled = [each for each in mapping.guess(desk, by, table.head, samples) if each in own]
        named = any(fold(str(word)) in fold(name) for word in (desk.slug, desk.label, desk.label_plural))
        fit = (len(filled) + 2 * named, sum(own[each].required for each in filled))
        if filled and fit > most:
            best, most = desk.slug, fit
    return best
