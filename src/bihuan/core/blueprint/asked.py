"""Conditions as they stand in a blueprint: in a field of their own or in a rule, with keys in the place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core.blueprint.keyed import as_key, is_portable, turned
from bihuan.core.blueprint.source import Recorded
from bihuan.core.blueprint.value import Value
from bihuan.core.errors import Refused


class Conditions(Value):
    """What makes a list, by the names that its address has."""

    def __init__(self) -> None:
        super().__init__({})

    def takes(self, raw: Any) -> dict[str, str]:
        if not isinstance(raw, dict) or not all(isinstance(each, str) for each in raw.values()):
            raise Refused(_("A mapping is needed here."))
        return raw

    def reads(self, record: Any, name: str) -> dict[str, str]:
        held: Mapping[str, str] = getattr(record, name)
        return {each: turned(record.object, each, text, as_key) for each, text in held.items()}

    def shown(self, value: Mapping[str, str]) -> str:
        return " · ".join(f"{name} {text}" for name, text in value.items()) or "–"


class Queried(Conditions):
    """The same in a column that holds the query of an address, on the object `slug` or the one that the record names."""

    def __init__(self, slug: str = "") -> None:
        super().__init__()
        self.slug = slug

    def reads(self, record: Any, name: str) -> dict[str, str]:
        slug = self.slug or record.object
        return {each: turned(slug, each, text, as_key) for each, text in _params(getattr(record, name)).items()}

    def inputs(self, name: str, value: Mapping[str, str]) -> dict[str, Any]:
        return {name: urlencode(value)}


class Asking(Recorded):
    """The records of a desk with conditions on an object in `when`. Those that name business records are no configuration."""

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug

    def records(self, model: type[models.Model], before: int | None) -> list[Any]:
        return [each for each in super().records(model, before) if is_portable(self.slug, _params(each.when))]


def _params(when: str) -> dict[str, str]:
    return dict(parse_qsl(when.strip().lstrip("?"), keep_blank_values=True))
