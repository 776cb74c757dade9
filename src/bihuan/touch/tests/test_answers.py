"""How soon answers came: figures of a period by person, channel and unit, each the count of the list behind it."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from tests.cast import new

from bihuan.core.access import Actor
from bihuan.core.period import Period
from bihuan.core.query import Query
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.answers import SIDES, Answers, Line
from bihuan.touch.models import Touchpoint, Waiting
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
MARCH = Period(date(2026, 3, 1), 1)


@pytest.fixture(autouse=True)
def evening() -> Any:
    """A Wednesday on which everybody works, in the evening."""
    with time_machine.travel(datetime.fromisoformat("2026-03-18 19:00+08:00"), tick=False):
        yield


@pytest.fixture
def answered(lin: Actor, zhao: Actor, zhangsan: Any, lisi: Any, hengli: Any, lianhe: Any, xinghua: Any) -> None:
    """林 answers 张三 after 20 working minutes of 30, and later once more; 李四 is answered after 70; two wait still."""
    new("responserule", name="一切", first_minutes=30, further_minutes=120)
    said = [
        (lin, "09:00", "in", {"contact": zhangsan.pk}),
        (lin, "09:20", "out", {"contact": zhangsan.pk}),
        (lin, "10:00", "in", {"contact": zhangsan.pk}),
        (lin, "11:00", "out", {"contact": zhangsan.pk}),
        (zhao, "11:40", "in", {"contact": lisi.pk, "channel": "电话"}),
        (zhao, "13:50", "out", {"contact": lisi.pk}),
        (lin, "14:00", "in", {"account": hengli.pk}),
        (zhao, "15:00", "in", {"account": xinghua.pk}),
    ]
    for by, clock, direction, given in said:
        inputs = {"channel": "微信", "direction": direction, "at": f"2026-03-18 {clock}", "text": clock} | given
        do(create, by=by, on=Touchpoint, **inputs)


def told(line: Line) -> tuple[Any, ...]:
    counts = [line.counts[name] for name in ("waited", "answered", "late", "waiting", "first")]
    return (*counts, line.median, line.mean, line.longest)


def test_a_manager_sees_how_everybody_answers(zhou: Actor, answered: None) -> None:
    found = Answers(zhou, MARCH)
    # the further answer of 60 minutes is one of three, but no first one
    assert told(found.total()) == (5, 3, 1, 2, 2, "45 min", "45 min", "1:10")
    people = {each.label: told(each) for each in found.side("owner")}
    assert people == {
        "林晓": (3, 2, 0, 1, 1, "20 min", "20 min", "20 min"),
        "赵强": (2, 1, 1, 1, 1, "1:10", "1:10", "1:10"),
    }
    assert {each.label: each.counts["waited"] for each in found.side("channel")} == {"微信": 4, "电话": 1}
    assert {each.label: each.counts["late"] for each in found.side("unit")} == {"一部": 0, "华南": 1}
    assert told(Answers(zhou, MARCH.before).total()) == (0, 0, 0, 0, 0, "", "", "")


def test_who_sells_sees_their_own_answers_alone(lin: Actor, chen: Actor, wang: Actor, answered: None) -> None:
    assert [each.label for each in Answers(lin, MARCH).side("owner")] == ["林晓"]
    assert Answers(chen, MARCH).total().counts["waited"] == 0, "of the same unit, whose waits are seen"
    assert [each.label for each in Answers(wang, MARCH).side("owner")] == ["林晓"], "the manager's unit"


def test_who_may_see_no_waits_is_shown_none(qian: Actor, answered: None, browse: Browse) -> None:
    assert Answers(qian, MARCH).total().counts["waited"] == 0
    assert browse(qian).get("/inbox/answers?in=2026-03").status_code == 200


def test_each_figure_is_the_count_of_its_list(zhou: Actor, lin: Actor, answered: None) -> None:
    for actor in (zhou, lin):
        found = Answers(actor, MARCH)
        lines = [found.total(), *(each for name in SIDES for each in found.side(name))]
        for line in lines:
            counted = {name: _count(actor, url) for name, url in line.urls.items()}
            assert counted == line.counts


def _count(actor: Actor, url: str) -> int:
    params = {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}
    return Query.parse(desk_of(Waiting), actor, params).count()


def test_the_page_is_linked_from_the_inbox_and_leads_to_the_lists(zhou: Actor, answered: None, browse: Browse) -> None:
    client = browse(zhou)
    assert 'href="/inbox/answers"' in client.get("/inbox").content.decode()
    page = client.get("/inbox/answers?in=2026-03").content.decode()
    links = {unescape(each) for each in re.findall(r'href="(/waiting\?[^"]+)"', page)}
    assert links
    assert {client.get(each).status_code for each in links} == {200}
