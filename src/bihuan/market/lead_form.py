"""Lead forms: pages that anybody may open, on which people say who they are and what they need."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import ChoiceField, StateField
from bihuan.core.desk import Desk, Panel, Section, View
from bihuan.core.record import Named, OwnedRecord, Record, label_of, staff
from bihuan.core.registry import register
from bihuan.market.campaign import Campaign
from bihuan.market.own_questions import Asked, own_questions

#: What every form may ask for: the fields of a submission, and a file that hangs on it.
ASKED = {
    "name": _("Your name"),
    "company": _("Company"),
    "title": _("Position"),
    "mobile": _("Mobile"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "wechat": _("WeChat"),
    "province": _("Province"),
    "city": _("City"),
    "demand": _("What do you need?"),
    "file": _("File"),
}
#: What else a form may ask for are the firm's own fields of leads.
ASKS = Asked(ASKED)
#: A name of a site as a content policy takes it: "example.com", "*.example.com", "localhost:8080".
HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")


def new_token() -> str:
    """What stands in a form's address: short enough for a QR code, and nothing that one could guess."""
    return secrets.token_urlsafe(9)


class LeadForm(Named, OwnedRecord):
    """A form at an address of its own. What comes in by it counts for a campaign and goes to somebody of the firm."""

    token = models.CharField(_("Token"), max_length=32, unique=True, editable=False, default=new_token)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("Campaign"), null=True, blank=True, related_name="forms"
    )
    source = ChoiceField(set="source", verbose_name=_("Source"))
    receiver = staff(_("Leads go to"), help_text=_("Empty: to whom the assignment rules say."))
    intro = models.TextField(_("Introduction"), blank=True, help_text=_("Stands above the questions."))
    thanks = models.TextField(_("Thanks"), blank=True, help_text=_("Is shown when the form has been sent."))
    redirect = models.URLField(
        _("Page afterwards"), blank=True, max_length=300, help_text=_("Is opened instead of the thanks.")
    )
    hosts = models.CharField(
        _("Sites that may embed it"),
        max_length=400,
        blank=True,
        help_text=_("Their names, parted by blanks; with *. in front all those below one."),
    )
    proof = models.BooleanField(
        _("Ask browsers for work"),
        default=False,
        help_text=_(
            "A visitor's browser calculates for a second before it sends: sending masses costs. Needs JavaScript."
        ),
    )
    open_from = models.DateField(_("Open from"), null=True, blank=True)
    open_until = models.DateField(_("Open until"), null=True, blank=True, help_text=_("To the end of this day."))

    class Meta(OwnedRecord.Meta):
        verbose_name = _("lead form")
        verbose_name_plural = _("lead forms")

    def problems(self) -> Iterable[tuple[str, str]]:
        if self.open_from and self.open_until and self.open_until < self.open_from:
            yield "open_until", _("The end lies before the beginning.")
        if not all(HOST.fullmatch(host) for host in self.sites()):
            yield "hosts", _("Write names of sites, parted by blanks.")

    def sites(self) -> list[str]:
        """The sites that may embed the form."""
        return self.hosts.lower().replace(",", " ").split()

    def is_open(self, today: date | None = None) -> bool:
        """Whether the form takes anything on a day."""
        day = today or timezone.localdate()
        begun = self.open_from is None or self.open_from <= day
        return self.archived_at is None and begun and (self.open_until is None or day <= self.open_until)


@register(LeadForm)
class LeadFormDesk(Desk):
    icon = "clipboard-list"
    group = "reach"
    columns = ("name", "campaign", "source", "receiver", "open_from", "open_until", "owner")
    filters = ("campaign", "source", "receiver", "owner")
    form = (
        Section(_("Form"), ("name", "name_hant", "name_en", "campaign", "source", "receiver", "owner")),
        Section(_("Page"), ("intro", "thanks", "redirect", "hosts", "proof", "open_from", "open_until")),
    )
    quick = ("name", "campaign", "source", "receiver", "open_until", "owner")
    views = (View("all", _("All forms"), {}), View("mine", _("Mine"), {"owner.in": "me"}))
    search = {"name": 10, "name_hant": 8, "name_en": 8, "intro": 1}
    key = ("name",)
    subtitle = ("campaign", "owner")
    panels = (Panel("campaign", ("name", "open_until"), label=_("Lead forms")),)
    creates = ("source",)


class FormQuestion(Record):
    """What a form asks for, in the firm's words or in the product's own."""

    form = models.ForeignKey(LeadForm, models.PROTECT, verbose_name=_("Form"), related_name="questions")
    field = StateField(
        ASKS, verbose_name=_("Asks for"), max_length=40,
        help_text=_("What else you want to know is an own field of leads: the settings of fields add one of any kind."),
    )  # fmt: skip
    required = models.BooleanField(_("Required"), default=False)
    wording = models.CharField(_("Wording (简体)"), max_length=120, blank=True, help_text=_("Empty: the usual one."))
    wording_hant = models.CharField(_("Wording (繁體)"), max_length=120, blank=True)
    wording_en = models.CharField(_("Wording (English)"), max_length=120, blank=True)
    help = models.CharField(_("Help (简体)"), max_length=200, blank=True, help_text=_("Stands below the answer."))
    help_hant = models.CharField(_("Help (繁體)"), max_length=200, blank=True)
    help_en = models.CharField(_("Help (English)"), max_length=200, blank=True)
    order = models.PositiveIntegerField(_("Order"), default=0, help_text=_("The smallest comes first."))

    class Meta:
        verbose_name = _("question of a form")
        verbose_name_plural = _("questions of forms")
        constraints = [
            models.UniqueConstraint(fields=["form", "field"], name="one_question", condition=models.Q(archived_at=None))
        ]

    @property
    def text(self) -> str:
        """The question in the language in force."""
        return label_of(self.wording, self.wording_hant, self.wording_en) or str(ASKS[self.field])

    @property
    def hint(self) -> str:
        """What is told below the answer in the language in force; of an own field what it says itself."""
        own = own_questions().get(self.field)
        return label_of(self.help, self.help_hant, self.help_en) or (str(own.help) if own is not None else "")


@register(FormQuestion)
class FormQuestionDesk(Desk):
    icon = "clipboard-list"
    title = "field"
    columns = ("form", "field", "required", "wording", "wording_hant", "wording_en", "help", "order")
    through = ("form",)
    panels = (
        Panel("form", ("field", "required", "wording", "order"), label=_("What it asks"), sort="order", limit=24),
    )


#: What a form asks for that has no questions of its own, and whether it must be answered.
USUAL = {"name": True, "company": False, "mobile": True, "demand": False}


def usual_questions(form: LeadForm) -> list[FormQuestion]:
    """The questions of a form for which nobody has set any."""
    return [FormQuestion(form=form, field=field, required=required) for field, required in USUAL.items()]
