"""Kinds of time: days, and points in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core import dates
from bihuan.core.errors import Refused
from bihuan.core.kind.base import Kind

if TYPE_CHECKING:
    from bihuan.core.field import Field


class Date(Kind):
    name = "date"
    operators = ("in", "on", "before", "after", "between", "empty", "filled")
    groupable = True

    def read(self, field: Field, raw: Any) -> date:
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        found = dates.read_date(str(raw))
        if found is None:
            raise Refused(_("“%(text)s” is not a date; write 2026-03-17.") % {"text": raw})
        return found

    def text(self, field: Field, value: Any) -> str:
        return "" if value is None else value.isoformat()


class Moment(Date):
    """A point in time; written and read in the user's time zone, stored in UTC."""

    name = "moment"

    def read(self, field: Field, raw: Any) -> datetime:
        if isinstance(raw, datetime):
            found: datetime | None = raw
        elif isinstance(raw, date):
            found = datetime.combine(raw, time())
        else:
            found = dates.read_moment(str(raw))
        try:
            if found is not None:
                return (found if timezone.is_aware(found) else timezone.make_aware(found)).astimezone(UTC)
        except OverflowError:  # the first or the last day that there is, which is another one in UTC
            pass
        raise Refused(_("“%(text)s” is not a date and time; write 2026-03-17 14:30.") % {"text": raw})

    def text(self, field: Field, value: Any) -> str:
        return "" if value is None else timezone.localtime(value).isoformat(sep=" ", timespec="seconds")[:19]
