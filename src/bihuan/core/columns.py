"""Database columns that mean more than their type: amounts, document numbers, states, stages and choices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import money


def _may_be_empty(column: models.Field) -> dict[str, bool]:
    """For a migration: Django leaves out what is its own default, which is not that of the columns here."""
    return {"null": column.null, "blank": column.blank}


class QuantityField(models.BigIntegerField):
    """An exact number with up to four decimals: Decimal in Python, ten-thousandths in the database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, **kwargs})

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | _may_be_empty(self)

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else money.from_units(int(value))

    def to_python(self, value: Any) -> Decimal | None:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))

    def get_prep_value(self, value: Any) -> int | None:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return money.to_units(Decimal(str(value)))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    @property
    def validators(self) -> list[Any]:
        return []  # the integer range validators of the parent would compare Decimals with stored units


class AmountField(QuantityField):
    """An exact amount of money; `currency` names the column beside it that says of which."""

    def __init__(self, *args: Any, currency: str = "currency", **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "currency": self.currency}


class OrdinalColumn(models.IntegerField):
    """A whole number that names and does not count, so that its thousands are not parted: a year, a port. In the database any number."""

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, _path, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.get_internal_type()}", args, kwargs


class YearField(OrdinalColumn, models.PositiveSmallIntegerField):
    """A year."""


class PortField(OrdinalColumn, models.PositiveIntegerField):
    """A port of a server."""


class NumberField(models.CharField):
    """A document number made by a rule such as "OP-{year}-{n:05}"; the firm may set another (see numbering.py)."""

    def __init__(self, pattern: str = "{n}", **kwargs: Any) -> None:
        self.pattern = pattern
        kwargs.setdefault("verbose_name", _("Number"))
        super().__init__(**{"max_length": 40, "unique": True, "blank": True, **kwargs})

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "pattern": self.pattern}


class StateField(models.CharField):
    """A closed set that belongs to code; the first state is the start. `states` maps value to label."""

    def __init__(self, states: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.states = states or {}
        if states:
            kwargs.setdefault("default", next(iter(states)))
        super().__init__(**{"max_length": 24, **kwargs})

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs


class ChoiceField(models.ForeignKey):
    """A value of a list that belongs to the firm; `set` names the list ("level", "industry")."""

    def __init__(self, *args: Any, set: str = "", **kwargs: Any) -> None:
        self.set = set
        kwargs.pop("to", None)
        defaults = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}
        super().__init__("core.Choice", *args, **{**defaults, **kwargs})

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **_may_be_empty(self), "set": self.set}


class StageField(models.ForeignKey):
    """The firm's named step this record stands at. Changes only through the command `move`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("to", None)
        super().__init__("core.Stage", *args, **{"on_delete": models.PROTECT, "related_name": "+", **kwargs})


class ObjectField(models.CharField):
    """The slug of an object."""

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class ChoiceListField(ObjectField):
    """The name of a list of values, as ChoiceField names it."""


class AboutField(ObjectField):
    """The slug of the object that a note, file or touch is about; a column `about_id` beside it holds the record."""

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, _path, args, kwargs = super().deconstruct()
        return name, "bihuan.core.columns.AboutField", args, kwargs

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 40, "blank": True, "verbose_name": _("About"), **kwargs})


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 3, "default": "CNY", "verbose_name": _("Currency"), **kwargs})


class RuleField(models.CharField):
    """Which records are meant, as the address of their list says it; `of` names the column beside it that says of which object."""

    def __init__(self, *args: Any, of: str = "object", **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def deconstruct(self):  # type: ignore[no-untyped-def]
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class SecretField(models.CharField):
    """What proves something, such as a digest: only the kernel reads it. No page, export or audit entry shows it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"blank": True, "editable": False, **kwargs})


class PhoneField(models.CharField):
    """A phone number in international form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 40, "blank": True, **kwargs})
