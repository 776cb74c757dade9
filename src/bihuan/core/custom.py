"""Fields that the firm adds to its objects, without a programmer and without a restart.

Their values stand in one JSON column of every record, each under a key that tells how it is stored ("n12": an exact number);
`CustomColumn` lets lists sort, filter, group and add up by them as by any column. To everybody else they are fields like
those that code declares: `desk.fields(actor)` holds both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from bihuan.core import formula, kind, registry
from bihuan.core.batch import Entry
from bihuan.core.columns import ObjectField, StateField
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.errors import Invalid
from bihuan.core.field import Field
from bihuan.core.record import Named, Record, label_of
from bihuan.core.stored import read_stored, stored

#: What a custom field's name begins with; no declared field's does.
PREFIX = "c_"

#: Every kind of custom field: its name on the screen, the kind of its values, and the letter that says how they are stored.
KINDS: dict[str, tuple[Any, kind.Kind, str]] = {
    "text": (_("Text"), kind.Text(), "t"),
    "longtext": (_("Long text"), kind.LongText(), "t"),
    "integer": (_("Whole number"), kind.Integer(), "i"),
    "quantity": (_("Number"), kind.Quantity(), "n"),
    "amount": (_("Amount"), kind.Amount(), "n"),
    "percent": (_("Percent"), kind.Percent(), "n"),
    "date": (_("Date"), kind.Date(), "d"),
    "moment": (_("Date and time"), kind.Moment(), "m"),
    "yesno": (_("Yes or no"), kind.YesNo(), "b"),
    "choice": (_("One choice"), kind.Pick(), "i"),
    "choices": (_("Several choices"), kind.Picks(), "s"),
    "link": (_("Link to a record"), kind.Link(), "i"),
    "phone": (_("Phone"), kind.Phone(), "t"),
    "mail": (_("E-mail"), kind.Mail(), "t"),
    "url": (_("Web address"), kind.Url(), "t"),
    "file": (_("File"), kind.File(), "f"),
    "formula_number": (_("Formula: a number"), kind.Quantity(), "n"),
    "formula_text": (_("Formula: a text"), kind.Text(), "t"),
    "formula_date": (_("Formula: a date"), kind.Date(), "d"),
}
#: How long a text of each kind may be.
LENGTHS = {"text": 400, "phone": 40, "mail": 254, "url": 400, "formula_text": 400}
KEY = re.compile(r"[a-z][a-z0-9_]{0,22}")


class CustomField(Named, Record):
    """A field of the firm's own. What its values are made of (object, key, kind) is given once."""

    object = ObjectField(_("Object"), max_length=40)
    key = models.CharField(_("Key"), max_length=40, help_text=_("A short name that programs and blueprints use."))
    kind = StateField({name: label for name, (label, _kind, _letter) in KINDS.items()}, verbose_name=_("Kind"))
    help = models.CharField(_("Help"), max_length=400, blank=True)
    section = models.CharField(
        _("Section"), max_length=80, blank=True, help_text=_("The heading under which it stands in forms and facts.")
    )
    after = models.CharField(
        _("Stands after"),
        max_length=64,
        blank=True,
        help_text=_("The key of the field that it follows in forms and facts; empty: under its section."),
    )
    order = models.PositiveIntegerField(_("Order"), default=0)
    required = models.BooleanField(_("Required"), default=False)
    unique = models.BooleanField(_("Unique"), default=False)
    indexed = models.BooleanField(
        _("Indexed"), default=False, help_text=_("Lists filter and sort by it quickly, however many records there are.")
    )
    searched = models.BooleanField(_("Found by search"), default=False)
    default = models.CharField(_("Default"), max_length=200, blank=True)
    target = ObjectField(_("Links to"), max_length=40, blank=True, help_text=_("The object that a link leads to."))
    formula = models.CharField(
        _("Formula"), max_length=1000, blank=True, help_text=_("Worked out from other fields of the record.")
    )
    given_once = (*Record.given_once, "object", "key", "kind", "target")

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [models.UniqueConstraint(fields=["object", "key"], name="custom_field_key")]

    def problems(self) -> Iterable[tuple[str, str]]:
        if not KEY.fullmatch(self.key):
            yield "key", _("A key is made of small letters, digits and “_”, and begins with a letter.")
        if self.object not in {desk.slug for desk in registry.desks()}:
            yield "object", _("There is no such object.")
            return
        if self.after and (self.after == PREFIX + self.key or self.after not in registry.desk(self.object).own_fields):
            yield "after", _("There is no field “%(name)s” that it could follow.") % {"name": self.after}
        if self.kind == "link" and self.target not in {desk.slug for desk in registry.desks()}:
            yield "target", _("Say which object the link leads to.")
        if self.unique and KINDS[self.kind][2] in "bsf":
            yield "unique", _("Values of this kind cannot be unique.")
        if self.kind == "file" and self.indexed:
            yield "indexed", _("Lists do not sort by files, so there is nothing to index.")
        if self.kind == "file" and self.default:
            yield "default", _("No file can stand in a record before somebody has chosen it.")
        if self.kind.startswith("formula"):
            yield from _problems_of_formula(self)

    @property
    def store(self) -> str:
        """The key of its values in the JSON column."""
        return f"{KINDS[self.kind][2]}{self.pk}"


def _problems_of_formula(own: CustomField) -> Iterable[tuple[str, str]]:
    if own.required or own.unique:
        yield "formula", _("What is worked out cannot be required or unique.")
    names = formula_names(registry.desk(own.object))
    if (fault := formula.fault(own.formula, names)) is not None:
        yield "formula", fault
    elif PREFIX + own.key in formula.names_used(own.formula):
        yield "formula", _("A formula cannot read itself.")


