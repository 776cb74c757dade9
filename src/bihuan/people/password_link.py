"""Links for a new password: made by an administrator, good for one hour and one use."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from bihuan.core import registry
from bihuan.core.access import SYSTEM
from bihuan.core.errors import NotFound
from bihuan.core.run import do
from bihuan.people.user import User

LIFE = timedelta(hours=1)


class PasswordLink(models.Model):
    """One link, of which only a digest is kept. `bound` is the stamp of the password that stood when it was made."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    bound = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    until = models.DateTimeField()

    class Meta:
        app_label = "people"


def issue(user: User, made_by: int | None) -> str:
    """A new token of 256 bits for this user; older links die."""
    token = secrets.token_urlsafe(32)
    PasswordLink.objects.filter(models.Q(user=user) | models.Q(until__lt=timezone.now())).delete()
    PasswordLink.objects.create(
        user=user, digest=_digest(token), bound=_digest(user.password), made_by_id=made_by, until=timezone.now() + LIFE
    )
    return token


def holder(token: str) -> User | None:
    """Whose password a token may set now; None for one that was used, is too old or never was."""
    link = PasswordLink.objects.select_related("user").filter(digest=_digest(token), until__gt=timezone.now()).first()
    if link is None or not constant_time_compare(link.bound, _digest(link.user.password)):
        return None
    return link.user if link.user.is_active and link.user.archived_at is None else None


@transaction.atomic
def use(token: str, password: str) -> User:
    """Set the password and use the token up. Raises NotFound for a bad token, Refused for a bad password."""
    user = holder(token)
    if user is None or not PasswordLink.objects.filter(digest=_digest(token)).delete()[0]:
        raise NotFound()
    return do(registry.commands(registry.desk_of(User))["set_password"], user, by=SYSTEM, password=password)


def _digest(text: str) -> str:
    return salted_hmac("bihuan.password_link", text, algorithm="sha256").hexdigest()
