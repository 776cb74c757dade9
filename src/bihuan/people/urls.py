"""Addresses of signing in, the profile and the set-up."""

from bihuan.people.views import paths

urlpatterns = paths
