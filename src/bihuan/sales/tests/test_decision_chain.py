"""The relationship map: who decides in the open deals and how they stand, for whoever may see it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core.access import Actor
from bihuan.core.registry import desk_of
from bihuan.core.run import do
from bihuan.core.verbs import archive, move
from bihuan.people.commands import set_limits
from bihuan.people.staff import actor
from bihuan.sales.decision_chain import of_account, of_deal
from bihuan.web.subject import Subject

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def known(lin: Actor, hengli: Any, kongya: Any, zhangsan: Any) -> None:
    """In one deal 张三 decides and is for us, 王五 uses; in another 张三 decides and is against."""
    second = new("opportunity", name="二期", account=hengli.pk, owner=lin.user_id).pk
    wangwu = new("contact", name="王五", owner=lin.user_id).pk
    for deal, contact, role, attitude in (
        (kongya.pk, zhangsan.pk, "甲", "甲"), (kongya.pk, wangwu, "乙", None), (second, zhangsan.pk, "甲", "丙"),
    ):  # fmt: skip
        new("opportunitycontact", opportunity=deal, contact=contact, role=role, attitude=attitude)


def told(chain: Any) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Role by role: who, and how they stand."""
    return [
        (link.role.label if link.role else "", [(each.name, [a.label for a in each.attitudes]) for each in link.people])
        for link in (chain or {"links": []})["links"]
    ]


def on(actor: Actor, record: Any) -> Subject:
    return Subject(actor, desk_of(record), record)


def test_an_account_shows_the_people_of_all_its_open_deals_each_once_in_a_role(lin: Actor, hengli: Any) -> None:
    chain = of_account(on(lin, hengli))
    assert chain is not None
    assert told(chain) == [("甲", [("张三", ["甲", "丙"])]), ("乙", [("王五", [])])]
    assert chain["missing"] == ["丙"], "a role that nobody plays is a gap"
    assert [(each.label, number) for each, number in chain["legend"]] == [("甲", 1), ("丙", 1)]
    assert chain["links"][0].people[0].deals == ["空压站: 甲", "二期: 丙"]


def test_a_deal_shows_its_own_people(lin: Actor, kongya: Any) -> None:
    assert told(of_deal(on(lin, kongya))) == [("甲", [("张三", ["甲"])]), ("乙", [("王五", [])])]


def test_what_is_closed_or_gone_is_not_on_the_account(
    lin: Actor, hengli: Any, kongya: Any, stages: dict[str, int]
) -> None:
    do(move, kongya, by=lin, stage=stages["输单"], loss_reason="价格")
    assert told(of_account(on(lin, hengli))) == [("甲", [("张三", ["丙"])])]
    do(archive, record("opportunity", name="二期"), by=lin)
    assert of_account(on(lin, hengli)) is None


def test_nobody_is_shown_whom_one_may_not_see(lin: Actor, zhao: Actor, zhou: Actor, hengli: Any) -> None:
    assert of_account(on(zhao, hengli)) is None, "the deals are not theirs"
    do(set_limits, record("role", key="seller"), by=zhou, limits={"opportunitycontact": {"attitude": 0}})
    chain = of_account(on(actor(lin.user_id), hengli))
    assert told(chain) == [("甲", [("张三", [])]), ("乙", [("王五", [])])]


def test_the_pages_of_accounts_and_deals_have_it(browse: Any, lin: Actor, hengli: Any, kongya: Any) -> None:
    for address in (f"/account/{hengli.pk}", f"/opportunity/{kongya.pk}"):
        page = browse(lin).get(address).content.decode()
        drawn = re.search(r'<section class="pane deciders">.*?</section>', page, re.DOTALL)
        assert drawn and "张三" in drawn[0] and 'aria-label="甲"' in drawn[0]
