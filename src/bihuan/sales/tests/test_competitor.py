"""The library of competitors follows the deals: who was met, who won, and what people said of it stays."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core import event
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, move, update
from bihuan.sales.forecast_category import category_of
from bihuan.sales.models import Opportunity, OpportunityCompetitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def rival(firm: None) -> Any:
    return new("competitor", name="艾格斯")


def figures(rival: Any) -> tuple[int, int, int]:
    found = record("competitor", pk=rival.pk)
    return found.deals_met, found.won_against, found.lost_to


def outcomes(deal: Any) -> dict[str, str]:
    rows = OpportunityCompetitor._base_manager.filter(opportunity=deal)
    return dict(rows.values_list("competitor__name", "outcome"))


def test_the_main_competitor_stands_among_the_rivals(lin: Actor, kongya: Any, rival: Any) -> None:
    do(update, kongya, by=lin, competitor=rival.pk)
    event.deliver()
    event.deliver()  # at least once means twice as well
    assert outcomes(kongya) == {"艾格斯": "running"}
    assert figures(rival) == (1, 0, 0)


def test_a_new_deal_brings_its_competitor(lin: Actor, rival: Any) -> None:
    deal = do(create, by=lin, on=Opportunity, name="新单", competitor=rival.pk)
    event.deliver()
    assert outcomes(deal) == {"艾格斯": "running"}


def test_winning_and_opening_again(lin: Actor, kongya: Any, rival: Any) -> None:
    do(update, kongya, by=lin, competitor=rival.pk)
    do(move, kongya, by=lin, stage="赢单", win_reason="甲")
    event.deliver()
    assert (outcomes(kongya), figures(rival)) == ({"艾格斯": "beaten"}, (1, 1, 0))
    do(move, kongya, by=lin, stage="谈判")
    event.deliver()
    assert (outcomes(kongya), figures(rival)) == ({"艾格斯": "running"}, (1, 0, 0))


def test_a_lost_deal_went_to_the_main_competitor_until_somebody_knows_better(
    lin: Actor, kongya: Any, rival: Any
) -> None:
    other = new("competitor", name="康普达")
    second = do(create, by=lin, on=OpportunityCompetitor, opportunity=kongya.pk, competitor=other.pk)
    do(move, kongya, by=lin, stage="输单", loss_reason="价格", competitor=rival.pk)
    event.deliver()
    assert outcomes(kongya) == {"艾格斯": "ahead", "康普达": "neither"}
    do(update, second, by=lin, outcome="ahead")
    do(update, kongya, by=lin, competitor=other.pk)
    event.deliver()
    assert outcomes(kongya) == {"艾格斯": "ahead", "康普达": "ahead"}
    assert figures(other) == (1, 0, 1)


def test_a_lost_deal_says_why_but_one_that_was_lost_long_ago_need_not(lin: Actor, stages: dict[str, int]) -> None:
    lost = {"name": "旧单", "stage": stages["输单"]}
    with pytest.raises(Invalid) as refused:
        do(create, by=lin, on=Opportunity, **lost)
    assert set(refused.value.errors) == {"loss_reason"}
    assert run(create, [Call(lost, history=True)], by=lin, on=Opportunity).records[0].pk
    with pytest.raises(Invalid):  # what is won is still some account's
        run(create, [Call({"name": "旧单", "stage": stages["赢单"]}, history=True)], by=lin, on=Opportunity)


def test_the_category_is_the_stages_unless_the_deal_says_otherwise(stages: dict[str, int]) -> None:
    """Stages of the tests' firm: 0, 20 and 40 per cent."""
    assert category_of("stage", stages["初步接触"]) == "omitted"
    assert category_of("stage", stages["谈判"]) == "pipeline"
    assert category_of("commit", stages["初步接触"]) == "commit"
