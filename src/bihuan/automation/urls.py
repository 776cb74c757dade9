"""Addresses of this room's sections of the settings."""

from bihuan.automation import settings_views

urlpatterns = settings_views.paths
