"""Sharing: one record is opened to a person or a unit that would not see it, to read or to edit, until a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.attached import Attached
from bihuan.core.command import command
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk, Panel
from bihuan.core.event import Event
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import desk_of, register
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.people.unit import Unit, above
from bihuan.people.user import User, units_of


class Share(Attached):
    """A record opened to a person, to a unit and those below it, or to both; after the day `until` no longer.

    Nothing of it but the reason can be changed: who is to do more or less is given another one, and this one is archived.
    """

    user = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("Colleague"), null=True, blank=True, related_name="+", db_index=False
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("Whole unit"), null=True, blank=True, related_name="+", db_index=False
    )
    edits = models.BooleanField(_("May edit"), default=False)
    until = models.DateField(
        _("Until"), null=True, blank=True, help_text=_("The last day; left empty, until it is taken back.")
    )
    reason = models.CharField(_("Reason"), max_length=200, blank=True)

    given_once = (*Attached.given_once, "about", "about_id", "user", "unit", "edits", "until")

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        indexes = [
            models.Index(fields=["about", "about_id"], name="share_about"),
            models.Index(fields=["about", "user"], name="share_user", condition=Q(archived_at=None)),
            models.Index(fields=["about", "unit"], name="share_unit", condition=Q(archived_at=None)),
        ]

    def problems(self) -> Iterable[tuple[str, str]]:
        if not any(each.slug == self.about and is_shareable(each) for each in registry.desks()) or not self.about_id:
            yield "about", _now("Only a record that somebody owns can be shared.")
        if self.user_id is None and self.unit_id is None:
            yield "user", _now("Name a person or a unit.")
        if self.pk is None and self.until is not None and self.until < timezone.localdate():
            yield "until", _now("This day is over.")


def is_shareable(desk: Desk) -> bool:
    """Whether single records of an object may be opened to others: those that somebody owns."""
    return issubclass(desk.model, OwnedRecord)


@remembered
def shared_objects() -> frozenset[str]:
    """The objects of which some record is or was shared: of all others nothing needs to be asked."""
    return frozenset(Share._base_manager.values_list("about", flat=True).distinct())


@register(Share)
class ShareDesk(Desk):
    icon = "share-2"
    title = "user__name"
    columns = ("about", "user", "unit", "edits", "until", "reason", "created_by")
    quick = ("about", "about_id", "user", "unit", "edits", "until", "reason")
    through = ("about",)
    personal = Personal(("reason",), of=("about",))
    in_memory = True
    hung_by = "edit"  # nobody opens to others what they may only read themselves
    panels = (
        Panel(
            "about", ("user", "unit", "edits", "until"), label=_("Shared with"), on=lambda desk: desk.slug in shared_objects()
        ),
    )  # fmt: skip


@command(
    None, label=_("Share"), icon="share-2", needs="edit", fits=is_shareable, fields_of=Share, told=True,
    refreshes=("header", "timeline", "panels"),
)  # fmt: skip
def share(
    record: models.Model, *, by: Actor, user: int | None = None, unit: int | None = None, edits: bool = False,
    until: date | None = None, reason: str = "",
) -> Iterable[Event]:  # fmt: skip
    """Open the record to a person or a unit, to read or also to edit, for good or until a day."""
    given = {"user": user, "unit": unit, "edits": edits, "until": until, "reason": reason}
    do(create, by=by, on=Share, about=desk_of(record).slug, about_id=record.pk, **given)
    return []


def opened(slug: str, user_id: int, main_unit: int | None, *, to_edit: bool) -> Q | None:
    """The condition of the records of an object that are shared with a person today; None where none ever were."""
    if slug not in shared_objects():
        return None
    units = frozenset().union(*map(above, units_of(user_id, main_unit)))
    whom = Q(user=user_id) | Q(unit__in=sorted(units))
    today = Q(until=None) | Q(until__gte=timezone.localdate())
    shares = Share._base_manager.filter(whom & today, about=slug, archived_at=None)
    return Q(pk__in=(shares.filter(edits=True) if to_edit else shares).values("about_id"))
