"""The commands every object has: create, update, archive, restore, assign, move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import custom, event, kind
from bihuan.core import stage as stages
from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.merge.models import merged_into
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import desk_of


def _is_made_by_hand(desk: Desk) -> bool:
    return desk.made_by == "create"


@command(
    None, label=_("Create"), icon="plus", creates=True, fits=_is_made_by_hand, local=True,
    labels={"anyway": _("It is another one: make it anyway")},
)  # fmt: skip
def create(record: models.Model, *, by: Actor, anyway: bool = False, **values: Any) -> Iterable[event.Event]:
    """Make a new record; `anyway` also where it looks like one that is there."""
    give(record, values)
    custom.start(desk_of(record), record, values)
    if isinstance(record, OwnedRecord) and "owner" not in values:
        record.owner_id = by.user_id
    record.fill(by)
    if desk_of(record).stage_field:
        yield from begin(record, by)


def begin(record: models.Model, by: Actor) -> Iterable[event.Event]:
    """Let a new record enter its stage, by default the first of the object's first pipeline."""
    desk = desk_of(record)
    attname = f"{desk.stage_field}_id"
    here = stages.step(getattr(record, attname) or 0) or next(iter(stages.steps(desk.slug)), None)
    if here is None:
        raise Refused(_now("There is no pipeline for this yet; an administrator sets one up."), desk.stage_field)
    setattr(record, attname, here.id)
    return record.entered(here, by)


@command(None, label=_("Edit"), icon="pencil", needs="edit", local=True)
def update(record: models.Model, *, by: Actor, **values: Any) -> Iterable[event.Event]:
    """Give fields of a record other values."""
    give(record, values)
    return [event.Changed(desk_of(record).slug, record.pk, tuple(values))]


@command(None, label=_("Archive"), icon="archive", local=True)
def archive(record: models.Model, *, by: Actor) -> Iterable[event.Event]:
    """Put the record into the recycle bin; nothing is deleted."""
    if record.archived_at is not None:
        raise Refused(_now("This record is archived already."))
    record.archived_at = timezone.now()
    return [event.Archived(desk_of(record).slug, record.pk)]


@command(None, label=_("Restore"), icon="archive-restore", needs="archive", local=True)
def restore(record: models.Model, *, by: Actor) -> Iterable[event.Event]:
    """Take the record out of the recycle bin."""
    if record.archived_at is None:
        raise Refused(_now("This record is not archived."))
    if merged_into(desk_of(record).slug, record.pk) is not None:
        raise Refused(_now("This record was merged into another one; undo the merge there."))
    record.archived_at = None
    return [event.Restored(desk_of(record).slug, record.pk)]


def _is_owned(desk: Desk) -> bool:
    return issubclass(desk.model, OwnedRecord)


@command(None, label=_("Change owner"), icon="user-round-pen", fits=_is_owned, local=True)
def assign(record: OwnedRecord, *, by: Actor, owner: int) -> Iterable[event.Event]:
    """Hand the record over to someone else."""
    former, record.owner_id = record.owner_id, owner
    return [event.Assigned(desk_of(record).slug, record.pk, owner, former, by.user_id)]


def _has_stages(desk: Desk) -> bool:
    return bool(desk.stage_field)


@command(None, label=_("Move to stage"), icon="git-commit-horizontal", needs="edit", fits=_has_stages, local=True)
def move(record: models.Model, *, by: Actor, stage: int, **values: Any) -> Iterable[event.Event]:
    """Bring the record to another stage, giving what that stage asks for."""
    give(record, values)
    return enter(record, stage, by)


def enter(record: models.Model, stage_id: int, by: Actor) -> Iterable[event.Event]:
    """Set the stage of a record and let it react; returns what happened."""
    desk = desk_of(record)
    former = getattr(record, f"{desk.stage_field}_id")
    goal = stages.step(stage_id)
    if goal is None or goal.object != desk.slug:
        raise Refused(_now("There is no such stage."), desk.stage_field)
    setattr(record, f"{desk.stage_field}_id", stage_id)
    if former == stage_id:
        return []
    return [*record.entered(goal, by), event.Moved(desk.slug, record.pk, stage_id, former)]


def give(record: models.Model, values: dict[str, Any]) -> None:
    """Set fields of a record from checked values; several links are kept for the writer."""
    fields = desk_of(record).own_fields
    for name, value in values.items():
        each = fields[name]
        if each.custom:
            custom.put(record, each, value)
        elif isinstance(each.kind, kind.Links):
            record.__dict__.setdefault("_links", {})[name] = value
        else:
            setattr(record, each.attname, value)
