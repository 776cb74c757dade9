"""Notes and files that hang on any record, seen by whoever sees that record."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files import File
from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.columns import AboutField
from bihuan.core.command import command
from bihuan.core.desk import Desk, Stream
from bihuan.core.event import Event
from bihuan.core.held_file import NAME_LENGTH, name_of, stored_under
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import Record
from bihuan.core.registry import register


class Attached(Record):
    """What hangs on another record: `about` is its object's slug, `about_id` its key."""

    about = AboutField()
    about_id = models.BigIntegerField(_("Record"), null=True, blank=True)

    class Meta:
        abstract = True


class Note(Attached):
    """A remark about a record."""

    text = models.TextField(_("Text"))
    pinned = models.BooleanField(_("Pinned"), default=False)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["about", "about_id", "-id"], name="note_about")]


@register(Note)
class NoteDesk(Desk):
    icon = "sticky-note"
    title = "text"
    columns = ("text", "pinned", "created_at", "created_by")
    search = {"text": 3}
    stream = Stream(at="created_at", text="text", tab="notes", pinned="pinned")
    through = ("about",)
    personal = Personal(("text",), of=("about",))


class Attachment(Attached):
    """A file that belongs to a record. Handed out as a download only."""

    name = models.CharField(_("File name"), max_length=NAME_LENGTH)
    file = models.FileField(upload_to=stored_under, max_length=100, editable=False)
    size = models.PositiveBigIntegerField(_("Size"), default=0)
    media_type = models.CharField(_("Kind of file"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["about", "about_id", "-id"], name="attachment_about")]


@register(Attachment)
class AttachmentDesk(Desk):
    icon = "paperclip"
    made_by = "attach"
    columns = ("name", "size", "media_type", "created_at", "created_by")
    search = {"name": 4}
    stream = Stream(at="created_at", text="name", tab="notes")
    through = ("about",)
    personal = Personal(("name", "file"), of=("about",))


@command(
    Attachment,
    label=_("Attach a file"),
    icon="paperclip",
    needs="create",
    creates=True,
    is_offered=False,
    labels={"file": _("File")},
)
def attach(attachment: Attachment, *, by: Actor, about: str, about_id: int, file: File) -> Iterable[Event]:
    """Hang a file on a record; whoever sees the record may download it."""
    attachment.about, attachment.about_id = about, about_id
    attachment.name = name_of(file)
    attachment.size, attachment.media_type = file.size, getattr(file, "content_type", None) or ""
    attachment.file = file
    return []
