"""Leads: their score, who gets them, and what becomes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cast import new

from bihuan.core import event, job, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Duplicate, Forbidden, Refused
from bihuan.core.run import Call, do, run
from bihuan.core.stage import steps
from bihuan.core.verbs import create, move, update
from bihuan.parties.account import Account
from bihuan.parties.account_contact import AccountContact
from bihuan.parties.contact import Contact
from bihuan.sales.assignment import AssignmentTurn
from bihuan.sales.commands import convert_lead, find_owner
from bihuan.sales.events import LeadConverted
from bihuan.sales.lead import Lead
from bihuan.sales.opportunity import Opportunity
from bihuan.touch.commands import log_touch
from bihuan.touch.touchpoint import Touchpoint

pytestmark = pytest.mark.django_db


def lead(by: Actor, **values: Any) -> Lead:
    return do(create, by=by, on=Lead, **{"company": "宁波北仑模具有限公司", "person": "沈国强"} | values)


def person(login: str) -> int:
    return registry.desk("user").model._base_manager.get(username=login).pk


def work() -> None:
    """What the worker does next."""
    while event.deliver() or job.run_next():
        pass


# ---------------------------------------------------------------------- what a lead is


def test_a_lead_is_called_by_its_company_or_its_person(lin: Actor) -> None:
    assert lead(lin).name == "宁波北仑模具有限公司"
    assert lead(lin, company="", person="郑海燕").name == "郑海燕"


def test_a_lead_is_somebody(lin: Actor) -> None:
    with pytest.raises(Refused) as refused:
        lead(lin, company="", person="")
    assert "company" in refused.value.errors


# ---------------------------------------------------------------------- score


def test_the_score_adds_up_the_points_of_the_rules_that_hold(lin: Actor) -> None:
    new("scorerule", name="留了手机", when="mobile.filled=1", points=30)
    new("scorerule", name="预算超过五十万", when="budget.gte=500000", points=40)
    new("scorerule", name="没有公司", when="company.empty=1", points=-20)
    plain = lead(lin)
    assert plain.score == 0
    assert do(update, plain, by=lin, mobile="13951260999", budget=Decimal(600_000)).score == 70
    assert lead(lin, company="", person="吴敏", mobile="13951260888").score == 10


def test_a_score_stays_between_nought_and_a_hundred(lin: Actor) -> None:
    new("scorerule", name="甲", when="", points=90)
    new("scorerule", name="乙", when="person.filled=1", points=90)
    assert lead(lin).score == 100
    new("scorerule", name="丙", when="", points=-100)
    new("scorerule", name="丁", when="", points=-100)
    assert lead(lin, person="别人").score == 0


def test_other_rules_give_open_leads_other_scores(lin: Actor) -> None:
    found = lead(lin, mobile="13951260999")
    new("scorerule", name="留了手机", when="mobile.filled=1", points=30)
    work()
    found.refresh_from_db()
    assert found.score == 30


@pytest.mark.parametrize("when", ["score.gte=3", "no_such.is=1", "budget.gte=many"])
def test_a_rule_that_cannot_hold_is_refused(when: str) -> None:
    with pytest.raises(Refused) as refused:
        new("scorerule", name="甲", when=when, points=1)
    assert "when" in refused.value.errors


# ---------------------------------------------------------------------- assignment


def unowned(count: int, **values: Any) -> list[Lead]:
    calls = [Call({"person": f"客户{number}", "owner": None, **values}) for number in range(count)]
    return run(create, calls, by=SYSTEM, on=Lead).records


def owners(leads: list[Lead]) -> list[int | None]:
    found = Lead._base_manager.in_bulk([each.pk for each in leads])
    return [found[each.pk].owner_id for each in leads]


def test_leads_go_round_in_turn_and_the_turn_is_kept() -> None:
    new("assignmentrule", name="轮流", method="turn", members=[person("lin"), person("chen")])
    first = unowned(3)
    work()
    then = unowned(2)
    work()
    one, two = sorted((person("lin"), person("chen")))
    assert owners(first) == [one, two, one]
    assert owners(then) == [two, one]
    assert AssignmentTurn.objects.get().user_id == one


def test_leads_go_to_whom_has_the_fewest(lin: Actor) -> None:
    for _ in range(2):
        lead(lin, company="", person=f"已有{_}")
    new("assignmentrule", name="按负荷", method="load", members=[person("lin"), person("chen")])
    made = unowned(4)
    work()
    assert owners(made).count(person("chen")) == 3
    assert owners(made).count(person("lin")) == 1


def test_the_first_rule_that_holds_decides() -> None:
    new("assignmentrule", name="上海", when="city.is=上海", members=[person("chen")], order=1)
    new("assignmentrule", name="其余", members=[person("zhao")], order=2)
    made = unowned(1, city="上海") + unowned(1, city="广州")
    work()
    assert owners(made) == [person("chen"), person("zhao")]


def test_a_rule_holds_on_its_days_only(time_machine: Any) -> None:
    new("assignmentrule", name="工作日", members=[person("chen")], weekdays="12345", order=1)
    new("assignmentrule", name="周末", members=[person("zhao")], weekdays="67", order=2)
    time_machine.move_to("2026-03-21T10:00:00+08:00")  # a Saturday
    made = unowned(1)
    work()
    assert owners(made) == [person("zhao")]


def test_the_members_of_a_territory_are_asked_too() -> None:
    territory = new("territory", name="华东大区", members=[person("chen")])
    new("assignmentrule", name="华东", territory=territory.pk)
    made = unowned(1)
    work()
    assert owners(made) == [person("chen")]


def test_a_lead_that_somebody_has_or_no_rule_holds_of_stays_where_it_is(lin: Actor) -> None:
    new("assignmentrule", name="上海", when="city.is=上海", members=[person("chen")])
    own, other = lead(lin), unowned(1, city="广州")
    work()
    assert owners([own, *other]) == [person("lin"), None]


def test_nobody_who_may_not_sign_in_gets_a_lead() -> None:
    new("assignmentrule", name="轮流", members=[person("lin"), person("chen")])
    do(update, registry.desk("user").model._base_manager.get(username="lin"), by=SYSTEM, is_active=False)
    made = unowned(2)
    work()
    assert owners(made) == [person("chen")] * 2


def test_a_lead_is_given_back_to_the_rules(lin: Actor) -> None:
    new("assignmentrule", name="给陈", members=[person("chen")])
    mine = lead(lin)
    do(find_owner, mine, by=lin)
    work()
    assert owners([mine]) == [person("chen")]


# ---------------------------------------------------------------------- conversion


def converted(by: Actor, found: Lead, **inputs: Any) -> Lead:
    return do(convert_lead, found, by=by, **inputs)


def test_a_lead_becomes_a_contact_an_account_and_a_deal(lin: Actor) -> None:
    found = lead(lin, mobile="13951260999", budget=Decimal(300_000), demand="两台 55 千瓦变频机", city="宁波")
    done = converted(lin, found)
    account, contact, deal = done.account, done.contact, done.opportunity
    assert (account.name, account.kind, account.city, account.owner_id) == (
        found.name,
        "company",
        "宁波",
        person("lin"),
    )
    assert (contact.name, contact.mobile) == ("沈国强", found.mobile)
    assert (deal.account, deal.contact, deal.amount, deal.remark) == (account, contact, Decimal(300_000), found.demand)
    assert AccountContact._base_manager.filter(account=account, contact=contact, primary=True).count() == 1
    assert done.stage.kind == "won"
    assert done.converted_at is not None


def test_converting_again_makes_nothing_more(lin: Actor) -> None:
    done = converted(lin, lead(lin))
    before = [model._base_manager.count() for model in (Account, Contact, Opportunity, AuditEntry)]
    again = converted(lin, done)
    assert (again.account_id, again.opportunity_id) == (done.account_id, done.opportunity_id)
    assert [model._base_manager.count() for model in (Account, Contact, Opportunity, AuditEntry)] == before
    assert event.Happening.objects.filter(name=LeadConverted.__name__).count() == 1


def test_a_lead_joins_an_account_and_a_contact_that_are_there(lin: Actor) -> None:
    account, contact = Account._base_manager.get(short_name="恒砺"), Contact._base_manager.get(name="张三")
    done = converted(lin, lead(lin), account=account.pk, contact=contact.pk)
    assert (done.account, done.contact) == (account, contact)
    assert AccountContact._base_manager.filter(account=account, contact=contact).count() == 1


def test_a_person_becomes_an_account_in_their_own_name(lin: Actor) -> None:
    done = converted(lin, lead(lin, company="", kind="person"))
    assert (done.account.kind, done.account.name, done.contact.name) == ("person", "沈国强", "沈国强")


def test_two_people_become_a_joint_account(lin: Actor) -> None:
    second = Contact._base_manager.get(name="张三")
    done = converted(lin, lead(lin), kind="joint", partner=second.pk)
    assert done.account.kind == "joint"
    assert {"沈国强", "张三"} == set(done.account.people.values_list("contact__name", flat=True))
    assert "沈国强" in done.account.name
    assert "张三" in done.account.name


def test_no_deal_is_made_where_none_is_wanted(lin: Actor) -> None:
    assert converted(lin, lead(lin), make_opportunity=False).opportunity is None


def test_fields_of_the_firms_own_go_along_by_their_name(lin: Actor) -> None:
    for slug in ("lead", "opportunity"):
        new("customfield", object=slug, key="pressure", kind="quantity", name="压力")
    found = lead(lin, c_pressure=Decimal("0.8"))
    deal = converted(lin, found).opportunity
    assert registry.desk("opportunity").own_fields["c_pressure"].value_of(deal) == Decimal("0.8")


def test_touches_with_a_lead_stand_in_the_history_of_the_contact(lin: Actor) -> None:
    found, phone = lead(lin), registry.desk("choice").model._base_manager.filter(set="channel").first()
    do(log_touch, found, by=lin, channel=phone.pk, text="约好周三看现场")
    done = converted(lin, found)
    touch = Touchpoint._base_manager.get(text="约好周三看现场")
    assert (touch.contact_id, touch.account_id) == (done.contact_id, done.account_id)


def test_what_is_there_already_is_named_and_nothing_is_made(lin: Actor) -> None:
    found = lead(lin, company="苏州恒砺精密机械有限公司")
    before = Contact._base_manager.count()
    with pytest.raises(Duplicate, match="恒砺"):
        converted(lin, found)
    assert Contact._base_manager.count() == before
    assert converted(lin, found, anyway=True).account.name == "苏州恒砺精密机械有限公司"


def test_a_lead_is_not_moved_to_its_end_without_being_converted(lin: Actor) -> None:
    end = next(each for each in steps("lead") if each.kind == "won")
    with pytest.raises(Refused):
        do(move, lead(lin), by=lin, stage=end.id)
    done = converted(lin, lead(lin, company="别家有限公司", person="另一位"))
    with pytest.raises(Refused):
        do(move, done, by=lin, stage=steps("lead")[0].id)


def test_whoever_may_not_make_accounts_converts_nothing(qian: Actor, sun: Actor, lin: Actor) -> None:
    with pytest.raises(Forbidden):
        converted(sun, lead(lin))
