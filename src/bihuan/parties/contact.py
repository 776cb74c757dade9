"""Contacts: human beings. Whatever touches a person hangs here; what they trade hangs on their accounts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.columns import ChoiceField, NumberField, PhoneField, StateField
from bihuan.core.desk import Desk, Section, View
from bihuan.core.duplicates.match import Match
from bihuan.core.field import Computed
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import register

LANGUAGES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}


class Contact(OwnedRecord):
    """A human being, known to any number of accounts in any number of roles."""

    number = NumberField("CT-{n:05}")
    name = models.CharField(_("Name"), max_length=120)
    salutation = models.CharField(_("Salutation"), max_length=40, blank=True)
    title = models.CharField(_("Position"), max_length=120, blank=True)
    department = models.CharField(_("Department"), max_length=120, blank=True)
    function = ChoiceField(set="job_function", verbose_name=_("Function"))
    mobile = PhoneField(verbose_name=_("Mobile"))
    phone = PhoneField(verbose_name=_("Phone"))
    email = models.EmailField(_("E-mail"), blank=True)
    email_bounced_at = models.DateTimeField(_("Mail came back"), null=True, blank=True, editable=False)
    wechat = models.CharField(_("WeChat"), max_length=80, blank=True)
    birthday = models.DateField(_("Birthday"), null=True, blank=True)
    language = StateField(LANGUAGES, verbose_name=_("Language"))
    source = ChoiceField(set="source", verbose_name=_("Source"))
    remark = models.TextField(_("Remark"), blank=True)
    opted_out = models.BooleanField(_("Wants no mailings"), default=False, editable=False)
    opted_out_at = models.DateTimeField(_("Wants none since"), null=True, blank=True, editable=False)
    last_touch_at = models.DateTimeField(_("Last touch"), null=True, blank=True, editable=False)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [
            *OwnedRecord.Meta.indexes,
            models.Index(fields=["name"], name="contact_name"),
            models.Index(
                fields=["-created_at", "-id", "unit", "owner"],
                name="contact_created",
                condition=models.Q(archived_at=None),
            ),
            models.Index(fields=["owner", "-created_at"], name="contact_mine", condition=models.Q(archived_at=None)),
        ]


@register(Contact)
class ContactDesk(Desk):
    icon = "contact"
    group = "win"
    node = 2
    columns = ("name", "title", "department", "mobile", "email", "last_touch_at", "owner")
    filters = ("owner", "function", "language", "last_touch_at", "opted_out")
    form = (
        Section(_("Person"), ("name", "salutation", "title", "department", "function", "number", "owner")),
        Section(_("Reach"), ("mobile", "phone", "email", "wechat")),
        Section(_("More"), ("birthday", "language", "source", "remark")),
    )
    quick = ("name", "title", "mobile", "email", "function", "owner")
    facts = (
        Section(_("Facts"), ("number", "title", "department", "function", "owner")),
        Section(_("Reach"), ("mobile", "phone", "email", "wechat")),
        Section(_("More"), ("salutation", "birthday", "language", "source", "opted_out", "opted_out_at", "remark")),
    )
    tags = ("function", "mails_come_back")
    subtitle = ("number", "title", "department", "owner")
    figures = ("mobile", "email", "last_touch_at")
    views = (View("all", _("All contacts"), {}), View("mine", _("My contacts"), {"owner.in": "me"}))
    search = {"number": 8, "name": 10, "mobile": 8, "phone": 6, "email": 6, "wechat": 4, "remark": 1}
    key = ("number", "email", "mobile", "name")
    duplicates = (
        Match(("email",), 85),
        Match(("mobile",), 80),
        Match(("wechat",), 80, reads="code"),
        Match(("name", "phone"), 70),
    )
    creates = ("function", "source")
    near = {"account": lambda key: Q(accounts__account=key, accounts__until=None, accounts__archived_at=None)}
    computed = (
        Computed(
            "mails_come_back", _("Mails come back"), kind.YesNo(), ("email_bounced_at",), lambda at: bool(at) or None
        ),
    )
    aliases = {
        "name": ("姓名", "联系人", "full_name", "contact_name", "FN"),
        "salutation": ("N prefix",),
        "mobile": ("手机", "手机号", "cell", "TEL cell"),
        "phone": ("TEL",),
        "title": ("职务", "职位", "job_title"),
        "department": ("ORG unit",),
        "birthday": ("BDAY",),
        "remark": ("NOTE",),
    }
    person = True
    personal = Personal(
        (
            "name", "salutation", "title", "department", "mobile", "phone", "email", "email_bounced_at", "wechat",
            "birthday", "remark",
        ),
        is_person=True,
    )  # fmt: skip
