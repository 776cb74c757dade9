"""Segments: who is in them, how many they are today, and how many they were."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from tests.cast import new

from bihuan.core import event
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid, Refused
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.market import segment_sizes
from bihuan.market.commands import freeze_segment, measure_segment
from bihuan.market.segment import Segment, SegmentSize, members

pytestmark = pytest.mark.django_db


def segment(by: Actor, **values: Any) -> Segment:
    return do(create, by=by, on=Segment, **{"name": "一部的客户", "object": "account"} | values)


def names(of: Segment, by: Actor) -> list[str]:
    return sorted(members(of, by).values_list("name", flat=True))


def sizes(of: Segment) -> list[tuple[str, int]]:
    rows = SegmentSize._base_manager.filter(segment=of).order_by("day").values_list("day", "size")
    return [(day.isoformat(), size) for day, size in rows]


def test_holds_whom_the_rule_finds_and_who_is_named(lin: Actor, hengli: Any, lianhe: Any, zhangsan: Any) -> None:
    assert names(segment(lin, rule="short_name.is=恒砺"), lin) == [hengli.name]
    assert names(segment(lin, rule="?short_name.is=恒砺&sort=-name", accounts=[lianhe.pk]), lin) == sorted(
        [hengli.name, lianhe.name]
    )
    assert names(segment(lin), lin) == []  # neither rule nor names: nobody, not everybody
    assert names(segment(lin, object="contact", contacts=[zhangsan.pk]), lin) == ["张三"]


def test_of_leads_too(lin: Actor) -> None:
    made = new("lead", company="宁波北仑模具", owner=lin.user_id)
    new("lead", company="别的", owner=lin.user_id)
    assert list(members(segment(lin, object="lead", rule="company.has=北仑"), lin)) == [made]


def test_shows_nobody_that_one_does_not_see(lin: Actor, zhao: Actor, zhou: Actor, xinghua: Any, hengli: Any) -> None:
    everybody = segment(zhou, rule="name.filled=", accounts=[xinghua.pk, hengli.pk])
    assert xinghua.name not in names(everybody, lin) and hengli.name not in names(everybody, zhao)
    assert len(names(everybody, zhou)) == 3


@pytest.mark.parametrize("rule", ["nonsense.is=1", "level.has=x", "short_name.is=a&level.in=", "name.gte=3"])
def test_a_rule_that_asks_for_what_there_is_not_is_refused(lin: Actor, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        segment(lin, rule=rule)
    assert "rule" in refused.value.errors


def test_its_size_is_there_soon_after_it_was_made_or_changed(lin: Actor, hengli: Any) -> None:
    made = segment(lin, rule="name.filled=")
    event.deliver()
    made.refresh_from_db()
    assert made.size == 2  # those that its owner sees
    do(update, made, by=lin, rule="short_name.is=恒砺")
    event.deliver()
    made.refresh_from_db()
    assert made.size == 1


def test_every_day_has_its_size(lin: Actor, hengli: Any) -> None:
    with time_machine.travel("2026-11-20 09:00+08:00", tick=False) as clock:
        made = segment(lin, rule="name.filled=")
        assert (segment_sizes.keep(), segment_sizes.keep()) == (1, 0)
        clock.move_to("2026-11-21 00:10+08:00")
        do(archive, hengli, by=lin)
        segment_sizes.keep()
        do(measure_segment, made, by=lin)
    assert sizes(made) == [("2026-11-20", 2), ("2026-11-21", 1)]


def test_a_segment_that_cannot_be_counted_keeps_the_others_from_nothing(lin: Actor, zhao: Actor) -> None:
    bad, good = segment(lin, rule="name.filled="), segment(zhao, rule="name.filled=")
    Segment._base_manager.filter(pk=bad.pk).update(rule="gone.is=1")
    segment_sizes.keep()
    assert (sizes(bad), len(sizes(good))) == ([], 1)


def test_kept_as_a_fixed_list_it_stays_as_it_is(lin: Actor, hengli: Any, lianhe: Any) -> None:
    made = do(freeze_segment, segment(lin, rule="name.filled="), by=lin)
    new("account", name="后来的", owner=lin.user_id)
    assert made.rule == "" and names(made, lin) == sorted([hengli.name, lianhe.name])
    with pytest.raises(Refused):
        do(freeze_segment, segment(lin, object="lead"), by=lin)
