"""Kinds of files: one that a command takes, and one that a record holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File as Sent
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused
from bihuan.core.held_file import HeldFile
from bihuan.core.kind.base import Kind

if TYPE_CHECKING:
    from bihuan.core.field import Field


class Upload(Kind):
    """A file that somebody sends; never a text, which could name a file that is not theirs."""

    name = "file"
    operators: tuple[str, ...] = ()

    def read(self, field: Field, raw: Any) -> Any:
        if not isinstance(raw, Sent):
            raise Refused(_("Choose a file."))
        if raw.size > settings.UPLOAD_LIMIT:
            limit = settings.UPLOAD_LIMIT // 2**20
            raise Refused(
                _("“%(name)s” is too large: a file may have up to %(limit)d MB.") % {"name": raw.name, "limit": limit}
            )
        return raw


class File(Upload):
    """A file that a record holds."""

    operators = ("has", "empty", "filled")

    def read(self, field: Field, raw: Any) -> HeldFile:
        return raw if isinstance(raw, HeldFile) else HeldFile.sent(super().read(field, raw))

    def text(self, field: Field, value: Any) -> str:
        """The name, by which people find the file again; no text is read back to a file."""
        return "" if value is None else value.name
