"""Where the records of a blueprint come from and go to: ordinarily those of a desk, by the commands that everybody uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db import models

from bihuan.core import audit, registry
from bihuan.core.access import Actor
from bihuan.core.batch import Call
from bihuan.core.run import do, run
from bihuan.core.verbs import create, restore, update

#: Field name to what a command is given for it.
Inputs = Mapping[str, Any]


class Source(Protocol):
    """What a part needs done with its records. Only what has a history can be brought back to a past moment."""

    has_history: bool

    def records(self, model: type[models.Model], before: int | None) -> list[Any]:
        """Every record, in the firm's order, as it is or as it was before an entry of the audit; `_keys` holds links."""

    def is_active(self, record: Any) -> bool:
        """Whether a record is in use."""

    def create(self, model: type[models.Model], inputs: Sequence[Inputs], by: Actor) -> Sequence[Any]: ...

    def update(self, model: type[models.Model], changes: Sequence[tuple[Any, Inputs]], by: Actor) -> None: ...

    def restore(self, record: Any, by: Actor) -> None: ...

    def remove(self, record: Any, by: Actor, goal: int | None) -> None: ...


class Recorded:
    """The records of a desk. `by_command` are fields that a command of their own sets: field to command."""

    has_history = True

    def __init__(self, **by_command: str) -> None:
        self.by_command = by_command

    def records(self, model: type[models.Model], before: int | None) -> list[Any]:
        ordering = ("order", "pk") if hasattr(model, "order") else ("pk",)
        found = list(model._base_manager.order_by(*ordering))
        for record in found:
            record.__dict__["_keys"] = {}
        for column in model._meta.many_to_many:
            _hold_links(column, {record.pk: record for record in found})
        if before is not None:
            found = _as_before(model, found, before)
            found.sort(key=lambda record: tuple(getattr(record, name) for name in ordering))
        return found

    def is_active(self, record: Any) -> bool:
        return record.archived_at is None

    def create(self, model: type[models.Model], inputs: Sequence[Inputs], by: Actor) -> Sequence[Any]:
        own = [{name: value for name, value in each.items() if name not in self.by_command} for each in inputs]
        made = run(create, [Call(each) for each in own], by=by, on=model).records
        for record, each in zip(made, inputs, strict=True):
            self._command(record, each, by)
        return made

    def update(self, model: type[models.Model], changes: Sequence[tuple[Any, Inputs]], by: Actor) -> None:
        own = [
            Call({name: value for name, value in each.items() if name not in self.by_command}, record)
            for record, each in changes
        ]
        if calls := [call for call in own if call.inputs]:
            run(update, calls, by=by, on=model)
        for record, each in changes:
            self._command(record, each, by)

    def _command(self, record: Any, inputs: Inputs, by: Actor) -> None:
        commands = registry.commands(registry.desk_of(record))
        for name, command in self.by_command.items():
            if name in inputs:
                do(commands[command], record.pk, by=by, on=type(record), **{name: inputs[name]})

    def restore(self, record: Any, by: Actor) -> None:
        do(restore, record, by=by)

    def remove(self, record: Any, by: Actor, goal: int | None) -> None:
        command = registry.commands(registry.desk_of(record))["archive"]
        do(command, record, by=by, **({"goal": goal} if goal is not None else {}))


def _hold_links(column: Any, records: Mapping[int, Any]) -> None:
    """Give every record the ids that a column of several links holds."""
    through = column.remote_field.through._base_manager.order_by("pk")
    for key, other in through.values_list(f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"):
        held = records[key].__dict__["_keys"]
        held[column.name] = [*held.get(column.name, ()), other]


def _as_before(model: type[models.Model], records: Iterable[Any], before: int) -> list[Any]:
    """The records as they stood before an entry of the audit: what was done since is taken back, the last first."""
    known = {record.pk: record for record in records}
    entries = audit.AuditEntry.objects.filter(object=model._meta.model_name, id__gte=before).order_by("-id")
    for key, version, changes in entries.values_list("record_id", "version", "changes"):
        record = known.get(key)
        if record is None:
            continue
        if version == 1:
            del known[key]
            continue
        for name, (former, _latter) in changes.items():
            column = model._meta.get_field(name)
            if column.many_to_many:
                record.__dict__["_keys"][name] = former
            else:
                setattr(record, column.attname, column.to_python(former) if not column.is_relation else former)
    return list(known.values())
