"""The rules of leads and the pools as they stand in a blueprint: carried by keys, with what is wrong told at its line."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.blueprint import text
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.difference import compare
from bihuan.core.blueprint.present import present
from bihuan.core.registry import desk_of
from bihuan.parties.pools.pool import pools
from bihuan.sales.assignment import Plan
from bihuan.sales.lead import Lead
from bihuan.sales.lead_score import ScoreRule

pytestmark = pytest.mark.django_db

HEAD = "blueprint: 1\n"


def bring(body: str, *sections: str) -> None:
    document = text.read(HEAD + body)
    apply({**present().rows, **document.rows}, sections or document.sections, by=SYSTEM, lines=document.lines)


def faults(body: str) -> list[tuple[int, str]]:
    with pytest.raises(text.Faulty) as refused:
        bring(body)
    return [(each.line, each.sentence) for each in refused.value.faults]


@pytest.mark.usefixtures("firm")
def test_ids_in_conditions_are_written_as_keys() -> None:
    source = record("choice", set="source", name="乙")
    type(source)._base_manager.filter(pk=source.pk).update(key="fair")
    new("scorerule", name="展会", name_en="Fair", when=f"?source.in={source.pk}&city.is=苏州", points=-5)
    rows = present().rows
    assert rows["score_rules", "fair"]["when"] == {"source.in": "=fair", "city.is": "苏州"}
    assert rows["score_rules", "fair"]["points"] == -5
    written = text.write({address: row for address, row in rows.items() if address[0] == "score_rules"})
    assert text.read(written).rows["score_rules", "fair"] == rows["score_rules", "fair"]


@pytest.mark.usefixtures("firm")
def test_a_rule_that_asks_for_a_business_record_stays_at_home() -> None:
    campaign = new("campaign", name="展会")
    rule = new("scorerule", name="展会来的", when=f"campaign.in={campaign.pk}")
    assert not any(address[0] == "score_rules" for address in present().rows)
    bring("score_rules:\n  mobile: {name: 留了手机, when: {mobile.filled: ''}}\n")
    assert {each.name for each in ScoreRule._base_manager.filter(archived_at=None)} == {rule.name, "留了手机"}


@pytest.mark.usefixtures("firm")
def test_what_is_wrong_is_told_at_its_line() -> None:
    told = faults(
        "score_rules:\n  a: {name: 甲, points: many}\npools:\n  task: {b: {name: 乙}}\n  lead:\n    c: {name: 丙, won_uncounted: ja}\n"
    )
    assert [line for line, _sentence in told] == [3, 5, 7]
    assert "account, lead" in told[1][1]
    assert [line for line, _ in faults("score_rules:\n  a: {name: 甲, when: {shoe.is: x}}\n")] == [3]
    assert [line for line, _ in faults("assignment_rules:\n  a: {name: 甲, roles: [nobody]}\n")] == [3]
    assert [line for line, _ in faults("pools:\n  account:\n    p: {name: 池, rules: {Q: {untouched_days: 3}}}\n")] == [
        4
    ]


def test_members_come_along_as_roles(lin: Actor, wang: Actor) -> None:
    bring(
        "assignment_rules:\n  all: {name: 全部, roles: [manager]}\n"
        "pools:\n  account:\n    p: {name: 池, roles: [seller], rules: {others: {untouched_days: 9}}}\n"
    )
    terms = next(iter(pools().values()))
    assert (terms.has(lin.user_id), terms.has(wang.user_id), terms.rule(None).days) == (
        True,
        False,
        (("untouched", 9),),
    )
    lead: Any = new("lead", person="客户")
    assert Plan().owner_of(lead) == wang.user_id
    assert desk_of(Lead).title_of(lead) == "客户"


@pytest.mark.usefixtures("firm")
def test_a_rule_of_a_pool_is_known_by_its_level(lin: Actor) -> None:
    level = record("choice", set="account_level", name="A")
    pool = new("pool", name="池", members=[lin.user_id])
    for inputs in ({"level": level.pk, "untouched_days": 30}, {"untouched_days": 20}):
        new("poolrule", pool=pool.pk, **inputs)
    rows = present().rows
    found = {address[-1]: row["untouched_days"] for address, row in rows.items() if "rules" in address}
    assert found == {level.key: 30, "others": 20}
    assert compare(present().rows, text.read(text.write(rows)).rows, {"pools"}) == []
    wanted = {address: row for address, row in rows.items() if address[-1] != "others"}
    apply(wanted, {"pools"}, by=SYSTEM)
    assert [each.level_id for each in pool.rules.filter(archived_at=None)] == [level.pk]
    assert pool.members.get().pk == lin.user_id, "people are the firm's own"
