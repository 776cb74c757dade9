"""A record as it was at any moment: what was done since is taken back on a copy of it, by the audit.

Who may see it, and which of its fields, is what it is now. Figures about relatives, and what is worked out against the
present day, are not told of the past: nobody wrote them down.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from bihuan.core import audit, kind, told
from bihuan.core.access import Actor, find
from bihuan.core.audit import SECRET, AuditEntry
from bihuan.core.custom import PREFIX, CustomField
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.held_file import HeldFile
from bihuan.core.stored import stored

#: The last moment that is one in every time zone.
LAST = datetime(9999, 12, 30, tzinfo=UTC)


def as_of(actor: Actor, desk: Desk, key: Any, moment: datetime) -> Any:
    """A copy of a record as it was; read it by `desk.fields(actor)` and never save it.

    A record that was brought along from elsewhere was, before that, what it was brought along as. Raises NotFound, and
    Refused for a moment at which there was no such record.
    """
    record: Any = find(actor, desk.model, key)
    own = AuditEntry.objects.filter(object=desk.slug, record_id=record.pk)
    last = own.filter(at__lte=moment).order_by("-id").first()
    if last is None:
        if moment < record.created_at:
            raise Refused(_("There was no such record at that time yet."))
        last = own.order_by("id").first()
    since = own.filter(at__gt=moment, version__gt=1).order_by("-id")
    _take_back(desk, record, audit.undone(since.values_list("changes", flat=True)))
    if last is not None:
        record.version, record.changed_at, record.changed_by_id = last.version, last.at, last.actor_id
    for name in told.figures(desk):
        setattr(record, name, None)
    return record


def read_moment(text: str) -> datetime:
    """The moment that a text names; one that goes no further than seconds is the end of its second. Raises Refused."""
    found = Field("moment", "", kind.Moment(), "").parse(text)
    if found is None:
        raise Refused(_("Say which moment."))
    return min(found.replace(microsecond=found.microsecond or 999_999), LAST)


def untold(desk: Desk) -> frozenset[str]:
    """The fields of which nothing is known of the past."""
    return told.figures(desk) | {each.name for each in desk.computed}


def file_held(record: Any, field: Field, key: int) -> HeldFile | None:
    """The file with this id, if the record holds it in this field or did so once."""
    now = field.value_of(record)
    if now is not None and now.id == key:
        return now
    slug = record._meta.model_name
    own = AuditEntry.objects.filter(object=slug, record_id=record.pk, changes__has_key=field.name).order_by("-id")
    sides = (side for changes in own.values_list("changes", flat=True) for side in changes[field.name])
    return next((HeldFile.of(side) for side in sides if side and side != SECRET and side["id"] == key), None)


def neighbours(desk: Desk, record: Any, moment: datetime) -> tuple[datetime | None, datetime | None]:
    """When the record was changed before the change that made it what it was at that moment, and when after it."""
    own = AuditEntry.objects.filter(object=desk.slug, record_id=record.pk)
    times = list(own.filter(at__lte=moment).order_by("-at").values_list("at", flat=True)[:2])
    after = own.filter(at__gt=moment).order_by("at").values_list("at", flat=True).first()
    return (times[1] if len(times) > 1 else None), after


def _take_back(desk: Desk, record: Any, former: dict[str, Any]) -> None:
    """Set fields to what the audit tells that they held."""
    columns, secrets = told.columns(desk.model), told.secrets(desk.model)
    links = {column.name: column for column in desk.model._meta.many_to_many}
    keys = _custom_keys(desk) if any(name.startswith(PREFIX) for name in former) else {}
    for name, plain in former.items():
        if name in columns and name not in secrets:
            setattr(record, columns[name].attname, told.value(columns[name], plain))
        elif name in links:
            _hold(record, links[name], plain or ())
        elif name in keys:
            value = stored(keys[name], told.custom_value(keys[name], plain))
            record.custom = {**record.custom, keys[name]: value}


def _hold(record: Any, column: Any, keys: Any) -> None:
    """Let a field of several links hold these, as if they had been read along with the record."""
    cache = record.__dict__.setdefault("_prefetched_objects_cache", {})
    cache[column.name] = column.related_model._base_manager.filter(pk__in=list(keys))


def _custom_keys(desk: Desk) -> dict[str, str]:
    """The keys under which custom values are stored, by field name; also of fields that are out of use."""
    return {PREFIX + each.key: each.store for each in CustomField._base_manager.filter(object=desk.slug)}
