"""The product as it is really served, with what it costs: its own processes, asked over HTTP by someone who has signed in."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Server:
    """A running `./bihuan up`; `cluster` is the benchmark's own PostgreSQL where that is the database."""

    port: int
    pid: int
    cluster: Path | None

    def processes(self) -> list[int]:
        """The web server and its children; not the background worker, which answers nobody."""
        return [self.pid, *(pid for pid in children(self.pid) if "work" not in command_line(pid).split("\0"))]

    def seconds(self) -> float:
        """CPU time that the web server has used."""
        return sum(map(cpu_seconds, self.processes()))

    def database_seconds(self) -> float:
        """CPU time that PostgreSQL has used for its connections; on SQLite that is part of the server's own."""
        if self.cluster is None:
            return 0.0
        postmaster = int((self.cluster / "postmaster.pid").read_text().split()[0])
        return sum(cpu_seconds(pid) for pid in children(postmaster) if command_line(pid).startswith("postgres: bihuan"))

    def memory(self) -> int:
        """Bytes of memory that the web server and the background worker take, shared pages counted once."""
        return sum(proportional_set(pid) for pid in (self.pid, *children(self.pid)))


@contextmanager
def serving(environment: Mapping[str, str], cluster: Path | None, *, processes: int = 1) -> Iterator[Server]:
    """Start the product on a free port and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bihuan", "up", "--port", str(port), "--processes", str(processes)]
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(port, process)
        yield Server(port, process.pid, cluster)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: int = 60) -> None:
    for _attempt in range(seconds * 10):
        if process.poll() is not None:
            raise SystemExit(f"The server ended ({process.returncode}) before it answered.")
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"The server did not answer within {seconds} s.")


class Visitor:
    """Someone who is signed in, on one connection that stays open."""

    def __init__(self, port: int, login: str, password: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        token = hidden_token(self.get("/sign-in"))
        self.post("/sign-in", {"csrfmiddlewaretoken": token, "username": login, "password": password, "next": "/"})
        self.token = header_token(self.get("/account"))

    def get(self, address: str, *, part: bool = False) -> str:
        return self.ask("GET", address, None, {"HX-Request": "true"} if part else {})

    def post(self, address: str, values: Mapping[str, str]) -> str:
        """Send a form as a page's script would."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": getattr(self, "token", ""),
            "HX-Request": "true",
        }
        return self.ask("POST", address, urlencode(values), headers)

    def ask(self, method: str, address: str, body: str | None, headers: Mapping[str, str]) -> str:
        """Raises SystemExit for an answer that is an error: what fails quickly must not count as fast."""
        sent = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept-Encoding": "identity",
            **headers,
        }
        self.connection.request(method, quote(address, safe="/?=&%.-,:"), body, sent)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status >= 400:
            raise SystemExit(f"{method} {address} was answered {answer.status}:\n{text[:2000]}")
        return text


def hidden_token(page: str) -> str:
    return found(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)


def header_token(page: str) -> str:
    return found(r'"X-CSRFToken": "([^"]+)"', page)


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise SystemExit(f"A page lacks {pattern}; is the sign-in broken?")
    return match[1]


# ---------------------------------------------------------------------- what Linux tells of a process


def children(pid: int) -> list[int]:
    """Every process below this one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def command_line(pid: int) -> str:
    """What a process was started with, its parts parted by zero bytes; "" for one that has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def cpu_seconds(pid: int) -> float:
    """CPU time of a process in user and kernel mode, to the nanosecond: its CPU clock, as clock_getcpuclockid(3) names it."""
    return time.clock_gettime((~pid << 3) | 2)


def proportional_set(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024


def supported() -> bool:
    """Whether this system can tell what processes cost."""
    return sys.platform == "linux" and Path("/proc/self/smaps_rollup").exists()
