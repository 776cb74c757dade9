"""What every business record has, and what it may say about itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bihuan.core.stored import CustomColumn

if TYPE_CHECKING:
    from bihuan.core.access import Actor
    from bihuan.core.event import Event
    from bihuan.core.stage import Stage

#: Columns the kernel keeps; never an input of a command, never in a difference.
KEPT = frozenset({"id", "version", "created_at", "created_by", "changed_at", "changed_by", "archived_at"})


def staff(label: Any, **options: Any) -> models.ForeignKey:
    """A link to a member of staff, by default without an index of its own."""
    defaults = {"null": True, "blank": True, "editable": True, "related_name": "+", "db_index": False}
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=label, **{**defaults, **options})


class Record(models.Model):
    """One business thing. It changes only through commands, which keep `version`, the stamps and the audit."""

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("Created"), editable=False)
    created_by = staff(_("Created by"), editable=False)
    changed_at = models.DateTimeField(_("Changed"), editable=False)
    changed_by = staff(_("Changed by"), editable=False)
    archived_at = models.DateTimeField(_("Archived"), null=True, blank=True, editable=False)
    custom = CustomColumn()

    #: Fields that may be given when a record is created and afterwards change by commands of their own, if at all.
    given_once: tuple[str, ...] = ("created_at",)
    #: Columns that tell whose a record is and to which unit it belongs; who made it, where it has no owner.
    own_path, unit_path = "created_by_id", "created_by__unit_id"

    class Meta:
        abstract = True

    def fill(self, by: Actor) -> None:
        """Set what was left open when the record is created. Touch only this record's own columns."""

    @classmethod
    def fill_all(cls, records: Sequence[Self]) -> None:
        """The same where the database must be asked, for all the new records of a batch together."""

    def settle(self) -> None:
        """Set what follows from the record's other columns; called before every write. Must not query."""

    def problems(self) -> Iterable[tuple[str, str]]:
        """Broken invariants as (field, sentence). Must not query."""
        return ()

    def entered(self, stage: Stage, by: Actor) -> Iterable[Event]:
        """Called when the record has come to a stage; may set its own columns, returns events."""
        return ()


class OwnedRecord(Record):
    """A record somebody is responsible for; who may see it hangs on `owner` and `unit`."""

    owner = staff(_("Owner"))
    unit = models.ForeignKey(
        "people.Unit",
        models.PROTECT,
        verbose_name=_("Unit"),
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
    )
    given_once = (*Record.given_once, "owner")
    own_path, unit_path = "owner_id", "unit_id"

    class Meta:
        abstract = True
        # the three ways a list is opened: everything, one's own, one's unit's; each newest first
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="%(class)s_changed", condition=models.Q(archived_at=None)),
            models.Index(
                fields=["owner", "-changed_at", "-id"], name="%(class)s_owner", condition=models.Q(archived_at=None)
            ),
            models.Index(
                fields=["unit", "-changed_at", "-id"], name="%(class)s_unit", condition=models.Q(archived_at=None)
            ),
        ]

    def changed_hands(self, at: datetime) -> None:
        """Called when the record has got its first owner, another one or none; may set its own columns."""


class Named(models.Model):
    """A name in the three languages of the product; an empty one falls back to simplified Chinese."""

    name = models.CharField(_("Name (简体)"), max_length=120)
    name_hant = models.CharField(_("Name (繁體)"), max_length=120, blank=True)
    name_en = models.CharField(_("Name (English)"), max_length=120, blank=True)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The name in the language in force."""
        return label_of(self.name, self.name_hant, self.name_en)

    def __str__(self) -> str:
        return self.label


def label_of(name: str, hant: str, en: str) -> str:
    """The one of the three names that fits the language in force."""
    language = get_language() or ""
    if language.startswith("en"):
        return en or name
    return (hant or name) if language == "zh-hant" else name
