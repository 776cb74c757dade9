"""Addresses of this room."""

from bihuan.market import form_views

urlpatterns = form_views.paths
