"""What the tests of calendars share: a real CalDAV server on a port of its own, and somebody's account there."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.caldav.commands import choose_calendar, set_calendar_password
from bihuan.touch.models import CalendarAccount, CalendarState
from bihuan.touch.tests.conftest import PASSWORD, free_port, loopback
from bihuan.web.tests.conftest import browse, htmx

__all__ = ["browse", "htmx", "loopback"]

ENTRY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Other//Program//EN
BEGIN:{kind}
UID:{uid}
DTSTAMP:20260301T000000Z
{lines}
END:{kind}
END:VCALENDAR
"""


def entry(kind: str, uid: str, *lines: str) -> str:
    """An entry as another program writes it."""
    return ENTRY.format(kind=kind, uid=uid, lines="\n".join(lines)).replace("\n", "\r\n")


class Radicale:
    """A process of Radicale; 林 has a login there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "users").write_text(f"lin:{PASSWORD}\n")
        options = {
            "server-hosts": f"127.0.0.1:{self.port}", "auth-type": "htpasswd", "auth-htpasswd-filename": folder / "users",
            "auth-htpasswd-encryption": "plain", "auth-delay": 0, "storage-filesystem-folder": folder / "data",
            "logging-level": "critical",
        }  # fmt: skip
        told = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        self.process = subprocess.Popen([sys.executable, "-m", "radicale", "--config", "", *told])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def wait(self) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                self.ask("OPTIONS", "/")
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("Radicale does not answer")

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        proof = b64encode(f"lin:{PASSWORD}".encode()).decode()
        connection.request(method, path, body.encode(), {"Authorization": f"Basic {proof}", **headers})
        answer = connection.getresponse()
        answer.content = answer.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return answer


@pytest.fixture(scope="session")
def radicale() -> Iterator[Radicale]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-radicale-"))
    server = Radicale(folder)
    try:
        server.wait()
        yield server
    finally:
        server.process.terminate()
        server.process.wait()
        shutil.rmtree(folder)


class There:
    """A calendar on the server, as another program of its owner's sees it."""

    def __init__(self, server: Radicale) -> None:
        self.server, self.path = server, f"/lin/{uuid4().hex}/"
        assert server.ask("MKCALENDAR", self.path).status == 201

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}{self.path}"

    def paths(self) -> list[str]:
        listing = self.server.ask("PROPFIND", self.path, Depth="1").content  # type: ignore[attr-defined]
        return sorted(re.findall(r"<href>([^<]+\.ics)</href>", listing))

    def texts(self) -> list[str]:
        return [self.text(each) for each in self.paths()]

    def text(self, path: str) -> str:
        found = self.server.ask("GET", path).content  # type: ignore[attr-defined]
        return re.sub(r"\r\n[ \t]", "", found).replace("\r\n", "\n")

    def put(self, text: str, path: str = "") -> int:
        path = path or f"{self.path}{uuid4().hex}.ics"
        return self.server.ask("PUT", path, text, **{"Content-Type": "text/calendar"}).status

    def replace(self, path: str, *pairs: tuple[str, str]) -> None:
        """Change an entry as its owner does in another program, now."""
        text = self.text(path)
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        text = re.sub(r"LAST-MODIFIED:\w+", time.strftime("LAST-MODIFIED:%Y%m%dT%H%M%SZ", time.gmtime()), text)
        assert self.put(text, path) in (200, 201, 204)

    def delete(self, path: str) -> None:
        assert self.server.ask("DELETE", path).status in (200, 204)


@pytest.fixture
def there(radicale: Radicale) -> There:
    return There(radicale)


@pytest.fixture
def state(lin: Any, there: There, loopback: None) -> CalendarState:
    """林's account, with this calendar chosen."""
    given = {"name": "日历", "address": there.server.address, "login": "lin"}
    account = do(create, by=lin, on=CalendarAccount, **given)
    account = do(set_calendar_password, account, by=lin, password=PASSWORD)
    account = do(choose_calendar, account, by=lin, calendar=there.url, calendar_name="工作")
    return CalendarState.objects.create(account=account, due_at=account.created_at)
