"""The workbench: what its numbers say is what stands in the lists behind them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone
from tests.cast import record

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, move, update
from bihuan.market.campaign import Campaign
from bihuan.sales.commands import convert_lead
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.workbench import endings
from bihuan.touch.task import Task
from bihuan.web import loop
from bihuan.web.show import percent
from bihuan.web.workbench import SCOPES, SPANS, Outlook, offers

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(lin: Actor, chen: Actor, zhao: Actor, wang: Actor) -> None:
    """A firm in which something of everything happened, in this span and in the one before."""
    for stage in registry.desk("stage").model._base_manager.filter(kind="open"):
        do(update, stage, by=SYSTEM, days_limit=5)
    long_ago = timezone.now() - timedelta(days=400)
    for person in (lin, chen, zhao):
        leads = [Call({"person": f"客户{person.user_id}{n}"}) for n in range(3)]
        first, *_rest = run(create, leads, by=person, on=Lead).records
        do(convert_lead, first, by=person, budget=100_000)
        do(create, by=person, on=Opportunity, name="旧单", next_step_at=timezone.now())
        do(create, by=person, on=Task, title="回电", due_at=timezone.now())
    do(create, by=wang, on=Campaign, name="展会")
    won = do(create, by=lin, on=Opportunity, name="成单", amount=1, account=record("account", short_name="恒砺").pk)
    do(move, won, by=lin, stage=record("stage", name="赢单").pk)
    lost = do(
        create, by=lin, on=Opportunity, name="丢单", loss_reason=record("choice", set="loss_reason", name="价格").pk
    )
    do(move, lost, by=lin, stage=record("stage", name="输单").pk)
    Opportunity._base_manager.filter(name="旧单").update(stage_since=long_ago)
    Lead._base_manager.filter(person__endswith="2").update(created_at=long_ago)


def count_behind(url: str, actor: Actor) -> int:
    """How many records the list at an address shows."""
    path, _mark, query = url.partition("?")
    params = {name: text for name, text in QueryDict(query).items() if text or name != "q"}
    return Query.parse(registry.desk(path.split("/")[1]), actor, params, ()).count()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("who", ["lin", "wang", "zhou", "sun"])
def test_every_number_is_the_count_of_the_list_behind_it(who: str, scope: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)
    for span in SPANS:
        outlook = Outlook(actor, scope, span)
        for node in loop.nodes(outlook, compared=True):
            for number, url in (
                (node.count, node.url), (node.former, node.former_url), (node.onward, node.onward_url), (node.stuck, node.stuck_url),
            ):  # fmt: skip
                assert not url or number == count_behind(url, actor), (node.label, url)
        for offered in offers.clauses:
            for clause in offered(outlook):
                said = re.search(r"\[(\d+)", clause.text)
                assert said is not None, clause.text
                assert int(said[1]) == count_behind(clause.url, actor) > 0, clause.text


@pytest.mark.usefixtures("busy")
def test_who_looks_at_more_sees_more(wang: Actor, lin: Actor) -> None:
    def leads(actor: Actor, scope: str) -> int:
        return loop.nodes(Outlook(actor, scope, "this_year"))[1].count

    assert (leads(wang, "mine"), leads(wang, "team"), leads(lin, "mine")) == (0, 4, 2)


@pytest.mark.usefixtures("busy")
def test_what_went_on_is_told_with_its_share(lin: Actor) -> None:
    lead, deal = (loop.nodes(Outlook(lin, "mine", "this_year"))[place] for place in (1, 4))
    assert (lead.count, lead.onward, lead.rate) == (2, 1, 0.5)
    assert (deal.onward, deal.days) == (1, 0)
    assert deal.stuck == 1


def test_nodes_without_records_of_their_own_are_not_yet_in_use(zhou: Actor) -> None:
    told = loop.nodes(Outlook(zhou))
    assert [node.place for node in told if node.url] == [0, 1, 2, 3, 4]
    assert len(told) == 13


def test_what_a_role_may_not_see_stands_as_not_in_use(qian: Actor) -> None:
    assert not any(node.url for node in loop.nodes(Outlook(qian)))


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("who", ["lin", "wang", "zhou"])
def test_the_share_of_won_deals_is_that_of_the_lists(who: str, request: pytest.FixtureRequest) -> None:
    actor, desk = request.getfixturevalue(who), registry.desk("opportunity")
    for scope in SCOPES:
        for span in SPANS:
            outlook = Outlook(actor, scope, span)
            won, ended = (
                Query.parse(desk, actor, outlook.params(desk, closed_on__in=span, stage__kind__in=kinds), ()).count()
                for kinds in ("won", "won,lost")
            )
            told = next(stat for stat in endings(outlook))
            assert told.value == (percent(won / ended).rstrip("%") if ended else "–"), (scope, span)


@pytest.mark.usefixtures("busy")
def test_the_page_for_each_person_and_span(browse: Any, lin: Actor, wang: Actor, zhou: Actor, qian: Actor) -> None:
    for actor in (lin, wang, zhou, qian):
        for address in ("/", "/?scope=team", "/?scope=firm&in=this_year&compare=1", "/?scope=nonsense&in=never"):
            assert browse(actor).get(address).status_code == 200


def test_whose_work_was_looked_at_last_is_looked_at_again(browse: Any, wang: Actor) -> None:
    client = browse(wang)

    def whose(address: str) -> str:
        return re.findall(r'aria-current="true">([^<]+)</a>', client.get(address).content.decode())[0]

    assert whose("/") == "我的"
    assert whose("/?scope=team") == "我的团队"
    assert whose("/") == whose("/?scope=nonsense") == "我的团队"
    assert 'href="/inbox?scope=mine" aria-current="page"' in client.get("/inbox").content.decode()


@pytest.mark.usefixtures("busy")
def test_the_page_says_the_day_in_a_sentence(browse: Any, lin: Actor) -> None:
    text = re.sub(r"<[^>]+>", "", browse(lin).get("/").content.decode())
    assert "1 件事到期" in text
    assert "1 个商机该推进" in text


def test_the_band_is_as_wide_as_the_flow(zhou: Actor) -> None:
    few, many = (loop.track([loop.Node(place, "", count, "x") for place in range(13)]) for count in (0, 9))
    assert len({mark.width for _node, mark in many.stops}) == 1
    assert few.stops[0][1].width < many.stops[0][1].width
    for drawn in (few.out, few.back, many.out, many.back):
        points = [tuple(map(float, point.split())) for point in drawn.strip("MZ").split("L")]
        assert all(-10 <= x <= 1010 and 0 <= y <= 288 for x, y in points)
