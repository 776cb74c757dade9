"""Addresses of signing in, the profile, the set-up, and this room's sections of the settings."""

from bihuan.people import role_views, settings_views, views

urlpatterns = [*views.paths, *settings_views.paths, *role_views.paths]
