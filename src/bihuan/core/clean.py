"""From what was given to what may be stored: inputs cleaned before the verb, records validated after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import custom, kind, money, registry, stage
from bihuan.core.access import Actor, seen, visible
from bihuan.core.batch import Entry
from bihuan.core.columns import AmountField
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.errors import Invalid, Refused
from bihuan.core.field import Field
from bihuan.core.form_rules.enforce import Ruling


def clean_inputs(command: Command, desk: Desk, by: Actor, entries: Sequence[Entry]) -> None:
    """Turn the inputs of every entry into checked values; a wrong one refuses its entry with a sentence per field."""
    known = command.inputs(desk, by)
    for entry in entries:
        errors: dict[str, str] = {}
        for name, raw in entry.call.inputs.items():
            try:
                entry.inputs[name] = _clean(known, name, raw, entry.before)
            except Refused as refusal:
                errors[name] = refusal.sentence
        for name in _missing(known, entry, command):
            errors.setdefault(name, _("This is needed."))
        if errors:
            entry.refusal = Invalid(errors)
    for name, each in known.items():
        if each.target is not None and isinstance(each.kind, (kind.Link, kind.Links)):
            _check_links(name, each, by, [entry for entry in entries if entry.refusal is None])


def _clean(known: dict[str, Field], name: str, raw: Any, before: Mapping[str, Any]) -> Any:
    if name not in known:
        raise Refused(_("There is no field “%(name)s” to fill here.") % {"name": name})
    each = known[name]
    if isinstance(each.kind, kind.Pick):
        stands = each.stands_in(before)
        if stands is not None and str(raw) == str(stands):
            return stands  # also where the firm no longer offers it
    value = each.check(each.parse(raw))
    if value is None and each.column is not None and not each.column.null and each.default is not None:
        return each.default  # a figure or state left blank that the table cannot hold blank
    return value


def _missing(known: dict[str, Field], entry: Entry, command: Command) -> Iterable[str]:
    """Required inputs left out, or given blank."""
    for name, each in known.items():
        if not each.required:
            continue
        given = name in entry.call.inputs
        if each.custom and each.default is not None and not given:
            continue
        needed = given or command.creates or (each.column is None and not each.custom) or name in command._parameters
        if needed and entry.inputs.get(name) in (None, "", ()) and not (given and name not in entry.inputs):
            yield name


def _check_links(name: str, each: Field, by: Actor, entries: Sequence[Entry]) -> None:
    """Linked records must exist, be in use and be seen by the actor, unless the link stays what it was. One query."""
    wanted: dict[int, list[Entry]] = {}
    for entry in entries:
        value = entry.inputs.get(name)
        keys = value if isinstance(value, tuple) else (value,) if value is not None else ()
        for key in keys:
            if entry.is_new or isinstance(value, tuple) or each.stands_in(entry.before) != key:
                wanted.setdefault(key, []).append(entry)
    if not wanted:
        return
    assert each.target is not None
    found = seen(by, each.target, wanted, archived=False)
    for key, askers in wanted.items():
        if key not in found:
            for entry in askers:
                entry.refusal = Invalid({name: _("There is no such record.")})


def validate(desk: Desk, by: Actor, entries: Sequence[Entry]) -> None:
    """The record as the verb left it: form rules, invariants, amounts, stage gates, unique values."""
    ruling = Ruling(desk, by)
    amounts = [column for column in desk.model._meta.fields if isinstance(column, AmountField)]
    for entry in entries:
        errors = ruling.errors(entry) | dict(_wrong_amounts(entry.record, amounts))
        errors |= {name: str(sentence) for name, sentence in entry.record.problems()}
        if desk.stage_field:
            errors |= _gate(desk, by, entry)
        if errors:
            entry.refusal = Invalid(errors)
    if desk.stage_field:
        _check_relatives(desk, [entry for entry in entries if entry.refusal is None])
    _check_unique(desk, [entry for entry in entries if entry.refusal is None])
    custom.refuse_taken(desk, [entry for entry in entries if entry.refusal is None])


def _wrong_amounts(record: models.Model, amounts: Sequence[AmountField]) -> Iterable[tuple[str, str]]:
    for column in amounts:
        value: Decimal | None = getattr(record, column.name)
        if value is None:
            continue
        currency = getattr(record, column.currency, "CNY")
        if currency not in money.currencies():
            yield column.currency, _("“%(code)s” is not a currency code.") % {"code": currency}
        elif money.round_amount(value, currency) != value:
            yield (
                column.name,
                _("%(currency)s has %(places)d decimals.") % {"currency": currency, "places": money.places(currency)},
            )


def _gate(desk: Desk, by: Actor, entry: Entry) -> dict[str, str]:
    """What the stage a record has come to asks for: a move that is allowed, a reason to go back, its required fields."""
    start, goal = _way(desk, entry)
    if goal is None:
        return {}
    if goal.object != desk.slug:
        return {desk.stage_field: _("There is no such stage.")}
    if why := stage.barrier(start, goal, by):
        return {desk.stage_field: why}
    needed = {
        name: _("Needed for “%(stage)s”.") % {"stage": goal.label}
        for name in goal.required
        if _blank(desk, entry, name) and not (entry.call.history and goal.kind == "lost")
    }
    if stage.asks_why(start, goal) and not entry.inputs.get("reason"):
        needed["reason"] = _("Say why the record goes back.")
    return needed


def _way(desk: Desk, entry: Entry) -> tuple[stage.Step | None, stage.Step | None]:
    """From which stage a record has come (None: it is new) and to which; without a goal it has stayed."""
    attname = f"{desk.stage_field}_id"
    here, former = getattr(entry.record, attname), entry.before.get(attname)
    goal = stage.step(here) if here and here != former else None
    return stage.step(former) if former else None, goal


def _check_relatives(desk: Desk, entries: Sequence[Entry]) -> None:
    """Stages may ask for relatives, a contact or a product line. One query per object that is asked for."""
    asked: dict[str, list[Entry]] = {}
    for entry in entries:
        _start, goal = _way(desk, entry)
        for slug in goal.relatives if goal is not None else ():
            asked.setdefault(slug, []).append(entry)
    for other, link in registry.related_by(desk):
        waiting = asked.get(other.slug, ())
        keys = [entry.record.pk for entry in waiting if entry.record.pk is not None]
        rows = other.model._base_manager.filter(archived_at=None, **{f"{link}__in": keys})
        found = set(rows.values_list(link, flat=True)) if keys else set()
        for entry in waiting:
            if entry.record.pk not in found:
                goal = stage.step(getattr(entry.record, f"{desk.stage_field}_id"))
                told = {"stage": goal.label, "object": other.label_plural}  # type: ignore[union-attr]
                entry.refusal = Invalid({desk.stage_field: _("For “%(stage)s” there must be some %(object)s.") % told})


def _blank(desk: Desk, entry: Entry, name: str) -> bool:
    each = desk.own_fields.get(name)
    return each is not None and each.value_of(entry.record) in (None, "", ())


def _check_unique(desk: Desk, entries: Sequence[Entry]) -> None:
    """Unique fields and constraints, against the database and within the batch. One query per constraint."""
    for names, condition in unique_sets(desk.model):
        claims: dict[tuple[Any, ...], Entry] = {}
        for entry in entries:
            values = tuple(getattr(entry.record, name) for name in names)
            held = tuple(entry.before.get(name) for name in names) if _falls_under(condition, entry.before) else ()
            if entry.refusal is not None or values == held or None in values or "" in values:
                continue
            if not _falls_under(condition, vars(entry.record)):
                continue
            if values in claims:
                entry.refusal = _taken(desk, names)
            else:
                claims[values] = entry
        if claims:
            _refuse_taken(desk, names, condition, claims)


def _falls_under(condition: models.Q | None, values: Mapping[str, Any]) -> bool:
    """Whether a record is subject to a constraint's condition, all of which compares columns of its own with plain values."""
    if condition is None or not values:
        return bool(values)
    parts = (
        _falls_under(each, values) if isinstance(each, models.Q) else values[each[0]] == each[1]
        for each in condition.children
    )
    return all(parts) is not condition.negated


