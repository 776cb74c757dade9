"""Units: the firm, its branches, divisions, departments and teams, as one tree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor
from bihuan.core.columns import StateField
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.record import Named, Record
from bihuan.core.registry import register

KINDS = {
    "firm": _("Firm"),
    "branch": _("Branch"),
    "division": _("Division"),
    "department": _("Department"),
    "team": _("Team"),
}


class Unit(Named, Record):
    """A part of the firm. Rights that reach "unit and below" follow this tree."""

    code = models.CharField(_("Code"), max_length=40, blank=True, help_text=_("As other systems of the firm know it."))
    kind = StateField(KINDS, verbose_name=_("Kind"), default="department")
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("Belongs to"), null=True, blank=True, related_name="children"
    )
    order = models.PositiveIntegerField(_("Order"), default=0)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def fill(self, by: Actor) -> None:
        """Whatever names no unit above it, as one that an import makes by its name, belongs to the firm."""
        if self.parent_id is None and self.kind != "firm":
            self.parent_id = firm()

    def problems(self):  # type: ignore[no-untyped-def]
        if self.pk and self.parent_id in below(self.pk):
            yield "parent", _("A unit cannot belong to itself or to a unit below it.")


@register(Unit)
class UnitDesk(Desk):
    icon = "network"
    columns = ("name", "name_en", "code", "kind", "parent")
    key = ("name", "name_en", "code")
    creates = ("parent",)
    sort = "order"
    configuration = True


@remembered
def firm() -> int | None:
    """The firm as a whole: the unit of that kind that belongs to no other; None where nobody has named it yet."""
    rows = Unit._base_manager.filter(parent=None, kind="firm", archived_at=None)
    return rows.order_by("pk").values_list("pk", flat=True).first()


@remembered
def _children() -> dict[int | None, list[int]]:
    """Every unit's key by that of the unit above it."""
    children: dict[int | None, list[int]] = {}
    for key, parent in Unit._base_manager.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(key)
    return children


def units() -> frozenset[int]:
    """The ids of all units."""
    return frozenset(key for keys in _children().values() for key in keys)


@remembered
def below(unit_id: int) -> frozenset[int]:
    """The ids of a unit and of every unit under it."""
    children = _children()
    found, waiting = set(), [unit_id]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += children.get(key, ())
    return frozenset(found)


@remembered
def upward(unit_id: int | None) -> tuple[int, ...]:
    """The ids of a unit and of every unit over it, the nearest first."""
    parents = {key: parent for parent, keys in _children().items() for key in keys}
    found: list[int] = []
    here = unit_id
    while here is not None and here not in found:
        found.append(here)
        here = parents.get(here)
    return tuple(found)


def above(unit_id: int) -> frozenset[int]:
    """The ids of a unit and of every unit over it."""
    return frozenset(upward(unit_id))


def children_of(unit_id: int) -> tuple[int, ...]:
    """The ids of the units right under a unit."""
    return tuple(_children().get(unit_id, ()))
