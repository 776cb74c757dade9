"""Somebody's browser, as it speaks over the wire: no waiting for answers that a killed server will never give."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from tests.faults.product import Product

TOKEN = "t" * 32


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Client:
    """One who has signed in. Raises OSError or HTTPException where the answer does not come."""

    def __init__(self, product: Product, login: str = "zhou", timeout: float = 30) -> None:
        self.product, self.timeout = product, timeout
        self.cookie = f"sessionid={product.sessions[login]}; csrftoken={TOKEN}"
        self.connection: http.client.HTTPConnection | None = None

    def get(self, address: str, *, part: bool = False) -> Answer:
        return self.ask("GET", address, None, {"HX-Request": "true"} if part else {})

    def post(
        self,
        address: str,
        values: Mapping[str, Any],
        files: Mapping[str, list[tuple[str, bytes]]] | None = None,
        *,
        part: bool = False,
    ) -> Answer:
        """Send a form; values may be lists. `files` maps a field to names and contents."""
        if files is None:
            body, kind = urlencode(values, doseq=True).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(values, files)
        headers = {"Content-Type": kind, "X-CSRFToken": TOKEN} | ({"HX-Request": "true"} if part else {})
        return self.ask("POST", address, body, headers)

    def ask(self, method: str, address: str, body: Any, headers: Mapping[str, str]) -> Answer:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=self.timeout)
        try:
            self.connection.request(
                method,
                quote(address, safe="/?=&%.-,:"),
                body,
                {"Cookie": self.cookie, "Accept-Language": "en", **headers},
            )
            got = self.connection.getresponse()
            return Answer(got.status, got.headers, got.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _multipart(values: Mapping[str, Any], files: Mapping[str, list[tuple[str, bytes]]]) -> tuple[bytes, str]:
    border, parts = uuid4().hex, []
    for name, text in values.items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode())
    for name, several in files.items():
        for file_name, content in several:
            head = f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
            parts.append(head.encode() + content)
    body = b"".join(b"--" + border.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return body + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"


def until_answered(ask: Callable[[], Answer], going_on: Callable[[], bool] = lambda: True) -> Answer:
    """The answer to a call that is sent again, with the same in it, for as long as the server dies over it."""
    while True:
        try:
            return ask()
        except (OSError, http.client.HTTPException):
            if not going_on():
                raise
            time.sleep(0.05)
