"""Which campaign a won deal is owed to, by three ways of which none loses or makes a cent."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as some
from tests.cast import new, record

from bihuan.core import money, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.choice import Choice
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.verbs import create, move, update
from bihuan.market.campaign import Campaign
from bihuan.sales import attribution
from bihuan.sales.attribution import Won, attribute, even, first, last, won_in
from bihuan.sales.commands import convert_lead
from bihuan.sales.lead import Lead
from bihuan.sales.mailing.commands import list_recipient
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail.commands import receive_mail
from bihuan.touch.mail.writing import thread_of
from bihuan.touch.models import MailMessage
from bihuan.web.tests.conftest import Browse, browse

__all__ = ["browse"]

DAY = date(2026, 3, 1)


def deal(amount: str, *touches: tuple[int, int], currency: str = "CNY") -> Won:
    """Touches as (day of March, campaign)."""
    return Won(Decimal(amount), currency, [(date(2026, 3, day), campaign) for day, campaign in touches])


@pytest.mark.parametrize(
    ("won", "by_first", "by_last", "by_even"),
    [
        (deal("100"), {None: 100}, {None: 100}, {None: 100}),
        (deal("100", (1, 7)), {7: 100}, {7: 100}, {7: 100}),
        (deal("100", (5, 8), (1, 7)), {7: 100}, {8: 100}, {7: 50, 8: 50}),
        (deal("100", (1, 7), (2, 8), (3, 9)), {7: 100}, {9: 100}, {7: "33.34", 8: "33.33", 9: "33.33"}),
        (deal("100", (1, 7), (2, 8), (3, 7)), {7: 100}, {7: 100}, {7: 50, 8: 50}),
        (deal("100", (1, 7), (2, 8), (3, 9), currency="JPY"), {7: 100}, {9: 100}, {7: 34, 8: 33, 9: 33}),
        (deal("0.01", (1, 7), (2, 8)), {7: "0.01"}, {8: "0.01"}, {7: 0, 8: "0.01"}),
    ],
)
def test_each_way(won: Won, by_first: Any, by_last: Any, by_even: Any) -> None:
    for way, wanted in ((first, by_first), (last, by_last), (even, by_even)):
        assert attribute([won], way) == {key: Decimal(amount) for key, amount in wanted.items()}


touches = some.lists(some.tuples(some.dates(DAY, date(2026, 12, 31)), some.integers(1, 6)), max_size=7)
deals = some.builds(
    Won, some.decimals(0, 10**9, places=2), some.sampled_from(["CNY"]), touches
)  # fmt: skip


@given(some.lists(deals, max_size=12))
def test_the_three_totals_are_the_won_total(won: Iterable[Won]) -> None:
    total = sum((each.amount for each in won), Decimal(0))
    for way in (first, last, even):
        got = attribute(won, way)
        assert sum(got.values(), Decimal(0)) == total
        assert all(money.round_amount(share, "CNY") == share for share in got.values())


@pytest.mark.django_db
class TestTheDealsOfAYear:
    @pytest.fixture
    def campaigns(self, lin: Actor) -> list[int]:
        return [do(create, by=lin, on=Campaign, name=name).pk for name in ("工博会", "研讨会", "补贴")]

    @pytest.fixture
    def won(self, lin: Actor, stages: dict[str, int], campaigns: list[int]) -> Any:
        """A lead of the first campaign, converted and won; another lead of the same account came by the second one."""
        with time_machine.travel("2026-03-02 10:00+08:00", tick=False) as clock:
            made = do(create, by=lin, on=Lead, company="北仑模具", person="沈国强", campaign=campaigns[0])
            clock.move_to("2026-03-10 10:00+08:00")
            do(convert_lead, made, by=lin, budget="100")
            sold = record("opportunity", name="北仑模具")
            new("lead", company="北仑模具二厂", campaign=campaigns[1], account=sold.account_id, owner=lin.user_id)
            clock.move_to("2026-03-20 10:00+08:00")
            do(move, sold, by=lin, stage=stages["赢单"])
            clock.move_to("2026-04-01 10:00+08:00")
            new("lead", company="北仑模具三厂", campaign=campaigns[2], account=sold.account_id, owner=lin.user_id)
        return sold

    def test_know_who_touched_the_customer_before_they_were_won(
        self, lin: Actor, won: Any, campaigns: list[int]
    ) -> None:
        [found] = won_in(2026, lin)
        assert found.amount == Decimal(100)
        assert {campaign for _day, campaign in found.touches} == set(campaigns[:2])  # the third came after it was won
        assert attribute([found], first) == {campaigns[0]: Decimal(100)}
        assert won_in(2025, lin) == []

    def test_have_the_same_touches_however_many_are_looked_at_at_once(
        self,
        lin: Actor,
        won: Any,
        stages: dict[str, int],
        campaigns: list[int],
        hengli: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with time_machine.travel("2026-03-22 10:00+08:00"):
            other = new(
                "opportunity", name="扩产", account=hengli.pk, amount="5", campaign=campaigns[2], owner=lin.user_id
            )
            do(move, other, by=lin, stage=stages["赢单"])
        at_once = sorted(won_in(2026, lin), key=lambda deal: deal.amount)
        monkeypatch.setattr(attribution, "BATCH", 1)
        assert sorted(won_in(2026, lin), key=lambda deal: deal.amount) == at_once and [len(deal.touches) for deal in at_once] == [1, 3]

    def test_stand_on_a_page(self, browse: Browse, lin: Actor, zhao: Actor, won: Any, campaigns: list[int]) -> None:
        here = f"/campaign/{campaigns[0]}/attribution"
        page = browse(lin).get(f"{here}?year=2026").content.decode()
        assert page.count("100.00") == 3 + 2 + 1  # the sums; all to the first, all to the last; what the first one won
        assert page.count("50.00") == 2
        assert here in browse(lin).get(f"/campaign/{campaigns[0]}").content.decode()
        assert browse(zhao).get(here).status_code == 404
        for odd in ("", "x", "0", "99999999", "-1"):
            assert browse(lin).get(f"{here}?year={odd}").status_code == 200

    def test_an_answer_of_a_member_is_a_touch_on_the_day_on_which_it_came(
        self, lin: Actor, won: Any, campaigns: list[int], hengli: Any
    ) -> None:
        attended, invited = (
            do(create, by=SYSTEM, on=Choice, set="campaign_member_status", key=key, name=key).pk for key in ("attended", "invited")
        )  # fmt: skip
        person, later, other = won.contact, new("contact", name="后来的"), new("contact", name="别人")
        new("accountcontact", account=won.account_id, contact=later.pk)
        new("accountcontact", account=hengli.pk, contact=other.pk)
        fair, seminar, ball, visit = (do(create, by=lin, on=Campaign, name=name).pk for name in "展会舞访")
        with time_machine.travel("2026-02-01 10:00+08:00", tick=False) as clock:
            made = new("campaignmember", campaign=fair, contact=person.pk, status=invited)
            new("campaignmember", campaign=seminar, contact=later.pk, status=attended)
            new("campaignmember", campaign=ball, contact=person.pk, status=invited)
            new("campaignmember", campaign=visit, contact=other.pk, status=attended)
            clock.move_to("2026-03-15 10:00+08:00")
            do(update, made, by=SYSTEM, status=attended)
            clock.move_to("2026-04-15 10:00+08:00")
            do(update, made, by=SYSTEM, status=invited)
            do(update, made, by=SYSTEM, status=attended)
        [found] = won_in(2026, lin)
        assert {(day.isoformat(), campaign) for day, campaign in found.touches if campaign not in campaigns} == {
            ("2026-02-01", seminar), ("2026-03-15", fair),
        }  # fmt: skip
        assert attribute([found], first) == {seminar: Decimal(100)} and attribute([found], last) == {fair: Decimal(100)}

    def test_so_is_an_answer_to_a_mailing(self, lin: Actor, won: Any, campaigns: list[int]) -> None:
        channel = new("choice", set="channel", name="邮件", key="mail")
        box = new("mailbox", address="news@hancheng.example", name="瀚澄", channel=channel.pk, owner=lin.user_id)
        keys = [do(create, by=lin, on=Campaign, name=name).pk for name in ("点击", "回信", "只收到", "自动回信")]
        people = [won.contact, *(new("contact", name=name) for name in ("乙", "丙", "丁"))]
        for each in people[1:]:
            new("accountcontact", account=won.account_id, contact=each.pk)
        at = datetime(2026, 2, 3, 2, tzinfo=UTC)
        got = []
        for campaign, person in zip(keys, people, strict=True):
            mailing = new(
                "mailing",
                name="信",
                subject="信",
                text="信",
                imprint="苏州",
                mailbox=box.pk,
                campaign=campaign,
                owner=lin.user_id,
            )
            history = {"state": "sent", "at": at} | ({"clicked_at": at} if campaign == keys[0] else {})
            got.append(
                do(list_recipient, by=SYSTEM, on=MailingRecipient, mailing=mailing.pk, contact=person.pk, **history)
            )
        for recipient, automatic in ((got[1], False), (got[3], True)):
            values = {
                "thread": thread_of(recipient.message_id),
                "at": at,
                "automatic": automatic,
                "direction": "in",
                "contact_id": recipient.contact_id,
            }
            do(
                receive_mail,
                by=SYSTEM,
                on=MailMessage,
                values={"mailbox_id": box.pk, "subject": "回复", "to": box.address, **values},
            )
        [found] = won_in(2026, lin)
        assert {campaign for _day, campaign in found.touches} - set(campaigns) == set(keys[:2])

    def test_every_campaign_tells_what_it_cost_and_brought_with_the_lists_behind(
        self, browse: Browse, lin: Actor, zhou: Actor, won: Any, campaigns: list[int]
    ) -> None:
        do(update, Campaign._base_manager.get(pk=campaigns[0]), by=lin, cost="40")
        page = html.unescape(browse(zhou).get(f"/campaign/{campaigns[0]}/attribution?year=2026").content.decode())
        row = next(
            part for part in page.split("<tr") if f'href="/campaign/{campaigns[0]}"' in part and "/lead?" in part
        )
        cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<td class="num">(.*?)</td>', row)]
        assert cells == ["1", "¥40.00", "40", "1", "1", "40", "¥100.00", "150%"]
        for url, told in re.findall(r'<a class="link" href="([^"]+)">(.*?)</a>', row):
            params = dict(parse_qsl(urlsplit(url).query))
            assert Query.parse(registry.desk(urlsplit(url).path.strip("/")), zhou, params).count() == int(
                re.sub(r"<[^>]+>", "", told)
            )
        assert row.count('class="link"') == 3
        assert f'href="/campaign/{campaigns[2]}"' in page  # also those that were owed nothing
