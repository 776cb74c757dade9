"""The file of a version of a document, and the ways to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bihuan.core.access import find, visible
from bihuan.market.document import DocumentVersion, MarketingDocument
from bihuan.web import record_page
from bihuan.web.record_page import Action
from bihuan.web.subject import Subject
from bihuan.web.views.files import handed_out


@require_safe
def download(request: HttpRequest, key: int) -> HttpResponseBase:
    """The file, for whoever sees the document."""
    version = find(request.actor, DocumentVersion, key)  # type: ignore[attr-defined]
    return handed_out(version.file, version.name)


@record_page.further(MarketingDocument)
def to_current(subject: Subject) -> Action | None:
    """From a document to the version that counts, if there is any."""
    current = visible(subject.actor, DocumentVersion).filter(document=subject.record.pk, state="current").first()
    return None if current is None else _download(current.pk)


@record_page.further(DocumentVersion)
def to_file(subject: Subject) -> Action:
    """From a version, be it the current one or not."""
    return _download(subject.record.pk)


def _download(key: int) -> Action:
    return Action(_("Download"), "download", reverse("document_file", args=[key]), "call")


paths = [path("documentversion/<int:key>/download", download, name="document_file")]
