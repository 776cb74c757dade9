"""Files that hang on what stands in a timeline: each is told of with its entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from markupsafe import Markup

from bihuan.core.access import Actor, among, hanging
from bihuan.core.attached import Attachment
from bihuan.core.desk import Desk
from bihuan.web.picture import is_picture


class Enclosed(NamedTuple):
    """A file as its link, and the address of the picture where it is one."""

    link: Markup
    image: str


def enclosed(key: int, name: str, media_type: str) -> Enclosed:
    url = reverse("file", args=[key])
    link = Markup('<a class="link" href="{}" download>{}</a>').format(url, name)
    return Enclosed(link, f"{url}?inline" if is_picture(media_type) else "")


def encloses(desk: Desk) -> Exists:
    """Whether any file hangs on a record of the query around this."""
    return Exists(among(Attachment, archived=False).filter(about=desk.slug, about_id=OuterRef("pk")))


def files_of(actor: Actor, desk: Desk, keys: Sequence[int]) -> dict[int, list[Enclosed]]:
    """The files that hang on records that the actor has found, the oldest first. One query, none where there are no keys."""
    found: dict[int, list[Enclosed]] = {}
    rows = hanging(actor, Attachment, Q(about=desk.slug, about_id__in=keys), ("about",)).order_by("pk")
    for owner, key, name, media_type in rows.values_list("about_id", "pk", "name", "media_type") if keys else ():
        found.setdefault(owner, []).append(enclosed(key, name, media_type))
    return found
