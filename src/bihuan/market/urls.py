"""Addresses of this room, and the ways from a record's page to them."""

from bihuan.market import campaign_pages, document_pages, form_views, segment_pages  # noqa: F401  (the last declares a way alone)

urlpatterns = [*campaign_pages.paths, *form_views.paths, *document_pages.paths]
