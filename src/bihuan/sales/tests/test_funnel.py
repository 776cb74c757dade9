"""The funnel: what it says of a cohort is what became of its deals, and every number is the count of the list behind it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from tests.cast import record

from bihuan.core import registry, stage
from bihuan.core.access import Actor, Limit
from bihuan.core.configuration import forget
from bihuan.core.period import Period
from bihuan.core.run import do
from bihuan.core.verbs import create, move
from bihuan.people.role import Role
from bihuan.people.staff import actor
from bihuan.sales.commands import convert_lead
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.tests.test_workbench import count_behind
from bihuan.web.funnel import Funnel, sources

pytestmark = pytest.mark.django_db

QUARTER = Period.read("2026-Q3")
NOW = "2026-09-30 12:00+08:00"
FIRM = {"owner.in": ""}


@pytest.fixture
def cohort(lin: Actor, chen: Actor, zhao: Actor, hengli: Any, stages: dict) -> None:
    """Seven deals begun in July and August 2026, and what became of them; an eighth of May."""
    reason = record("choice", set="loss_reason", name="价格").pk
    # owner, day begun, the stages with the days until then
    told = (
        ("甲", lin, "2026-07-01", (("方案", 4), ("谈判", 10), ("赢单", 20))),
        ("乙", lin, "2026-07-02", (("方案", 8), ("输单", 18))),
        ("丙", lin, "2026-07-03", (("谈判", 6), ("输单", 9))),  # skips a stage
        ("丁", chen, "2026-08-03", (("方案", 2),)),
        ("戊", chen, "2026-08-04", ()),
        ("己", chen, "2026-08-05", (("方案", 12), ("初步接触", 20))),  # goes back
        ("庚", zhao, "2026-08-06", (("输单", 1),)),
        ("辛", lin, "2026-05-06", (("方案", 2), ("谈判", 3))),
    )
    for name, owner, begun, moves in told:
        with time_machine.travel(f"{begun} 09:00+08:00", tick=False) as clock:
            deal = do(
                create, by=owner, on=Opportunity, name=name, account=hengli.pk if owner is lin else None, amount="10万"
            )
            after = 0
            for label, days in moves:
                clock.shift(timedelta(days=days - after))
                after = days
                more = {"loss_reason": reason} if label == "输单" else {}
                do(move, deal, by=owner, stage=stages[label], **more)


def funnel_of(actor: Actor, period: Period | None = QUARTER, **asked: str) -> Funnel:
    assert period is not None
    conditions = {name.replace("__", "."): text for name, text in asked.items()}
    return Funnel(registry.desk("opportunity"), actor, conditions, stage.pipelines("opportunity")[0].id, period)


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
def test_what_became_of_a_cohort(zhou: Actor) -> None:
    funnel = funnel_of(zhou)
    assert (funnel.begun(QUARTER).count, funnel.ended("won", QUARTER).count, funnel.ended("lost", QUARTER).count) == (
        7,
        1,
        3,
    )
    told = [(each.reached.count, each.here.count, each.lost.count, each.median, each.mean) for each in funnel.rungs]
    assert told == [
        (7, 2, 1, 5.0, 5.5),  # 4, 8, 6, 2, 12 and 1 days; 戊 and 己 stand there
        (5, 1, 1, 8.0, 8.0),  # 6, 10 and 8 days
        (2, 0, 1, 6.5, 6.5),  # 10 and 3 days
    ]
    assert [(round(each.onward, 3), round(each.won, 3)) for each in funnel.rungs] == [
        (0.714, 0.143),
        (0.4, 0.2),
        (0.5, 0.5),
    ]
    assert funnel.taken == 20


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
def test_cohorts_stand_side_by_side_by_month(zhou: Actor) -> None:
    months = {each.month: [each.begun.count, *(one.count for one in each.reached)] for each in funnel_of(zhou).months}
    assert (min(months), max(months)) == (date(2025, 10, 1), date(2026, 9, 1))
    assert {month: counts for month, counts in months.items() if any(counts)} == {
        date(2026, 5, 1): [1, 1, 1, 0], date(2026, 7, 1): [3, 3, 2, 1], date(2026, 8, 1): [4, 2, 0, 0],
    }  # fmt: skip


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
def test_the_stock_is_what_stands_there_whenever_it_was_begun(zhou: Actor, stages: dict) -> None:
    new_limit = record("stage", name="谈判")
    type(new_limit)._base_manager.filter(pk=new_limit.pk).update(days_limit=30)
    forget()
    standing = {each.stage.label: each for each in funnel_of(zhou).stock}
    assert (
        standing["谈判"].here.count == 1
        and standing["谈判"].sums == {"CNY": 100_000}
        and standing["谈判"].late.count == 1
    )
    assert standing["初步接触"].here.count == 4, "those of the firm's beginning too"


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("who", ["lin", "wang", "sun"])
def test_every_number_is_the_count_of_the_list_behind_it(
    who: str, request: pytest.FixtureRequest, cohort: None, hengli: Any
) -> None:
    by, found = request.getfixturevalue(who), []
    for conditions in ({}, {"owner__in": "team"}, {"account__in": str(hengli.pk), "q": "甲"}):
        funnel = funnel_of(by, QUARTER, **conditions, stage__kind__in="open")
        found += [funnel.begun(QUARTER), funnel.ended("won", QUARTER), funnel.ended("lost", QUARTER)]
        found += [one for each in funnel.rungs for one in (each.reached, each.here, each.lost)]
        found += [one for each in funnel.stock for one in (each.here, each.late) if one]
        found += [one for each in funnel.months for one in (each.begun, *each.reached) if each.begun.count]
        found += [each.figure for each in sources(funnel.desk, by, funnel.asked, QUARTER)]
    assert sum(each.count > 0 for each in found) > 20
    for each in found:
        assert each.count == count_behind(each.url, by), each.url


@time_machine.travel(NOW, tick=False)
def test_leads_stand_before_deals(lin: Actor, zhao: Actor) -> None:
    for owner in (lin, zhao):
        leads = [
            do(create, by=owner, on=Lead, person=f"客户{n}", mobile=f"139051277{n}{owner.user_id}") for n in range(3)
        ]
        do(convert_lead, leads[0], by=owner, budget=100_000, anyway=True)
        do(convert_lead, leads[1], by=owner, make_opportunity=False, anyway=True)
    deal = Opportunity._base_manager.filter(leads__owner=lin.user_id).get()
    do(move, deal, by=lin, stage=record("stage", name="赢单").pk)
    told = sources(registry.desk("opportunity"), lin, {"owner.in": "me", "source.in": "1"}, QUARTER)
    assert [each.figure.count for each in told] == [3, 2, 1, 1]
    assert told[1].figure.share == 2 / 3


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
def test_the_page_for_each_person(browse: Any, lin: Actor, wang: Actor, zhou: Actor, qian: Actor) -> None:
    for person in (lin, wang, zhou):
        for address in (
            "",
            "?view=all&in=2026-Q3",
            "?q=&in=2026",
            "?owner.in=team&in=2026-07&pipeline=0",
            "?in=never&late=1",
        ):
            assert browse(person).get(f"/opportunity/funnel{address}").status_code == 200, address
        assert browse(person).get("/lead/funnel").status_code == 200
    assert browse(qian).get("/opportunity/funnel").status_code in (403, 404)
    assert browse(lin).get("/task/funnel").status_code == 404
    page = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", browse(zhou).get("/opportunity/funnel?q=&in=2026-Q3").content.decode())
    )
    assert "2026-Q3 开始的" in page
    assert "已有结果的有 25% 赢单" in page


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
def test_what_a_role_may_not_see_the_funnel_does_not_tell(browse: Any, lin: Actor, wang: Actor) -> None:
    Role._base_manager.filter(key="seller").update(limits={"opportunity": {"amount": int(Limit.HIDDEN)}})
    Role._base_manager.filter(key="manager").update(limits={"opportunity": {"stage": int(Limit.HIDDEN)}})
    forget()
    assert all(not each.sums for each in funnel_of(actor(lin.user_id)).stock)
    assert browse(wang).get("/opportunity/funnel").status_code == 403


@pytest.mark.usefixtures("cohort")
@time_machine.travel(NOW, tick=False)
def test_it_is_asked_in_few_queries(zhou: Actor, django_assert_max_num_queries: Any) -> None:
    funnel = funnel_of(zhou)
    with django_assert_max_num_queries(7):
        assert funnel.rungs and funnel.months and funnel.stock and funnel.taken is not None
