"""Sending mailings: at the pace of the mailbox, paused and gone on with, never twice, whatever the server or the process does."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Refused
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.market.opt_out import OptOut
from bihuan.parties.commands import set_mailings
from bihuan.sales.mailing import commands, sending
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.sales.mailing.tests.conftest import columns, plan, send
from bihuan.touch import worker
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.models import Touchpoint, Waiting
from bihuan.touch.tests.conftest import SmtpServer

pytestmark = pytest.mark.django_db


class TestSending:
    def test_no_faster_than_the_mailbox_may(
        self, make: Any, people: Any, lin: Actor, mailbox: Mailbox, smtp: SmtpServer, clock: Any
    ) -> None:
        do(update, mailbox, by=lin, per_minute=2, per_hour=3)
        mailing = do(commands.start_mailing, plan(make(), lin), by=lin)
        for seconds, sent in ((0, 2), (30, 2), (31, 3), (61, 3), (3300, 3), (300, 4)):
            clock.shift(seconds)
            send()
            assert len(smtp.taken) == sent, seconds
        send()
        mailing.refresh_from_db()
        assert mailing.state == "done"

    def test_the_worker_takes_it_up_beside_other_mail_and_once_at_a_time(self, started: Mailing) -> None:
        taken: list[Any] = []

        class Pool:
            def submit(self, _alone: Any, errand: Any) -> Future[None]:
                taken.append(errand)
                return Future()

        under_way: dict[object, Future[None]] = {}
        for _look in (1, 2):
            worker.step(Pool(), under_way, Event())  # type: ignore[arg-type]
        assert (list(under_way), len(taken)) == ([("mailing", started.pk)], 1)
        taken[0]()
        assert columns(started) == {"sent": 4}

    def test_killed_between_sending_and_noting_nobody_gets_it_twice(
        self, started: Mailing, smtp: SmtpServer, clock: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(command: Any, *args: Any, **inputs: Any) -> Any:
            if command is commands.note_letter_sent and len(smtp.taken) == 2:
                raise SystemExit
            return do(command, *args, **inputs)

        with monkeypatch.context() as crash, pytest.raises(SystemExit):
            crash.setattr(sending, "do", killed)
            send()
        assert len(smtp.taken) == 2
        send()
        clock.shift(commands.LEASE)
        send()
        send()
        assert columns(started) == {"sent": 3, "failed": 1}
        assert [each.rcpt_tos for each in smtp.taken] == [[f"{n}@kunde.example"] for n in range(4)]
        assert MailingRecipient._base_manager.get(state="failed").failure == "unknown"
        assert started.state == "done"

    def test_killed_before_sending_it_is_said_not_to_be_known(
        self, started: Mailing, clock: Any, smtp: SmtpServer
    ) -> None:
        do(commands.begin_letter, MailingRecipient._base_manager.earliest("pk"), by=SYSTEM)
        send()
        clock.shift(commands.LEASE)
        send()
        assert columns(started) == {"sent": 3, "failed": 1}

    def test_paused_stopped_and_continued(
        self, started: Mailing, smtp: SmtpServer, lin: Actor, mailbox: Mailbox, clock: Any
    ) -> None:
        do(update, mailbox, by=lin, per_minute=1)
        send()
        do(commands.pause_mailing, started, by=lin)
        clock.shift(120)
        send()
        assert len(smtp.taken) == 1
        do(commands.continue_mailing, started, by=lin)
        send()
        assert len(smtp.taken) == 2
        do(commands.stop_mailing, started, by=lin)
        clock.shift(120)
        send()
        assert (columns(started), started.state) == ({"sent": 2, "planned": 2}, "stopped")

    def test_at_the_moment_that_was_set(self, make: Any, people: Any, lin: Actor, smtp: SmtpServer, clock: Any) -> None:
        mailing = plan(make(), lin)
        with pytest.raises(Refused, match="past"):
            do(commands.schedule_mailing, mailing, by=lin, starts_at=timezone.now())
        do(commands.schedule_mailing, mailing, by=lin, starts_at=timezone.now() + timedelta(hours=2))
        send()
        assert not smtp.taken
        clock.shift(7201)
        send()
        assert len(smtp.taken) == 4

    def test_who_opts_out_after_the_start_is_left_out(
        self, started: Mailing, lin: Actor, smtp: SmtpServer, people: Any
    ) -> None:
        do(create, by=lin, on=OptOut, address="1@kunde.example")
        do(set_mailings, people[2], by=lin, opted_out=True, reason="来电")
        send()
        assert columns(started) == {"sent": 2, "left_out": 2}

    def test_while_the_server_is_busy_it_waits_and_says_why(
        self, started: Mailing, smtp: SmtpServer, clock: Any
    ) -> None:
        smtp.answers = ["250 OK", "451 Slow down"]
        send()
        started.refresh_from_db()
        assert (started.state, started.failure, started.failure_detail) == ("sending", "busy", "451 Slow down")
        send()
        assert len(smtp.taken) == 1
        clock.shift(61)
        send()
        send()
        assert (columns(started), started.failure, started.state) == ({"sent": 4}, None, "done")

    def test_a_server_that_is_not_there_is_tried_again_and_then_left_to_somebody(
        self, started: Mailing, lin: Actor, mailbox: Mailbox, clock: Any, smtp: SmtpServer
    ) -> None:
        do(update, mailbox, by=lin, smtp_port=1)
        send()
        started.refresh_from_db()
        assert (started.state, started.failure, started.attempts) == ("sending", "connection", 1)
        for _look in sending.PAUSES:
            clock.shift(86_401)
            send()
        started.refresh_from_db()
        assert (started.state, columns(started)) == ("paused", {"planned": 4})
        do(update, mailbox, by=lin, smtp_port=smtp.port)
        do(commands.continue_mailing, started, by=lin)
        send()
        assert columns(started) == {"sent": 4}

    def test_one_that_is_refused_holds_up_nobody_but_several_do(
        self, make: Any, people: Any, lin: Actor, smtp: SmtpServer, clock: Any
    ) -> None:
        for n in range(4, 10):
            new("contact", name=f"客户{n}", email=f"{n}@kunde.example", owner=lin.user_id)
        mailing = do(commands.start_mailing, plan(make(), lin), by=lin)
        smtp.refused = {"1@kunde.example", *(f"{n}@kunde.example" for n in range(3, 10))}
        send()
        assert columns(mailing) == {"sent": 2, "failed": 6, "planned": 2}
        assert (mailing.state, mailing.failure) == ("paused", "many")
        smtp.refused = set()
        do(commands.retry_mailing, mailing, by=lin)
        send()
        send()
        assert (columns(mailing), mailing.state, len(smtp.taken)) == ({"sent": 10}, "done", 10)

    def test_is_a_touch_that_nobody_made(
        self, make: Any, people: Any, lin: Actor, hengli: Any, smtp: SmtpServer, channel: Any
    ) -> None:
        new("accountcontact", account=hengli.pk, contact=people[0].pk)
        new("responserule", name="一小时", first_minutes=60, further_minutes=60)
        asked = do(
            create,
            by=lin,
            on=Touchpoint,
            channel=channel.pk,
            direction="in",
            contact=people[0].pk,
            account=hengli.pk,
            text="?",
        )
        assert Waiting._base_manager.get().state == "waiting"
        mailing = do(commands.start_mailing, plan(make(), lin), by=lin)
        send()
        touch = Touchpoint._base_manager.get(contact=people[0], direction="out")
        assert (touch.about, touch.about_id, touch.account_id, touch.text) == (
            "mailing",
            mailing.pk,
            hengli.pk,
            "新品 何静",
        )
        assert Waiting._base_manager.get().state == "waiting", "whoever waits for an answer still does"
        for each in (people[0], hengli):
            each.refresh_from_db()
            assert each.last_touch_at == asked.at, "and who was left alone still was"
