"""Identity providers: where people may sign in instead of with a password kept here (OpenID Connect)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk, Section
from bihuan.core.record import Record
from bihuan.core.registry import register
from bihuan.people.role import Role
from bihuan.people.unit import Unit
from bihuan.people.user import User

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class IdentityProvider(Record):
    """A provider of one firm's sign-in. People are found by their verified mail, and made by rule where that is allowed."""

    name = models.CharField(_("Provider"), max_length=80, help_text=_("Stands on the button of the sign-in page."))
    issuer = models.URLField(_("Issuer"), max_length=300, help_text=_("Its address, as in its openid-configuration."))
    client_id = models.CharField(_("Client ID"), max_length=200)
    domains = models.CharField(
        _("Mail domains"), max_length=300, blank=True,
        help_text=_("Only addresses of these domains may sign in, parted by commas. Left empty: any that a user here has."),
    )  # fmt: skip
    asks_second_factor = models.BooleanField(
        _("Asks for a second factor itself"), default=False, help_text=_("Then none is asked for here.")
    )
    makes_users = models.BooleanField(
        _("Makes users"), default=False,
        help_text=_("Who has no user here yet gets one. Needs mail domains."),
    )  # fmt: skip
    role = models.ForeignKey(
        Role, models.PROTECT, verbose_name=_("Role of new users"), null=True, blank=True, related_name="+"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("Unit of new users"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("identity provider")
        verbose_name_plural = _("identity providers")

    def problems(self):  # type: ignore[no-untyped-def]
        parts = urlsplit(self.issuer)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            yield "issuer", _now("An issuer has an address that begins with https://.")
        if self.makes_users and not self.allowed_domains:
            yield (
                "domains",
                _now("Say whose mail addresses make users; else anybody with an account there would be one."),
            )

    @property
    def allowed_domains(self) -> frozenset[str]:
        return frozenset(part.strip().lstrip("@").casefold() for part in self.domains.split(",") if part.strip())


@register(IdentityProvider)
class IdentityProviderDesk(Desk):
    icon = "fingerprint"
    columns = ("name", "issuer", "client_id", "domains", "makes_users", "role")
    form = (
        Section(_("Provider"), ("name", "issuer", "client_id", "asks_second_factor")),
        Section(_("Users"), ("domains", "makes_users", "role", "unit")),
    )
    quick = ("name", "issuer", "client_id", "domains", "asks_second_factor", "makes_users", "role", "unit")
    key = ("name", "issuer")
    sort = "name"
    configuration = True


class ClientSecret(models.Model):
    """What this product shows the provider to prove itself, sealed."""

    provider = models.OneToOneField(IdentityProvider, models.CASCADE, related_name="+")
    secret = models.CharField(max_length=1000)

    class Meta:
        app_label = "people"


class ExternalIdentity(models.Model):
    """Who somebody is at a provider. Found by mail once, then by this: addresses are given to others, subjects never."""

    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        app_label = "people"
        constraints = [models.UniqueConstraint(fields=["provider", "subject"], name="one_user_per_subject")]


@remembered
def providers() -> tuple[IdentityProvider, ...]:
    """The providers in use, as the sign-in page offers them."""
    return tuple(IdentityProvider._base_manager.filter(archived_at=None).order_by("name"))
