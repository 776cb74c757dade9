"""What the tests of mailings share: a mailbox at a real server, people to write to, a mailing that has begun."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from tests.cast import new, next_monday

from bihuan.core import event, job
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.market.segment import Segment
from bihuan.sales.mailing import commands, sending
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import FIGURES
from bihuan.touch.mail.commands import set_mail_passwords
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.tests.conftest import PASSWORD, SmtpServer, channel, loopback, smtp
from bihuan.web.tests.conftest import browse

__all__ = ["browse", "channel", "loopback", "smtp"]  # fixtures

TEXT = "{{name}}，您好！\n\n新一代变频机已上市：\nhttps://www.hancheng.example/vsd?a=1&b=2。\n\n<b>瀚澄</b>"
OUT = {
    "subject": "新品 {{name}}",
    "text": TEXT,
    "subject_en": "New for {{name}}",
    "text_en": "See https://www.hancheng.example/en",
}


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.HOSTS, settings.HTTPS = ["crm.hancheng.example"], True


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(next_monday(), tick=False) as travelling:
        yield travelling


@pytest.fixture
def mailbox(lin: Actor, smtp: SmtpServer, loopback: None, channel: Any) -> Mailbox:
    made = do(
        create, by=lin, on=Mailbox, address="news@hancheng.example", name="瀚澄", channel=channel.pk, smtp_host="127.0.0.1",
        smtp_port=smtp.port, smtp_security="none",
    )  # fmt: skip
    return do(set_mail_passwords, made, by=lin, smtp_password=PASSWORD)


@pytest.fixture
def people(lin: Actor) -> list[Any]:
    names = ("何静", "Kim", "许诺", "高洁")
    return [
        new("contact", name=name, email=f"{n}@Kunde.example", language="en" if name == "Kim" else "zh-hans", owner=lin.user_id)
        for n, name in enumerate(names)
    ]  # fmt: skip


@pytest.fixture
def make(lin: Actor, mailbox: Mailbox) -> Callable[..., Mailing]:
    def made(rule: str = "email.has=kunde", by: Actor = lin, **values: Any) -> Mailing:
        segment = do(create, by=by, on=Segment, name=rule, object=values.pop("object", "contact"), rule=rule)
        given = {"name": "新品", "mailbox": mailbox.pk, "segments": [segment.pk], "imprint": "苏州工业园区 1 号"}
        return do(create, by=by, on=Mailing, **given | OUT | values)

    return made


@pytest.fixture
def started(make: Any, people: Any, lin: Actor) -> Mailing:
    return do(commands.start_mailing, plan(make(), lin), by=lin)


def plan(mailing: Mailing, by: Actor) -> Mailing:
    do(commands.plan_mailing, mailing, by=by)
    work()
    mailing.refresh_from_db()
    return mailing


def work() -> job.Job | None:
    while event.deliver() or job.run_next():
        pass
    return job.Job.objects.order_by("pk").last()


def send() -> None:
    """What the worker does at one look."""
    sending.give_up_unknown()
    for _key, errand in list(sending.due()):
        errand()


def arrived(smtp: SmtpServer, place: int = -1) -> EmailMessage:
    return email.message_from_bytes(smtp.taken[place].content, policy=policy.default)  # type: ignore[arg-type,return-value]


def parts(mail: EmailMessage) -> tuple[str, str]:
    return tuple(mail.get_body([name]).get_content() for name in ("plain", "html"))  # type: ignore[union-attr,return-value]


def columns(mailing: Mailing) -> dict[str, int]:
    mailing.refresh_from_db()
    return {name.removesuffix("_count"): count for name in FIGURES if (count := getattr(mailing, name))}
