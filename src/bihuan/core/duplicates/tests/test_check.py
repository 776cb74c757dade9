"""What looks like a record that is there: whatever the spelling, by whatever channel, told to each as far as they may know."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.imports import import_rows

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.duplicates.check import likely
from bihuan.core.duplicates.models import DuplicateRule
from bihuan.core.duplicates.scan import near
from bihuan.core.errors import Duplicate
from bihuan.core.exchange import reading
from bihuan.core.exchange.importing import dry_run
from bihuan.core.exchange.plan import Plan
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, create, restore, update
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.people import staff
from bihuan.people.commands import set_limits
from bihuan.people.role import Role

pytestmark = pytest.mark.django_db


def alike(model: Any, **values: Any) -> list[int]:
    """The records that one with these values looks like."""
    return [each.id for each in likely(registry.desk_of(model), [model(**values)])[0]]


SPELLINGS = [
    # what is there, what is typed
    ({"name": "华为技术有限公司"}, {"name": "华为技术"}),
    ({"name": "华为技术有限公司"}, {"name": "華為技術有限公司"}),
    ({"name": "深圳市远望科技股份有限公司"}, {"name": "远望科技"}),
    ({"name": "江苏省苏州市恒远机械有限公司"}, {"name": "恒远机械有限公司"}),
    ({"name": "ABC Ｔｒａｄｉｎｇ Co., Ltd."}, {"name": "abc trading"}),
    ({"name": "Müller GmbH"}, {"name": "MULLER"}),
    ({"name": "北方重工", "short_name": "北重"}, {"name": "北重"}),
    ({"name": "甲", "phone": "0755-2878 0808"}, {"name": "乙", "phone": "+86 755 28780808"}),
    ({"name": "甲", "website": "https://www.Example.com/"}, {"name": "乙", "website": "http://example.com"}),
    ({"name": "甲", "tax_id": "91320281MA1M4AL35F"}, {"name": "乙", "tax_id": "91320281 MA1M4AL35F"}),
]


@pytest.mark.parametrize(("there", "typed"), SPELLINGS)
def test_spelling_does_not_count(lin: Actor, there: dict[str, str], typed: dict[str, str]) -> None:
    made = do(create, by=lin, on=Account, **there)
    assert alike(Account, **typed) == [made.pk]


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        ({"name": "华为技术有限公司"}, {"name": "华为终端有限公司"}),
        ({"name": "苏州工业有限公司"}, {"name": "无锡工业有限公司"}),  # hardly a name without the place
        ({"name": "远望机械", "tax_id": "91320281MA1M4AL35F"}, {"name": "远望机械", "tax_id": "91350100M000100Y43"}),
        ({"name": "甲", "phone": "123456"}, {"name": "乙", "phone": "123456"}),  # an extension, not a number
    ],
)
def test_what_is_another(lin: Actor, there: dict[str, str], typed: dict[str, str]) -> None:
    do(create, by=SYSTEM, on=Account, **there)
    assert alike(Account, **typed) == []


def test_people_by_what_is_theirs_alone(lin: Actor, zhangsan: Any) -> None:
    made = do(create, by=lin, on=Contact, name="John Smith", email="j.smith@Example.com", phone="0512 66281180")
    assert alike(Contact, name="张三") == []  # many are called so
    assert alike(Contact, name="别人", mobile="13951260418") == [zhangsan.pk]
    assert alike(Contact, name="J", email="J.SMITH@example.com") == [made.pk]
    assert alike(Contact, name="Smith, John", phone="+86 512 6628 1180") == [made.pk]
    assert alike(Contact, name="Someone", phone="+86 512 6628 1180") == []


def test_a_warning_is_answered(lin: Actor, hengli: Any) -> None:
    with pytest.raises(Duplicate, match="恒砺") as refusal:
        do(create, by=lin, on=Account, name="恒砺精密机械")
    assert [each.id for each in refusal.value.likely] == [hengli.pk] and refusal.value.may_insist
    do(create, by=lin, on=Account, name="恒砺精密机械", anyway=True)
    do(update, hengli, by=lin, remark="照常可改")


def test_who_may_not_see_it_learns_whose_it_is(zhao: Actor, hengli: Any) -> None:
    with pytest.raises(Duplicate) as refusal:
        do(create, by=zhao, on=Account, name=hengli.name)
    assert "恒砺" not in refusal.value.sentence and "一部" in refusal.value.sentence
    assert [(each.title, each.unit) for each in refusal.value.likely] == [(None, "一部")]


def test_block_leaves_no_choice(lin: Actor, hengli: Any, lianhe: Any) -> None:
    do(create, by=SYSTEM, on=DuplicateRule, object="account", rule="block")
    for by in (lin, SYSTEM):
        with pytest.raises(Duplicate) as refusal:
            do(create, by=by, on=Account, name=hengli.name, anyway=True)
        assert not refusal.value.may_insist
    do(create, by=lin, on=Account, name="恒砺精密机械", anyway=True)  # likely, not sure
    other = do(create, by=lin, on=Account, name="另一户")
    with pytest.raises(Duplicate):
        do(update, other, by=lin, name=lianhe.name)
    do(update, other, by=lin, remark="别的字段照改")


def test_off_asks_nothing(lin: Actor, hengli: Any) -> None:
    do(create, by=SYSTEM, on=DuplicateRule, object="account", rule="off")
    do(create, by=lin, on=Account, name=hengli.name)


def test_archived_ones_do_not_count(lin: Actor, hengli: Any) -> None:
    do(archive, hengli, by=lin)
    assert alike(Account, name=hengli.name) == []
    do(restore, hengli, by=lin)
    assert alike(Account, name=hengli.name) == [hengli.pk]
    do(update, hengli, by=lin, name="改了名的户", short_name="")
    assert alike(Account, name="恒砺") == []


def test_twins_in_one_batch(lin: Actor) -> None:
    outcome = run(
        create, [Call({"name": name}) for name in ("双生户", "别户", "雙生戶")], by=lin, on=Account, partial=True
    )
    assert list(outcome.refusals) == [2] and isinstance(outcome.refusals[2], Duplicate)


def test_a_check_costs_the_same_for_any_number(lin: Actor) -> None:
    def cost(count: int) -> int:
        calls = [Call({"name": f"批{count}户{n}", "anyway": True}) for n in range(count)]
        run(create, calls, by=lin, on=Account)
        with CaptureQueriesContext(connection) as queries:
            found = likely(registry.desk_of(Account), [Account(name=f"批{count}户{n}") for n in range(count)])
        assert all(found)
        return len(queries)

    assert cost(2) == cost(200)


@pytest.mark.parametrize(("choice", "made", "refused"), [("create", 2, 0), ("skip", 1, 1), ("update", 1, 0)])
def test_an_import_does_what_was_chosen(
    lin: Actor, hengli: Any, tmp_path: Path, choice: str, made: int, refused: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(lin), "may", lambda self, model, action: True)
    text = "客户名称,城市\n苏州恒砺精密机械,昆山\n全新一户,苏州\n".encode()
    plan = Plan("account", ["name", "city"], duplicates=choice)
    for work in (dry_run, lambda *given: import_rows(*given, folder=tmp_path)):
        cursor = work(plan, reading.read(BytesIO(text), "客户.csv"), lin).cursor
        assert (cursor["created"], cursor["refused"], cursor["skipped"]) == (made, refused, refused)
        assert cursor["updated"] == (choice == "update")
    hengli.refresh_from_db()
    assert hengli.city == ("昆山" if choice == "update" else "")


def test_what_is_hidden_speaks_neither_for_a_likeness_nor_against(lin: Actor, zhou: Actor) -> None:
    one = do(create, by=zhou, on=Account, name="远望机械", tax_id="91320281MA1M4AL35F", owner=lin.user_id)
    two = do(create, by=zhou, on=Account, name="远望机械", tax_id="91350100M000100Y43", owner=lin.user_id)

    def found(by: Actor) -> list[int]:
        return [
            each.id for each in (*likely(registry.desk_of(two), [two], by)[0], *near(registry.desk_of(two), two, by))
        ]

    assert found(lin) == [], "two credit codes are two firms"
    do(set_limits, Role._base_manager.get(key="seller"), by=SYSTEM, limits={"account": {"tax_id": int(Limit.HIDDEN)}})
    assert set(found(staff.actor(lin.user_id))) == {one.pk}
    assert found(zhou) == []
