"""Addresses of signing in, the profile, the set-up, and this room's sections of the settings."""

from bihuan.people import (
    access_views,
    field_rights_views,
    log_views,
    mention_views,
    role_views,
    settings_views,
    sign_in_views,
    views,
)

urlpatterns = [
    *sign_in_views.paths, *views.paths, *settings_views.paths, *role_views.paths, *field_rights_views.paths,
    *access_views.paths, *log_views.paths, *mention_views.paths,
]  # fmt: skip
