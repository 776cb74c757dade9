"""Stays in stages: kept as records move, and asked for by lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.conditions import read
from bihuan.core.errors import Refused
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.stay import Stay, bring_along, stays
from bihuan.core.verbs import move, update

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def desk() -> Any:
    return registry.desk("opportunity")


def listed(actor: Actor, **params: Any) -> set[str]:
    """The names of the deals that a list shows."""
    params = {name.replace("__", "."): str(text) for name, text in params.items()}
    page = Query.parse(registry.desk("opportunity"), actor, params, ["name"]).page()
    return {row.values[0] for row in page.rows}


def test_each_stay_is_kept_with_who_brought_the_record_there(desk: Any, lin: Actor, kongya: Any, stages: dict) -> None:
    with time_machine.travel(timezone.now() + 3 * DAY, tick=False):
        do(move, kongya, by=lin, stage=stages["方案"])
    with time_machine.travel(timezone.now() + 10 * DAY, tick=False):
        do(update, kongya, by=lin, next_step="电话")
        do(move, kongya, by=lin, stage=stages["初步接触"])
        told = [(each.stage_id, each.days, each.until is None, each.who) for each in stays(desk, kongya.pk)]
    assert told == [
        (stages["初步接触"], 0, True, "林晓"), (stages["方案"], 7, False, "林晓"), (stages["初步接触"], 3, False, ""),
    ]  # fmt: skip


def test_a_batch_is_kept_in_as_few_statements(lin: Actor, stages: dict, django_assert_num_queries: Any) -> None:
    deals = [new("opportunity", name=f"批{n}", owner=lin.user_id).pk for n in range(5)]
    run(
        move,
        [Call({"stage": stages["谈判"]}, key) for key in deals],
        by=SYSTEM,
        on=type(record("opportunity", pk=deals[0])),
    )
    kept = Stay.objects.filter(object="opportunity", record_id__in=deals)
    assert (kept.count(), kept.filter(stood=None, stage=stages["谈判"]).count()) == (10, 5)


def test_what_was_brought_along_says_since_when(desk: Any, lin: Actor, stages: dict) -> None:
    since = timezone.now() - 40 * DAY
    deal = new("opportunity", name="旧单", owner=lin.user_id, stage=stages["方案"], stage_since=since)
    assert [each.since for each in stays(desk, deal.pk)] == [since]
    bring_along(desk, {deal.pk: [(stages["初步接触"], since - 8 * DAY), (stages["方案"], since)]})
    assert [(each.stage_id, each.days) for each in stays(desk, deal.pk)] == [
        (stages["方案"], 40),
        (stages["初步接触"], 8),
    ]


def test_lists_ask_how_far_a_record_has_come(lin: Actor, zhou: Actor, kongya: Any, stages: dict) -> None:
    do(move, kongya, by=lin, stage=stages["谈判"])
    do(move, kongya, by=lin, stage=stages["初步接触"])
    assert listed(zhou, stage__reached=stages["方案"]) == {"空压站"}, "what skipped a stage has come as far"
    assert listed(zhou, stage__unreached=stages["方案"]) == {"风机"}
    assert listed(lin, stage__reached=stages["赢单"]) == set()
    assert listed(lin, stage__reached="谈判") == {"空压站"}
    with pytest.raises(Refused):
        listed(lin, stage__reached="")


def test_a_rule_cannot_ask_for_the_past(desk: Any, stages: dict) -> None:
    for operator in ("late", "reached", "unreached"):
        with pytest.raises(Refused):
            read(desk, f"stage.{operator}={stages['方案']}")
