"""Deals move along the firm's stages; code knows only what a stage means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import build_pipeline, record

from bihuan.core import event, registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid, Refused
from bihuan.core.run import Call, do, run
from bihuan.core.stay import Stay
from bihuan.core.verbs import archive, create, move, update
from bihuan.sales.models import Opportunity

pytestmark = pytest.mark.django_db


def events_of(deal: Any) -> list[str]:
    return list(
        event.Happening.objects.filter(object="opportunity", record_id=deal.pk)
        .order_by("id")
        .values_list("name", flat=True)
    )


def test_a_deal_begins_at_the_first_stage_today(lin: Actor, stages: dict[str, int]) -> None:
    deal = do(create, by=lin, on=Opportunity, name="新单")
    assert (deal.stage_id, deal.opened_on, deal.closed_on) == (stages["初步接触"], timezone.localdate(), None)
    assert (timezone.now() - deal.stage_since).total_seconds() < 60


def test_a_deal_that_is_brought_along_is_as_old_as_it_says(zhou: Actor, lin: Actor, stages: dict[str, int]) -> None:
    """By the day it was opened, else by the day its record was made elsewhere; one that is over, by the day it ended."""
    today, made = timezone.localdate(), timezone.now() - timedelta(days=30)

    def days(**told: Any) -> int:
        (deal,) = run(create, [Call({"name": "旧单", **told}, history=True)], by=zhou, on=Opportunity).records
        stay = Stay.objects.get(object="opportunity", record_id=deal.pk)
        assert stay.since == deal.stage_since
        return (today - timezone.localdate(deal.stage_since)).days

    assert days(opened_on=today - timedelta(days=90)) == 90
    assert days(opened_on=today - timedelta(days=90), created_at=made) == 90
    assert days(created_at=made) == 30
    over = {"stage": "输单", "closed_on": today - timedelta(days=5)}
    assert days(opened_on=today - timedelta(days=90), **over) == 5
    assert days() == days(opened_on=today) == days(opened_on=today + timedelta(days=2)) == 0
    deal = do(create, by=lin, on=Opportunity, name="新单", opened_on=today)
    assert (timezone.now() - deal.stage_since).total_seconds() < 60, "what begins today begins now, not at midnight"


@pytest.mark.parametrize("inputs", [{"stage": ""}, {"stage": None}, {}])
def test_a_stage_left_open_is_the_first(lin: Actor, stages: dict[str, int], inputs: dict[str, Any]) -> None:
    assert do(create, by=lin, on=Opportunity, name="新单", **inputs).stage_id == stages["初步接触"]


def test_without_any_pipeline_it_is_said(zhou: Actor) -> None:
    do(archive, record("pipeline", object="opportunity"), by=zhou)
    with pytest.raises(Refused, match="pipeline"):
        do(create, by=zhou, on=Opportunity, name="新单")


class TestGates:
    def test_what_a_stage_needs_is_asked_for_and_may_be_given_with_the_move(
        self, lin: Actor, hengli: Any, stages: dict[str, int]
    ) -> None:
        deal = do(create, by=lin, on=Opportunity, name="新单")
        with pytest.raises(Invalid) as refused:
            do(move, deal, by=lin, stage="赢单")
        assert set(refused.value.errors) == {"account", "amount"}
        assert "赢单" in refused.value.errors["amount"]
        won = do(move, deal, by=lin, stage="赢单", account=hengli.pk, amount="12万")
        assert (won.stage_id, won.closed_on) == (stages["赢单"], timezone.localdate())

    def test_they_hold_for_a_new_deal_as_well(self, lin: Actor) -> None:
        with pytest.raises(Invalid) as refused:
            do(create, by=lin, on=Opportunity, name="新单", stage="输单")
        assert set(refused.value.errors) == {"loss_reason"}

    def test_what_stands_at_a_stage_may_lack_what_it_needed(self, lin: Actor, kongya: Any) -> None:
        do(move, kongya, by=lin, stage="赢单")
        do(update, kongya, by=lin, amount="")

    def test_only_where_the_firm_lets_it_go(self, zhou: Actor, lin: Actor, kongya: Any, stages: dict[str, int]) -> None:
        first = record("stage", pk=kongya.stage_id)
        do(update, first, by=zhou, leads_to=[stages["方案"], stages["输单"]])
        with pytest.raises(Refused, match="may not go"):
            do(move, kongya, by=lin, stage="谈判")
        do(move, kongya, by=lin, stage="方案")
        do(move, kongya, by=lin, stage="谈判")

    def test_not_into_another_pipeline(self, zhou: Actor, lin: Actor, kongya: Any) -> None:
        build_pipeline("account")
        build_pipeline("opportunity")
        other = record("stage", pipeline__object="account", order=1)
        second = (
            registry.desk("stage")
            .model._base_manager.filter(pipeline__object="opportunity", order=1)
            .order_by("-pk")
            .first()
        )
        for stage in (other, second):
            with pytest.raises(Refused):
                do(move, kongya, by=lin, stage=stage.pk)

    def test_a_field_that_is_none_cannot_be_needed(self, zhou: Actor, stages: dict[str, int]) -> None:
        with pytest.raises(Invalid) as refused:
            do(update, stages["方案"], by=zhou, on=registry.desk("stage").model, required="account, no_such_field")
        assert set(refused.value.errors) == {"required"}
        assert "no_such_field" in refused.value.errors["required"]

    def test_of_many_only_those_that_may_not_are_refused(self, lin: Actor, hengli: Any, stages: dict[str, int]) -> None:
        deals = [
            do(create, by=lin, on=Opportunity, name=f"单{n}", account=hengli.pk if n % 2 else "", amount="1")
            for n in range(4)
        ]
        outcome = run(move, [Call({"stage": "赢单"}, deal) for deal in deals], by=lin, partial=True)
        assert sorted(outcome.refusals) == [0, 2]
        assert [deal and deal.stage_id for deal in outcome.records] == [None, stages["赢单"], None, stages["赢单"]]


class TestClosing:
    def test_winning_and_reopening(self, lin: Actor, kongya: Any) -> None:
        do(move, kongya, by=lin, stage="赢单", closed_on="2026-03-01")
        kongya.refresh_from_db()
        assert kongya.closed_on == date(2026, 3, 1)
        assert do(move, kongya, by=lin, stage="谈判").closed_on is None
        assert events_of(kongya) == ["Created", "OpportunityWon", "Moved", "Moved"]

    def test_losing_says_why(self, lin: Actor, kongya: Any) -> None:
        lost = do(move, kongya, by=lin, stage="输单", loss_reason="价格")
        assert lost.closed_on == timezone.localdate()
        assert "OpportunityLost" in events_of(kongya)

    def test_moving_to_where_it_stands_changes_nothing(self, lin: Actor, kongya: Any) -> None:
        since = kongya.stage_since
        do(move, kongya, by=lin, stage=kongya.stage_id)
        kongya.refresh_from_db()
        assert (kongya.stage_since, kongya.version, events_of(kongya)) == (since, 1, ["Created"])

    def test_a_stage_is_left_by_moving_only(self, lin: Actor, kongya: Any, stages: dict[str, int]) -> None:
        with pytest.raises(Invalid) as refused:
            do(update, kongya, by=lin, stage=stages["赢单"])
        assert set(refused.value.errors) == {"stage"}


def test_an_amount_is_not_negative(lin: Actor, kongya: Any) -> None:
    with pytest.raises(Invalid) as refused:
        do(update, kongya, by=lin, amount="-1")
    assert set(refused.value.errors) == {"amount"}
