"""Handing out files that hang on records: to whoever sees the record, as a download, never as a page of ours."""

from __future__ import annotations

from typing import TypeVar

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from bihuan.core.access import find
from bihuan.core.attached import Attachment
from bihuan.core.errors import NotFound
from bihuan.web.picture import media_type_of

R = TypeVar("R", bound=HttpResponseBase)

#: What a file may do if a browser opens it all the same: nothing.
POLICY = "default-src 'none'; sandbox"


@require_safe
def file(request: HttpRequest, key: int) -> HttpResponseBase:
    """A file. With `inline` a picture is shown, if its content really is one."""
    attachment = find(request.actor, Attachment, key)  # type: ignore[attr-defined]
    try:
        content = attachment.file.open("rb")
    except (FileNotFoundError, ValueError):  # gone, or a row that never had one
        raise NotFound() from None
    picture = media_type_of(content.read(12)) if "inline" in request.GET else ""
    content.seek(0)
    media_type = picture or "application/octet-stream"
    return sealed(FileResponse(content, as_attachment=not picture, filename=attachment.name, content_type=media_type))


def sealed(response: R) -> R:
    """The answer, so that a browser neither guesses what the file is nor lets it act."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, max-age=600"
    return response


paths = [path("files/<int:key>", file, name="file")]
