"""The addresses of this room."""

from bihuan.sales import settings_views, views

urlpatterns = [*settings_views.paths, *views.paths]
