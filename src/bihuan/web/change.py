"""Changes in words: what an entry of the audit says to somebody who reads the history of a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core import kind, link, registry, stage
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.audit import SECRET, AuditEntry
from bihuan.core.field import Field
from bihuan.core.held_file import HeldFile
from bihuan.core.verbs import archive, assign, move, restore, update
from bihuan.web import show
from bihuan.web.subject import titles_of

#: So many changed fields are written out; more are counted.
SHOWN = 6
#: Longer texts are named, not quoted.
QUOTED = 60

Titles = dict[type, dict[int, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What was done, in words, and the fields that it changed."""

    words: str
    icon: str
    lines: list[Markup]


def who(entry: AuditEntry) -> str:
    """Who did it; the product itself has a name in every language."""
    return _("The system") if entry.actor_kind == SYSTEM.kind else entry.actor_name


def describe(actor: Actor, entries: Sequence[AuditEntry]) -> Iterable[tuple[AuditEntry, Change]]:
    """Each entry with its words, as far as the actor may see the fields. One query per kind of linked record."""
    seen = {each.object: registry.desk(each.object).fields(actor) for each in entries}
    titles = _titles(actor, entries, seen)
    for each in entries:
        yield each, _change(each, seen[each.object], titles)


def _titles(actor: Actor, entries: Sequence[AuditEntry], seen: dict[str, Any]) -> Titles:
    wanted: dict[type, set[int]] = {}
    for entry in entries:
        for name, pair in entry.changes.items():
            field = seen[entry.object].get(name)
            if field is not None and isinstance(field.kind, (kind.Link, kind.Links)):
                keys = (key for side in pair for key in (side if isinstance(side, list) else [side]))
                wanted.setdefault(field.target, set()).update(key for key in keys if isinstance(key, int))
    titles: Titles = {}
    for target, keys in wanted.items():
        desk = registry.desk_of(target)
        titles[target] = (
            {key: link.title(desk, key) for key in keys} if desk.configuration else titles_of(actor, target, keys)
        )
    return titles


def _change(entry: AuditEntry, fields: Any, titles: Titles) -> Change:
    desk = registry.desk(entry.object)
    words = {
        update.name: (_("changed"), "pencil"), archive.name: (_("archived"), "archive"),
        restore.name: (_("restored from the recycle bin"), "archive-restore"), assign.name: (_("handed over"), "user-round-pen"),
        move.name: (_("moved"), "git-commit-horizontal"),
    }.get(entry.command)  # fmt: skip
    # what hung on a merged record went along, whether its object can be merged or not
    command = registry.commands(desk, internal=True).get(entry.command) or registry.generic(entry.command)
    text, icon = words or ((str(command.label), command.icon) if command else (entry.command, "pencil"))
    lines = [
        _line(fields[name], pair, titles)
        for name, pair in entry.changes.items()
        if name in fields and is_told(fields[name])
    ]
    if len(lines) > SHOWN:
        lines = [*lines[:SHOWN], escape(_("and %(number)d more") % {"number": len(lines) - SHOWN})]
    return Change(text, icon, lines)


def is_told(field: Field) -> bool:
    """What people change, and states; not what the product keeps beside them."""
    given = field.editable or field.column is None or field.column.editable
    return (given and field.compute is None) or isinstance(field.kind, kind.State)


def _line(field: Field, pair: Sequence[Any], titles: Titles) -> Markup:
    """“Level  B → A”; a long text is only named."""
    if isinstance(field.kind, kind.LongText) and any(len(str(side or "")) > QUOTED for side in pair):
        return Markup("<span>{}</span> {}").format(field.label, _("rewritten"))
    old, new = (_value(field, side, titles) for side in pair)
    return Markup('<span>{}</span> {} <span aria-label="{}">→</span> {}').format(field.label, old, _("to"), new)


def _value(field: Field, plain: Any, titles: Titles) -> Markup:
    """A value as the audit keeps it, drawn."""
    if plain in (None, "", []):
        return show.NOTHING
    if plain == SECRET:
        return escape(plain)
    if isinstance(field.kind, kind.Links):
        return escape(_(", ").join(titles[field.target].get(key, "…") for key in plain))  # type: ignore[index]
    if isinstance(field.kind, kind.Link):  # before it was one it may have been a text
        return escape(plain if isinstance(plain, str) else titles[field.target].get(plain, "…"))  # type: ignore[index]
    if isinstance(field.kind, kind.StagePick):
        return show.stage_glyph(plain) if stage.step(plain) else show.NOTHING
    if isinstance(field.kind, kind.File):
        return escape(HeldFile.of(plain).name)
    if isinstance(field.kind, kind.Quantity):
        return escape(show.plain_number(Decimal(plain)))
    if isinstance(field.kind, kind.Moment):
        return show.value(field, datetime.fromisoformat(plain))
    if isinstance(field.kind, kind.Date):
        return show.value(field, date.fromisoformat(plain))
    return show.value(field, plain)
