"""The second factor: a code that an authenticator app shows for half a minute (TOTP, RFC 6238), or a recovery code."""

from __future__ import annotations

import re
import secrets
import time

from django.core import signing
from django.db import models, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from bihuan.core.configuration import remembered
from bihuan.people import staff
from bihuan.people.sealed import seal, unseal
from bihuan.people.user import User

#: Seconds for which an app shows a code, and how many codes before and after the present one count (clocks differ).
PERIOD, DRIFT = 30, 1
RECOVERY_CODES = 10
#: A secret as apps take it: at least 160 bits in base 32.
BASE_32 = r"[A-Z2-7]{32,128}"
#: Letters and figures that nobody mistakes for one another; sixteen of them are 80 bits.
ALPHABET, LENGTH = "abcdefghijkmnpqrstuvwxyz23456789", 16


class SecondFactor(models.Model):
    """What one person's app and recovery codes are checked against. `used` is the period of the last code that counted."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+")
    secret = models.CharField(max_length=400)
    used = models.BigIntegerField(default=0)
    recovery = models.JSONField(default=list)

    class Meta:
        app_label = "people"


@remembered
def holders() -> dict[int, int]:
    """The factor's key by the person's; those not named have none."""
    return dict(SecondFactor.objects.values_list("user_id", "pk"))


def new_secret() -> str:
    """A secret to share with an app: 160 bits in base 32."""
    import pyotp

    return pyotp.random_base32()


def address(secret: str, login: str, firm: str) -> str:
    """What an app reads from the picture."""
    import pyotp

    return pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=login, issuer_name=firm)


def period_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """The period whose code this is, now or one to each side of it, and later than `after`; None for a wrong code."""
    import pyotp

    if not re.fullmatch(BASE_32, secret):
        return None
    digits = "".join(code.split())
    now = int(time.time()) // PERIOD
    app = pyotp.TOTP(secret, interval=PERIOD)
    for period in range(now - DRIFT, now + DRIFT + 1):
        if period > after and constant_time_compare(app.generate_otp(period), digits):
            return period
    return None


def keep(user: User, secret: str, used: int) -> list[str]:
    """Make this the person's factor, instead of any other; returns the recovery codes, which are told only now."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(RECOVERY_CODES)]
    kept = {"secret": seal(secret), "used": used, "recovery": [_digest(code) for code in codes]}
    SecondFactor.objects.filter(user=user).delete()
    SecondFactor.objects.create(user=user, **kept)
    return ["-".join(code[place : place + 4] for place in range(0, LENGTH, 4)) for code in codes]


@transaction.atomic
def passes(user_id: int, code: str) -> bool:
    """Whether the code is right; whatever counted once never counts again."""
    factor = SecondFactor.objects.select_for_update().filter(user=user_id).first()
    if factor is None:
        return False
    period = period_of(unseal(factor.secret), code, after=factor.used)
    if period is not None:
        return bool(SecondFactor.objects.filter(pk=factor.pk, used__lt=period).update(used=period))
    digest = _digest("".join(letter for letter in code.casefold() if letter.isalnum()))
    if digest not in factor.recovery:
        return False
    factor.recovery = [each for each in factor.recovery if each != digest]
    factor.save(update_fields=["recovery"])
    return True


def codes_left(user_id: int) -> int:
    """How many recovery codes are unused."""
    kept = SecondFactor.objects.filter(user=user_id).values_list("recovery", flat=True).first()
    return len(kept or ())


def _digest(code: str) -> str:
    return salted_hmac("bihuan.recovery", code, algorithm="sha256").hexdigest()


# ---------------------------------------------------------------------- remembered devices


def device_mark(user_id: int) -> str:
    """What a device keeps so as not to be asked again: signed, for this factor and password alone."""
    return signing.dumps(_bound_to(user_id), salt="bihuan.device")


def is_remembered(user_id: int, mark: str, days: int) -> bool:
    """Whether a device brings a mark of this person's that is no older than `days`."""
    try:
        return bool(days) and signing.loads(mark, salt="bihuan.device", max_age=days * 86400) == _bound_to(user_id)
    except signing.BadSignature:
        return False


def _bound_to(user_id: int) -> list[object]:
    return [user_id, holders().get(user_id), staff.staff()[user_id].stamp]
