"""Where an entry of a timeline stands, and the cursor in an address that says so."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused


class Place(NamedTuple):
    """Where an entry stands: later first, then by source, then by number."""

    at: datetime
    source: int
    id: int


def write_cursor(place: Place) -> str:
    return f"{place.at.timestamp():.6f}-{place.source}-{place.id}"


def read_cursor(text: str) -> Place:
    try:
        at, source, key = text.split("-")
        return Place(datetime.fromtimestamp(float(at), tz=timezone.get_default_timezone()), int(source), int(key))
    except (ValueError, OverflowError):
        raise Refused(_("This page of the timeline no longer exists; start again from the first.")) from None
