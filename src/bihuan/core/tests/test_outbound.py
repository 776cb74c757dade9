"""The way out reaches what is public, or was opened by the operator, and nothing else; and never waits for long."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from bihuan.core import outbound
from bihuan.core.errors import Refused
from bihuan.core.outbound import Failed, check, is_allowed, request

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


def listeners() -> list[socket.socket]:
    """A port that is free on both addresses: one that is free on the first may be taken on the second."""
    while True:
        first = socket.create_server(("127.0.0.1", 0))
        try:
            return [first, socket.create_server(("::1", first.getsockname()[1]), family=socket.AF_INET6)]
        except OSError:
            first.close()


class Canary:
    """Listens at 127.0.0.1 and ::1, counts who comes, and answers each with `say`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.visits: list[bytes] = []
        self.say: Callable[[socket.socket], None] = lambda peer: peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        self.sockets = listeners()
        self.port = self.sockets[0].getsockname()[1]
        if tls is not None:
            self.sockets = [tls.wrap_socket(each, server_side=True) for each in self.sockets]
        for each in self.sockets:
            threading.Thread(target=self._serve, args=(each,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, _address = listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                try:
                    self.visits.append(peer.recv(65536))
                    self.say(peer)
                except OSError:
                    pass

    def close(self) -> None:
        for each in self.sockets:
            each.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.close()


@pytest.fixture
def opened(settings: Any) -> None:
    settings.OUTBOUND_NETWORKS = LOOPBACK


#: This machine, as attackers spell it.
SPELLINGS = (
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.2", "2130706433", "0x7f000001", "0x7F.1", "0177.0.0.1", "0177.1", "017700000001",
    "0x7f.0x0.0x0.0x1", "0000177.0.0.1", "0", "0.0.0.0",  # noqa: S104
    "127.0.0.1.", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "localhost",
    "LOCALHOST", "localhost.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::ffff:0:127.0.0.1]", "[::1%25lo]",
)  # fmt: skip
#: Other inner addresses, none of which a test could listen at.
INNER = (
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]",
    "[fd00:ec2::254]", "[ff02::1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[2002:a9fe:a9fe::]", "[64:ff9b::a9fe:a9fe]",
    "[100::1]", "[2001:db8::1]",
)  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_out_of_reach_however_it_is_spelt(host: str, scheme: str, canary: Canary) -> None:
    with pytest.raises(Failed) as failed:
        request("POST", f"{scheme}://{host}:{canary.port}/", body=b"x", seconds=2)
    assert failed.value.code in ("address", "name")
    assert canary.visits == []


@pytest.mark.parametrize("host", INNER)
def test_inner_networks_are_out_of_reach(host: str) -> None:
    with pytest.raises(Failed) as failed:
        request("GET", f"http://{host}/", seconds=0.2)
    assert failed.value.code == "address"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1:70/", "dict://127.0.0.1/", "jar:http://example.com!/",
        "//example.com", "example.com", "", "http://", "http:///x", "http://user@example.com/", "http://example.com@127.0.0.1/",
        "http://127.0.0.1\\@example.com/", "http://exa mple.com", "http://example.com\r\nHost: inner", "http://exam\tple.com/",
        "http://example.com:99999/", "http://example.com:0/", "http://a..b/", f"http://{'a' * 64}.com/", "http://[::1", "\x00http://x.com/",
        " http://example.com/", "javascript:alert(1)", "data:text/plain,x",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_before_the_network_is_asked(url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a name was resolved"))
    with pytest.raises(Failed):
        request("GET", url)
    with pytest.raises(Refused):
        check(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "[::1]", "localhost", "a.localhost", "10.1.2.3"])
def test_a_form_tells_of_an_inner_address_at_once(host: str) -> None:
    with pytest.raises(Refused):
        check(f"https://{host}/hook")
    check("https://example.com/hook?to=a@b&c=中")


def test_what_the_operator_opened_can_be_reached_but_never_a_clouds_own_secrets(settings: Any) -> None:
    settings.OUTBOUND_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("169.254.0.0/16"), ip_network("fd00::/8")]
    assert is_allowed("10.1.2.3") and is_allowed("::ffff:10.1.2.3") and is_allowed("fd00::1")
    assert not is_allowed("10.2.0.1") and not is_allowed("169.254.169.254") and not is_allowed("fd00:ec2::254")
    assert is_allowed("93.184.215.14") and is_allowed("2606:4700::1111")


