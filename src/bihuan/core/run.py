"""`run`: the only door to a change.

    lock → grant → version → state → clean → weigh → verb → validate → duplicates → write → sight → audit → events →
    search → rollups

Everything happens once per batch, in one transaction; one record is a batch of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from bihuan.core import audit, configuration, custom, event, held_file, indexing, registry, rollup, stay, tally, write
from bihuan.core.access import SYSTEM, Actor, hung_on, reaches_all_seen, scope_of, seen, visible
from bihuan.core.batch import Call, Entry, Outcome
from bihuan.core.clean import clean_inputs, validate
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.duplicates import check
from bihuan.core.duplicates import index as match_keys
from bihuan.core.errors import Forbidden, NotFound, Refused, Stale


class _Rerun(Exception):
    """Some entries turned out bad after writing: roll back and do the others again."""


def run(
    command: Command, calls: Sequence[Call], *, by: Actor, on: type[models.Model] | None = None, partial: bool = False
) -> Outcome:
    """Carry out a command on a batch, all of it in one transaction.

    Refusals roll everything back and the first is raised; with `partial` the refused calls are reported and the
    others done.
    """
    if by.reads_only:
        raise Forbidden()
    desk = registry.desk_of(command.model or on or type(calls[0].record))
    refused: dict[int, Refused] = {}
    while True:
        entries = [Entry(index, call) for index, call in enumerate(calls) if index not in refused]
        try:
            with transaction.atomic():
                for each in _rounds(entries):
                    Batch(command, desk, by, each, partial).carry_out()
                refused |= {entry.index: entry.refusal for entry in entries if entry.refusal is not None}
                if refused and not partial:
                    raise refused[min(refused)]
        except _Rerun:
            refused |= {entry.index: entry.refusal for entry in entries if entry.refusal is not None}
            if not partial:
                raise refused[min(refused)] from None
            continue
        except IntegrityError:
            return _one_by_one(command, calls, by=by, on=desk.model, partial=partial)
        break
    records = {entry.index: entry.record for entry in entries if entry.refusal is None}
    return Outcome([records.get(index) for index in range(len(calls))], refused)


def do(
    command: Command,
    record: Any = None,
    *,
    by: Actor,
    on: type[models.Model] | None = None,
    version: int | None = None,
    **inputs: Any,
) -> Any:
    """Carry out a command once; returns the record. Raises what refused it."""
    outcome = run(
        command,
        [Call(inputs, record, version)],
        by=by,
        on=on or (type(record) if isinstance(record, models.Model) else None),
    )
    return outcome.records[0]


def _rounds(entries: Sequence[Entry]) -> Iterable[list[Entry]]:
    """The calls of a batch in rounds in which no record stands twice: a second change sees what the first one did."""
    rounds: list[list[Entry]] = []
    times: Counter[int] = Counter()
    for entry in entries:
        place = times[entry.key] if entry.key else 0
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(entry)
        times.update([entry.key] if entry.key else ())
    return rounds


def _one_by_one(
    command: Command, calls: Sequence[Call], *, by: Actor, on: type[models.Model], partial: bool
) -> Outcome:
    """After the database refused a batch (somebody saved the same key just now): find out which call it was."""
    if len(calls) == 1:
        taken = Refused(_("Somebody saved a record with the same key at the same moment."))
        if not partial:
            raise taken
        return Outcome([None], {0: taken})
    if not partial:
        raise Refused(_("Somebody saved a record with the same key at the same moment."))
    outcome = Outcome([], {})
    for index, call in enumerate(calls):
        single = run(command, [call], by=by, on=on, partial=True)
        outcome.records += single.records
        if single.refusals:
            outcome.refusals[index] = single.refusals[0]
    return outcome


@dataclass(slots=True)
class Batch:
    """The calls of one command on one object, carried out together."""

    command: Command
    desk: Desk
    by: Actor
    entries: list[Entry]
    partial: bool

    @property
    def live(self) -> list[Entry]:
        """Entries that nothing has refused yet."""
        return [entry for entry in self.entries if entry.refusal is None]

    def carry_out(self) -> None:
        if self.command.creates:
            self.begin()
        else:
            self.load()
        self.admit()
        clean_inputs(self.command, self.desk, self.by, self.live)
        held_file.store(entry.inputs for entry in self.live)
        self.call()
        if self.command.creates:
            self.desk.model.fill_all([entry.record for entry in self.live])
        custom.work_out(self.desk, self.live)
        for entry in self.live:
            entry.record.settle()
        if not self.command.forgets:
            validate(self.desk, self.by, self.live)
        check.refuse(self.desk, self.by, self.live)
        held_file.drop(entry.inputs for entry in self.entries if entry.refusal is not None)
        changed = write.save(self.desk, self.live, self.by, always=self.command.told)
        self.keep_in_sight(changed)
        self.keep_to_ones_own(changed)
        self.remember(changed)

    def begin(self) -> None:
        """Blank records for a command that creates."""
        if not self.command.fits(self.desk) or not self.by.rows(self.desk.slug, self.command.needs):
            raise Forbidden()
        for entry in self.entries:
            entry.record = self.desk.model()

    def load(self) -> None:
        """Lock the records and those they are joined with, in one order so that two batches cannot wait for each other."""
        keys = {entry.key for entry in self.entries if entry.key is not None}
        keys |= {key for entry in self.entries for key in entry.joined(self.command.joins)}
        rows = visible(self.by, self.desk.model, archived=None).filter(pk__in=keys).order_by("pk")
        if connection.features.has_select_for_update_of:
            rows = rows.select_for_update(of=("self",))
        found = {record.pk: record for record in rows}
        for entry in self.entries:
            entry.record = found.get(entry.key)
            if entry.record is None:
                entry.refusal = NotFound()
            else:
                entry.before = write.snapshot(entry.record)

    def admit(self) -> None:
        """Grant, state and version of every entry."""
        allowed = self.rows_granted()
        for entry in self.live:
            if entry.is_new:
                continue
            if allowed is not None and entry.record.pk not in allowed:
                entry.refusal = Forbidden()
            elif self.command.states and entry.record.state not in self.command.states:
                entry.refusal = Refused(
                    _("This cannot be done in the state “%(state)s”.")
                    % {"state": self.desk.fields(self.by)["state"].states[entry.record.state]}
                )
            elif entry.call.version not in (None, entry.record.version):
                entry.refusal = self.conflict(entry)

    def rows_granted(self) -> set[int] | None:
        """Ids the actor may do this on; None when that is every row it sees."""
        if self.command.creates:
            return None
        granted = self.by.rows(self.desk.slug, self.command.needs)
        if not granted:
            return set()
        if granted.every or (reaches_all_seen(self.by, self.desk, self.command.needs) and not self.desk.through):
            return None
        return seen(self.by, self.desk.model, [entry.record.pk for entry in self.live], self.command.needs)

    def conflict(self, entry: Entry) -> Stale | None:
        """A stale save is refused only where somebody changed one of the same fields since, unless it must be exact."""
        since = audit.changed_since(self.desk.slug, entry.record.pk, entry.call.version or 0)
        both = since if entry.call.exact else since & set(entry.call.inputs)
        fields = self.desk.fields(self.by)
        theirs = {name: fields[name].value_of(entry.record) for name in both if name in fields}
        if entry.call.exact:
            return Stale(entry.record, theirs)
        same = {name for name, value in theirs.items() if _same(fields[name], entry.call.inputs[name], value)}
        return Stale(entry.record, theirs) if both - same else None

    def call(self) -> None:
        """The verb, record by record; one that may write elsewhere has a savepoint, so that a refusal leaves nothing."""
        if self.command.weigh:
            self.command.weigh(self.live, self.by)
        for entry in self.live:
            try:
                if self.partial and not self.command.local:
                    with transaction.atomic():
                        self.call_one(entry)
                else:
                    self.call_one(entry)
            except Refused as refusal:
                entry.refusal = refusal

    def call_one(self, entry: Entry) -> None:
        if self.command.internal and self.by is not SYSTEM:
            raise Forbidden()
        entry.events = list(self.command.verb(entry.record, by=self.by, **entry.inputs) or ())
        if self.command.to:
            entry.record.state = self.command.to

    def keep_to_ones_own(self, changed: list[Entry]) -> None:
        """What is more than a remark is hung only on what one may do that with."""
        made = {entry.record.pk: entry for entry in changed if entry.is_new}
        scope = hung_on(self.by, self.desk, self.desk.hung_by) if made and self.desk.hung_by != "view" else None
        if scope is None:
            return
        allowed = self.desk.model._base_manager.filter(scope, pk__in=made) if scope else ()
        for key in made.keys() - {record.pk for record in allowed}:
            made[key].refusal = Forbidden()
        if any(entry.refusal for entry in made.values()):
            raise _Rerun()

    def keep_in_sight(self, changed: list[Entry]) -> None:
        """Nobody saves a record out of their own sight, except by handing it over."""
        if self.command.needs == "assign" or scope_of(self.by, self.desk, "view") is None or not changed:
            return
        keys = {entry.record.pk: entry for entry in changed}
        kept = seen(self.by, self.desk.model, keys)
        for key, entry in keys.items():
            if key not in kept:
                entry.refusal = Refused(
                    _("After this you would no longer see the record yourself; ask someone whose reach is wider.")
                )
        if len(kept) < len(keys):
            raise _Rerun()

    def remember(self, changed: list[Entry]) -> None:
        """Audit, stays, events, search entries, match keys, rollups and the epoch of what processes remember."""
        write.audit_entries(self.command, self.desk, changed, self.by)
        stay.keep(self.desk, changed, self.by)
        event.publish(self.happened())
        written = [(entry.record, entry.changes) for entry in changed]
        indexing.refresh(self.desk, written)
        match_keys.refresh(self.desk, written)
        relatives = [(entry.former, entry.record) for entry in changed]
        rollup.maintain(self.desk, relatives, is_followed=self.command.local)
        tally.keep(self.desk, relatives)
        if changed and (self.desk.configuration or self.desk.in_memory):
            configuration.changed()

    def happened(self) -> Iterable[event.Event]:
        """The verbs' own events; creations get their record's number only now."""
        for entry in self.live:
            if entry.is_new:
                yield event.Created(self.desk.slug, entry.record.pk)
            for each in entry.events:
                if isinstance(each, event.Changed):
                    if not entry.changes:
                        continue
                    each = event.Changed(each.object, each.record_id, tuple(entry.changes))
                yield each if each.record_id else replace(each, record_id=entry.record.pk)


def _same(known: Any, typed: Any, stored: Any) -> bool:
    """Whether what was typed is what is stored anyway."""
    try:
        return known.check(known.parse(typed)) == stored
    except Refused:
        return False
