"""Goals of campaigns: how many of what a filter finds are there, and that the list behind the number has as many."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from tests.cast import new

from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.market import goals
from bihuan.market.campaign import Campaign
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def campaign(by: Actor, **values: Any) -> Campaign:
    return do(create, by=by, on=Campaign, **{"name": "展会", "goal": 4} | values)


def lead(company: str, owner: Actor, of: Campaign | None = None) -> None:
    new("lead", company=company, owner=owner.user_id, campaign=of and of.pk)


def listed(browse: Browse, by: Actor, url: str) -> int:
    """How many the list behind a goal says that it has."""
    path, _mark, query = url.partition("?")
    return int(
        re.sub(
            r"\D", "", re.sub(r"<[^>]+>", "", browse(by).get(f"{path}/count?{query}", headers=HTMX).content.decode())
        )
    )


def test_counts_the_leads_of_the_campaign_that_the_filter_finds(browse: Browse, lin: Actor) -> None:
    made = campaign(lin, goal_rule="?company.has=北仑&sort=-id")
    lead("北仑模具", lin, made)
    lead("北仑铸造", lin, made)
    lead("象山船厂", lin, made)
    lead("北仑泵业", lin)  # came by itself
    found = goals.goal_of(made, lin)
    assert found is not None and (found.reached, found.wanted, found.percent) == ("2", 4, 50)
    assert listed(browse, lin, found.url) == 2
    assert "北仑" in found.asked and "company.has" not in found.asked
    told = html.unescape(browse(lin).get(f"/campaign/{made.pk}/goal", headers=HTMX).content.decode())
    assert found.url in told and "--v:50" in told
    assert f"/campaign/{made.pk}/goal" in browse(lin).get(f"/campaign/{made.pk}").content.decode()


def test_without_a_filter_all_of_the_campaign_count_and_others_where_it_names_them(lin: Actor) -> None:
    other = campaign(lin, name="另一个")
    made = campaign(lin, goal=2)
    for name, of in (("甲", made), ("乙", made), ("丙", made), ("丁", other)):
        lead(name, lin, of)
    assert goals.goal_of(made, lin).reached == "3" and goals.goal_of(made, lin).percent == 100
    made = do(update, made, by=lin, goal_rule=f"campaign.in={made.pk},{other.pk}")
    assert goals.goal_of(made, lin).reached == "4"


def test_what_names_no_campaign_is_counted_by_its_filter(lin: Actor, hengli: Any) -> None:
    made = campaign(lin, goal_of="account", goal_rule="short_name.is=恒砺")
    assert goals.goal_of(made, lin).reached == "1"


def test_counts_for_whoever_looks(browse: Browse, lin: Actor, zhao: Actor, zhou: Actor) -> None:
    made = campaign(zhou)
    lead("甲", lin, made)
    lead("乙", zhao, made)
    assert (goals.goal_of(made, lin).reached, goals.goal_of(made, zhou).reached) == ("1", "2")


def test_counts_no_further_than_other_counts(lin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goals, "LOOKED_THROUGH", 1)
    made = campaign(lin)
    lead("甲", lin, made)
    lead("乙", lin, made)
    assert goals.goal_of(made, lin).reached == "1+"


@pytest.mark.parametrize(
    ("of", "rule"),
    [
        ("lead", "nonsense.is=1"),
        ("lead", "company.odd=1"),
        ("lead", "北仑"),
        ("lead", "view=mine"),
        ("account", ""),
        ("touchpoint", ""),
    ],
)
def test_a_filter_that_names_nothing_is_refused_at_its_field(lin: Actor, of: str, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        campaign(lin, goal_of=of, goal_rule=rule)
    assert list(refused.value.errors) == ["goal_rule"] and refused.value.errors["goal_rule"]


def test_a_campaign_without_a_goal_tells_none(browse: Browse, lin: Actor) -> None:
    made = campaign(lin, goal=None)
    assert goals.goal_of(made, lin) is None
    assert not browse(lin).get(f"/campaign/{made.pk}/goal", headers=HTMX).content.strip()
    with pytest.raises(Invalid):
        campaign(lin, goal=0)


def test_a_filter_that_asks_for_what_is_gone_counts_nothing(lin: Actor) -> None:
    made = campaign(lin)
    made.goal_rule = "gone.is=1"
    assert goals.goal_of(made, lin) is None
