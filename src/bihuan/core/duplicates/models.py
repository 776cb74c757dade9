"""The tables of duplicates: match keys, likely pairs, how far the search for them has come, and the firm's rules."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import StateField
from bihuan.core.record import Record

#: What becomes of a new record that looks like one that is there.
RULES = {
    "warn": _("Warn, and make it when it is said to be another"),
    "block": _("Refuse what is surely the same, warn of the rest"),
    "off": _("Do not check"),
}


class MatchKey(models.Model):
    """A key of one record in use; records of an object that share a `key` may be one."""

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    key = models.BigIntegerField()
    weight = models.PositiveSmallIntegerField()

    class Meta:
        app_label = "core"
        indexes = [
            models.Index(fields=["key"], name="match_key"),
            models.Index(fields=["record_id", "object"], name="match_record"),
        ]


class LikelyPair(models.Model):
    """Two records of an object that may be one, `low` with the smaller key; `reasons` names the fields that say so.

    A pair that somebody has said to be two stays, so that it is not found again.
    """

    object = models.CharField(max_length=40)
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.BigIntegerField(null=True)

    class Meta:
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["object", "low", "high"], name="one_pair")]
        indexes = [
            models.Index(fields=["object", "-score", "id"], name="pair_score", condition=models.Q(dismissed_at=None)),
            models.Index(fields=["object", "high"], name="pair_high"),
        ]


class Scan(models.Model):
    """The search for pairs among the records of an object: what was changed before `up_to` has been looked at."""

    object = models.CharField(max_length=40, unique=True)
    up_to = models.DateTimeField(null=True)
    job = models.BigIntegerField(null=True)

    class Meta:
        app_label = "core"


class DuplicateRule(Record):
    """What the firm wants to happen when a new record of an object looks like one that is there."""

    object = models.CharField(_("Object"), max_length=40, unique=True)
    rule = StateField(RULES, verbose_name=_("Rule"))

    class Meta:
        verbose_name = _("duplicate rule")
        verbose_name_plural = _("duplicate rules")
