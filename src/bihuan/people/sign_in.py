"""Signing in: attempts are counted, so that nobody can try passwords by the thousand."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused
from bihuan.people import staff
from bihuan.people.middleware import STAMP, USER
from bihuan.people.user import User

#: Failures within the window after which a login at one address, a login anywhere, an address with any login must wait.
WINDOW = timedelta(minutes=15)
AT_ONE_PLACE, OF_ONE_LOGIN, OF_ONE_PLACE = 5, 20, 50


class SignInAttempt(models.Model):
    """Who tried to sign in, from where, when, and whether it succeeded: the sign-in log."""

    username = models.CharField(max_length=80)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()
    succeeded = models.BooleanField()

    class Meta:
        app_label = "people"
        indexes = [
            models.Index(fields=["username", "-at"], name="attempt_login"),
            models.Index(fields=["address", "-at"], name="attempt_place"),
        ]


def sign_in(request: HttpRequest, username: str, password: str) -> User:
    """Check login and password and begin a session. Raises Refused, with the same sentence whatever was wrong."""
    username, address = username.strip()[:80], request.META.get("REMOTE_ADDR", "")[:45]
    if too_many(username, address):
        raise Refused(_("Too many attempts. Try again in a quarter of an hour."))
    user = authenticate(request, username=username, password=password)
    SignInAttempt.objects.create(username=username, address=address, at=timezone.now(), succeeded=user is not None)
    if user is None:
        raise Refused(_("Login or password is wrong."))
    begin_session(request, user.pk)
    return user  # type: ignore[return-value]


def begin_session(request: HttpRequest, user_id: int) -> None:
    """A new session under a new key, bound to the present password."""
    request.session.cycle_key()
    request.session[USER] = user_id
    request.session[STAMP] = staff.staff()[user_id].stamp


def too_many(username: str, address: str) -> bool:
    """Whether this login or place has failed too often lately; a success in between does not count in its favour."""
    failed = SignInAttempt.objects.filter(succeeded=False, at__gt=timezone.now() - WINDOW)
    return (
        failed.filter(username=username, address=address).count() >= AT_ONE_PLACE
        or failed.filter(username=username).count() >= OF_ONE_LOGIN
        or failed.filter(address=address).count() >= OF_ONE_PLACE
    )
