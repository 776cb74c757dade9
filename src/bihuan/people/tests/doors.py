"""What the tests of signing in share: a browser that signs in, and a policy for everybody."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.people import second_factor
from bihuan.people.commands import set_password, set_up_second_factor
from bihuan.people.sign_in_policy import SignInPolicy
from bihuan.people.user import User

PASSWORD = "correct horse battery staple"


def with_password(actor: Actor, password: str = PASSWORD) -> User:
    return do(set_password, User._base_manager.get(pk=actor.user_id), by=SYSTEM, password=password)


def sign_in(client: Client, username: str, password: str = PASSWORD, **extra: str) -> Any:
    return client.post("/sign-in", {"username": username, "password": password, **extra})


def policy(**values: Any) -> SignInPolicy:
    return do(create, by=SYSTEM, on=SignInPolicy, **({"name": "everybody"} | values))


def code(secret: str, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` periods later."""
    import pyotp

    return pyotp.TOTP(secret).at(int(time.time()) + 30 * ahead)


def with_second_factor(actor: Actor) -> tuple[str, list[str]]:
    """The secret and the recovery codes of somebody who has just set a second factor up."""
    secret = second_factor.new_secret()
    user = User._base_manager.get(pk=actor.user_id)
    made = do(set_up_second_factor, user, by=actor, secret=secret, code=code(secret))
    return secret, made.recovery_codes
