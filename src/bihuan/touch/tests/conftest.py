"""What the tests of this room share: somebody's signed-in browser, and real mail servers on loopback ports of their own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.cast import new

from bihuan.web.tests.conftest import browse

__all__ = ["browse"]

from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.mail.commands import set_mail_passwords
from bihuan.touch.mail.mailbox import Mailbox, MailboxState

PASSWORD = "open-sesame"
DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
{tls}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
"""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass(frozen=True)
class Certificate:
    """Files with a certificate for localhost and with its key."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate that nobody trusts who is not told to."""
    folder, key = tmp_path_factory.mktemp("certificate"), ec.generate_private_key(ec.SECP256R1())
    made, name = Certificate(folder / "chain", folder / "key"), x509.Name.from_rfc4514_string("CN=localhost")
    begin = datetime.now(UTC) - timedelta(days=1)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    made.chain.write_bytes(signed.public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


class ImapServer:
    """Dovecot; any login is a mailbox. With a certificate it speaks TLS too: at `port` where asked to, at `tls_port` at once."""

    def __init__(self, folder: Path, certificate: Certificate | None = None) -> None:
        self.folder, self.port, self.tls_port = folder, free_port(), free_port() if certificate else 0
        folder.chmod(0o755)
        mail = folder / "mail"
        mail.mkdir()
        me, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        values = {"internal": me, "internal_group": group, "login": me, "owner": me, "group": group}
        if os.getuid() == 0:  # Dovecot hands mails to nobody who is root
            values = {
                "internal": "dovecot", "internal_group": "dovecot", "login": "dovenull", "owner": "nobody", "group": "nogroup"
            }  # fmt: skip
            shutil.chown(mail, "nobody", "nogroup")
        tls = f"ssl = yes\nssl_cert = <{certificate.chain}\nssl_key = <{certificate.key}" if certificate else "ssl = no"
        values |= {"tls": tls, "tls_port": str(self.tls_port)}
        config = folder / "dovecot.conf"
        config.write_text(DOVECOT.format(folder=folder, port=self.port, password=PASSWORD, **values))
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", config])

    def wait(self) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                self.client("somebody").logout()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def client(self, login: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=5)
        client.login(login, PASSWORD)
        return client

    def deliver(self, login: str, *mails: bytes | EmailMessage, folder: str = "INBOX") -> None:
        """Put mails into somebody's folder."""
        client = self.client(login)
        client.create(folder)
        for each in mails:
            client.append(folder, None, None, bytes(each))  # type: ignore[arg-type]
        client.logout()


@contextmanager
def dovecot(certificate: Certificate | None = None) -> Iterator[ImapServer]:
    """A running server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bihuan-dovecot-"))
    server = ImapServer(folder, certificate)
    try:
        server.wait()
        yield server
    finally:
        server.process.terminate()
        server.process.wait()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def imap() -> Iterator[ImapServer]:
    with dovecot() as server:
        yield server


class SmtpServer:
    """aiosmtpd; what it took lies in `taken`. `answers` gives what it says to the next mails instead of taking them.

    `context` and `starttls` are how it speaks TLS: at once, or where asked to and then only so.
    """

    def __init__(self, *, context: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        self.taken: list[Envelope] = []
        self.passwords: list[bytes] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), authenticator=self.authenticate, auth_required=True,
            auth_require_tls=False, ssl_context=context, tls_context=starttls, require_starttls=starttls is not None,
        )  # fmt: skip
        self.controller.start()

    @property
    def port(self) -> int:
        return self.controller.port

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.passwords.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode())

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.taken.append(envelope)
        if answer.endswith("and die"):
            server.transport.abort()
        return answer


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.controller.stop()


@pytest.fixture
def loopback(settings: Any) -> None:
    """The operator has opened this machine's own network for mail servers."""
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def channel(firm: None) -> Any:
    return new("choice", set="channel", name="邮件", key="mail")


@pytest.fixture
def make_mailbox(imap: ImapServer, smtp: SmtpServer, loopback: None, channel: Any) -> Any:
    """Makes somebody's mailbox, on the server as nobody has seen it before."""

    def make(owner: Any, address: str, **values: Any) -> MailboxState:
        servers = {
            "imap_host": "127.0.0.1", "imap_port": imap.port, "imap_security": "none", "imap_login": f"{address}.{time.time_ns()}",
            "smtp_host": "127.0.0.1", "smtp_port": smtp.port, "smtp_security": "none", "smtp_login": address,
        }  # fmt: skip
        given = {"address": address, "name": owner.name, "channel": channel.pk} | servers | values
        made = do(create, by=owner, on=Mailbox, **given)
        made = do(set_mail_passwords, made, by=owner, imap_password=PASSWORD, smtp_password=PASSWORD)
        return MailboxState.objects.create(mailbox=made, due_at=made.created_at)

    return make


@pytest.fixture
def box(lin: Any, make_mailbox: Any) -> MailboxState:
    """林's own mailbox."""
    return make_mailbox(lin, "lin@hancheng.example")


def mail(
    sender: str = "张三 <zhangsan@hengli.example>",
    subject: str = "询价",
    text: str = "请报两台空压机的价。",
    **head: str,
) -> EmailMessage:
    """A mail as it arrives; names of heads are written with underscores."""
    made = EmailMessage()
    made["From"], made["Subject"] = sender, subject
    given = {
        "To": "lin@hancheng.example",
        "Date": "Mon, 16 Mar 2026 09:30:00 +0800",
        "Message-ID": f"<{time.time_ns()}@hengli.example>",
    }
    for name, value in (given | {name.replace("_", "-"): value for name, value in head.items()}).items():
        made[name] = value
    made.set_content(text)
    return made
