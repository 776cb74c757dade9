"""Addresses of the contact centre's own pages."""

from bihuan.touch import agenda_views, feed_views, inbox_views

urlpatterns = [*inbox_views.paths, *agenda_views.paths, *feed_views.paths]
