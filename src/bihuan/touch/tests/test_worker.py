"""The worker fetches and sends by itself, in threads with connections of their own."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.utils import timezone

from bihuan.core import lane
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch import worker
from bihuan.touch.mail.commands import send_mail
from bihuan.touch.models import MailboxState, MailMessage
from bihuan.touch.tests.conftest import ImapServer, SmtpServer, mail

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_due_comes_and_goes(
    imap: ImapServer, smtp: SmtpServer, box: Any, lin: Actor, make_mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PAUSE", 0.05)
    dead = make_mailbox(lin, "dead@hancheng.example", imap_port=1)
    imap.deliver(box.mailbox.imap_login, mail(), mail())
    given = {"mailbox": box.mailbox_id, "to": "zhangsan@hengli.example", "subject": "报价", "text": "见附件。"}
    do(send_mail, do(create, by=lin, on=MailMessage, **given), by=lin)
    mails, stopping = MailMessage._base_manager, threading.Event()
    with lane.running(stopping):
        until = time.monotonic() + 20
        while time.monotonic() < until and set(mails.values_list("state", flat=True)) != {"strange", "sent"}:
            time.sleep(0.05)
    assert (mails.filter(state="strange").count(), mails.filter(state="sent").count(), len(smtp.taken)) == (2, 1, 1)
    states = {each.pk: each for each in MailboxState.objects.all()}
    assert (states[box.pk].failure, states[dead.pk].failure) == ("", "connection")
    assert all(each.due_at > timezone.now() for each in states.values())
