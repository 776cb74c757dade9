"""Tokens: what a program shows instead of a login and a password, and whom it acts for.

A token acts with the rights of the member of staff who made it, cut down by its scope. Only a digest of it is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import NO_ROWS, Actor, Rows
from bihuan.core.columns import SecretField, StateField
from bihuan.core.desk import Desk
from bihuan.core.record import OwnedRecord, staff
from bihuan.core.registry import register
from bihuan.people import staff as people

ACCESS = {"read": _("Read"), "write": _("Read and write")}
#: What a token begins with, so that it is known for one wherever it turns up.
PREFIX = "bihuan_"
#: How often a token's last use is written down.
USED = timedelta(minutes=1)


class ApiToken(OwnedRecord):
    """A program's way in. It acts as `user`, whoever looks after it; without a digest it opens nothing any more."""

    name = models.CharField(_("What it is for"), max_length=60)
    user = staff(_("Acts as"), editable=False)
    digest = SecretField(max_length=64, null=True, unique=True)
    beginning = models.CharField(_("Begins with"), max_length=16, blank=True, editable=False)
    access = StateField(ACCESS, verbose_name=_("Access"), editable=False)
    objects_named = models.CharField(
        _("Objects"), max_length=400, blank=True, editable=False, help_text=_("Parted by commas; empty: all that you see.")
    )  # fmt: skip
    expires_on = models.DateField(
        _("Last day"), null=True, blank=True, editable=False, help_text=_("Empty: until it is revoked.")
    )
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True, editable=False)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")


@register(ApiToken)
class ApiTokenDesk(Desk):
    icon = "key-round"
    made_by = "issue_token"
    columns = ("name", "user", "access", "objects_named", "beginning", "expires_on", "last_used_at", "owner")


def new_secret() -> str:
    """A token nobody can guess: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of a token. Nothing slower is needed: there are too many tokens to try."""
    return hashlib.sha256(token.encode()).hexdigest()


class TokenActor(people.StaffActor):
    """A member of staff by way of a program: their rights, as far as the token's scope goes."""

    kind = "token"

    def __init__(self, person: people.Staff, token: ApiToken) -> None:
        super().__init__(person)
        self.token_id = token.pk
        self.name = f"{person.name} · {token.name}"[:120]
        self.reads_only = token.access == "read"
        self.named = frozenset(filter(None, token.objects_named.split(",")))

    def rows(self, object: str, action: str) -> Rows:
        return super().rows(object, action) if self._covers(object, action) else NO_ROWS

    def _covers(self, object: str, action: str) -> bool:
        """Whether the scope allows it. No token makes or changes tokens, or what acts for its user as they do: else it could
        outlive its last day.
        """
        if (
            object == ApiToken._meta.model_name
            or registry.desk(object).confidential
            or (self.reads_only and action not in ("view", "export"))
        ):
            return False
        reads_names = action == "view" and registry.desk(object).configuration  # which stand on every record
        return not self.named or object in self.named or reads_names


def opened_to(actor: Actor) -> list[Desk]:
    """The objects that a program finds: those that the token is for and its user sees; what the firm works with comes first.

    An actor without a token is shown what one without a narrower scope would open.
    """
    named = actor.named if isinstance(actor, TokenActor) else ()
    found = [
        desk for desk in registry.desks()
        if desk.model is not ApiToken and not desk.confidential
        and (not named or desk.slug in named) and actor.may(desk.model, "view")
    ]  # fmt: skip
    return sorted(found, key=lambda desk: (desk.configuration, not desk.group))


def actor_of(token: str) -> Actor | None:
    """Whom a token stands for, with their rights cut down by its scope; None for one that is unknown, over or revoked."""
    if not token.startswith(PREFIX):
        return None
    row = ApiToken._base_manager.filter(digest=digest_of(token), archived_at=None).first()
    person = people.staff().get(row.user_id) if row is not None and row.user_id else None
    if row is None or person is None or not person.active:
        return None
    if row.expires_on is not None and row.expires_on < timezone.localdate():
        return None
    _note_use(row)
    return TokenActor(person, row)


def _note_use(token: ApiToken) -> None:
    """Write down that the token is in use; past `run`, because it is no change that anybody made."""
    if settings.READ_ONLY:
        return
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USED:
        ApiToken._base_manager.filter(pk=token.pk).update(last_used_at=now)
