"""Marketing documents: brochures, price lists, test reports; each a series of versions of which the last one counts."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.catalog.product import Product
from bihuan.core import kind
from bihuan.core.columns import ChoiceField, NumberField, StateField
from bihuan.core.desk import Desk, Panel, Rollup, Section, View
from bihuan.core.field import Computed
from bihuan.core.held_file import NAME_LENGTH, stored_under
from bihuan.core.record import OwnedRecord, Record
from bihuan.core.registry import register
from bihuan.market.campaign import Campaign

STATES = {"current": _("Current"), "superseded": _("Superseded")}


class MarketingDocument(OwnedRecord):
    """Something to hand out, about a product, for a campaign, or about the firm."""

    number = NumberField("DC-{n:04}")
    name = models.CharField(_("Document name"), max_length=200)
    kind = ChoiceField(set="document_kind", verbose_name=_("Kind"))
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("Campaign"), null=True, blank=True, related_name="documents"
    )
    product = models.ForeignKey(
        Product, models.PROTECT, verbose_name=_("Product"), null=True, blank=True, related_name="documents"
    )
    valid_until = models.DateField(_("Valid until"), null=True, blank=True)
    version_count = models.PositiveIntegerField(_("Versions"), default=0, editable=False)
    remark = models.TextField(_("Remark"), blank=True)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("marketing document")
        verbose_name_plural = _("marketing documents")


def is_over(day: date | None) -> bool | None:
    """Whether the last day lies behind; None says nothing."""
    return (day is not None and day < timezone.localdate()) or None


@register(MarketingDocument)
class MarketingDocumentDesk(Desk):
    icon = "book-open"
    group = "reach"
    columns = ("name", "kind", "version_count", "valid_until", "product", "campaign", "changed_at", "owner")
    filters = ("kind", "product", "campaign", "valid_until", "owner")
    form = (
        Section(_("Document"), ("name", "number", "kind", "valid_until", "owner")),
        Section(_("About"), ("product", "campaign", "remark")),
    )
    quick = ("name", "kind", "product", "campaign", "valid_until", "owner")
    facts = (
        Section(_("Document"), ("number", "name", "kind", "version_count", "valid_until", "owner")),
        Section(_("About"), ("product", "campaign", "remark")),
    )
    views = (
        View("all", _("All documents"), {}),
        View("mine", _("Mine"), {"owner.in": "me"}),
        View("over", _("No longer valid"), {"valid_until.in": "past"}),
    )
    search = {"number": 8, "name": 10, "remark": 1}
    key = ("number", "name")
    tags = ("kind", "over")
    subtitle = ("number", "product", "campaign", "owner")
    figures = ("version_count", "valid_until")
    computed = (Computed("over", _("No longer valid"), kind.YesNo(), ("valid_until",), is_over),)
    creates = ("kind",)
    panels = (
        Panel("campaign", ("name", "kind", "version_count", "valid_until")),
        Panel("product", ("name", "kind", "version_count", "valid_until")),
    )


class DocumentVersion(Record):
    """One version of a document: a file that is never written to again."""

    document = models.ForeignKey(
        MarketingDocument, models.PROTECT, verbose_name=_("Document"), editable=False, related_name="versions"
    )
    edition = models.PositiveIntegerField(_("Version"), editable=False)
    name = models.CharField(_("File name"), max_length=NAME_LENGTH, editable=False)
    file = models.FileField(upload_to=stored_under, max_length=100, editable=False)
    size = models.PositiveBigIntegerField(_("Size"), default=0, editable=False)
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    note = models.CharField(_("What is new"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")
        constraints = [models.UniqueConstraint(fields=["document", "edition"], name="one_version_of_an_edition")]


@register(DocumentVersion)
class DocumentVersionDesk(Desk):
    icon = "file-text"
    made_by = "keep_version"
    columns = ("name", "edition", "state", "note", "size", "created_at", "created_by", "document")
    facts = (Section("", ("document", "edition", "name", "size", "state", "note", "created_at", "created_by")),)
    sort = "-edition"
    tags = ("state",)
    subtitle = ("document", "edition", "created_at")
    through = ("document",)
    hung_by = "edit"  # nobody adds to a document that they may only read
    rollups = (Rollup("document", "version_count", Count("pk")),)
    panels = (
        Panel("document", ("name", "edition", "state", "created_at"), label=_("Versions"), sort="-edition", adds=False),
    )  # fmt: skip
