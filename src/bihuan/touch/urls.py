"""Addresses of this room: mails have a page of their own, and mailboxes a section of the settings."""

from bihuan.touch.mail import settings_views, views

urlpatterns = [*views.paths, *settings_views.paths]
