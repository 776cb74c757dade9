"""Addresses of this room, and the ways from a record's page to them."""

from bihuan.market import campaign_pages, document_pages, form_views, segment_pages, ways_in  # noqa: F401  (segment_pages declares ways alone)

urlpatterns = [*campaign_pages.paths, *form_views.paths, *ways_in.paths, *document_pages.paths]
