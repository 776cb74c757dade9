"""Kinds that lead elsewhere: to a record, to several; and mappings that programs give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bihuan.core.errors import Refused
from bihuan.core.kind.base import Kind, read_key

if TYPE_CHECKING:
    from bihuan.core.field import Field


class Link(Kind):
    """Another record, held by its id. Texts are resolved set-wise by `core.link`."""

    name = "link"
    operators = ("in", "out", "empty", "filled")
    groupable = True

    def read(self, field: Field, raw: Any) -> int:
        if hasattr(raw, "pk"):
            return raw.pk
        key = read_key(raw)
        if key is not None:
            return key
        raise Refused(_("“%(text)s” was not found.") % {"text": raw})

    def check(self, field: Field, value: Any) -> Any:
        return getattr(value, "pk", value)


class Links(Kind):
    """Several other records, held as a tuple of ids."""

    name = "links"
    operators = ("in", "empty", "filled")

    def read(self, field: Field, raw: Any) -> tuple[int, ...]:
        parts = raw if isinstance(raw, (list, tuple, set)) else str(raw).split(",")
        one = Link()
        return tuple(dict.fromkeys(one.read(field, part) for part in parts if str(part).strip()))

    def parse(self, field: Field, raw: Any) -> tuple[int, ...]:
        return super().parse(field, raw) or ()

    def check(self, field: Field, value: Any) -> tuple[int, ...]:
        return self.parse(field, value)

    def text(self, field: Field, value: Any) -> str:
        return ",".join(map(str, value or ()))


class Structure(Kind):
    """A mapping given by a program; no form asks for one."""

    name = "structure"
    operators = ()

    def read(self, field: Field, raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise Refused(_("A mapping is needed here."))
        return raw