@remembered
def _definitions() -> dict[str, tuple[CustomField, ...]]:
    found: dict[str, tuple[CustomField, ...]] = {}
    for each in CustomField._base_manager.filter(archived_at=None).order_by("order", "id"):
        found[each.object] = (*found.get(each.object, ()), each)
    return found


def definitions(slug: str) -> tuple[CustomField, ...]:
    """The custom fields of an object in use, in their order, from memory."""
    return _definitions().get(slug, ())


@remembered
def fields_of(slug: str) -> dict[str, Field]:
    """The custom fields of an object as fields, by name."""
    return {PREFIX + each.key: _described(each) for each in definitions(slug)}


_label = lazy(label_of, str)


def _described(own: CustomField) -> Field:
    _name, values, _letter = KINDS[own.kind]
    worked_out = own.kind.startswith("formula")
    field = Field(
        PREFIX + own.key, _label(own.name, own.name_hant, own.name_en), values, f"custom__{own.store}",
        editable=not worked_out, required=own.required, unique=own.unique, help=own.help, max_length=LENGTHS.get(own.kind),
        limits=(-(2**53), 2**53), custom=own.store, weight=int(own.searched),
         set=set_of(own.object, own.key) if isinstance(values, kind.Pick) else "",
        target=registry.desk(own.target).model if own.kind == "link" else None,
        currency=_currency(own) if own.kind == "amount" else "",
    )  # fmt: skip
    return field.with_default(own.default)


def set_of(slug: str, key: str) -> str:
    """The name of the list of values from which a custom choice is taken."""
    return f"{slug}.{key}"


def _currency(own: CustomField) -> str:
    names = {column.name for column in registry.desk(own.object).model._meta.fields}
    return "currency" if "currency" in names else ""


def places(slug: str) -> list[tuple[str, str, str]]:
    """Every custom field of an object with the field that it follows, if any, and the heading it else stands under."""
    return [(PREFIX + each.key, each.after, each.section) for each in definitions(slug)]


# ---------------------------------------------------------------------- values


def start(desk: Desk, record: Any, given: Mapping[str, Any]) -> None:
    """Give a new record the defaults of the custom fields that nobody filled."""
    for name, each in fields_of(desk.slug).items():
        if each.default is not None and name not in given:
            put(record, each, each.default)


def put(record: Any, field: Field, value: Any) -> None:
    """Set a custom value. The column gets a new mapping, so that what stood before can still be told."""
    kept = {key: each for key, each in (record.custom or {}).items() if key != field.custom}
    plain = stored(field.custom, value)
    record.custom = kept if plain is None else {**kept, field.custom: plain}


def changes(desk: Desk, entry: Entry) -> Iterable[tuple[str, Any, Any]]:
    """The custom fields that a command has changed: name, value before, value now."""
    before, now = entry.before.get("custom") or {}, entry.record.custom or {}
    if before == now:
        return
    for name, each in fields_of(desk.slug).items():
        if before.get(each.custom) != now.get(each.custom):
            yield (
                name,
                read_stored(each.custom, before.get(each.custom)),
                read_stored(each.custom, now.get(each.custom)),
            )


# ---------------------------------------------------------------------- formulas and unique values


def formula_names(desk: Desk) -> dict[str, Field]:
    """What formulas of an object may read: its own plain fields, by name."""
    return {
        name: each
        for name, each in desk.own_fields.items()
        if each.compute is None
        and (each.target is None or isinstance(each.kind, kind.Pick))
        and each.kind.name not in ("choices", "file")
    }


def work_out(desk: Desk, entries: Sequence[Entry]) -> None:
    """Set the formulas of records that a command has left as they are to be written."""
    formulas = [each for each in definitions(desk.slug) if each.kind.startswith("formula")]
    if not formulas:
        return
    fields, names = fields_of(desk.slug), formula_names(desk)
    for entry in entries:
        for own in formulas:
            read = formula.names_used(own.formula) & names.keys()
            values = {name: _read(names[name], entry.record) for name in read}
            field = fields[PREFIX + own.key]
            put(entry.record, field, formula.result(own.formula, values, field))


def _read(field: Field, record: Any) -> Any:
    """A value as formulas read it: a choice by its key, else by its name in simplified Chinese."""
    value = field.value_of(record)
    if isinstance(field.kind, kind.Pick) and value is not None:
        option = field.kind.option(value)
        return (option.key or option.names[0]) if option else ""
    return value


def refuse_taken(desk: Desk, entries: Sequence[Entry]) -> None:
    """Refuse what another record holds already in a unique custom field. One query per such field."""
    for name, each in fields_of(desk.slug).items():
        if not each.unique:
            continue
        claims: dict[Any, Entry] = {}
        for entry in entries:
            value = each.value_of(entry.record)
            if entry.refusal is not None or value in (None, ""):
                continue
            if value in claims:
                entry.refusal = _taken(name, each)
            claims.setdefault(value, entry)
        rows = desk.model._base_manager.filter(**{f"{each.path}__in": list(claims)}) if claims else ()
        for key, value in rows.values_list("pk", each.path) if claims else ():
            if claims[value].record.pk != key:
                claims[value].refusal = _taken(name, each)


def _taken(name: str, each: Field) -> Invalid:
    return Invalid({name: _("There is already one with this %(field)s.") % {"field": str(each.label)}})
