"""Opt-outs: the addresses to which no mailing goes, whoever's they are, and however often they are imported again."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, visible
from bihuan.core.columns import SecretField, StateField
from bihuan.core.desk import Desk, Section, View
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import Record
from bihuan.core.registry import register

SOURCES = {
    "hand": _("Noted by hand"),
    "link": _("By the link in a mail"),
    "program": _("By the button of a mail program"),
}
#: Addresses that are looked up at once.
BATCH = 500


def digest_of(address: str) -> str:
    """What an address is found by, however it is written: a digest, so that it lasts when the address itself is erased."""
    return salted_hmac("bihuan.opt_out", address.strip().lower(), algorithm="sha256").hexdigest()


class OptOut(Record):
    """An address whose owner wants no mailings. Archived, it has been taken back."""

    address = models.EmailField(_("Address"))
    digest = SecretField(max_length=64, verbose_name=_("Address"))
    source = StateField(SOURCES, verbose_name=_("How"))
    remark = models.TextField(_("Remark"), blank=True)

    given_once = (*Record.given_once, "address", "source")

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="one_opt_out", condition=models.Q(archived_at=None)),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="opt_out_created")]

    def settle(self) -> None:
        if self.address:
            self.digest = digest_of(self.address)


@register(OptOut)
class OptOutDesk(Desk):
    icon = "ban"
    group = "reach"
    title = "address"
    columns = ("address", "source", "created_at", "remark")
    filters = ("source", "created_at")
    form = (Section(_("Opt-out"), ("address", "source", "remark")),)
    quick = ("address", "remark")
    subtitle = ("source", "created_at")
    views = (View("all", _("All opt-outs"), {}),)
    sort = "-created_at"
    # the digest stays: whoever is imported again gets no mailing either
    personal = Personal(("address", "remark"), found_by=lambda words: Q(digest__in=[*map(digest_of, words)]))
    search = {"address": 8, "remark": 1}
    key = ("address",)
    aliases = {"address": ("email", "e-mail", "邮箱", "电子邮件", "電子郵件"), "created_at": ("since", "退订时间")}


def opted_out(addresses: Iterable[str]) -> set[str]:
    """Those of the addresses that are on the list."""
    digests = {address: digest_of(address) for address in addresses}
    wanted, found = sorted(set(digests.values())), set()
    for start in range(0, len(wanted), BATCH):
        rows = visible(SYSTEM, OptOut).filter(digest__in=wanted[start : start + BATCH])
        found |= set(rows.values_list("digest", flat=True))
    return {address for address, digest in digests.items() if digest in found}
