"""Mailings: from a segment to mails at a real server, to what people do with them, and to whom the next one leaves out."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import new, record

from bihuan.core import registry, rollup
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Invalid, Refused
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.market.campaign import Campaign
from bihuan.market.opt_out import OptOut
from bihuan.market.segment import Segment
from bihuan.parties.commands import set_mailings
from bihuan.people.user import User
from bihuan.sales.campaign_member import CampaignMember
from bihuan.sales.mailing import commands
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.sales.mailing.tests.conftest import OUT, arrived, columns, parts, plan, send, work
from bihuan.touch.mail.commands import note_bounce
from bihuan.touch.mail.mailbox import Mailbox
from bihuan.touch.tests.conftest import SmtpServer
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def told(mailing: Mailing) -> dict[str, tuple[str, str]]:
    rows = MailingRecipient._base_manager.filter(mailing=mailing, archived_at=None)
    return {row.address: (row.state, row.reason) for row in rows}


def path_in(markup: str, name: str) -> str:
    """The first of our addresses of a kind that stands in a text."""
    return urlsplit(re.search(rf"https://crm\.hancheng\.example(/m/{name}/[^\"<>\s]+)", markup)[0]).path  # type: ignore[index]


def test_from_a_segment_to_whom_the_next_one_leaves_out(
    browse: Browse, smtp: SmtpServer, mailbox: Mailbox, people: Any, lin: Actor, client: Client, clock: Any
) -> None:
    marketer = browse(lin)
    User.objects.filter(pk=lin.user_id).update(email="lin@hancheng.example")
    marketer.post("/segment/new", {"name": "客户", "object": "contact", "rule": "email.has=kunde"})
    form = {
        "name": "新品",
        "mailbox": mailbox.pk,
        "segments": record("segment", name="客户").pk,
        "imprint": "苏州 1 号",
        **OUT,
    }
    marketer.post("/mailing/new", form | {"counts_clicks": "1", "counts_opens": "1"})
    mailing = Mailing._base_manager.get()

    # who gets it, how it looks, a mail to oneself
    assert marketer.post(f"/mailing/{mailing.pk}/do/plan_mailing").status_code == 303
    work()
    assert columns(mailing) == {"planned": 4}
    page = marketer.get(f"/mailing/{mailing.pk}/letter").content.decode()
    assert "何静，您好！" in page and "&lt;b&gt;瀚澄&lt;/b&gt;" in page
    assert "lin@hancheng.example" in marketer.post(f"/mailing/{mailing.pk}/letter").content.decode()
    trial = arrived(smtp)
    assert (trial["To"], trial["Subject"]) == ("lin@hancheng.example", "新品 何静")
    leave = path_in(trial["List-Unsubscribe"], "leave")
    assert client.post(leave).status_code == 200 and not OptOut._base_manager.exists(), "of a trial nothing is noted"

    # it goes, to each in their language, with what mail programs want
    assert marketer.post(f"/mailing/{mailing.pk}/do/start_mailing").status_code == 303
    send()
    send()
    mailing.refresh_from_db()
    assert (mailing.state, len(smtp.taken), columns(mailing)) == ("done", 5, {"sent": 4})
    assert [each.rcpt_tos for each in smtp.taken[1:]] == [[f"{n}@kunde.example"] for n in range(4)]
    got = arrived(smtp, 1)
    plain, markup = parts(got)
    assert (got["From"], got["Subject"]) == ("瀚澄 <news@hancheng.example>", "新品 何静")
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (
        "何静，您好！" in plain and "瀚澄\n苏州 1 号" in plain and "https://www.hancheng.example/vsd?a=1&b=2。" in plain
    )
    assert "&lt;b&gt;瀚澄&lt;/b&gt;" in markup and "苏州 1 号" in markup
    assert (
        "See https://www.hancheng.example/en" in parts(arrived(smtp, 2))[0]
        and "Unsubscribe" in parts(arrived(smtp, 2))[0]
    )

    # what people do with it
    clock.shift(3600)
    answer = client.get(path_in(markup, "link"))
    assert (answer.status_code, answer["Location"]) == (302, "https://www.hancheng.example/vsd?a=1&b=2")
    assert client.get(path_in(markup, "seen"))["Content-Type"] == "image/gif"
    leave = path_in(plain, "leave")
    assert urlsplit(got["List-Unsubscribe"].strip("<>")).path == leave
    assert "0@kunde.example" in client.get(leave).content.decode()
    assert not OptOut._base_manager.exists(), "a program that opens every link unsubscribes nobody"
    assert client.post(leave, {"wish": "leave"}).status_code == 303
    assert columns(mailing) == {"sent": 4, "clicked": 1, "opened": 1, "unsubscribed": 1}
    work()
    people[0].refresh_from_db()
    assert (people[0].opted_out, OptOut._base_manager.get().address) == (True, "0@kunde.example")

    # each figure opens its list
    page = marketer.get(f"/mailing/{mailing.pk}").content.decode()
    for address, count in re.findall(r'<b><a class="link" href="/(mailingrecipient\?[^"]+)">(\d+)</a>', page):
        assert f"/{address}".replace("&amp;", "&") and _listed(lin, address) == int(count)
    assert len(re.findall(r'<b><a class="link" href="/mailingrecipient', page)) == 4

    # the next one leaves them out, also whoever is imported again with that address
    again = new("contact", name="何静（新）", email="0@KUNDE.example", owner=lin.user_id)
    marketer.post("/mailing/new", form | {"name": "第二封"})
    second = plan(Mailing._base_manager.get(name="第二封"), lin)
    assert columns(second) == {"planned": 3, "left_out": 2}
    assert {row.contact_id for row in MailingRecipient._base_manager.filter(mailing=second, reason="opted_out")} == {
        people[0].pk, again.pk,
    }  # fmt: skip
    do(commands.start_mailing, second, by=lin)
    # and taken back, they get the third one
    client.post(leave, {"wish": "back"})
    work()
    people[0].refresh_from_db()
    assert not people[0].opted_out
    assert not [count for model, _column, count in rollup.wrong() if model is Mailing and count]


def _listed(by: Actor, address: str) -> int:
    params = dict(part.split("=", 1) for part in address.partition("?")[2].replace("&amp;", "&").split("&"))
    return Query.parse(registry.desk("mailingrecipient"), by, params).count()


class TestWhoGetsIt:
    def test_each_that_is_left_out_is_listed_with_the_reason(self, make: Any, people: Any, lin: Actor) -> None:
        do(set_mailings, people[0], by=lin, opted_out=True, reason="来电")
        do(note_bounce, people[1], by=SYSTEM)
        do(create, by=lin, on=OptOut, address="3@KUNDE.example")
        new("contact", name="双", email="2@kunde.example", owner=lin.user_id)
        new("contact", name="无", owner=lin.user_id)
        new("contact", name="除外", email="x@kunde.example", owner=lin.user_id)
        but = do(create, by=lin, on=Segment, name="除外", object="contact", rule="name.is=除外")
        mailing = plan(make("name.filled=", but=[but.pk]), lin)
        reasons = MailingRecipient._base_manager.filter(mailing=mailing).values_list("contact__name", "reason")
        assert dict(reasons) == {
            "何静": "opted_out", "Kim": "bounced", "高洁": "opted_out", "许诺": "", "双": "double", "无": "address", "张三": "address",
            "除外": "excluded",
        }  # fmt: skip
        assert columns(mailing) == {"planned": 1, "left_out": 7}

    def test_of_a_campaign_its_members_and_leads_too(self, make: Any, people: Any, lin: Actor) -> None:
        campaign = do(create, by=lin, on=Campaign, name="工博会")
        lead = new("lead", name="远东", email="lead@kunde.example", owner=lin.user_id)
        same = new("lead", name="同一个", email="1@kunde.example", owner=lin.user_id)
        for who in ({"contact": people[1].pk}, {"lead": lead.pk}, {"lead": same.pk}):
            do(create, by=lin, on=CampaignMember, campaign=campaign.pk, **who)
        mailing = plan(make("name.is=没有", campaign=campaign.pk, to_members=True), lin)
        rows = MailingRecipient._base_manager.filter(mailing=mailing).values_list("contact", "lead", "reason")
        assert sorted(map(str, rows)) == sorted(
            map(str, [(people[1].pk, None, ""), (None, lead.pk, ""), (None, same.pk, "double")])
        )
        with pytest.raises(Invalid):
            make(to_members=True)

    def test_worked_out_anew_only_what_differs_changes(self, make: Any, people: Any, lin: Actor) -> None:
        mailing = plan(make(), lin)
        kept = MailingRecipient._base_manager.get(mailing=mailing, contact=people[3])
        do(archive, people[0], by=lin)
        do(create, by=lin, on=OptOut, address="1@kunde.example")
        do(update, people[2], by=lin, email="neu@kunde.example")
        plan(mailing, lin)
        assert told(mailing) == {
            "1@kunde.example": ("left_out", "opted_out"), "neu@kunde.example": ("planned", ""), "3@kunde.example": ("planned", ""),
        }  # fmt: skip
        kept.refresh_from_db()
        assert kept.version == 1

    def test_only_of_those_whom_one_sees(
        self, make: Any, people: Any, zhao: Actor, lin: Actor, mailbox: Mailbox
    ) -> None:
        do(registry.commands(registry.desk("mailbox"))["share"], mailbox, by=lin, user=zhao.user_id, edits=True)
        assert columns(plan(make(by=zhao), zhao)) == {}

    def test_it_does_not_start_before_that_is_known(self, make: Any, people: Any, lin: Actor) -> None:
        mailing = make()
        with pytest.raises(Refused, match="Work out the recipients first"):
            do(commands.start_mailing, mailing, by=lin)
        plan(mailing, lin)
        do(update, mailing, by=lin, name="anders")
        do(update, mailing, by=lin, segments=[])
        with pytest.raises(Refused, match="Work out the recipients first"):
            do(commands.start_mailing, mailing, by=lin)
        with pytest.raises(Refused, match="Say who gets it"):
            do(commands.plan_mailing, mailing, by=lin)

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"text": "{{secret}}"}, "secret"),
            ({"subject": ""}, "no subject"),
            ({"text_hant": "{{owner.password}}"}, "password"),
        ],
    )
    def test_nor_with_a_letter_that_cannot_be_filled_in(
        self, make: Any, people: Any, lin: Actor, values: Any, sentence: str
    ) -> None:
        mailing = plan(make(**values), lin)
        with pytest.raises(Refused, match=sentence):
            do(commands.start_mailing, mailing, by=lin)

    def test_nor_without_an_address_of_the_product_or_from_a_strange_mailbox(
        self, make: Any, people: Any, lin: Actor, zhou: Actor, settings: Any, browse: Browse
    ) -> None:
        mailing = plan(make(), lin)
        do(update, mailing.mailbox, by=lin, active=False)
        with pytest.raises(Refused, match="it is off"):
            do(commands.start_mailing, mailing, by=lin)
        do(update, mailing.mailbox, by=lin, active=True)
        settings.HOSTS = []
        with pytest.raises(Refused, match="BIHUAN_HOSTS"):
            do(commands.start_mailing, mailing, by=lin)
        page = browse(lin).get(f"/mailing/{mailing.pk}/letter").content.decode()
        assert "BIHUAN_HOSTS" in page and 'class="pane letter"' in page  # it can be looked at all the same
