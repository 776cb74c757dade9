"""What the firm says about its stages holds for every way by which a record comes to one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Invalid, Refused
from bihuan.core.notify import Notification
from bihuan.core.query import Query
from bihuan.core.registry import desk_of
from bihuan.core.run import Call, do, run
from bihuan.core.stage import Stage, barrier, step
from bihuan.core.stuck import tell_owners
from bihuan.core.verbs import create, move, update
from bihuan.people.commands import set_limits
from bihuan.people.staff import actor
from bihuan.sales.models import Opportunity

pytestmark = pytest.mark.django_db


def rule(key: str, **values: Any) -> None:
    do(update, record("stage", key=key), by=SYSTEM, **values)


def pipeline(**values: Any) -> None:
    do(update, record("pipeline", object="opportunity"), by=SYSTEM, **values)


def errors(call: Any, *given: Any, **inputs: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        do(call, *given, **inputs)
    return refused.value.errors


class TestWhoMayBringARecord:
    @pytest.fixture(autouse=True)
    def manager_alone(self, firm: None) -> None:
        rule("谈判", movers=[record("role", key="manager").pk])

    def test_others_are_told(self, lin: Actor, wang: Actor, kongya: Any, stages: dict[str, int]) -> None:
        assert "谈判" in errors(move, kongya, by=lin, stage="谈判")["stage"]
        assert do(move, kongya, by=wang, stage="谈判").stage_id == stages["谈判"]

    def test_it_holds_for_new_records_too(self, lin: Actor) -> None:
        assert set(errors(create, by=lin, on=Opportunity, name="新单", stage="谈判")) == {"stage"}

    def test_it_holds_in_a_batch(self, lin: Actor, kongya: Any, stages: dict[str, int]) -> None:
        deal = do(create, by=lin, on=Opportunity, name="新单")
        outcome = run(
            move, [Call({"stage": "谈判"}, kongya), Call({"stage": "方案"}, deal)], by=lin, on=Opportunity, partial=True
        )
        assert list(outcome.refusals) == [0]
        assert outcome.records[1].stage_id == stages["方案"]

    def test_the_product_itself_is_not_held_up(self, kongya: Any) -> None:
        do(move, kongya, by=SYSTEM, stage="谈判")


class TestGoingBack:
    def test_never(self, lin: Actor, kongya: Any) -> None:
        pipeline(rollback="never")
        do(move, kongya, by=lin, stage="谈判")
        assert "goes back" in errors(move, kongya, by=lin, stage="方案")["stage"]
        assert do(move, kongya, by=lin, stage="赢单").closed_on

    def test_never_opens_a_closed_record_again(self, lin: Actor, kongya: Any) -> None:
        pipeline(rollback="never")
        do(move, kongya, by=lin, stage="赢单")
        assert set(errors(move, kongya, by=lin, stage="谈判")) == {"stage"}

    def test_with_a_reason_which_is_kept(self, lin: Actor, kongya: Any) -> None:
        pipeline(rollback="reason")
        do(move, kongya, by=lin, stage="谈判")
        assert set(errors(move, kongya, by=lin, stage="方案")) == {"reason"}
        do(move, kongya, by=lin, stage="方案", reason="客户改了需求")
        assert (
            AuditEntry.objects.filter(object="opportunity", record_id=kongya.pk).latest("id").reason == "客户改了需求"
        )

    def test_freely(self, lin: Actor, kongya: Any, stages: dict[str, int]) -> None:
        do(move, kongya, by=lin, stage="谈判")
        assert do(move, kongya, by=lin, stage="初步接触").stage_id == stages["初步接触"]

    def test_going_on_asks_for_no_reason(self, lin: Actor, kongya: Any) -> None:
        pipeline(rollback="reason")
        do(move, kongya, by=lin, stage="谈判")
        do(move, kongya, by=lin, stage="输单", loss_reason="价格")


class TestRelatives:
    def test_a_stage_may_ask_for_some(self, lin: Actor, kongya: Any, zhangsan: Any) -> None:
        rule("谈判", relatives="opportunitycontact")
        assert "contacts" in errors(move, kongya, by=lin, stage="谈判")["stage"]
        new("opportunitycontact", opportunity=kongya.pk, contact=zhangsan.pk)
        do(move, kongya, by=lin, stage="谈判")

    def test_a_new_record_has_none(self, lin: Actor) -> None:
        rule("谈判", relatives="opportunitycontact")
        assert set(errors(create, by=lin, on=Opportunity, name="新单", stage="谈判")) == {"stage"}

    def test_what_cannot_hang_there_is_refused(self, firm: None) -> None:
        with pytest.raises(Invalid):
            rule("谈判", relatives="product")


class TestTooLong:
    @pytest.fixture
    def nine_days(self, kongya: Any) -> Any:
        Opportunity._base_manager.filter(pk=kongya.pk).update(stage_since=timezone.now() - timedelta(days=9))
        return kongya

    def test_the_owner_is_told_once_per_stay(self, lin: Actor, nine_days: Any) -> None:
        rule("初步接触", days_limit=8, at_limit="warn")
        assert (tell_owners(), tell_owners()) == (1, 1)
        told = Notification.objects.get(user=lin.user_id)
        assert (told.about, told.about_id, told.arguments["days"]) == ("opportunity", nine_days.pk, "8")
        do(move, nine_days, by=lin, stage="谈判")
        assert tell_owners() == 0

    def test_a_mark_alone_tells_nobody(self, nine_days: Any) -> None:
        rule("初步接触", days_limit=8)
        assert tell_owners() == 0

    def test_a_list_shows_what_has_stood_too_long(self, lin: Actor, nine_days: Any) -> None:
        def late() -> list[int]:
            query = Query.parse(desk_of(Opportunity), lin, {"stage.late": ""}, ["name"])
            return [row.id for row in query.page(50).rows]

        assert late() == []
        rule("初步接触", days_limit=8)
        assert late() == [nine_days.pk]
        rule("初步接触", days_limit=10)
        assert late() == []

    def test_what_is_not_seen_is_not_asked_for_either(self, zhao: Actor, nine_days: Any) -> None:
        do(
            set_limits,
            record("role", key="seller"),
            by=SYSTEM,
            limits={"opportunity": {"stage_since": int(Limit.HIDDEN)}},
        )
        rule("初步接触", days_limit=8)
        with pytest.raises(Refused):
            Query.parse(desk_of(Opportunity), actor(zhao.user_id), {"stage.late": ""}, ["name"]).count()

    def test_nobody_is_told_too_early_or_of_old_cases(self, nine_days: Any) -> None:
        rule("初步接触", days_limit=10, at_limit="warn")
        assert tell_owners() == 0
        assert tell_owners(timezone.now() + timedelta(days=2)) == 1
        assert tell_owners(timezone.now() + timedelta(days=30)) == 0


def test_what_bars_a_way_is_known_before_it_is_gone(lin: Actor, stages: dict[str, int]) -> None:
    rule("方案", leads_to=[stages["输单"]])
    pipeline(rollback="never")
    here = step(stages["方案"])
    open_to = [name for name, key in stages.items() if key != here.id and not barrier(here, step(key), lin)]
    assert open_to == ["输单"]


def test_a_rule_is_no_wall_for_who_stands_there(lin: Actor, kongya: Any) -> None:
    rule("初步接触", relatives="opportunitycontact", movers=[record("role", key="manager").pk])
    do(update, kongya, by=lin, amount="90万")


def test_a_key_is_made_from_the_name_and_stays(firm: None) -> None:
    made = new("stage", pipeline=record("pipeline", object="opportunity").pk, name="复盘 一", name_en="")
    assert made.key == "复盘_一"
    again = new("stage", pipeline=made.pipeline_id, name="复盘 一")
    assert again.key == "复盘_一_2"
    do(update, made, by=SYSTEM, name="回顾")
    assert Stage._base_manager.get(pk=made.pk).key == "复盘_一"
