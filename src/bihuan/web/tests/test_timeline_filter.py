"""Narrowing a timeline down: by a kind of touch, by a person, by words; and what is not told all the same."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import record

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.choice import options
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, update
from bihuan.people.commands import set_limits
from bihuan.web.tests.conftest import Browse
from bihuan.web.timeline_filter import Wanted

pytestmark = pytest.mark.django_db
touchpoint = registry.desk("touchpoint").model


@pytest.fixture(autouse=True)
def said(lin: Actor, chen: Actor, zhou: Actor, hengli: Any) -> None:
    """Calls of 林's and 陈's, a message of 林's, a pinned note of 陈's, and a change of 周's."""
    calls, messages = options("channel")[0].id, options("channel")[1].id
    for by, channel, text in ((lin, calls, "问压力等级"), (lin, messages, "发了样本 50%"), (chen, calls, "问交期")):
        do(create, by=by, on=touchpoint, channel=channel, account=hengli.pk, text=text, owner=by.user_id)
    do(create, by=chen, on=Note, text="付款要问林总", about="account", about_id=hengli.pk, pinned=True)
    do(update, hengli, by=zhou, city="问天市")


def told(client: Any, hengli: Any, **params: Any) -> list[str]:
    """The heads and texts of the entries of the timeline."""
    page = client.get(f"/account/{hengli.pk}/timeline", params, headers={"HX-Request": "true"}).content.decode()
    return re.findall(r'<p class="prose">(.*?)</p>', page)


def test_words_are_found_in_what_was_written(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    assert told(client, hengli, q="问") == ["付款要问林总", "问交期", "问压力等级"], "pinned notes stand in their place"
    assert told(client, hengli, q="问", tab="touches") == ["问交期", "问压力等级"]
    assert told(client, hengli, q="50%") == ["发了样本 50%"], "what is typed is no pattern"
    assert told(client, hengli, q="5_%") == []
    page = client.get(f"/account/{hengli.pk}?q=没有这样的话").content.decode()
    assert "没有这样的话" in page and "问交期" not in page


def test_a_kind_of_touch_and_a_person_narrow_it_together(browse: Browse, lin: Actor, chen: Actor, hengli: Any) -> None:
    client, calls = browse(lin), options("channel")[0].id
    assert told(client, hengli, mark=calls) == ["问交期", "问压力等级"]
    assert told(client, hengli, by=chen.user_id) == ["付款要问林总", "问交期"]
    assert told(client, hengli, mark=calls, by=lin.user_id) == ["问压力等级"]
    assert len(told(client, hengli, mark="x", by="")) == 4, "what cannot be read leaves all"


def test_a_person_is_found_in_changes_too(browse: Browse, lin: Actor, zhou: Actor, chen: Actor, hengli: Any) -> None:
    def changes(by: Actor) -> str:
        address = f"/account/{hengli.pk}/timeline?tab=changes&by={by.user_id}"
        return browse(lin).get(address, headers={"HX-Request": "true"}).content.decode()

    assert "问天市" in changes(zhou) and "问天市" not in changes(chen)


def test_the_next_page_is_narrowed_as_the_first(browse: Browse, lin: Actor, hengli: Any) -> None:
    moment, (calls, messages) = timezone.now() - timedelta(days=3), [each.id for each in options("channel")[:2]]
    rows = [
        {"channel": calls if n % 2 else messages, "account": hengli.pk, "text": f"第{n:02}次", "at": moment + timedelta(minutes=n)}
        for n in range(80)
    ]  # fmt: skip
    run(create, [Call(row) for row in rows], by=lin, on=touchpoint)
    address, seen = f"/account/{hengli.pk}/timeline?q=次&mark={calls}&by={lin.user_id}", []
    for _ in range(3):
        part = browse(lin).get(address, headers={"HX-Request": "true"}).content.decode()
        seen += re.findall(r'<p class="prose">(.*?)</p>', part)
        found = re.search(r'hx-get="([^"]+after=[^"]+)"', part)
        if found is None:
            break
        address = found[1].replace("&amp;", "&")
    assert seen == [f"第{n:02}次" for n in range(79, 0, -2)]


def test_what_one_may_not_see_cannot_be_asked_for(browse: Browse, lin: Actor, zhou: Actor, hengli: Any) -> None:
    do(set_limits, record("role", key="seller"), by=zhou, limits={"touchpoint": {"channel": 0}})
    assert told(browse(lin), hengli, mark=options("channel")[0].id) == []
    assert 'name="mark"' not in browse(lin).get(f"/account/{hengli.pk}").content.decode()
    assert Wanted(text="压力").of_stream({"by": "owner_id"}) is None, "words that are not read are not searched"


def test_a_tab_keeps_what_it_is_narrowed_to(browse: Browse, lin: Actor, hengli: Any) -> None:
    page = browse(lin).get(f"/account/{hengli.pk}?q=问&tab=notes").content.decode()
    assert f'href="/account/{hengli.pk}?tab=touches&amp;q=%E9%97%AE"' in page
    assert 'name="q" value="问"' in page and 'name="tab" value="notes"' in page
