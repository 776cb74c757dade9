"""Members of campaigns, by segment and by name; and what a campaign brought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core import job, registry
from bihuan.core.access import Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Invalid
from bihuan.core.listed import Row
from bihuan.core.query import Query
from bihuan.core.rollup import wrong
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, move, restore, update
from bihuan.market.campaign import Campaign
from bihuan.market.segment import Segment
from bihuan.parties.commands import set_mailings
from bihuan.sales.campaign_member import CampaignMember
from bihuan.sales.commands import add_members, convert_lead
from bihuan.web.tests.conftest import Browse, browse

__all__ = ["browse"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(lin: Actor) -> Campaign:
    return do(create, by=lin, on=Campaign, name="工博会", cost="10000")


def segment(by: Actor, object: str, rule: str) -> int:
    return do(create, by=by, on=Segment, name=rule, object=object, rule=rule).pk


def work() -> job.Job:
    while job.run_next():
        pass
    return job.Job.objects.latest("pk")


def names(campaign: Campaign) -> list[str]:
    rows = CampaignMember._base_manager.filter(campaign=campaign).order_by("pk")
    return [each.contact.name if each.contact else each.lead.name for each in rows]


class TestMembers:
    def test_of_a_segment_of_contacts_but_for_another_and_for_those_who_want_no_mailings(
        self, lin: Actor, campaign: Campaign
    ) -> None:
        people = [new("contact", name=f"客户{n}", owner=lin.user_id) for n in range(4)]
        do(set_mailings, people[1], by=lin, opted_out=True, reason="来电要求")
        every, one = segment(lin, "contact", "name.starts=客户"), segment(lin, "contact", "name.is=客户3")
        do(add_members, campaign, by=lin, segment=every, but=one, status="乙")
        done = work()
        assert (done.state, done.done, done.total, done.result) == ("done", 2, 2, {"created": 2, "refused": 0})
        assert names(campaign) == ["客户0", "客户2"]
        assert {each.status.name for each in CampaignMember._base_manager.all()} == {"乙"}

    def test_nobody_is_added_twice(self, lin: Actor, zhangsan: Any, campaign: Campaign) -> None:
        every = segment(lin, "contact", "name.filled=")
        for _ in range(2):
            do(add_members, campaign, by=lin, segment=every)
            work()
        assert names(campaign) == ["张三"]
        with pytest.raises(Invalid):
            do(create, by=lin, on=CampaignMember, campaign=campaign.pk, contact=zhangsan.pk)

    def test_of_accounts_their_present_contacts(self, lin: Actor, campaign: Campaign, hengli: Any) -> None:
        gone = new("contact", name="离职的", owner=lin.user_id)
        new("accountcontact", account=hengli.pk, contact=gone.pk, until="2026-01-31")
        do(add_members, campaign, by=lin, segment=segment(lin, "account", "short_name.is=恒砺"))
        work()
        assert names(campaign) == ["张三"]

    def test_of_leads(self, lin: Actor, campaign: Campaign) -> None:
        new("lead", company="北仑模具", owner=lin.user_id)
        do(add_members, campaign, by=lin, segment=segment(lin, "lead", "company.has=北仑"))
        work()
        assert names(campaign) == ["北仑模具"]

    def test_only_those_that_whoever_asks_sees(self, lin: Actor, zhou: Actor, campaign: Campaign, lisi: Any) -> None:
        shared = segment(zhou, "contact", "name.filled=")
        own = segment(lin, "contact", "name.filled=")
        do(add_members, campaign, by=lin, segment=own)
        work()
        assert "李四" not in names(campaign)
        with pytest.raises(Invalid):  # a segment that they do not see
            do(add_members, campaign, by=lin, segment=shared)

    def test_by_the_button_of_the_campaign(self, browse: Browse, lin: Actor, zhangsan: Any, campaign: Campaign) -> None:
        client, key = browse(lin), segment(lin, "contact", "name.filled=")
        page = f"/campaign/{campaign.pk}/do/add_members"
        assert 'name="segment"' in client.get(page).content.decode()
        assert client.post(page, {"segment": key}).status_code == 303
        work()
        assert "张三" in client.get(f"/campaign/{campaign.pk}").content.decode()

    def test_a_member_is_somebody(self, lin: Actor, campaign: Campaign) -> None:
        with pytest.raises(Invalid):
            do(create, by=lin, on=CampaignMember, campaign=campaign.pk)


def test_who_wants_no_mailings_is_noted_with_day_and_reason(lin: Actor, zhangsan: Any) -> None:
    done = do(set_mailings, zhangsan, by=lin, opted_out=True, reason="来电要求")
    assert done.opted_out and done.opted_out_at is not None
    assert AuditEntry.objects.filter(command="set_mailings", record_id=zhangsan.pk, reason="来电要求").count() == 1
    assert do(set_mailings, done, by=lin, opted_out=False, reason="又要了").opted_out_at is None


def test_what_a_campaign_brought(
    lin: Actor, zhou: Actor, campaign: Campaign, stages: dict[str, int], hengli: Any
) -> None:
    """Two leads, one of them converted and won, a deal in another currency: counted, and worth what is in its own currency."""
    for name in ("北仑模具", "象山船厂"):
        do(create, by=lin, on=registry.desk("lead").model, company=name, campaign=campaign.pk)
    do(convert_lead, record("lead", company="北仑模具"), by=lin, budget="25000")
    deal = record("opportunity", campaign=campaign.pk)
    do(move, deal, by=lin, stage=stages["赢单"])
    other = new("opportunity", name="出口", account=hengli.pk, amount="9999", currency="USD", campaign=campaign.pk)
    do(move, other, by=zhou, stage=stages["赢单"])
    shown = shown_of(zhou, campaign)
    assert shown == {
        "lead_count": 2, "converted_count": 1, "cost_per_lead": Decimal(5000), "deal_count": 2, "won_count": 2,
        "cost_per_deal": Decimal(5000), "won_amount": Decimal(25000), "won_summed": 1, "roi": None,
    }  # fmt: skip
    do(archive, other, by=zhou)
    assert shown_of(zhou, campaign)["roi"] == Decimal(150)
    do(restore, other, by=zhou)
    do(update, campaign, by=zhou, currency="USD")
    assert shown_of(zhou, campaign)["won_amount"] == Decimal(9999)
    assert not [rollup for _desk, rollup, count in wrong() if count]


def test_a_campaign_that_cost_or_brought_nothing_has_no_return(lin: Actor) -> None:
    made = do(create, by=lin, on=Campaign, name="白来的")
    assert set(shown_of(lin, made).values()) == {0, None}


def shown_of(by: Actor, campaign: Campaign) -> dict[str, Any]:
    names = (
        "lead_count",
        "converted_count",
        "cost_per_lead",
        "deal_count",
        "won_count",
        "cost_per_deal",
        "won_amount",
        "won_summed",
        "roi",
    )
    row: Row = Query.parse(registry.desk_of(Campaign), by, {"ids": str(campaign.pk)}, names).page().rows[0]
    return {name: getattr(value, "amount", value) for name, value in zip(names, row.values, strict=True)}
