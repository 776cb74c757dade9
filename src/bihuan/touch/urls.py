"""Addresses of the contact centre's own pages."""

from bihuan.touch import inbox_views

urlpatterns = inbox_views.paths
