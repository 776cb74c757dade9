"""Addresses of the contact centre's own pages, and where the navigation has them."""

from django.utils.translation import gettext_lazy as _

from bihuan.touch import agenda_views, feed_views, inbox_views
from bihuan.touch.caldav import views as caldav_views
from bihuan.touch.inbox import count
from bihuan.touch.mail import mailbox_views
from bihuan.touch.mail import views as mail_views
from bihuan.web.places import Place, offer_place

offer_place(Place("inbox", _("Inbox"), "inbox", "inbox", "waiting", 1, goto="i", count=count))
offer_place(Place("calendar", _("Calendar"), "calendar", "calendar", "task", 2))

urlpatterns = [
    *inbox_views.paths,
    *agenda_views.paths,
    *feed_views.paths,
    *mail_views.paths,
    *mailbox_views.paths,
    *caldav_views.paths,
]
