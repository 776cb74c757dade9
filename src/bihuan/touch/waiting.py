"""Who waits for an answer, since when and until when they are to have it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import AboutField, ChoiceField, StateField
from bihuan.core.desk import Desk, Section, View
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import OwnedRecord, staff
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.touch.touchpoint import Touchpoint

STATES = {"waiting": _("Waiting"), "answered": _("Answered"), "dismissed": _("Needs no answer")}
OPEN = Q(state="waiting", archived_at=None)


class Waiting(OwnedRecord):
    """One person, or an account that nobody speaks for, who waits since an inbound touch; its owner is to answer.

    Where neither is known yet it is whoever stands behind the record that the touch is about: a lead.

    Whatever they say until then belongs to the same wait: `touchpoint` is the last of it, `since` the first.
    """

    touchpoint = models.ForeignKey(
        Touchpoint, models.PROTECT, verbose_name=_("Last words"), editable=False, related_name="+"
    )
    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("Account"), null=True, editable=False, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, verbose_name=_("Contact"), null=True, editable=False, related_name="+"
    )
    about = AboutField(editable=False)
    about_id = models.BigIntegerField(_("Record"), null=True, editable=False)
    channel = ChoiceField(set="channel", verbose_name=_("Channel"), null=False, blank=False, editable=False)
    further = models.BooleanField(_("Further answer"), default=False, editable=False)
    since = models.DateTimeField(_("Since"), editable=False)
    due_at = models.DateTimeField(_("Due"), editable=False)
    escalate_at = models.DateTimeField(_("Manager told"), null=True, editable=False)
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    answered_at = models.DateTimeField(_("Answered"), null=True, editable=False)
    answered_by = staff(_("Answered by"), editable=False)
    minutes = models.PositiveIntegerField(
        _("Minutes taken"), null=True, editable=False, help_text=_("Working minutes until the answer.")
    )
    late = models.BooleanField(
        _("Late"), null=True, editable=False, help_text=_("Whether the answer came after it was due.")
    )
    remark = models.TextField(_("Remark"), blank=True)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("awaited answer")
        verbose_name_plural = _("awaited answers")
        indexes = [
            *OwnedRecord.Meta.indexes,
            # how soon those were answered who began to wait in a period
            models.Index(fields=["-since"], name="waiting_since", condition=models.Q(archived_at=None)),
            models.Index(fields=["owner", "due_at"], name="waiting_mine", condition=OPEN),
            models.Index(fields=["due_at"], name="waiting_due", condition=OPEN),
            models.Index(fields=["escalate_at"], name="waiting_escalate", condition=OPEN),
            models.Index(fields=["about", "about_id"], name="waiting_about", condition=OPEN),
        ]


@register(Waiting)
class WaitingDesk(Desk):
    icon = "inbox"
    title = "contact__name"
    made_by = "await_answer"
    columns = ("contact", "account", "channel", "since", "due_at", "state", "late", "minutes", "answered_by", "owner")
    filters = ("state", "channel", "late", "further", "owner", "since")
    facts = (
        Section(_("Waiting"), ("touchpoint", "channel", "since", "due_at", "escalate_at", "further", "remark")),
        Section(_("Answer"), ("answered_at", "answered_by", "minutes", "late")),
    )
    views = (
        View("waiting", _("Waiting"), {"state.in": "waiting"}),
        View("mine", _("Mine"), {"owner.in": "me", "state.in": "waiting"}),
        View("late", _("Answered late"), {"state.in": "answered", "late.is": "1"}),
        View("all", _("All"), {}),
    )
    sort = "due_at"
    tags = ("state", "channel")
    subtitle = ("account", "since", "owner")
    figures = ("minutes",)
    through = ("account", "contact")
    personal = Personal(("remark",), of=("contact", "touchpoint", "about"))
