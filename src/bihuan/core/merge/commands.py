"""Merging records, field by field, and taking a merge back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import audit, kind, registry, told, verbs
from bihuan.core.access import Actor, find, permits, visible
from bihuan.core.batch import Call
from bihuan.core.command import command
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.event import Event, Merged, Unmerged
from bihuan.core.field import Field
from bihuan.core.merge import links
from bihuan.core.merge.models import Merge, MergedRecord, merged_into
from bihuan.core.run import run

#: So many records become one at a time.
MOST = 10
BLANK = (None, "", ())
#: What one must be granted on every record that goes into another one.
ACTS = ("merge", "edit", "archive")


def may_be_merged(desk: Desk) -> bool:
    """Whether the records of an object may turn out to be one."""
    return bool(desk.duplicates)


def fields_of(desk: Desk, by: Actor) -> dict[str, Field]:
    """The fields that may be taken from one record or another: what the actor may edit, but for what is unique."""
    fields = desk.inputs(by, creating=False)
    return {name: each for name, each in fields.items() if not each.unique and not isinstance(each.kind, kind.Links)}


def preferred(fields: Mapping[str, Field], records: Sequence[Any]) -> dict[str, int]:
    """For each field, whose value stands if nobody says otherwise: the first record's, else the newest that is filled.

    An amount is taken over only together with its currency.
    """
    first, *others = records
    others.sort(key=lambda record: record.changed_at, reverse=True)
    chosen = {}
    for name, each in fields.items():
        filled = (record for record in (first, *others) if each.value_of(record) not in BLANK)
        fitting = (record for record in filled if _currency(each, record) == _currency(each, first))
        chosen[name] = next(fitting, first).pk
    return chosen


def _currency(field: Field, record: Any) -> str:
    return getattr(record, field.currency) if field.currency else ""


# ---------------------------------------------------------------------- merging


@command(
    None, label=_("Merge"), icon="merge", fits=may_be_merged, is_offered=False, told=True, joins="others",
    labels={"others": _("Records that go into this one"), "choices": _("Whose value stands, by field")},
)  # fmt: skip
def merge(record: Any, *, by: Actor, others: tuple[int, ...], choices: dict[str, int] | None = None) -> Iterable[Event]:
    """Make one record of several: the others go into this one with everything that points to them."""
    desk = registry.desk_of(record)
    merged = _taken_in(desk, record, by, others)
    _refuse_odd(desk, record)
    keys = [each.pk for each in merged]
    before = {name: each.value_of(record) for name, each in fields_of(desk, by).items()}
    run(verbs.archive, [Call({}, key) for key in keys], by=by, on=desk.model)
    _take_values(desk, by, record, merged, choices or {})
    after = {name: each.value_of(record) for name, each in fields_of(desk, by).items()}
    journal = Merge.objects.create(
        object=desk.slug, survivor=record.pk, values=audit.difference(before, after), at=timezone.now(), by=by.user_id
    )
    MergedRecord.objects.bulk_create(MergedRecord(merge=journal, object=desk.slug, record_id=key) for key in keys)
    links.move(desk, journal, keys, by)
    return [Merged(desk.slug, record.pk, tuple(keys), by.user_id)]


def _taken_in(desk: Desk, record: Any, by: Actor, others: Sequence[int]) -> list[Any]:
    """The records that go into this one, all of them the actor's to edit and to archive."""
    keys = list(dict.fromkeys(others))
    if record.pk in keys:
        raise Refused(_now("A record cannot be merged with itself."), "others")
    if not 1 <= len(keys) < MOST:
        raise Refused(_now("Between two and %(most)d records can be merged at a time.") % {"most": MOST}, "others")
    found = [find(by, desk.model, key) for key in keys]
    for each in found:
        _refuse_odd(desk, each)
        if not all(permits(by, each, act) for act in ACTS):
            raise Forbidden()
    return found


