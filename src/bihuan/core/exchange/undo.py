"""Taking a whole import back: everything the audit says it did, the latest first, by the commands that people have.

A record that it made goes to the recycle bin, unless somebody has worked on it since or something hangs on it. A field that it
changed gets its former value back, unless somebody has changed it since. What stays is told with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bihuan.core import audit, link, registry
from bihuan.core.access import Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.columns import AboutField
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.exchange.cells import defused
from bihuan.core.exchange.leftover import SHOWN, Growing, csv_line
from bihuan.core.run import Call, run
from bihuan.core.verbs import archive, assign, move, update

CHUNK = 500


def entries_of(done: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """What the import with this cursor did."""
    return AuditEntry.objects.filter(run=UUID(done["run"]), pk__gt=done["first"], pk__lte=done["last"])


class Undo:
    """Takes back what the import with the cursor `done` did. `cursor` holds everything needed to go on after a crash."""

    def __init__(self, done: Mapping[str, Any], by: Actor, folder: Path, cursor: dict[str, Any]) -> None:
        self.done, self.by, self.cursor = done, by, cursor
        for name in ("entries", "archived", "restored", "stayed"):
            cursor.setdefault(name, 0)
        cursor.setdefault("before", done["last"] + 1)
        cursor.setdefault("shown", [])
        self.runs = [UUID(done["run"]), UUID(cursor.setdefault("run", str(uuid5(UUID(done["run"]), "undo"))))]
        self.stays = Growing(folder / "stays.csv", cursor, "stays_bytes")

    def step(self) -> bool:
        """Take back the next entries, in the caller's transaction; False when there was nothing left to do."""
        entries = list(entries_of(self.done).filter(pk__lt=self.cursor["before"]).order_by("-pk")[:CHUNK])
        with audit.joined(self.runs[1]):
            for (slug, made), group in groupby(entries, lambda each: (each.object, each.version == 1)):
                (self._archive if made else self._set_back)(registry.desk(slug), list(group))
        if entries:
            self.cursor["before"] = entries[-1].pk
            self.cursor["entries"] += len(entries)
        self.stays.flush()
        return bool(entries)

    # ------------------------------------------------------------------ records that were made

    def _archive(self, desk: Desk, entries: Sequence[AuditEntry]) -> None:
        rows = desk.model._base_manager.filter(pk__in=[each.record_id for each in entries], archived_at=None)
        keys = set(rows.values_list("pk", flat=True))
        touched = self._touched_since(desk, keys)
        self._stay(desk, dict.fromkeys(touched, _("Somebody has worked on it since.")))
        free = keys - touched
        while hung_on := hanging_on(desk, free):  # and what those hang on
            self._stay(desk, dict.fromkeys(hung_on, _("Something else hangs on it.")))
            free -= hung_on
        self.cursor["archived"] += len(self._run(archive, desk, [Call(record=key) for key in sorted(free)]))

    def _touched_since(self, desk: Desk, keys: Iterable[int]) -> set[int]:
        entries = AuditEntry.objects.filter(object=desk.slug, record_id__in=keys, pk__gt=self.done["first"])
        return set(entries.exclude(run__in=self.runs).values_list("record_id", flat=True))

    # ------------------------------------------------------------------ fields that were changed

    def _set_back(self, desk: Desk, entries: Sequence[AuditEntry]) -> None:
        made = set(
            entries_of(self.done)
            .filter(object=desk.slug, record_id__in=[each.record_id for each in entries], version=1)
            .values_list("record_id", flat=True)
        )
        stay = self._touched_since(desk, made)  # as a whole: told when it is their creation's turn
        batches: dict[Command, list[Call]] = {update: [], move: [], assign: [], archive: []}
        changeable = {
            *desk.inputs(self.by, creating=False),
            desk.stage_field,
        }  # what else was brought along follows by itself
        for key, values in self._former(desk, [each for each in entries if each.record_id not in stay]).items():
            if "archived_at" in values:
                batches[archive].append(Call(record=key))
            if "owner" in values and "owner" in desk.model.given_once:
                batches[assign].append(Call({"owner": values["owner"]}, key))
            others = {name: value for name, value in values.items() if name in changeable - {"archived_at", "owner"}}
            if desk.stage_field in others:
                batches[move].append(Call({"stage": others.pop(desk.stage_field), **others}, key))
            elif others:
                batches[update].append(Call(others, key))
        done = {command: self._run(command, desk, calls) for command, calls in batches.items()}
        self.cursor["archived"] += len(done[archive])
        self.cursor["restored"] += len(set().union(*done.values()) - done[archive] - made)

    def _former(self, desk: Desk, entries: Sequence[AuditEntry]) -> dict[int, dict[str, Any]]:
        """By record and field what stood there before, of fields that still hold what the import gave them."""
        pairs: dict[int, dict[str, list[Any]]] = {}
        for entry in entries:  # the latest first: the last one met tells what stood there before all of them
            for name, (old, new) in entry.changes.items():
                pairs.setdefault(entry.record_id, {}).setdefault(name, [old, new])[0] = old
        known = desk.inputs(self.by, creating=True)
        former: dict[int, dict[str, Any]] = {}
        for key, record in desk.model._base_manager.in_bulk(pairs).items():
            for name, (old, new) in pairs[key].items():
                if name == "archived_at":
                    former.setdefault(key, {})[name] = old
                elif name not in known or (held := _plain(known[name].value_of(record))) == _plain(old):
                    continue  # kept by the product itself and set back with what it hangs on; or set back already
                elif held != _plain(new):
                    self._stay(desk, {key: _("“%(field)s” has been changed since.") % {"field": known[name].label}})
                else:
                    former.setdefault(key, {})[name] = old
        return former

    # ------------------------------------------------------------------ doing it, and telling what stays

    def _run(self, command: Command, desk: Desk, calls: Sequence[Call]) -> set[int]:
        """The keys of the records on which it was done."""
        if not calls:
            return set()
        outcome = run(command, calls, by=self.by, on=desk.model, partial=True)
        self._stay(desk, {calls[place].record: refusal.sentence for place, refusal in outcome.refusals.items()})
        return {call.record for place, call in enumerate(calls) if place not in outcome.refusals}

    def _stay(self, desk: Desk, reasons: Mapping[int, str]) -> None:
        titles = link.titles(self.by, desk, reasons)
        for key, reason in reasons.items():
            line = [str(desk.label), titles.get(key) or f"#{key}", reason]
            if not self.cursor["stayed"]:
                self.stays.waiting.append("\ufeff" + csv_line([_("Object"), _("Record"), _("Reason")]))
            self.stays.waiting.append(csv_line(map(defused, line)))
            self.cursor["stayed"] += 1
            if len(self.cursor["shown"]) < SHOWN:
                self.cursor["shown"].append([line[1], reason])


def _plain(value: Any) -> Any:
    """A value as the audit holds it; of several links their order does not count."""
    plain = audit.plain(value)
    return sorted(plain) if isinstance(plain, list) else plain


def hanging_on(desk: Desk, keys: Iterable[int]) -> set[int]:
    """Those of these records to which another record in use points, be it a note or a file about it."""
    keys, found = set(keys), set()
    for other in registry.desks():
        rows = other.model._base_manager.filter(archived_at=None)
        for column in (*other.model._meta.fields, *other.model._meta.many_to_many):
            if column.is_relation and column.related_model is desk.model:
                pointing = rows.filter(**{f"{column.name}__in": keys})
                pointing = pointing.exclude(pk__in=keys) if other is desk else pointing
                found |= set(pointing.values_list(column.name, flat=True))
            elif isinstance(column, AboutField):
                about = rows.filter(**{column.name: desk.slug, f"{column.name}_id__in": keys})
                found |= set(about.values_list(f"{column.name}_id", flat=True))
    return found & keys
