"""What a record has that may lie in a public pool."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import ChoiceField, StateField
from bihuan.core.record import OwnedRecord, staff

#: What was missing for too long when a record falls. A rule says of each for how many days, in the field "<key>_days".
CLOCKS = {
    "untouched": _("Nobody touched it"),
    "no_deal": _("No opportunity"),
    "not_won": _("No won deal"),
}


def _pool(label: Any) -> models.ForeignKey:
    """A link to a pool that only commands set."""
    options = {"null": True, "blank": True, "related_name": "+", "editable": False, "db_index": False}
    return models.ForeignKey("parties.Pool", models.PROTECT, verbose_name=label, **options)


class Pooled(OwnedRecord):
    """A record that somebody owns, or that lies in exactly one pool.

    `falls_on`, `falls_for` and `falls_into` are kept: see falling.py, which its desk names as `kept`.
    """

    pool = _pool(_("Pool"))
    pooled_at = models.DateTimeField(_("In the pool since"), null=True, blank=True, editable=False)
    pool_reason = ChoiceField(set="pool_reason", verbose_name=_("Why it is in the pool"), editable=False)
    former_owner = staff(_("Former owner"), editable=False)
    owner_since = models.DateTimeField(_("Owned since"), null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(_("Claimed"), null=True, blank=True, editable=False)
    falls_on = models.DateField(_("Falls into the pool"), null=True, blank=True, editable=False)
    falls_for = StateField(CLOCKS, verbose_name=_("Falls because"), default="", blank=True, editable=False)
    falls_into = _pool(_("Falls into"))

    given_once = (*OwnedRecord.given_once, "owner_since")
    #: The columns that tell a record's level and its last won deal, where it has them.
    level_column, won_column = "", ""

    class Meta(OwnedRecord.Meta):
        abstract = True
        indexes = [
            *OwnedRecord.Meta.indexes,
            models.Index(
                fields=["pool", "-changed_at", "-id"],
                name="%(class)s_pool",
                condition=Q(archived_at=None, pool__isnull=False),
            ),
            models.Index(
                fields=["falls_on", "id"], name="%(class)s_falls", condition=Q(archived_at=None, falls_on__isnull=False)
            ),
        ]
        constraints = [models.CheckConstraint(condition=Q(pool=None) | Q(owner=None), name="%(class)s_owned_or_pooled")]

    def changed_hands(self, at: datetime) -> None:
        """Whoever has got it has taken it out of the pool. History that is brought along tells since when they have had it."""
        brought = self.owner_since if self.pk is None else None
        self.owner_since = (brought or at) if self.owner_id else None
        if self.owner_id is not None:
            self.pool_id = self.pooled_at = self.pool_reason_id = None