def _refuse_odd(desk: Desk, record: Any) -> None:
    """A record that somebody has merged or archived meanwhile."""
    if record.archived_at is None:
        return
    told = {"title": desk.title_of(record)}
    if merged_into(desk.slug, record.pk) is not None:
        raise Refused(_now("“%(title)s” has been merged with another record already.") % told)
    raise Refused(_now("“%(title)s” lies in the recycle bin.") % told)


def _take_values(desk: Desk, by: Actor, record: Any, merged: Sequence[Any], choices: Mapping[str, Any]) -> None:
    """Give the survivor the chosen values. Raises Refused for a choice that is none."""
    fields = fields_of(desk, by)
    sources = {each.pk: each for each in (record, *merged)}
    chosen = preferred(fields, [record, *merged]) | {name: kind.read_key(key) for name, key in choices.items()}
    for name, key in chosen.items():
        if name not in fields or key not in sources:
            raise Refused(_now("There is no field “%(name)s” to fill here.") % {"name": name}, "choices")
    values = {name: fields[name].value_of(sources[key]) for name, key in chosen.items()}  # type: ignore[index]
    for name, value in values.items():
        each = fields[name]
        if each.target is desk.model and value in sources:
            value = None  # what led from one of them to another would lead to itself
        if value not in BLANK and each.currency:
            _refuse_mixed(each, sources[chosen[name]], values.get(each.currency, _currency(each, record)))  # type: ignore[index]
        verbs.give(record, {name: value})


def _refuse_mixed(field: Field, source: Any, currency: str) -> None:
    """An amount keeps its currency, so both are taken from records of the same one."""
    if _currency(field, source) != currency:
        told = {"field": field.label, "currency": _currency(field, source)}
        raise Refused(_now("“%(field)s” is an amount in %(currency)s; choose that currency too.") % told, "choices")


# ---------------------------------------------------------------------- taking it back


@command(
    None, label=_("Undo the merge"), icon="undo-2", needs="merge", fits=may_be_merged, is_offered=False, told=True,
    labels={"merge": _("Merge")},
)  # fmt: skip
def unmerge(record: Any, *, by: Actor, merge: int | None = None) -> Iterable[Event]:
    """Make several records of one again, by default those merged last; what was changed since stays as it is."""
    desk = registry.desk_of(record)
    journal = _journal_of(desk, record, merge)
    keys = list(journal.records.order_by("record_id").values_list("record_id", flat=True))
    if len(visible(by, desk.model, "edit", archived=None).filter(pk__in=keys)) < len(keys):
        raise NotFound()
    journal.kept = _give_back(desk, record, journal.values)
    journal.undone_at = timezone.now()
    journal.save(update_fields=["kept", "undone_at"])
    run(verbs.restore, [Call({}, key) for key in keys], by=by, on=desk.model)
    links.move_back(desk, journal, by)
    return [Unmerged(desk.slug, record.pk, tuple(keys), by.user_id)]


def _journal_of(desk: Desk, record: Any, key: int | None) -> Merge:
    """The merge to take back. Raises Refused where that is no longer possible."""
    into_this = Merge.objects.filter(object=desk.slug, survivor=record.pk).order_by("-id")
    journal = into_this.filter(**{"undone_at": None} if key is None else {"pk": key}).first()
    if journal is None:
        raise NotFound()
    if journal.undone_at is not None:
        raise Refused(_now("This merge has been undone already."))
    if not journal.can_be_undone:
        raise Refused(_now("A merge can be undone within 30 days."))
    _refuse_odd(desk, record)
    return journal


def _give_back(desk: Desk, record: models.Model, values: Mapping[str, Sequence[Any]]) -> list[str]:
    """Set fields back to what they held before the merge; returns those that somebody has changed since."""
    kept = []
    for name, (before, after) in values.items():
        each = desk.own_fields.get(name)
        if each is None:  # a field of the firm's own that went out of use
            continue
        now = audit.plain(each.value_of(record))
        if now == after:
            value = told.custom_value(each.custom, before) if each.custom else told.value(each.column, before)
            verbs.give(record, {name: value})
        elif now != before:
            kept.append(name)
    return kept
