"""Addresses of this room: mails have a page of their own, and mailboxes one in the profile."""

from bihuan.touch.mail import mailbox_views, views

urlpatterns = [*views.paths, *mailbox_views.paths]
