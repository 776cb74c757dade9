"""Connections to mail servers: only to addresses that are allowed, and with a plain reason where none comes about."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError, MailboxStarttlsError
from imap_tools.mailbox import BaseMailBox

from bihuan.core import outbound
from bihuan.core.outbound import Failed
from bihuan.people.sealed import unseal

if TYPE_CHECKING:
    from bihuan.touch.mail.mailbox import Mailbox

#: Why a server could not be used, or did not take a mail.
FAILURES = {
    "address": _("This server is not allowed: it must lie in a public network, or in one that the operator has opened."),
    "name": _("No such host name is known."),
    "connection": _("No connection to the mail server could be made."),
    "certificate": _("The certificate of the mail server is not valid for this name."),
    "encryption": _("The mail server does not offer the encryption that is set."),
    "time": _("The mail server did not answer in time."),
    "login": _("The mail server does not accept the login or the password."),
    "password": _("No password is kept that can be read; give it again."),
    "folder": _("There is no such folder on the mail server."),
    "answer": _("The mail server broke off, or gave an answer that is not understood."),
    "busy": _("The mail server does not take the mail now."),
    "refused": _("The mail server refused the mail."),
    "recipient": _("The mail server refused a recipient."),
    "unknown": _("It is not known whether this mail was sent: the connection or the program ended just then. "
                 "Ask the recipient before you send it again."),
    "fault": _("A fault in the program; the operator finds it in the log."),
}  # fmt: skip

#: Seconds that a server has for each answer.
PATIENCE = 20.0


class _Imap(imaplib.IMAP4):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        return outbound.connect(self.host, self.port, timeout or PATIENCE)


class _ImapOverTls(imaplib.IMAP4_SSL):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = outbound.connect(self.host, self.port, timeout or PATIENCE)
        return self.ssl_context.wrap_socket(plain, server_hostname=self.host)


class _Smtp(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return outbound.connect(host, port, timeout)


class _SmtpOverTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(outbound.connect(host, port, timeout), server_hostname=host)


class _ImapServer(BaseMailBox):
    """imap-tools on a connection of ours."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        host, port = self.mailbox.imap_host, self.mailbox.imap_port
        if self.mailbox.imap_security == "tls":
            return _ImapOverTls(host, port, ssl_context=ssl.create_default_context(), timeout=PATIENCE)
        client = _Imap(host, port, timeout=PATIENCE)
        if self.mailbox.imap_security == "starttls":
            if "STARTTLS" not in client.capabilities:
                raise Failed("encryption")
            client.starttls(ssl.create_default_context())
        return client


@contextmanager
def imap(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    """The server that a mailbox is fetched from, signed in, no folder chosen. Raises Failed."""
    with plainly():
        server = _ImapServer(mailbox)
        try:
            server.login(mailbox.imap_login or mailbox.address, _password(mailbox.imap_password), initial_folder=None)
            yield server
        finally:
            server.client.shutdown()


@contextmanager
def smtp(mailbox: Mailbox) -> Iterator[smtplib.SMTP]:
    """The server that a mailbox sends by, signed in where there is a password. Raises Failed."""
    with plainly():
        secure = mailbox.smtp_security == "tls"
        kind = _SmtpOverTls if secure else _Smtp
        context = {"context": ssl.create_default_context()} if secure else {}
        client = kind(mailbox.smtp_host, mailbox.smtp_port, timeout=PATIENCE, **context)  # type: ignore[arg-type]
        try:
            if mailbox.smtp_security == "starttls":
                client.starttls(context=ssl.create_default_context())
            if mailbox.smtp_password:
                client.login(mailbox.smtp_login or mailbox.address, _password(mailbox.smtp_password))
            yield client
        finally:
            client.close()


def _password(sealed: str) -> str:
    found = unseal(sealed) if sealed else ""
    if not found:
        raise Failed("password")
    return found


@contextmanager
def plainly() -> Iterator[None]:
    """Whatever the libraries raise inside, as Failed."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Failed("certificate", error.verify_message) from None
    except TimeoutError as error:
        raise Failed("time", str(error)) from None
    except (MailboxLoginError, smtplib.SMTPAuthenticationError) as error:
        raise Failed("login", _said(error)) from None
    except MailboxFolderSelectError as error:
        raise Failed("folder", _said(error)) from None
    except (MailboxStarttlsError, smtplib.SMTPNotSupportedError) as error:
        raise Failed("encryption", _said(error)) from None
    except (ImapToolsError, imaplib.IMAP4.error, smtplib.SMTPException, ssl.SSLError, UnicodeError) as error:
        raise Failed("answer", _said(error)) from None
    except OSError as error:
        raise Failed("connection", _said(error)) from None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
