"""Files in the API: sent within JSON, handed out as they are."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.api.door import Answer
from bihuan.core.access import Actor, find
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound, Refused
from bihuan.core.field import Field
from bihuan.core.kind import File, Upload
from bihuan.web.views.files import held_by


def with_files(fields: Mapping[str, Field], body: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a body that fits its description, its files as files. Raises Refused."""
    return {name: _file(raw) if isinstance(fields[name].kind, Upload) else raw for name, raw in body.items()}


def _file(raw: dict[str, str] | None) -> ContentFile | None:
    if raw is None:
        return None
    try:
        content = base64.b64decode(raw["content"], validate=True)
    except (binascii.Error, ValueError):
        raise Refused(_("The content of a file is written in base64.")) from None
    file = ContentFile(content, name=raw["name"])
    file.content_type = raw.get("media_type", "")  # type: ignore[attr-defined]
    return file


def with_address(desk: Desk, key: int, field: Field, told: Any) -> Any:
    """What is told of a field of a record; of a file also where it is handed out, if the record itself holds it."""
    if told is None or not isinstance(field.kind, File) or field.via:
        return told
    return told | {"url": reverse("api_file", args=[desk.slug, key, field.name, told["id"]])}


def handed_out(actor: Actor, desk: Desk, key: int | None, name: str, id: int | None) -> Answer:
    """The content of a file that a field of a record holds or has held. Raises NotFound."""
    if id is None:
        raise NotFound()
    return Answer(held_by(actor, desk, find(actor, desk.model, key), name, id))
