"""Calendar accounts: a calendar on a CalDAV server that is kept in step with its owner's tasks and appointments."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import AboutField, NumberField, SecretField
from bihuan.core.desk import Desk, Section
from bihuan.core.privacy import traces
from bihuan.core.privacy.held import Keys
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register
from bihuan.touch.caldav.entry import NOTES
from bihuan.touch.caldav.server import FAILURES
from bihuan.touch.visited import Visited


class CalendarAccount(OwnedRecord):
    """Somebody's login at a CalDAV server, and the one calendar there that is kept in step with what they own here."""

    number = NumberField("CAL-{n:03}")
    name = models.CharField(_("Name"), max_length=120)
    address = models.URLField(
        _("Server address"), max_length=400, help_text=_("Of the server, or of a calendar on it.")
    )
    login = models.CharField(_("Login"), max_length=200)
    password = SecretField(max_length=1000, verbose_name=_("Password"))
    calendar = models.CharField(_("Address of the calendar"), max_length=600, blank=True, editable=False)
    calendar_name = models.CharField(_("Calendar"), max_length=200, blank=True, editable=False)
    active = models.BooleanField(_("Active"), default=True)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("calendar account")
        verbose_name_plural = _("calendar accounts")


@register(CalendarAccount)
class CalendarAccountDesk(Desk):
    icon = "calendar"
    columns = ("name", "login", "calendar_name", "active", "owner")
    form = (Section(_("Calendar account"), ("name", "address", "login", "active", "number", "owner")),)
    facts = (Section(_("Calendar account"), ("name", "address", "login", "calendar_name", "active")),)
    quick = ("name", "address", "login")
    key = ("number", "name")
    sort = "name"
    search = {"name": 5}
    subtitle = ("login", "owner")


class CalendarState(Visited):
    """How a calendar account fares. `stamps` has, by the address of a calendar, what its server called its state then."""

    account = models.OneToOneField(CalendarAccount, models.CASCADE, related_name="state")
    stamps = models.JSONField(default=dict)

    of, sentences = "account", FAILURES

    class Meta:
        app_label = "touch"

    @classmethod
    def open(cls) -> models.QuerySet[Self]:
        return super().open().exclude(account__calendar="").filter(account__owner__isnull=False)


class CalendarItem(models.Model):
    """An entry of a calendar: as it was when both sides agreed (`raw`, `etag`, the record's `version`), and whose it is here.

    An `etag` that is empty was never confirmed by the server. One with a `note` (see NOTES) is left as it is.
    """

    account = models.ForeignKey(CalendarAccount, models.CASCADE, related_name="items")
    calendar = models.CharField(max_length=600)
    href = models.CharField(max_length=1000)
    uid = models.CharField(max_length=250, db_index=True)
    title = models.CharField(max_length=200, blank=True)
    etag = models.CharField(max_length=400, blank=True)
    raw = models.TextField(blank=True)
    about = AboutField()
    about_id = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "touch"
        constraints = [models.UniqueConstraint(fields=["account", "href"], name="one_item_of_an_entry")]

    @property
    def sentence(self) -> str:
        """Why it is left as it is, in the reader's language; "" where it is not."""
        return str(NOTES[self.note]) if self.note else ""


@traces.forgets
def let_go(own: Keys) -> None:
    """Keep nothing of what stood in a calendar of records that are erased; the next visit writes the emptied record there."""
    for desk, keys in own.items():
        CalendarItem.objects.filter(about=desk.slug, about_id__in=keys).update(raw="", title="", detail="")
