"""Is this record there already? Asked while it is typed, and by `run` before it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import link, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.batch import Entry
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.duplicates.match import LIKELY, SURE, Key, Match, are_apart, keys_of, score
from bihuan.core.duplicates.models import DuplicateRule, MatchKey
from bihuan.core.errors import Duplicate
from bihuan.core.record import OwnedRecord

#: The most records that are named.
NAMED = 5
#: So many rows of the index are read for one record; a key that more records share says little.
MOST = 50


@dataclass(frozen=True, slots=True)
class Likely:
    """A record that may be the same, why (names of fields), and what its reader may know of it.

    `title` is None where the reader may not see the record; then `unit` says whose it is.
    """

    id: int
    score: int
    reasons: tuple[str, ...]
    title: str | None = None
    unit: str = ""


@remembered
def _rules() -> dict[str, str]:
    return dict(DuplicateRule._base_manager.filter(archived_at=None).values_list("object", "rule"))


def rule_of(desk: Desk) -> str:
    """What the firm wants to happen with likely duplicates of an object: "warn", "block" or "off"."""
    return _rules().get(desk.slug, "warn") if desk.duplicates else "off"


# ---------------------------------------------------------------------- finding


def likely(desk: Desk, records: Sequence[models.Model], by: Actor = SYSTEM) -> list[list[Likely]]:
    """For each record, stored or not, those that it may be the same as, the likeliest first. Two queries for all.

    What the actor does not see whole speaks neither for a likeness nor against: it would be told by it.
    """
    whole = desk.whole_fields(by).keys()
    keys = [
        {number: key for number, key in keys_of(desk, record).items() if whole >= set(key.match.fields)}
        for record in records
    ]
    sharing = _sharing({number for each in keys for number in each})
    found = [_scored(record.pk, each, sharing) for record, each in zip(records, keys, strict=True)]
    _rule_out(desk, records, found, whole)
    return [sorted(each.values(), key=lambda one: (-one.score, one.id))[:NAMED] for each in found]


def _sharing(numbers: set[int]) -> dict[int, list[tuple[int, int]]]:
    """By key the records that have it, each with the weight it has there."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows = MatchKey.objects.filter(key__in=numbers).order_by().values_list("key", "record_id", "weight")
    for key, record_id, weight in rows[: MOST * max(len(numbers), 1)]:
        found.setdefault(key, []).append((record_id, weight))
    return found


def _scored(own: int | None, keys: dict[int, Key], sharing: dict[int, list[tuple[int, int]]]) -> dict[int, Likely]:
    signs: dict[int, dict[Match, int]] = {}
    for number, key in keys.items():
        for record_id, weight in sharing.get(number, ()):
            if record_id != own:
                seen = signs.setdefault(record_id, {})
                seen[key.match] = max(seen.get(key.match, 0), min(weight, key.weight))
    scored = {each: Likely(each, score(seen.values()), reasons_of(seen)) for each, seen in signs.items()}
    return {each: one for each, one in scored.items() if one.score >= LIKELY}


def reasons_of(matches: Iterable[Match]) -> tuple[str, ...]:
    """The fields that speak for two records being one."""
    return tuple(dict.fromkeys(name for match in matches for name in match.fields))


def _rule_out(
    desk: Desk, records: Sequence[models.Model], found: Sequence[dict[int, Likely]], fields: Collection[str]
) -> None:
    """Take out what differs in a decisive one of these fields."""
    wanted = {key for each in found for key in each}
    if not wanted or not any(match.decisive for match in desk.duplicates):
        return
    theirs = desk.model._base_manager.in_bulk(wanted)
    for record, each in zip(records, found, strict=True):
        for key in [key for key in each if key not in theirs or are_apart(desk, record, theirs[key], fields)]:
            del each[key]


def as_known(desk: Desk, actor: Actor, found: Sequence[Likely]) -> list[Likely]:
    """The same with what the actor may know of each: its title, or only whose unit it belongs to."""
    titles = link.titles(actor, desk, [each.id for each in found])
    units: dict[int, int | None] = {}
    hidden = [each.id for each in found if each.id not in titles]
    if hidden and issubclass(desk.model, OwnedRecord):
        units = dict(desk.model._base_manager.filter(pk__in=hidden).values_list("pk", "unit_id"))
    unit = registry.desk("unit")
    return [
        replace(each, title=titles.get(each.id), unit=link.title(unit, units.get(each.id)))
        for each in found
    ]  # fmt: skip


def named(each: Likely) -> str:
    """What a likely duplicate is called to whoever asked."""
    if each.title is not None:
        return f"“{each.title or f'#{each.id}'}”"
    return _("a record you may not see (%(unit)s)") % {"unit": each.unit or "–"}


# ---------------------------------------------------------------------- refusing


def refuse(desk: Desk, by: Actor, entries: Sequence[Entry]) -> None:
    """Refuse what looks like a record that is there, or like an earlier one of the same batch.

    Likely ones are let through where the caller said `anyway`; sure ones are not where the firm's rule is "block".
    The product itself has nobody to ask, so only "block" stops it.
    """
    rule = rule_of(desk)
    if rule == "off" or (rule == "warn" and by is SYSTEM):
        return
    asked = [entry for entry in entries if entry.refusal is None and _is_asked(desk, entry, rule)]
    if not asked:
        return
    earlier: dict[int, Entry] = {}
    for entry, found in zip(asked, likely(desk, [entry.record for entry in asked]), strict=True):
        if found and (not _is_sworn(entry, by) or is_barred(desk, found)):
            entry.refusal = _duplicate(desk, by, found)
        elif entry.is_new and not _is_sworn(entry, by):
            _compare(desk, entry, earlier)


def _is_asked(desk: Desk, entry: Entry, rule: str) -> bool:
    """New records, unless their caller has been asked before; and changed ones where the rule leaves no choice."""
    if entry.is_new:
        return rule == "block" or not entry.inputs.get("anyway")
    names = {name for match in desk.duplicates for name in match.fields}
    return rule == "block" and any(entry.before[name] != getattr(entry.record, name) for name in names)


def _is_sworn(entry: Entry, by: Actor) -> bool:
    """Whether whoever asks has said that it is another record, or need not say so."""
    return not entry.is_new or by is SYSTEM or bool(entry.inputs.get("anyway"))


def is_barred(desk: Desk, found: Sequence[Likely]) -> bool:
    """Whether the firm's rule leaves no choice, whatever is said."""
    return rule_of(desk) == "block" and found[0].score >= SURE


def _duplicate(desk: Desk, by: Actor, found: Sequence[Likely]) -> Duplicate:
    known = as_known(desk, by, found)
    names = _(", ").join(named(each) for each in known)
    return Duplicate(
        _("This may be there already: %(names)s.") % {"names": names}, known, may_insist=not is_barred(desk, found)
    )


def _compare(desk: Desk, entry: Entry, earlier: dict[int, Entry]) -> None:
    """Refuse what looks like an earlier record of the same batch."""
    keys = keys_of(desk, entry.record)
    twin = next((earlier[number] for number in keys if number in earlier), None)
    if twin is not None:
        title = desk.title_of(twin.record)
        entry.refusal = Duplicate(_("“%(title)s” is made at the same time and looks the same.") % {"title": title}, ())
    else:
        earlier |= dict.fromkeys(keys, entry)
