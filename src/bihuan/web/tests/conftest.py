"""What the tests of pages share: somebody's signed-in browser, without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from bihuan.core.access import Actor
from bihuan.people import staff
from bihuan.people.session import STAMP, USER

Browse = Callable[[Actor], Client]


@pytest.fixture
def browse() -> Browse:
    """`browse(lin)` is a client in which 林 has signed in."""

    def client(actor: Actor) -> Client:
        session = SessionStore()
        session[USER], session[STAMP] = actor.user_id, staff.staff()[actor.user_id].stamp
        session.save()
        made = Client()
        made.cookies["sessionid"] = session.session_key
        return made

    return client


@pytest.fixture
def htmx() -> dict[str, str]:
    """The headers of a request that swaps a part of a page."""
    return {"HX-Request": "true"}
