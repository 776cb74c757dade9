"""The page of a record as it was: reached from its history, with what is another now, and nothing that is hidden."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone, translation
from tests.cast import record

from bihuan.core import audit, registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.merge.commands import merge
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.people import staff
from bihuan.people.commands import set_limits
from bihuan.web.change import describe
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def page(browse: Browse, actor: Actor, address: str) -> str:
    answer = browse(actor).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def past(one: Any, moment: Any) -> str:
    return f"/{registry.desk_of(one).slug}/{one.pk}/past?{urlencode({'at': moment.isoformat()})}"


def test_each_entry_of_the_history_leads_to_the_record_as_it_left_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    for city in ("苏州", "昆山", "无锡"):
        do(update, hengli, by=lin, city=city)
    timeline = page(browse, lin, f"/account/{hengli.pk}?tab=changes")
    addresses = [unescape(found) for found in re.findall(rf'href="(/account/{hengli.pk}/past[^"]+)"', timeline)]
    assert len(addresses) == 4
    cities = [re.findall(r"苏州|昆山|无锡", facts(page(browse, lin, each), "城市")) for each in addresses]
    assert cities == [["无锡"], ["昆山", "无锡"], ["苏州", "无锡"], ["无锡"]]  # then, and now where it is another


def facts(text: str, label: str) -> str:
    """What stands beside a label, the firm's name apart."""
    return re.search(rf"<dt title=\"{label}\">.*?</dt>\s*<dd(.*?)</dd>", text, re.DOTALL)[1]  # type: ignore[index]


def test_what_differs_is_marked_and_counted(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, city="苏州", remark="一样的")
    moment = timezone.now()
    do(update, hengli, by=lin, city="昆山")
    text = page(browse, lin, past(hengli, moment))
    assert text.count("data-differs") == 1 and "data-differs" in facts(text, "城市")
    assert "有 1 个字段现在不同" in text
    assert "data-differs" not in page(browse, lin, past(hengli, timezone.now()))
    assert page(browse, lin, f"/account/{hengli.pk}/past")


def test_an_archived_record_has_its_past(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, city="苏州")
    moment = timezone.now()
    do(archive, hengli, by=lin)
    assert "当时在回收站中" not in page(browse, lin, past(hengli, moment))
    assert "当时在回收站中" in page(browse, lin, past(hengli, timezone.now()))


def test_who_may_not_see_it_now_sees_no_past_of_it(browse: Browse, zhao: Actor, hengli: Any) -> None:
    assert browse(zhao).get(past(hengli, timezone.now())).status_code == 404


def test_a_moment_before_it_and_a_moment_that_is_none_are_told_so(browse: Browse, lin: Actor, hengli: Any) -> None:
    for moment, sentence in (("2001-01-01 10:00", "那时还没有这条记录"), ("gestern", "gestern")):
        answer = browse(lin).get(f"/account/{hengli.pk}/past?{urlencode({'at': moment})}")
        assert answer.status_code == 422 and sentence in answer.content.decode()


def test_a_link_to_what_one_does_not_see_has_no_name_in_the_past(
    browse: Browse, lin: Actor, zhou: Actor, hengli: Any, xinghua: Any
) -> None:
    do(update, hengli, by=zhou, parent=xinghua.pk)
    moment = timezone.now()
    do(update, hengli, by=zhou, parent=None)
    text = page(browse, lin, past(hengli, moment))
    assert "兴华" not in text and "data-differs" not in text
    assert "兴华" in page(browse, zhou, past(hengli, moment))


def test_what_is_kept_back_is_kept_back_then(browse: Browse, lin: Actor, hengli: Any) -> None:
    """A masked field that looks the same does not say that it was another."""
    do(update, hengli, by=lin, phone="+86 512 6628 1180", city="苏州")
    moment = timezone.now()
    do(update, hengli, by=lin, phone="+86 512 1111 1180", city="昆山")
    limits = {"account": {"phone": int(Limit.MASKED), "city": int(Limit.HIDDEN)}}
    do(set_limits, record("role", key="seller"), by=SYSTEM, limits=limits)
    limited = staff.actor(lin.user_id or 0)
    assert limited is not None
    text = page(browse, limited, past(hengli, moment))
    assert "6628" not in text and "昆山" not in text and "data-differs" not in text
    assert "+86••••80" in text


def test_what_went_along_with_a_merge_is_told_in_words(lin: Actor) -> None:
    account = registry.desk("account").model
    one, other = (do(create, by=lin, on=account, name=f"远景{n}", anyway=True) for n in range(2))
    task = do(create, by=lin, on=registry.desk("task").model, title="回电", account=other.pk)
    do(merge, one, by=lin, others=(other.pk,))
    entry = audit.history("task", task.pk)[0]
    with translation.override("zh-hans"):
        (_entry, told), *_rest = describe(lin, [entry])
    assert (entry.command, told.words) == ("merge", "合并")
