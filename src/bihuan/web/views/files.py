"""Handing out files: to whoever sees the record that one hangs on or is held by, as a download, never as a page of ours."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from bihuan.core import kind
from bihuan.core.access import Actor, find
from bihuan.core.attached import Attachment
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.core.past import file_held
from bihuan.web.picture import media_type_of
from bihuan.web.views.door import record_of

R = TypeVar("R", bound=HttpResponseBase)

#: What a file may do if a browser opens it all the same: nothing.
POLICY = "default-src 'none'; sandbox"


@require_safe
def file(request: HttpRequest, key: int) -> HttpResponseBase:
    """A file that hangs on a record. With `inline` a picture is shown, if its content really is one."""
    attachment = find(request.actor, Attachment, key)  # type: ignore[attr-defined]
    return handed_out(attachment.file, attachment.name, inline="inline" in request.GET)


@require_safe
def held(request: HttpRequest, slug: str, key: int, name: str, id: int) -> HttpResponseBase:
    """A file that a field of a record holds or has held. Whoever sees not the whole of the field finds none."""
    desk, record = record_of(request, slug, key)
    return held_by(request.actor, desk, record, name, id, inline="inline" in request.GET)  # type: ignore[attr-defined]


def held_by(actor: Actor, desk: Desk, record: Any, name: str, id: int, *, inline: bool = False) -> HttpResponseBase:
    """The same for a record that the actor has found. Raises NotFound."""
    field = desk.fields(actor).get(name)
    found = file_held(record, field, id) if field is not None and isinstance(field.kind, kind.File) else None
    if found is None:
        raise NotFound()
    return handed_out(found.stored, found.name, inline=inline)


def handed_out(stored: FieldFile, name: str, *, inline: bool = False) -> HttpResponseBase:
    """The content under the name that it was sent by. Raises NotFound where it is gone."""
    try:
        content = stored.open("rb")
    except (FileNotFoundError, ValueError):  # gone, or a row that never had one
        raise NotFound() from None
    picture = media_type_of(content.read(12)) if inline else ""
    content.seek(0)
    media_type = picture or "application/octet-stream"
    return sealed(FileResponse(content, as_attachment=not picture, filename=name, content_type=media_type))


def sealed(response: R) -> R:
    """The answer, so that a browser neither guesses what the file is nor lets it act."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, max-age=600"
    return response


paths = [
    path("files/<int:key>", file, name="file"),
    path("<slug:slug>/<int:key>/file/<str:name>/<int:id>", held, name="held_file"),
]
