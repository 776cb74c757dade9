"""Signing in: every attempt is written down and counted, so that nobody can try passwords or codes by the thousand."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core.errors import Refused
from bihuan.people import second_factor, session
from bihuan.people.session import device_of, place_of
from bihuan.people.sign_in_policy import keep_days, rules_of
from bihuan.people.user import User

#: Failures within the window after which a login at one address, a login anywhere, an address with any login must wait.
WINDOW = timedelta(minutes=15)
AT_ONE_PLACE, OF_ONE_LOGIN, OF_ONE_PLACE = 5, 20, 50
#: What was shown to be let in.
WAYS = {
    "password": gettext_lazy("Password"),
    "second_factor": gettext_lazy("Second factor"),
    "single_sign_on": gettext_lazy("Identity provider"),
}
#: The cookie of a device that is not asked for the second factor again.
DEVICE = "device"


class SignInAttempt(models.Model):
    """Who tried to sign in, from where, when, by which way, and whether it succeeded: the sign-in log."""

    username = models.CharField(max_length=80)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    address = models.CharField(max_length=45)
    device = models.CharField(max_length=80, default="")
    way = models.CharField(max_length=20, default="password")
    at = models.DateTimeField()
    succeeded = models.BooleanField()

    class Meta:
        app_label = "people"
        indexes = [
            models.Index(fields=["username", "-at"], name="attempt_login"),
            models.Index(fields=["address", "-at"], name="attempt_place"),
            models.Index(fields=["at"], name="attempt_at"),
        ]


def sign_in(request: HttpRequest, username: str, password: str) -> User:
    """Check login and password and begin a session. Raises Refused, with the same sentence whatever was wrong."""
    username = username.strip()[:80]
    _not_too_often(request, username)
    user = authenticate(request, username=username, password=password)
    note(request, username, "password", user)
    if user is None:
        raise Refused(_("Login or password is wrong."))
    mark, days = request.COOKIES.get(DEVICE, ""), rules_of(user.pk).remember_days
    session.begin(
        request, user.pk, passed=user.pk in second_factor.holders() and second_factor.is_remembered(user.pk, mark, days)
    )
    return user  # type: ignore[return-value]


def give_second_factor(request: HttpRequest, user: User, code: str) -> None:
    """Check a code and complete the session. Raises Refused."""
    _not_too_often(request, user.username)
    right = second_factor.passes(user.pk, code[:80])
    note(request, user.username, "second_factor", user if right else None)
    if not right:
        raise Refused(_("This code is wrong or has been used."), "code")
    session.pass_second_factor(request)


def note(request: HttpRequest, username: str, way: str, user: User | None) -> None:
    """Write an attempt down, by the user it let in or by none; what is older than the logs are kept goes."""
    now = timezone.now()
    if days := keep_days():
        SignInAttempt.objects.filter(at__lt=now - timedelta(days=days)).delete()
    SignInAttempt.objects.create(
        username=username[:80], user=user, address=place_of(request), device=device_of(request), way=way, at=now,
        succeeded=user is not None,
    )  # fmt: skip


def _not_too_often(request: HttpRequest, username: str) -> None:
    if too_many(username, place_of(request)):
        raise Refused(_("Too many attempts. Try again in a quarter of an hour."))


def too_many(username: str, address: str) -> bool:
    """Whether this login or place has failed too often lately; a success in between does not count in its favour."""
    failed = SignInAttempt.objects.filter(succeeded=False, at__gt=timezone.now() - WINDOW)
    return (
        failed.filter(username=username, address=address).count() >= AT_ONE_PLACE
        or failed.filter(username=username).count() >= OF_ONE_LOGIN
        or failed.filter(address=address).count() >= OF_ONE_PLACE
    )
