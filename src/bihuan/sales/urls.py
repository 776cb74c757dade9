"""The addresses of this room."""

from bihuan.sales import attribution_page, settings_views, views

urlpatterns = [*settings_views.paths, *attribution_page.paths, *views.paths]
