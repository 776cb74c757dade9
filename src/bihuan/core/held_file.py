"""A file that a record holds in one of its fields: what is told of it, and where its content lies.

The field's value tells name and size, so that lists, search, audit and the past need nothing but the record. The content is
never written to again: a file that is replaced stays, for the history of the record tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.translation import gettext as _

#: The folder of the files that people send.
STORED = "files"
#: The longest name of a file.
NAME_LENGTH = 255


def stored_under(row: Any, filename: str) -> str:
    """A name nobody can guess or choose; the uploaded name is kept beside it alone."""
    return f"{STORED}/{uuid4().hex}"


def name_of(sent: File) -> str:
    """What a file that was sent is called, without the folder that it came from and what cannot be printed."""
    last = (sent.name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-NAME_LENGTH:] or _("unnamed")


class StoredFile(models.Model):
    """The content of a file that a field holds or has held. Reached through the records that do, and in no other way."""

    file = models.FileField(upload_to=stored_under, max_length=100, editable=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "core"


@dataclass(frozen=True, slots=True)
class HeldFile:
    """The value of a file field; `size` is in bytes. One that was only sent has no `id` yet, and brings its content."""

    id: int | None
    name: str
    size: int
    media_type: str
    content: File | None = field(default=None, compare=False, repr=False)

    @classmethod
    def sent(cls, file: File) -> HeldFile:
        """What somebody sends, before it is stored."""
        return cls(None, name_of(file), file.size, (getattr(file, "content_type", None) or "")[:120], file)

    @property
    def plain(self) -> dict[str, Any]:
        """The value as JSON holds it."""
        return {"id": self.id, "name": self.name, "size": self.size, "type": self.media_type}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> HeldFile:
        """The value that `plain` was made of."""
        return cls(plain["id"], plain["name"], plain["size"], plain["type"])

    @property
    def stored(self) -> FieldFile:
        """Its content, for whoever may have it. One query."""
        return StoredFile._base_manager.get(pk=self.id).file

    def __str__(self) -> str:
        return self.name


def store(inputs: Iterable[dict[str, Any]]) -> None:
    """Store what was sent for fields that hold files, in the caller's transaction; what that undoes is swept away later."""
    for each in inputs:
        for name, value in each.items():
            if isinstance(value, HeldFile) and value.id is None:
                row = StoredFile(file=value.content)
                row.save()
                each[name] = replace(value, id=row.pk)


def drop(inputs: Iterable[dict[str, Any]]) -> None:
    """Let go of what was just stored for calls that have been refused since, while others of their batch go on."""
    held = (value for each in inputs for value in each.values() if isinstance(value, HeldFile))
    if keys := [value.id for value in held if value.content is not None]:
        StoredFile._base_manager.filter(pk__in=keys).delete()
