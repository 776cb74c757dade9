"""A copy of what is held of a person: a table per object as an export writes it, and the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db.models import FileField, Q
from django.utils.translation import gettext as _

from bihuan.core.access import SYSTEM
from bihuan.core.desk import Desk
from bihuan.core.exchange import exporting
from bihuan.core.held_file import HeldFile
from bihuan.core.privacy.held import Held
from bihuan.core.query import Query
from bihuan.core.record import KEPT
from bihuan.core.stored import read_stored

#: Who of the firm made a record and when it was changed last says nothing of the person.
STAMPS = KEPT - {"created_at"}
#: Of what only names the person, so many columns tell what it is.
NAMED = 2


def whole(desk: Desk, keys: Iterable[int]) -> Query:
    """The records that are the person's own, with every field that somebody gave; whoever may see them."""
    given = (name for name, each in desk.own_fields.items() if each.compute is None and name not in STAMPS)
    return _query(desk, keys, list(given))


def named(desk: Desk, keys: Iterable[int]) -> Query:
    """The records that only name the person: what they are, and nothing else of the firm's."""
    return _query(desk, keys, desk.shown_columns()[:NAMED])


def _query(desk: Desk, keys: Iterable[int], names: Iterable[str]) -> Query:
    asked = Query.parse(desk, SYSTEM, {"sort": "-id"}, list(names))
    return replace(asked, archived=None, extra=Q(pk__in=list(keys)))


def write(held: Held, stream: BinaryIO) -> int:
    """Write the copy as a ZIP archive; returns the number of records in it."""
    count = 0
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        tables = [("", whole(*each)) for each in held.own.items()]
        tables += [(_("Named only") + "/", named(*each)) for each in held.named.items()]
        for folder, query in tables:
            sheet = BytesIO()
            count += exporting.export_rows(query, sheet)
            archive.writestr(f"{folder}{query.desk.label_plural}.csv", sheet.getvalue())
        for desk, keys in held.own.items():
            for place, name in _files(desk, keys):
                if (path := Path(settings.MEDIA_ROOT) / place).is_file():
                    archive.write(path, f"{desk.label_plural}/{name}")
    return count


def _files(desk: Desk, keys: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Where the files of some records lie, and what each is called in the archive."""
    columns = [each.name for each in desk.model._meta.fields if isinstance(each, FileField)]
    records: Iterable[Any] = desk.model._base_manager.filter(pk__in=list(keys)).order_by("pk")
    for record in records:
        for key, plain in record.custom.items():
            if isinstance(held := read_stored(key, plain), HeldFile):
                yield str(held.stored), f"{record.pk}-{held.name}"
        for name in columns:
            if stored := getattr(record, name):
                yield stored.name, f"{record.pk}-{getattr(record, 'name', '') or f'{name}.eml'}"
