"""Addresses of this room's own pages."""

from bihuan.sales import views

urlpatterns = views.paths
