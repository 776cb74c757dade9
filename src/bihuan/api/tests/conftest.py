"""What the tests of the API share: a program that holds somebody's token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from bihuan.api.commands import issue_token
from bihuan.api.token import ApiToken
from bihuan.core.access import Actor
from bihuan.core.run import do


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """No test begins with requests that another has made."""
    cache.clear()
    yield


class Program:
    """A client that sends JSON and a token."""

    def __init__(self, secret: str, **headers: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en", **headers}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; `body` is JSON, or bytes to be sent as they are."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.generic(
            method, path if path.startswith("/") else f"/api/v1/{path}", _encoded(body),
            content_type=sent.pop("Content-Type", "application/json"), headers={**self.headers, **sent},
        )  # fmt: skip

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("PATCH", path, body, **headers)


def _encoded(body: Any) -> bytes:
    import orjson

    return b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)


Programs = Callable[..., Program]


@pytest.fixture
def program() -> Programs:
    """`program(lin)` is a program with a token of 林's; further inputs cut it down."""

    def made(actor: Actor, **inputs: Any) -> Program:
        return Program(token(actor, **inputs).secret)

    return made


def token(actor: Actor, **inputs: Any) -> Any:
    """A new token of somebody's, also of those whose role grants them none; `secret` holds it."""
    by = Actor()
    by.user_id = actor.user_id
    return do(issue_token, by=by, on=ApiToken, **{"name": "test", "access": "write", **inputs})
