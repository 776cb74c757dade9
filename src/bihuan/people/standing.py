"""How far somebody is signed in: what is still asked of whoever has given login and password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bihuan.core.configuration import remembered
from bihuan.people import second_factor
from bihuan.people.session import PASSED, WAY
from bihuan.people.sign_in_policy import rules_of
from bihuan.people.user import User

#: The way of a session that an identity provider vouches for: the password kept here is not asked for.
SINGLE_SIGN_ON = "single_sign_on"


@remembered
def _passwords() -> dict[int, tuple[bool, datetime | None]]:
    """Whether each person's password must change, and since when they have it."""
    rows = User._base_manager.values_list("pk", "must_change_password", "password_set_at")
    return {key: (must_change, since) for key, must_change, since in rows}


def must_change(user_id: int) -> bool:
    """Whether a password must be replaced: somebody else gave it, or it is older than the policy allows."""
    told, since = _passwords()[user_id]
    days = rules_of(user_id).max_age_days
    return told or bool(days and (since is None or timezone.now() - since > timedelta(days=days)))


def open_step(session: Mapping[str, Any], user_id: int) -> str:
    """The address name of what is asked next; "" for who is wholly signed in. Read from memory on every request."""
    passed, has_factor = session.get(PASSED, False), user_id in second_factor.holders()
    if has_factor and not passed:
        return "second_factor"
    if session.get(WAY) != SINGLE_SIGN_ON and must_change(user_id):
        return "new_password"
    if rules_of(user_id).second_factor and not has_factor and not passed:
        return "set_up_second_factor"
    return ""
