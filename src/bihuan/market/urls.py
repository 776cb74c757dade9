"""Addresses of this room, and the ways from a record's page to them."""

from bihuan.market import form_views, segment_pages  # noqa: F401  (the second declares a way alone)

urlpatterns = form_views.paths
