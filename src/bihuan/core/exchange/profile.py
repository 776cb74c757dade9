"""What was once answered about a kind of file, so that it is not asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from bihuan.core.kind import fold

#: The head of the column that an error file has in addition.
REASON = _("Why this row was refused")


class ImportProfile(models.Model):
    """Answers about files with the same head: `mapping` column head → field (empty: leave out), `values` field → text →
    id of a record or choice, `dates` field → order of day, month and year, `numbers` field → what parts the decimals."""

    object = models.CharField(max_length=40)
    signature = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    dates = models.JSONField(default=dict)
    numbers = models.JSONField(default=dict)

    class Meta:
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["object", "signature"], name="one_import_profile")]


def of(slug: str, head: Sequence[str]) -> ImportProfile:
    """The saved answers for a file, or new ones."""
    signature = signature_of(head)
    return ImportProfile.objects.filter(object=slug, signature=signature).first() or ImportProfile(
        object=slug, signature=signature
    )


def signature_of(head: Sequence[str]) -> str:
    """The same for two files with the same columns; the column that an error file adds does not count."""
    reasons = reason_heads()
    names = [fold(name) for name in head if name not in reasons]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def reason_heads() -> set[str]:
    """What the added column of an error file is called, in every language."""
    found = set()
    for language in ("zh-hans", "zh-hant", "en"):
        with translation.override(language):
            found.add(str(REASON))
    return found
