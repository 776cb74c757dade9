"""The journal of merges: which records became one, what that changed, and which links moved."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

#: A merge can be taken back for so long.
UNDONE_WITHIN = timedelta(days=30)


class Merge(models.Model):
    """Some records of an object became one, `survivor`. `values` maps field to [before, after] on the survivor.

    Once taken back, `kept` names the fields that stayed because somebody had changed them since.
    """

    object = models.CharField(max_length=40)
    survivor = models.BigIntegerField()
    values = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=list)

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["object", "survivor", "-id"], name="merge_survivor")]

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and timezone.now() - self.at <= UNDONE_WITHIN


class MergedRecord(models.Model):
    """A record that went into another one; its address leads there until the merge is taken back."""

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="records")
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["object", "record_id"], name="merged_record")]


class MovedLink(models.Model):
    """A row that pointed to a merged record, `former`, by `column` of `table`.

    It now points to the survivor ("moved"), or was in the way of a row that says the same: then it is in the recycle
    bin ("archived"), or gone if it did nothing but join the survivor to `other` ("dropped").
    """

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="links")
    table = models.CharField(max_length=80)
    column = models.CharField(max_length=80)
    row = models.BigIntegerField()
    former = models.BigIntegerField()
    deed = models.CharField(max_length=8)
    other = models.BigIntegerField(null=True)

    class Meta:
        app_label = "core"


def merged_into(slug: str, record_id: int) -> int | None:
    """The record that this one was merged into; None for one that was not, or no longer is."""
    rows = MergedRecord.objects.filter(object=slug, record_id=record_id, merge__undone_at=None)
    return rows.values_list("merge__survivor", flat=True).first()
