"""Lists of values that belong to the firm: type, level, source, reason …"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import ChoiceListField, StateField
from bihuan.core.configuration import remembered
from bihuan.core.record import Named, Record, label_of

if TYPE_CHECKING:
    from bihuan.core.access import Actor

#: The twelve colours of the design; each is legible in both themes.
PIGMENTS = {
    "ink": _("Ink 墨"),
    "dai": _("Indigo-green 黛"),
    "azure": _("Azure 石青"),
    "indigo": _("Indigo 靛"),
    "violet": _("Violet 紫棠"),
    "rouge": _("Rouge 胭脂"),
    "cinnabar": _("Cinnabar 朱砂"),
    "orange": _("Orange 橘"),
    "gamboge": _("Gamboge 藤黄"),
    "olive": _("Olive 秋香"),
    "malachite": _("Malachite 石绿"),
    "turquoise": _("Turquoise 松石"),
}


def pigment_field() -> StateField:
    """The column that holds one of the twelve pigments."""
    return StateField(PIGMENTS, verbose_name=_("Colour"), default="ink")


def aliases_field() -> models.CharField:
    """The column for other spellings of a name."""
    return models.CharField(
        _("Also known as"),
        max_length=400,
        blank=True,
        help_text=_("Other spellings an import understands, parted by commas."),
    )


def key_field() -> models.CharField:
    """The column for a short name that blueprints and programs hold on to while people rename."""
    return models.CharField(
        _("Key"), max_length=40, blank=True, help_text=_("A short name that programs and blueprints use.")
    )


def key_of(name: str, taken: Collection[str]) -> str:
    """A key for what is called so: its letters and figures, with a figure behind where somebody has the same."""
    key = "_".join(re.findall(r"\w+", name.lower()))[:36] or "item"
    return next(each for n in count(1) if (each := key if n == 1 else f"{key}_{n}") not in taken)


class Choice(Named, Record):
    """One value of a configurable list. `set` names the list; `aliases` are other spellings that imports understand."""

    set = ChoiceListField(_("List"), max_length=40)
    key = key_field()
    order = models.PositiveIntegerField(_("Order"), default=0)
    pigment = pigment_field()
    aliases = aliases_field()

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        indexes = [models.Index(fields=["set", "order"], name="choice_set")]
        constraints = [models.UniqueConstraint(fields=["set", "key"], name="one_choice_key")]

    def fill(self, by: Actor) -> None:
        taken = {each.key for each in _by_id().values() if each.set == self.set}
        self.key = self.key or key_of(self.name_en or self.name, taken)


@dataclass(frozen=True, slots=True)
class Option:
    """A choice or stage as pages and parsers use it, from memory."""

    id: int
    names: tuple[str, str, str]
    pigment: str
    set: str = ""
    key: str = ""
    aliases: tuple[str, ...] = ()
    active: bool = True

    @property
    def label(self) -> str:
        return label_of(*self.names)

    def spellings(self) -> tuple[str, ...]:
        """Everything this option may be called in a file."""
        return tuple(text for text in (*self.names, self.key, *self.aliases) if text)


def split_aliases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


@remembered
def _by_id() -> dict[int, Option]:
    rows = Choice.objects.order_by("set", "order", "id")
    return {
        row.id: Option(
            row.id,
            (row.name, row.name_hant, row.name_en),
            row.pigment,
            row.set,
            row.key,
            split_aliases(row.aliases),
            row.archived_at is None,
        )
        for row in rows
    }


def option(choice_id: int) -> Option | None:
    """A choice from memory."""
    return _by_id().get(choice_id)


@remembered
def options(set: str) -> tuple[Option, ...]:
    """The active values of one list, in the firm's order."""
    return tuple(item for item in _by_id().values() if item.set == set and item.active)


def keyed(set: str, key: str) -> Option | None:
    """The value of a list that carries this key."""
    return next((item for item in options(set) if item.key == key), None)
