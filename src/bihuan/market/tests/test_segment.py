"""Segments: who is in them, how many they are today, and how many they were."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import time_machine
from django.utils import translation
from tests.cast import new

from bihuan.core import event, registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid, Refused
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.market import commands, segment_sizes
from bihuan.market.commands import freeze_segment, measure_segment
from bihuan.market.segment import Segment, SegmentSize, members
from bihuan.web import list_rule
from bihuan.web.tests.conftest import Browse

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


def test_leads_too_are_kept_as_a_fixed_list(lin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    new("lead", company="宁波北仑模具", owner=lin.user_id)
    new("lead", company="北仑铸造", owner=lin.user_id)
    made = do(freeze_segment, segment(lin, object="lead", rule="company.has=北仑"), by=lin)
    new("lead", company="北仑泵业", owner=lin.user_id)
    assert sorted(each.company for each in members(made, lin)) == ["北仑铸造", "宁波北仑模具"]
    nobody = do(freeze_segment, segment(lin, object="lead", rule="company.has=nobody"), by=lin)
    assert list(members(nobody, lin)) == []
    monkeypatch.setattr(commands, "LISTED", 2)
    with pytest.raises(Refused):
        do(freeze_segment, segment(lin, object="lead", rule="company.has=北仑"), by=lin)


def test_what_has_no_rule_is_a_fixed_list_already(browse: Browse, lin: Actor, hengli: Any) -> None:
    named, ruled = segment(lin, accounts=[hengli.pk]), segment(lin, rule="short_name.is=恒砺")
    assert "freeze_segment" not in browse(lin).get(f"/segment/{named.pk}").content.decode()
    assert "freeze_segment" in browse(lin).get(f"/segment/{ruled.pk}").content.decode()


@pytest.mark.parametrize(
    ("of", "query"), [("account", "short_name.is=恒砺"), ("contact", "q=张"), ("lead", "city.is=宁波")]
)
def test_a_filtered_list_is_saved_as_a_segment(browse: Browse, lin: Actor, zhangsan: Any, of: str, query: str) -> None:
    way = re.compile(r'href="(/segment/new\?[^"]+)"')
    assert not way.search(browse(lin).get(f"/{of}?sort=-id").content.decode())  # a list that leaves nobody out
    found = way.search(browse(lin).get(f"/{of}?{query}&sort=-id&columns=name").content.decode())
    assert found is not None
    page = html.unescape(browse(lin).get(html.unescape(found[1])).content.decode())
    rule = re.search(r'name="rule" value="([^"]+)"', page)
    assert rule is not None and parse_qsl(rule[1]) == parse_qsl(query)
    browse(lin).post("/segment/new", {"name": "存下的", "object": of, "rule": rule[1], "owner": lin.user_id})
    made = Segment._base_manager.get()
    listed = {
        str(key)
        for key in Query.parse(registry.desk(of), lin, dict(parse_qsl(query))).rows().values_list("pk", flat=True)
    }
    assert {str(each.pk) for each in members(made, lin)} == listed


def test_other_lists_offer_no_segment(browse: Browse, lin: Actor) -> None:
    assert "/segment/new" not in browse(lin).get("/opportunity?name.has=x").content.decode()


def test_its_rule_is_told_in_words_with_the_way_to_its_list(browse: Browse, lin: Actor, hengli: Any) -> None:
    made = segment(lin, rule="short_name.is=恒砺")
    with translation.override("zh-hans"):
        words = list_rule.in_words("account", made.rule)
    facts = html.unescape(browse(lin).get(f"/segment/{made.pk}").content.decode())
    assert words in facts and "short_name.is=恒砺" not in facts
    assert f"/account?{urlencode({'short_name.is': '恒砺'})}" in facts
    form = html.unescape(browse(lin).get(f"/segment/{made.pk}/edit").content.decode())
    assert words in form and f"/account?{urlencode({'short_name.is': '恒砺'})}" in form
