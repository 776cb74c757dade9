"""What people do with mailings, and mail servers: clicks, opens, opt-outs, mails that come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from tests.cast import new

from bihuan.core.access import Actor
from bihuan.core.choice import keyed
from bihuan.core.errors import Invalid
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.market.campaign import Campaign
from bihuan.market.opt_out import OptOut
from bihuan.sales.campaign_member import CampaignMember
from bihuan.sales.mailing import commands, links
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.sales.mailing.tests.conftest import arrived, columns, parts, plan, send, work
from bihuan.touch.mail import filing
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.models import MailMessage, Touchpoint
from bihuan.touch.tests.conftest import SmtpServer, mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(started: Mailing, clock: Any) -> Mailing:
    send()
    clock.shift(600)
    return started


def one(mailing: Mailing) -> MailingRecipient:
    return MailingRecipient._base_manager.filter(mailing=mailing).earliest("pk")


def follow(key: int, target: str = "https://www.hancheng.example/") -> str:
    return urlsplit(links.to_follow(key, target)).path


def test_clicks_are_counted_first_and_all_but_not_twice_in_a_moment(sent: Mailing, client: Client, clock: Any) -> None:
    got = one(sent)
    for seconds in (0, 1, 60):
        clock.shift(seconds)
        client.get(follow(got.pk))
        client.head(follow(got.pk))
    first = got.at + timedelta(seconds=600)
    got.refresh_from_db()
    assert (got.clicks, got.clicked_at, columns(sent)) == (2, first, {"sent": 4, "clicked": 1})


def test_only_addresses_that_we_have_made_lead_anywhere(sent: Mailing, client: Client) -> None:
    good = follow(one(sent).pk)
    other = urlsplit(links.to_open(one(sent).pk)).path.rpartition("/")[2]
    for bad in (
        good[:-2] + "xx",
        f"/m/link/{other}",
        "/m/leave/x",
        follow(999_999),
    ):
        assert client.get(bad).status_code == 404, bad
    assert client.post(good).status_code == 405
    assert columns(sent) == {"sent": 4}


def test_what_is_switched_off_is_not_counted(
    make: Any, people: Any, lin: Actor, smtp: SmtpServer, client: Client
) -> None:
    mailing = do(commands.start_mailing, plan(make(counts_clicks=False), lin), by=lin)
    send()
    _plain, markup = parts(arrived(smtp, 0))
    assert 'href="https://www.hancheng.example/vsd?a=1&amp;b=2"' in markup and "/m/seen/" not in markup
    got = one(mailing)
    assert client.get(urlsplit(links.to_open(got.pk)).path).status_code == 200
    client.get(follow(got.pk))
    assert columns(mailing) == {"sent": 4}


def test_a_member_who_clicks_has_come_that_far(
    make: Any, people: Any, lin: Actor, smtp: SmtpServer, client: Client
) -> None:
    stages = [
        new("choice", set="campaign_member_status", name=key, key=key, order=n)
        for n, key in enumerate(("invited", "clicked", "came"), 9)
    ]
    campaign = do(create, by=lin, on=Campaign, name="工博会")
    members = [
        do(create, by=lin, on=CampaignMember, campaign=campaign.pk, contact=people[n].pk, status=stages[n * 2].pk) for n in (0, 1)
    ]  # fmt: skip
    mailing = do(commands.start_mailing, plan(make(campaign=campaign.pk), lin), by=lin)
    send()
    for row in MailingRecipient._base_manager.filter(mailing=mailing):
        client.get(follow(row.pk))
    work()
    for each in members:
        each.refresh_from_db()
    assert [each.status_id for each in members] == [stages[1].pk, stages[2].pk], "forward, and never back"
    assert keyed("campaign_member_status", "clicked")


def test_one_click_of_a_mail_program(sent: Mailing, client: Client) -> None:
    leave = urlsplit(links.to_leave(one(sent).pk)).path
    for _time in (1, 2):
        answer = client.post(leave, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (200, b"")
    assert [(each.source, each.archived_at) for each in OptOut._base_manager.all()] == [("program", None)]
    assert columns(sent) == {"sent": 4, "unsubscribed": 1}


def test_the_page_speaks_the_readers_language(sent: Mailing, client: Client) -> None:
    leave = urlsplit(links.to_leave(one(sent).pk)).path
    for language, word in (("", "退订"), ("?lang=zh-Hant", "退訂"), ("?lang=en", "Unsubscribe")):
        assert word in client.get(leave + language).content.decode()


def test_to_and_fro_is_stopped_some_time(sent: Mailing, client: Client, clock: Any) -> None:
    leave = urlsplit(links.to_leave(one(sent).pk)).path
    for _time in range(12):
        out, back = (client.post(leave, {"wish": wish}).status_code for wish in ("leave", "back"))
    assert (out, back) == (303, 429), "nobody is kept from unsubscribing"
    assert (OptOut._base_manager.count(), OptOut._base_manager.filter(archived_at=None).count()) == (10, 1)
    clock.shift(601)
    assert client.post(leave, {"wish": "back"}).status_code == 303


def test_a_mail_that_comes_back_is_told_of_its_recipient(sent: Mailing, mailbox: Mailbox, people: Any) -> None:
    got = one(sent)
    report = (
        "From: MAILER-DAEMON@mx.example\nTo: news@hancheng.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nNo.\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; "
        f"{got.address}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {got.message_id}\nSubject: x\n\n--b--\n"
    ).encode()
    whole = report.replace(b"text/rfc822-headers", b"message/rfc822")
    for uid, each in enumerate((report, whole), 1):
        filing.file(mailbox, "INBOX", 1, filing.read([(uid, each)], timezone.now()))
    work()
    assert columns(sent) == {"sent": 4, "bounced": 1}
    people[0].refresh_from_db()
    assert people[0].email_bounced_at is not None


def test_our_own_copy_among_the_sent_mails_is_no_second_touch(
    sent: Mailing, smtp: SmtpServer, mailbox: Mailbox
) -> None:
    letters = filing.read(
        [(1, bytes(smtp.taken[0].content)), (2, bytes(mail(sender="0@kunde.example")))], timezone.now()
    )  # type: ignore[arg-type]
    assert filing.file(mailbox, "Sent", 1, letters) == 1
    assert (MailMessage._base_manager.count(), Touchpoint._base_manager.count()) == (1, 5)


def test_an_opt_out_is_found_however_it_is_written_and_stands_once(lin: Actor, zhangsan: Any) -> None:
    do(update, zhangsan, by=lin, email="Zhang@Hengli.example")
    made = do(create, by=lin, on=OptOut, address="zhang@hengli.EXAMPLE")
    with pytest.raises(Invalid):
        do(create, by=lin, on=OptOut, address="ZHANG@hengli.example")
    work()
    zhangsan.refresh_from_db()
    assert zhangsan.opted_out
    do(archive, made, by=lin)
    work()
    zhangsan.refresh_from_db()
    assert not zhangsan.opted_out
