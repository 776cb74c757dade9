"""The addresses of this room."""

from bihuan.sales import settings_views

urlpatterns = settings_views.paths