def _refuse_taken(desk: Desk, names: tuple[str, ...], condition: Any, claims: dict[tuple[Any, ...], Entry]) -> None:
    rows = desk.model._base_manager.filter(**{f"{names[0]}__in": {values[0] for values in claims}})
    if condition is not None:
        rows = rows.filter(condition)
    for key, *values in rows.values_list("pk", *names):
        entry = claims.get(tuple(values))
        if entry is not None and entry.record.pk != key:
            entry.refusal = _taken(desk, names)


def unique_sets(model: type[models.Model]) -> Iterable[tuple[tuple[str, ...], Any]]:
    """What must be unique in a table: columns by attribute name, and the condition under which, if there is one."""
    for column in model._meta.fields:
        if column.unique and not column.primary_key:
            yield (column.attname,), None
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
            yield tuple(model._meta.get_field(name).attname for name in constraint.fields), constraint.condition
    for names in model._meta.unique_together:  # of tables that Django makes for several links
        yield tuple(model._meta.get_field(name).attname for name in names), None


def _taken(desk: Desk, names: tuple[str, ...]) -> Invalid:
    column = next(each for each in desk.model._meta.fields if each.attname == names[-1])
    return Invalid({column.name: _("There is already one with this %(field)s.") % {"field": str(column.verbose_name)}})


def linked_titles(each: Field, by: Actor, keys: Iterable[int]) -> dict[int, str]:
    """Titles of linked records the actor sees. One query."""
    assert each.target is not None
    desk = registry.desk_of(each.target)
    return {
        record.pk: desk.title_of(record) for record in visible(by, each.target, archived=None).filter(pk__in=set(keys))
    }
