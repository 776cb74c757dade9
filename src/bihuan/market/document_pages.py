"""The way from a document to the file that counts."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core.access import visible
from bihuan.market.document import DocumentVersion, MarketingDocument
from bihuan.web import record_page
from bihuan.web.record_page import Action
from bihuan.web.subject import Subject


@record_page.further(MarketingDocument)
def to_current_file(subject: Subject) -> Action | None:
    """The version that counts, if there is any."""
    current = visible(subject.actor, DocumentVersion).filter(document=subject.record.pk, state="current")
    key = current.values_list("attachment_id", flat=True).first()
    return None if key is None else Action(_("Download"), "download", reverse("file", args=[key]), "call")