def test_the_address_that_was_checked_is_the_one_that_is_asked(canary: Canary, opened: None, monkeypatch: Any) -> None:
    """A name that stands for another address the second time it is looked up (DNS rebinding) leads nowhere else."""
    looked_up = []
    real = socket.getaddrinfo

    def rebind(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **options)
        looked_up.append(host)
        return real("127.0.0.1" if len(looked_up) == 1 else "127.0.0.9", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    assert request("POST", f"http://rebind.example:{canary.port}/a?b=中", body=b"{}").status == 204
    assert looked_up == ["rebind.example"]
    (said,) = canary.visits
    assert said.startswith(b"POST /a?b=%E4%B8%AD HTTP/1.1\r\n")
    assert f"Host: rebind.example:{canary.port}\r\n".encode() in said


def test_a_name_for_an_inner_and_an_outer_address_leads_nowhere(canary: Canary, monkeypatch: Any) -> None:
    real = socket.getaddrinfo
    both = lambda host, port, **_: [*real("93.184.215.14", port), *real("127.0.0.1", port)]  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(Failed, match="address"):
        request("GET", f"http://both.example:{canary.port}/")
    assert not canary.visits


def test_a_redirect_is_not_followed(canary: Canary, opened: None) -> None:
    onward = f"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:{canary.port}/secret\r\nContent-Length: 0\r\n\r\n"
    canary.say = lambda peer: peer.sendall(onward.encode())
    assert request("POST", f"http://127.0.0.1:{canary.port}/").status == 307
    assert len(canary.visits) == 1


def test_no_proxy_of_the_environment_is_used(canary: Canary, monkeypatch: Any) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    with pytest.raises(Failed):
        request("GET", "http://no-such-name.invalid/")
    assert not canary.visits


def test_an_answer_is_read_up_to_its_limit(canary: Canary, opened: None) -> None:
    canary.say = lambda peer: peer.sendall(b"HTTP/1.1 200 OK\r\nX-Kind: much\r\n\r\n" + b"a" * 50_000)
    answer = request("GET", f"http://127.0.0.1:{canary.port}/", limit=100)
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b"a" * 100, "much")


#: Bytes sent one by one by a side that drips; who reads them all has waited without end.
DRIPS = 400
sent: list[int] = []


def drip(head: bytes) -> Callable[[socket.socket], None]:
    """Sends a byte now and then, so that no single read ever waits for long."""

    def say(peer: socket.socket) -> None:
        peer.sendall(head)
        for place in range(DRIPS):
            peer.sendall(b"x")
            sent.append(place)
            time.sleep(0.02)

    return say


@pytest.mark.parametrize(
    "say",
    [lambda peer: time.sleep(2), drip(b"HTTP/1.1 200 OK\r\nX: "), drip(b"HTTP/1.1 200 OK\r\n\r\n")],
    ids=["silent", "drips its head", "drips its body"],
)
def test_the_whole_has_one_time_limit(say: Any, canary: Canary, opened: None) -> None:
    canary.say = say
    sent.clear()
    with pytest.raises(Failed, match="time"):
        request("GET", f"http://127.0.0.1:{canary.port}/", seconds=0.3)
    assert len(sent) < DRIPS / 2


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"])
def test_what_does_not_speak_http_is_told_as_such(said: bytes, canary: Canary, opened: None) -> None:
    canary.say = lambda peer: peer.sendall(said)
    with pytest.raises(Failed, match="answer"):
        request("GET", f"http://127.0.0.1:{canary.port}/")


def test_nobody_there_is_told_as_such(opened: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Failed, match="connection"):
        request("GET", f"http://127.0.0.1:{port}/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hook.example and its key in one file, signed by itself."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file, "-out", f"{file}.crt", "-days", "2",
         "-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    with file.open("a") as both:
        both.write(Path(f"{file}.crt").read_text())
    return file


def test_tls_is_spoken_with_the_name_that_was_asked_for(certificate: Path, opened: None, monkeypatch: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    canary = Canary(context)
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, *a, **o: real("127.0.0.1", port, *a, **o))

    with pytest.raises(Failed, match="certificate"):
        request("GET", f"https://hook.example:{canary.port}/")
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    with pytest.raises(Failed, match="certificate"):
        request("GET", f"https://other.example:{canary.port}/")
    canary.visits.clear()
    assert request("GET", f"https://hook.example:{canary.port}/").status == 204
    assert f"Host: hook.example:{canary.port}".encode() in canary.visits[0]
    canary.close()


def test_every_failure_has_a_sentence() -> None:
    assert all(str(sentence).endswith(".") for sentence in outbound.FAILURES.values())
