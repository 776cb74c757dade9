"""The search entry: what one record is found by, in the columns that decide whether it is."""

from django.db import models


class SearchEntry(models.Model):
    """One record in the index.

    `words`, `spellings` and `phones` hold what it is found by, folded; `texts` the same as it is shown. Each is lines, the
    title's first and then heaviest first; a line is a text, a tab, the field it stands in, a newline, and of `words` those that
    name the record begin with an equals sign. `owner_id` and
    `changed_at` order what fits equally well. The grams of the entry are in a table of their own, which each database
    keeps in its own way: see schema.py.
    """

    object = models.CharField(max_length=64)
    record_id = models.BigIntegerField()
    title = models.TextField()
    texts = models.TextField(default="")
    words = models.TextField()
    spellings = models.TextField()
    phones = models.TextField()
    owner_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()
    archived = models.BooleanField()

    class Meta:
        app_label = "core"
        db_table = "core_search_entry"
        # The record first: an index that begins with the object would lure planners away from the grams.
        constraints = (models.UniqueConstraint(fields=["record_id", "object"], name="one_search_entry_per_record"),)
