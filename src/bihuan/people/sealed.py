"""Secrets that the product must be able to read again: sealed with the installation's key, so that a copy of the database tells none."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from django.conf import settings


def seal(text: str) -> str:
    """The text as it may be stored."""
    return _sealer(settings.SECRET_KEY).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """What was sealed; "" for what another key has sealed, as after a restore without the secret key."""
    from cryptography.fernet import InvalidToken

    try:
        return _sealer(settings.SECRET_KEY).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        return ""


@cache
def _sealer(key: str) -> Any:
    from cryptography.fernet import Fernet  # heavy: loaded only where a secret is handled

    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"bihuan.sealed" + key.encode()).digest()))
