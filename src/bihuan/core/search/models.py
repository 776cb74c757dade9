"""The search entry: what one record is found by, in the columns that decide whether it is."""

from django.db import models


class SearchEntry(models.Model):
    """One record in the index.

    `words`, `spellings` and `phones` hold lines, heaviest first, each ended by a newline. The grams of
    the entry are in a table of their own, which each database keeps in its own way: see schema.py.
    """

    object = models.CharField(max_length=64)
    record_id = models.BigIntegerField()
    title = models.TextField()
    detail = models.TextField()
    words = models.TextField()
    spellings = models.TextField()
    phones = models.TextField()
    archived = models.BooleanField()

    class Meta:
        app_label = "core"
        db_table = "core_search_entry"
        # The record first: an index that begins with the object would lure planners away from the grams.
        constraints = (models.UniqueConstraint(fields=["record_id", "object"], name="one_search_entry_per_record"),)
