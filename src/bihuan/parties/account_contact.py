"""Who is who to whom: contacts in accounts, accounts among accounts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, visible
from bihuan.core.columns import ChoiceField, QuantityField
from bihuan.core.desk import Desk, Panel
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact


class AccountContact(Record):
    """What a contact is to an account, from a day until a day. Shares belong to joint accounts."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("Account"), related_name="people")
    contact = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("Contact"), related_name="accounts")
    title = models.CharField(_("Position"), max_length=120, blank=True)
    role = ChoiceField(set="decision_role", verbose_name=_("Role"))
    attitude = ChoiceField(set="attitude", verbose_name=_("Attitude"))
    share = QuantityField(_("Share %"))
    primary = models.BooleanField(_("Main contact"), default=False)
    since = models.DateField(_("From"), null=True, blank=True)
    until = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        verbose_name = _("account role")
        verbose_name_plural = _("account roles")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "contact"], name="one_present_role", condition=models.Q(until=None, archived_at=None)
            )
        ]

    def problems(self):  # type: ignore[no-untyped-def]
        if self.share is not None and not 0 <= self.share <= 100:
            yield "share", _("A share lies between 0 and 100.")
        if self.since and self.until and self.until < self.since:
            yield "until", _("The end lies before the beginning.")


@register(AccountContact)
class AccountContactDesk(Desk):
    icon = "contact-round"
    title = "contact__name"
    columns = ("account", "contact", "title", "role", "attitude", "share", "primary", "since", "until")
    quick = ("account", "contact", "title", "role", "attitude", "primary", "share", "since")
    creates = ("role", "attitude")
    through = ("account", "contact")
    panels = (
        Panel("account", ("contact", "title", "role", "attitude", "primary"), label=_("Contacts"), sort="-primary"),
        Panel("contact", ("account", "title", "role", "until"), label=_("Accounts")),
    )
    personal = Personal(("title",), of=("contact",))


def present_accounts(contacts: Iterable[int]) -> dict[int, list[int]]:
    """The accounts in which contacts have a role at present, the main one first. One query."""
    rows = visible(SYSTEM, AccountContact).filter(contact__in=set(contacts), until=None).order_by("-primary", "pk")
    found: dict[int, list[int]] = {}
    for contact, account in rows.values_list("contact_id", "account_id"):
        found.setdefault(contact, []).append(account)
    return found


class AccountRelation(Record):
    """What one account is to another: its agent, its subsidiary, of its group."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("Account"), related_name="relations")
    related = models.ForeignKey(Account, models.PROTECT, verbose_name=_("Related account"), related_name="related_to")
    relation = ChoiceField(set="account_relation", verbose_name=_("Relation"), null=False, blank=False)
    remark = models.CharField(_("Remark"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("related account")
        verbose_name_plural = _("related accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "related", "relation"], name="one_relation", condition=models.Q(archived_at=None)
            )
        ]

    def problems(self):  # type: ignore[no-untyped-def]
        if self.account_id == self.related_id:
            yield "related", _("An account is not related to itself.")


@register(AccountRelation)
class AccountRelationDesk(Desk):
    icon = "git-fork"
    title = "related__name"
    columns = ("account", "related", "relation", "remark")
    creates = ("relation",)
    through = ("account",)
    panels = (
        Panel("account", ("related", "relation"), label=_("Related accounts")),
        Panel("related", ("account", "relation"), label=_("Related from")),
    )
