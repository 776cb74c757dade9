"""The one description of a field, read by form, table, filter, export, import, search and API alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models

from bihuan.core import columns, kind, names
from bihuan.core.errors import Refused
from bihuan.core.stored import read_stored

#: Kinds by whose values no list is sorted.
UNSORTED = ("links", "longtext", "choices", "file")


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of an object as an actor meets it.

    `path` is the ORM path of the value; `needs` further paths that `compute` reads; `via` the links walked to get
    there.
    """

    name: str
    label: Any
    kind: kind.Kind
    path: str
    column: models.Field | None = None
    editable: bool = True
    create_only: bool = False
    required: bool = False
    unique: bool = False
    help: Any = ""
    max_length: int | None = None
    limits: tuple[int, int] = (0, 2**31 - 1)
    target: type[models.Model] | None = None
    set: str = ""
    states: Mapping[str, Any] = field(default_factory=dict)
    default: Any = None
    currency: str = ""
    compute: Callable[..., Any] | None = None
    needs: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    custom: str = ""  # the key of the value in the column of custom fields
    weight: int = 0  # how much a hit in it counts in search; 0: it is not searched

    @property
    def attname(self) -> str:
        """The attribute of the record that holds the raw value."""
        return self.column.attname if self.column is not None else self.name

    @property
    def sortable(self) -> bool:
        return self.compute is None and self.kind.name not in UNSORTED and not self._is_custom_link

    @property
    def _is_custom_link(self) -> bool:
        return bool(self.custom) and self.target is not None

    def parse(self, raw: Any) -> Any:
        return self.kind.parse(self, raw)

    def check(self, value: Any) -> Any:
        return self.kind.check(self, value)

    def text(self, value: Any) -> str:
        return self.kind.text(self, value)

    def value_of(self, record: models.Model) -> Any:
        """The raw value on a record: an id for links, a tuple of ids for several. Computed fields are computed."""
        if self.compute is not None:
            return self.compute(*(_stored(record, path) for path in self.needs))
        if self.custom:
            return read_stored(self.custom, (record.custom or {}).get(self.custom))  # type: ignore[attr-defined]
        if isinstance(self.kind, kind.Links):
            return tuple(getattr(record, self.name).values_list("pk", flat=True))
        return getattr(record, self.attname)

    def with_default(self, text: str) -> Field:
        """This field with a default as somebody wrote it; one that cannot be read is none."""
        try:
            return replace(self, default=self.check(self.parse(text)) if text else None)
        except Refused:
            return self

    def read_only(self) -> Field:
        """This field as one that the actor sees and may not give."""
        return replace(self, editable=False, required=False)

    def masked(self) -> Field:
        """This field as one of which the actor sees a part of the text: not to be sorted, filtered, grouped or added up."""
        told = self.text if isinstance(self.kind, kind.Text) else lambda value: HIDDEN_PART if value is not None else ""
        return Field(
            self.name, self.label, kind.Text(), self.path, editable=False, help=self.help, needs=(self.path,),
            compute=lambda value: mask(told(value)), via=self.via,
        )  # fmt: skip

    def stands_in(self, columns: Mapping[str, Any]) -> Any:
        """The value in the stored columns of a record, by attribute name."""
        if self.custom:
            return read_stored(self.custom, (columns.get("custom") or {}).get(self.custom))
        return columns.get(self.attname)

    def seen_from(self, link: Field) -> Field:
        """This field as a column of another object that reaches it over `link`."""
        return replace(
            self,
            name=f"{link.name}.{self.name}",
            path=f"{link.name}__{self.path}",
            editable=False,
            required=False,
            needs=tuple(f"{link.name}__{path}" for path in self.needs),
            via=(link.name, *self.via),
            currency=f"{link.name}__{self.currency}" if self.currency else "",
        )


def _stored(record: models.Model, path: str) -> Any:
    """What stands at a path within a record: in a column, or under a key of the column of custom values."""
    column, _parted, key = path.partition("__")
    return read_stored(key, (record.custom or {}).get(key)) if column == "custom" else getattr(record, path)  # type: ignore[attr-defined]


