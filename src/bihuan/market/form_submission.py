"""Submissions: what somebody sent by a lead form, kept as it came, whatever becomes of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.columns import AboutField, PhoneField, SecretField, StateField
from bihuan.core.desk import Desk, Panel, Section, View
from bihuan.core.field import Computed
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.market import own_questions
from bihuan.market.campaign import Campaign
from bihuan.market.lead_form import ASKED, LeadForm

STATES = {"received": _("Received"), "accepted": _("Accepted"), "spam": _("Spam")}
#: Why the product itself takes a submission for spam.
SUSPICIONS = {
    "none": _("Nothing suspicious"),
    "trap": _("Filled what people do not see"),
    "haste": _("Sent faster than people write"),
}


class FormSubmission(Record):
    """The answers to a form. `about` names what was made of it; `address` and `mark` tell senders and sendings apart."""

    form = models.ForeignKey(LeadForm, models.PROTECT, verbose_name=_("Form"), related_name="submissions")
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("Campaign"), null=True, blank=True, editable=False, related_name="+"
    )
    state = StateField(STATES, verbose_name=_("State"), editable=False)
    suspicion = StateField(SUSPICIONS, verbose_name=_("Suspicion"), editable=False)
    name = models.CharField(_("Name"), max_length=120, blank=True)
    company = models.CharField(_("Company"), max_length=200, blank=True)
    title = models.CharField(_("Position"), max_length=120, blank=True)
    mobile = PhoneField(verbose_name=_("Mobile"))
    phone = PhoneField(verbose_name=_("Phone"))
    email = models.EmailField(_("E-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=80, blank=True)
    province = models.CharField(_("Province"), max_length=80, blank=True)
    city = models.CharField(_("City"), max_length=80, blank=True)
    demand = models.TextField(_("Demand"), max_length=4000, blank=True)
    answers = models.JSONField(
        _("Answers to own questions"), default=dict, blank=True
    )  # as they were typed, by the name of the field
    remark = models.TextField(_("Remark"), blank=True)
    device = models.CharField(_("Device"), max_length=80, blank=True, editable=False)
    address = SecretField(max_length=40)
    mark = SecretField(max_length=40, null=True, unique=True, default=None)
    about = AboutField()
    about_id = models.BigIntegerField(_("Record"), null=True, blank=True)

    given_once = (*Record.given_once, "form", *(name for name in ASKED if name != "file"), "about", "about_id")

    class Meta:
        verbose_name = _("form submission")
        verbose_name_plural = _("form submissions")
        indexes = [
            models.Index(fields=["form", "-created_at"], name="submission_form"),
            models.Index(fields=["address", "-created_at"], name="submission_place"),
            models.Index(fields=["about", "about_id"], name="submission_about"),
        ]


@register(FormSubmission)
class FormSubmissionDesk(Desk):
    icon = "inbox"
    made_by = "submit"
    columns = ("name", "company", "mobile", "email", "demand", "form", "campaign", "state", "created_at")
    filters = ("state", "form", "campaign", "created_at", "suspicion")
    facts = (
        Section(_("Answers"), ("name", "company", "title", "mobile", "phone", "email", "wechat", "province", "city", "demand", "told")),
        Section(_("Way"), ("form", "campaign", "state", "suspicion", "device", "created_at", "remark")),
    )  # fmt: skip
    computed = (Computed("told", _("Further answers"), kind.LongText(), ("answers",), own_questions.told),)
    views = (
        View("all", _("All submissions"), {}),
        View("received", _("Received"), {"state.in": "received"}),
        View("spam", _("Spam"), {"state.in": "spam"}),
    )
    sort = "-created_at"
    search = {"name": 8, "company": 8, "mobile": 8, "phone": 6, "email": 6, "wechat": 4, "demand": 2}
    subtitle = ("form", "company", "created_at")
    panels = (
        Panel("form", ("name", "company", "state", "created_at"), label=_("Submissions"), sort="-created_at"),
        Panel("campaign", ("name", "company", "state", "created_at"), label=_("Submissions"), sort="-created_at"),
    )
    through = ("form",)
    personal = Personal(
        (
            "name", "title", "mobile", "phone", "email", "wechat", "province", "city", "demand", "answers", "remark", "device", "address",
        ),
        of=("about",),
    )  # fmt: skip
