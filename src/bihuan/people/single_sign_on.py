"""Signing in through an identity provider: which user the person it vouches for is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.core.access import SYSTEM
from bihuan.core.errors import Refused
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.people import openid, session
from bihuan.people.identity_provider import ClientSecret, ExternalIdentity, IdentityProvider
from bihuan.people.sealed import unseal
from bihuan.people.sign_in import note
from bihuan.people.standing import SINGLE_SIGN_ON
from bihuan.people.user import User

#: What the browser's session keeps while the person is at the provider.
KEPT = "single_sign_on"


def begin(request: HttpRequest, provider: IdentityProvider, back: str) -> str:
    """The provider's address to go to. Raises Refused where it cannot be reached."""
    url, kept = openid.begin(provider.issuer, provider.client_id, back)
    request.session[KEPT] = {**kept, "provider": provider.pk}
    return url


def finish(request: HttpRequest) -> None:
    """Begin the session of whom the provider answered for. Raises Refused; an answer counts once."""
    kept: Mapping[str, Any] | None = request.session.pop(KEPT, None)
    provider = IdentityProvider._base_manager.filter(pk=kept["provider"], archived_at=None).first() if kept else None
    if kept is None or provider is None:
        raise Refused(_("This sign-in was not begun here, or took too long. Begin again."))
    sealed = ClientSecret.objects.filter(provider=provider).values_list("secret", flat=True).first()
    secret = unseal(sealed) if sealed else ""
    claims = openid.finish(provider.issuer, provider.client_id, secret, kept, request.GET.dict())
    user = user_of(provider, claims)
    note(request, str(claims.get("email") or claims["sub"]), SINGLE_SIGN_ON, user)
    if user is None:
        raise Refused(
            _("The provider knows you, but you have no account here. Ask whoever looks after users in your firm.")
        )
    session.begin(request, user.pk, way=SINGLE_SIGN_ON, passed=provider.asks_second_factor)


@transaction.atomic
def user_of(provider: IdentityProvider, claims: Mapping[str, Any]) -> User | None:
    """The user whom claims are about: known by subject, else by verified mail, else made where the provider's rule says so."""
    known = ExternalIdentity.objects.select_related("user").filter(provider=provider, subject=claims["sub"]).first()
    user = known.user if known is not None else _by_mail(provider, claims)
    if user is None or not user.is_active or user.archived_at is not None:
        return None
    if known is None:
        ExternalIdentity.objects.create(provider=provider, subject=claims["sub"], user=user)
    return user


def _by_mail(provider: IdentityProvider, claims: Mapping[str, Any]) -> User | None:
    mail = str(claims.get("email", ""))
    _name, at, domain = mail.rpartition("@")
    if claims.get("email_verified") is not True or not at:
        return None
    if provider.allowed_domains and domain.casefold() not in provider.allowed_domains:
        return None
    found = list(User._base_manager.filter(email__iexact=mail, archived_at=None)[:2])
    if len(found) == 1:
        return found[0]
    return _make(provider, mail, claims) if not found and provider.makes_users else None


def _make(provider: IdentityProvider, mail: str, claims: Mapping[str, Any]) -> User | None:
    if User._base_manager.filter(username__iexact=mail).exists():
        return None
    roles = [provider.role_id] if provider.role_id else []
    name = str(claims.get("name") or mail.partition("@")[0])[:120]
    return do(create, by=SYSTEM, on=User, name=name, username=mail, email=mail, roles=roles, unit=provider.unit_id)
