"""The addresses within a mailing: to unsubscribe, behind a link, and of the picture that counts opens.

Each is signed, so that it leads only where this product has said, and names only whom it was made for.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused

#: Stands for a recipient in a mail that somebody sends to themselves: nothing is noted of it.
NOBODY = 0


def site() -> str:
    """The address under which everybody reaches the product. Raises Refused where the operator has not said it."""
    host = next((each for each in settings.HOSTS if not each.startswith(".")), "")
    if not host:
        raise Refused(_("The links of a mailing need an address of the product: the operator sets BIHUAN_HOSTS."))
    return f"{'https' if settings.HTTPS else 'http'}://{host}"


def to_leave(recipient: int, at: str = "") -> str:
    """Where a recipient unsubscribes; in a mail `at` is the `site`, a page of our own needs none."""
    return at + _path("mailing_leave", recipient)


def to_follow(recipient: int, target: str, at: str = "") -> str:
    """By way of us to where a link leads."""
    return at + _path("mailing_click", [recipient, target])


def to_open(recipient: int, at: str = "") -> str:
    """The picture that tells that a mail was opened."""
    return at + _path("mailing_open", recipient)


def _path(name: str, told: Any) -> str:
    return reverse(name, args=[signing.dumps(told, salt=f"bihuan.{name}", compress=True)])


def read(name: str, token: str) -> Any:
    """What an address of this name was made of; None for one that we have not made."""
    try:
        return signing.loads(token, salt=f"bihuan.{name}")
    except signing.BadSignature:
        return None
