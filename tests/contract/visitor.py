"""Somebody's browser that looks closely: whatever it is answered keeps the promises that every answer makes."""

from __future__ import annotations

import base64
import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus

from django.db import connection
from django.http import HttpResponseBase
from django.test import Client

from bihuan.web.middleware import POLICY
from bihuan.web.views.files import POLICY as FILE_POLICY

#: What differs from one answer to the next although it says the same: tokens against forged posts.
TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")
CURSOR = re.compile(r"(?:after|before)=([\w-]{16,})")
PART = {"HX-Request": "true"}


class Visitor:
    """`faults` are the promises broken so far, `cells` how many answers were looked at."""

    def __init__(self, client: Client, hidden: Iterable[str] = ()) -> None:
        self.client, self.hidden = client, set(hidden)
        self.client.raise_request_exception = False
        self.faults: list[str] = []
        self.cells = 0

    def get(self, url: str, *statuses: int, fragment: bool = False) -> Any:
        """The answer to a GET, which must change nothing but that it has said once what is said once."""
        with self._reading(url):
            answer = self.client.get(url, headers=PART if fragment else {})
        return self.look(answer, f"GET {url}", url, statuses or (200,))

    def follow(self, url: str, status: int) -> Any:
        """The answer at the end of the redirects that begin here."""
        answer = self.get(url, status, 302, 303)
        while answer.status_code in (302, 303):
            answer = self.get(answer.headers["Location"], status, 302, 303)
        return answer

    def post(self, url: str, data: dict[str, Any], *statuses: int, fragment: bool = False) -> Any:
        answer = self.client.post(url, data, headers=PART if fragment else {})
        return self.look(answer, f"POST {url}", f"{url} {data}", statuses or (200, 204, 303))

    def look(self, answer: Any, what: str, said: str, statuses: tuple[int, ...]) -> Any:
        """Note what is wrong with an answer. Words that the asker used may come back."""
        self.cells += 1
        if answer.status_code not in statuses:
            self.faults.append(f"{what}: {answer.status_code}, not {' or '.join(map(str, statuses))}{_cause(answer)}")
        self.faults += [f"{what}: {fault}" for fault in header_faults(answer)]
        answer.told = text = text_of(answer)
        said = unquote_plus(said)
        told = sorted(word for word in self.hidden if word in text and word not in said)
        if told:
            self.faults.append(f"{what}: tells {told[:3]}")
        return answer

    @contextmanager
    def _reading(self, url: str) -> Iterator[None]:
        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", sql, re.IGNORECASE) and "django_session" not in sql:
                self.faults.append(f"GET {url}: writes: {sql[:120]}")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            yield

    def verdict(self, least: int) -> None:
        """Fails with everything that was found, or where too little was looked at."""
        print(f"{self.cells} answers looked at")
        assert not self.faults, f"{len(self.faults)} faults:\n" + "\n".join(fault[:500] for fault in self.faults[:60])
        assert self.cells >= least


def _cause(answer: Any) -> str:
    error = getattr(answer, "exc_info", None)
    return f" ({error[0].__name__}: {str(error[1])[:200]})" if error else ""


def header_faults(answer: HttpResponseBase) -> Iterator[str]:
    """Headers that every answer carries."""
    if answer.headers.get("Content-Security-Policy") not in (POLICY, FILE_POLICY):
        yield "no content policy"
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY")):
        if answer.headers.get(name) != value:
            yield f"{name} is {answer.headers.get(name)}"
    kept = answer.headers.get("Cache-Control", "")
    if "private" not in kept or ("no-store" not in kept and answer.headers["Content-Security-Policy"] != FILE_POLICY):
        yield f"may be kept: {kept}"


def text_of(answer: Any) -> str:
    """Everything that an answer says: its words, the addresses it leads to, the cells of a workbook."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK"):
        book = zipfile.ZipFile(io.BytesIO(content))
        return "".join(book.read(name).decode() for name in book.namelist() if "sheet" in name or "Strings" in name)
    text = html.unescape(content.decode(errors="replace"))
    where = "".join(answer.headers.get(name, "") for name in ("Location", "HX-Redirect", "Content-Disposition"))
    told = answer.headers.get("HX-Trigger", "").encode().decode("unicode_escape")
    cursors = (
        base64.urlsafe_b64decode(found + "=" * (-len(found) % 4)).decode(errors="replace")
        for found in CURSOR.findall(text)
    )
    return TOKEN.sub("", "\n".join((text, unquote_plus(where), told, *cursors)))
