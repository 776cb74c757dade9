"""The one way out: every request and connection that the product makes to an address which somebody typed.

    address → name resolved once → every address it stands for checked → connect to what was checked → one answer

Nothing inside the firm's own network can be reached so: whatever way an address is spelt, what counts is the number
that the system resolves it to, and the connection goes to that very number. Redirects are never followed, environment
variables that name a proxy are not read, an answer is cut at a limit, and the whole takes no longer than it may.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import string
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bihuan.core.errors import Refused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Why a request brought no answer.
FAILURES = {
    "address": _("This address is not allowed: it must begin with https:// or http:// and lead to a public network."),
    "name": _("No such host name is known."),
    "connection": _("No connection could be made."),
    "certificate": _("The certificate of the other side is not valid for this address."),
    "time": _("No whole answer came in time."),
    "answer": _("The other side broke off, or did not answer in HTTP."),
}

#: Addresses at which a cloud tells a machine its own secrets; no setting opens them.
METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254"))
)
#: Where the addresses of IPv6 hosts lie, and the parts of it that only wrap an IPv4 address.
UNICAST = ipaddress.IPv6Network("2000::/3")
WRAPPED = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))

#: An address with one of these means one thing to one program and another to the next.
AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
#: Signs that an address may hold as they are; what is beyond ASCII is sent percent-encoded.
ASCII = string.punctuation


class Failed(Exception):
    """No answer came. `code` is one of FAILURES; `detail` is what the system said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `headers` by lower-case name, `body` up to the limit asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(
    method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None,
    seconds: float = 10, limit: int = 2**20,
) -> Answer:  # fmt: skip
    """Ask once; a redirect is an answer like any other. Raises Failed.

    `seconds` bound connecting, sending and reading together (a name is resolved before, in the time that the system
    takes); `limit` is the number of bytes of the answer that are read.
    """
    parts = split(url)
    deadline = time.monotonic() + seconds
    connection = _Pinned(parts, resolve(parts), deadline)
    clock = threading.Timer(seconds, connection.abort)
    clock.start()
    try:
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=ASCII)
        connection.request(method, path, body=body or None, headers=dict(headers or {}))
        response = connection.getresponse()
        content = response.read(limit)
        if connection.is_aborted:
            raise Failed("time")
        return Answer(response.status, {name.lower(): text for name, text in response.getheaders()}, content)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failure(error, connection) from None
    finally:
        clock.cancel()
        connection.close()


def _failure(error: Exception, connection: _Pinned) -> Failed:
    if connection.is_aborted or isinstance(error, TimeoutError):
        return Failed("time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failed("certificate", error.verify_message)
    detail = f"{type(error).__name__}: {error}"
    return Failed("answer" if connection.wire is not None else "connection", detail)


def check(url: str) -> None:
    """Refuse an address that can be told to be wrong without asking the network, for the form that takes it. Raises Refused."""
    try:
        parts = split(url)
        host = parts.hostname or ""
        number = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else _number(host)
        if number and not is_allowed(number):
            raise Failed("address", number)
    except Failed as failed:
        raise Refused(str(FAILURES[failed.code])) from None


def split(url: str) -> SplitResult:
    """The parts of an address. Raises Failed for one that is no plain http or https address."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise Failed("address", str(error)) from None
    if parts.scheme not in ("http", "https") or not host or port == 0 or "@" in parts.netloc or AMBIGUOUS.search(url):
        raise Failed("address", url)
    return parts


def _number(host: str) -> str:
    """The IP address that a host is when it is none by name, however it is spelt; "" for a name."""
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return ""


def resolve(parts: SplitResult) -> list[tuple[str, int]]:
    """The addresses and port that the host stands for at this moment, all of them allowed. Raises Failed."""
    return _addresses(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to a server that does not speak HTTP, such as a mail server. Raises Failed, and OSError where none answers.

    `seconds` bound the connecting, and each reading and writing after it.
    """
    for address in (addresses := _addresses(host, port)):
        try:
            return socket.create_connection(address, timeout=seconds)
        except OSError:
            if address == addresses[-1]:
                raise
    raise Failed("name", host)


def _addresses(host: str, port: int) -> list[tuple[str, int]]:
    """What a host stands for at this moment, all of it allowed. Raises Failed."""
    try:
        host = host.encode("idna").decode()
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed("name", str(error)) from None
    numbers = list(dict.fromkeys(str(address[0]) for *_rest, address in found))
    # one that is not allowed refuses them all: a name that stands for both is a trap
    forbidden = [number for number in numbers if not is_allowed(number)]
    if forbidden or not numbers:
        raise Failed("address", ", ".join(forbidden))
    return [(number, port) for number in numbers]


def is_allowed(number: str) -> bool:
    """Whether the product may connect to an IP address: it is a public one, or in a network that the operator opened."""
    try:
        address: IPAddress = ipaddress.ip_address(number)
    except ValueError:  # with a zone: "fe80::1%eth0"
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address in METADATA:
        return False
    return is_public(address) or any(address in network for network in settings.OUTBOUND_NETWORKS)


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to one host of the public internet."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address in UNICAST and not any(address in network for network in WRAPPED)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, under the name that was asked for."""

    def __init__(self, parts: SplitResult, addresses: Sequence[tuple[str, int]], deadline: float) -> None:
        name = (parts.hostname or "").encode("idna").decode()
        super().__init__(name, addresses[0][1])
        self.default_port = 443 if parts.scheme == "https" else 80  # the Host header leaves it out
        self.is_secure = parts.scheme == "https"
        self.addresses = addresses
        self.deadline = deadline
        self.wire: socket.socket | None = None  # the base class forgets its own when an answer will be the last
        self.is_aborted = False

    def connect(self) -> None:
        """The first address that answers. Raises OSError."""
        for address in self.addresses:
            try:
                self.sock = socket.create_connection(address, timeout=self._left())
                break
            except OSError as error:
                refused = error
        else:
            raise refused
        if self.is_secure:
            self.sock.settimeout(self._left())
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(self._left())
        self.wire = self.sock

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def abort(self) -> None:
        """Called when the time is over: a side that sends a byte now and then would never let a read time out."""
        self.is_aborted = True
        if self.wire is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.wire, socket.SHUT_RDWR)  # TLS would forget what it is reading for
