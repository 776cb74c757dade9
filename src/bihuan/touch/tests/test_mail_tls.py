"""Mails over TLS, from the start and by STARTTLS, with a certificate that is valid, and with such as are not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.touch.mail import fetch, send
from bihuan.touch.models import MailMessage
from bihuan.touch.tests.conftest import Certificate, ImapServer, SmtpServer, dovecot, mail

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("security", ["tls", "starttls"])]


@pytest.fixture(scope="module")
def secure_imap(certificate: Certificate) -> Iterator[ImapServer]:
    with dovecot(certificate) as server:
        yield server


@pytest.fixture
def secure_smtp(certificate: Certificate, security: str) -> Iterator[SmtpServer]:
    way = "context" if security == "tls" else "starttls"
    server = SmtpServer(**{way: certificate.context()})
    yield server
    server.controller.stop()


@pytest.fixture
def secured(
    make_mailbox: Any, lin: Actor, secure_imap: ImapServer, secure_smtp: SmtpServer, security: str
) -> Callable[..., Any]:
    """Makes 林's mailbox on these servers, called by a name."""

    def make(host: str) -> Any:
        imap_port = secure_imap.tls_port if security == "tls" else secure_imap.port
        return make_mailbox(
            lin, "lin@hancheng.example", imap_host=host, imap_port=imap_port, imap_security=security,
            smtp_host=host, smtp_port=secure_smtp.port, smtp_security=security,
        )  # fmt: skip

    return make


def write(box: Any, about: Any, by: Actor) -> MailMessage:
    command = registry.commands(registry.desk_of(about))["write_mail"]
    do(command, about, by=by, mailbox=box.mailbox_id, to="zhangsan@hengli.example", subject="报价", text="见附件。")
    for key in send.due():
        send.send(key)
    return MailMessage._base_manager.order_by("pk").last()


def test_mails_come_and_go(
    secured: Any, secure_imap: ImapServer, secure_smtp: SmtpServer, certificate: Certificate, hengli: Any, lin: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    box = secured("localhost")
    secure_imap.deliver(box.mailbox.imap_login, mail())
    assert (fetch.visit(box), box.failure) == (1, "")
    assert MailMessage._base_manager.get().subject == "询价"
    assert write(box, hengli, lin).state == "sent"
    assert len(secure_smtp.taken) == len(secure_smtp.passwords) == 1


@pytest.mark.parametrize(("host", "is_trusted"), [("localhost", False), ("127.0.0.1", True)])
def test_who_cannot_show_a_valid_certificate_learns_no_password(
    secured: Any, secure_imap: ImapServer, secure_smtp: SmtpServer, certificate: Certificate, hengli: Any, lin: Actor,
    monkeypatch: pytest.MonkeyPatch, host: str, is_trusted: bool,
) -> None:  # fmt: skip
    """One that nobody vouches for, and one for another name."""
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    box = secured(host)
    began = (secure_imap.folder / "log").stat().st_size
    assert fetch.visit(box) == 0
    assert (box.failure, box.sentence) == (
        "certificate",
        "The certificate of the mail server is not valid for this name.",
    )
    written = write(box, hengli, lin)
    assert (written.state, written.failure) == ("failed", "certificate")
    assert not secure_smtp.taken and not secure_smtp.passwords
    time.sleep(0.1)  # Dovecot writes its log beside
    log = (secure_imap.folder / "log").read_text()[began:]
    assert "Disconnected" in log and "Login" not in log