#: What stands for the part of a text that is kept back.
HIDDEN_PART = "••••"


def mask(text: str) -> str:
    """A text with its middle kept back: a mail address keeps its first character and its domain, a longer text both ends."""
    name, at, domain = text.partition("@")
    if at:
        return f"{name[:1]}{HIDDEN_PART}@{domain}"
    if len(text) < 8:
        return HIDDEN_PART if text else ""
    return f"{text[:3]}{HIDDEN_PART}{text[-2:]}"


@dataclass(frozen=True, slots=True)
class Computed:
    """A field worked out from stored ones: `compute` gets the values at `needs`, in that order."""

    name: str
    label: Any
    kind: kind.Kind
    needs: tuple[str, ...]
    compute: Callable[..., Any]

    def field(self) -> Field:
        return Field(
            self.name, self.label, self.kind, path=self.needs[0], editable=False, compute=self.compute, needs=self.needs
        )


def describe(column: models.Field) -> Field:
    """The field of a database column."""
    relation = column.is_relation
    known: dict[str, Any] = {
        "name": column.name,
        "label": column.verbose_name,
        "kind": _kind_of(column),
        "path": column.name,
        "column": column,
        "editable": column.editable,
        "create_only": _create_only(column),
        "unique": column.unique,
        "help": column.help_text,
        "required": column.editable
        and not column.blank
        and not column.has_default()
        and not isinstance(column, (models.BooleanField, columns.StageField)),
        "default": column.get_default() if column.has_default() and not callable(column.default) else None,
    }
    if relation:
        known |= {"path": column.name if column.many_to_many else column.attname, "target": column.related_model}
    if isinstance(column, columns.ChoiceField):
        known["set"] = column.set
    elif isinstance(column, columns.StageField):
        known["set"] = column.model._meta.model_name
    elif isinstance(column, columns.StateField):
        known["states"] = column.states
    elif isinstance(column, columns.ObjectField):
        known["states"] = names.CHOICE_LISTS if isinstance(column, columns.ChoiceListField) else names.OBJECTS
    elif isinstance(column, columns.AmountField):
        known["currency"] = column.currency
    elif isinstance(column, models.IntegerField):
        known["limits"] = _limits(column)
    elif isinstance(column, models.CharField):
        known["max_length"] = column.max_length
    return Field(**known)


def _create_only(column: models.Field) -> bool:
    """Numbers, stages and owners are given at the start; afterwards they change by commands of their own, if at all."""
    return isinstance(column, (columns.NumberField, columns.StageField)) or column.name in getattr(
        column.model, "given_once", ()
    )


def _limits(column: models.IntegerField) -> tuple[int, int]:
    if isinstance(column, models.PositiveSmallIntegerField):
        return 0, 2**15 - 1
    low = 0 if "Positive" in column.get_internal_type() else -(2**31)
    return low, 2**31 - 1


#: From column type to kind; the first that fits counts.
_KINDS: tuple[tuple[type, kind.Kind], ...] = (
    (columns.AmountField, kind.Amount()),
    (columns.QuantityField, kind.Quantity()),
    (columns.NumberField, kind.DocumentNumber()),
    (columns.StateField, kind.State()),
    (columns.ObjectField, kind.Key()),
    (columns.ChoiceField, kind.Pick()),
    (columns.StageField, kind.StagePick()),
    (models.ManyToManyField, kind.Links()),
    (models.ForeignKey, kind.Link()),
    (models.EmailField, kind.Mail()),
    (models.URLField, kind.Url()),
    (columns.PhoneField, kind.Phone()),
    (models.TextField, kind.LongText()),
    (models.CharField, kind.Text()),
    (models.BooleanField, kind.YesNo()),
    (models.DateTimeField, kind.Moment()),
    (models.DateField, kind.Date()),
    (columns.OrdinalColumn, kind.Ordinal()),
    (models.IntegerField, kind.Integer()),
)


def _kind_of(column: models.Field) -> kind.Kind:
    for column_type, fitting in _KINDS:
        if isinstance(column, column_type):
            return fitting
    raise TypeError(f"no kind of value for {column.model.__name__}.{column.name} ({type(column).__name__})")
