"""What the demo world promises, on a working day, a Sunday, a leap day and the first day of a year."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import phonenumbers
import pytest
from stdnum.cn import uscc
from stdnum.tw import ubn

from bihuan.blueprint.load import industry
from bihuan.core.choice import PIGMENTS
from bihuan.demo.office_hours import ZONE
from bihuan.demo.pools import ADMINISTRATORS
from bihuan.demo.records import World
from bihuan.demo.stages import pipelines
from bihuan.demo.world import world

WEDNESDAY = date(2026, 3, 18)
ROWS = industry("equipment").rows
SETS = sorted({address[1] for address in ROWS if address[0] == "choices"})
CHOICES = {name: {address[2] for address in ROWS if address[:2] == ("choices", name)} for name in SETS}
STAGES = {(pipeline, stage.key): stage for pipeline, stages in pipelines().items() for stage in stages}


@pytest.fixture(scope="module", params=[WEDNESDAY, date(2025, 11, 2), date(2024, 2, 29), date(2027, 1, 1)], ids=str)
def told(request) -> World:
    return world(request.param)


@pytest.fixture(scope="module")
def wednesday() -> World:
    return world(WEDNESDAY)


def by_key(records):
    found = {getattr(record, "key", None) or getattr(record, "login", None) or record.sku: record for record in records}
    assert len(found) == len(records), "a key is used twice"
    return found


def test_there_is_as_much_as_a_lively_firm_has(told):
    assert len(told.users) == 25
    assert len(told.accounts) == 200
    assert 380 <= len(told.contacts) <= 450
    assert 28 <= len(told.products) <= 36
    assert 145 <= len(told.opportunities) <= 160
    assert 1900 <= len(told.touchpoints) <= 2100
    assert 240 <= len(told.tasks) <= 260
    assert len(told.notes) == 120
    assert 180 <= len(told.leads) <= 220
    kinds = Counter(account.kind for account in told.accounts)
    assert kinds["joint"] >= 6
    assert kinds["person"] >= 10


def test_every_reference_resolves(told):
    units, users, accounts, contacts = map(by_key, (told.units, told.users, told.accounts, told.contacts))
    products, deals = by_key(told.products), by_key(told.opportunities)
    roles = by_key(told.roles)
    by_key(told.touchpoints), by_key(told.tasks), by_key(told.notes)
    assert {unit.parent for unit in told.units} - {None} <= units.keys()
    assert {user.unit for user in told.users} <= units.keys()
    assert {user.manager for user in told.users} - {None} <= users.keys()
    assert {role for user in told.users for role in user.roles} == roles.keys()
    assert {record.owner for record in (*told.accounts, *told.contacts, *told.opportunities)} <= users.keys()
    assert {account.parent for account in told.accounts} - {None} <= accounts.keys()
    assert {key for link in told.relations for key in (link.account, link.related)} <= accounts.keys()
    assert {role.account for role in told.account_roles} == accounts.keys(), "an account without a person"
    assert {role.contact for role in told.account_roles} == contacts.keys(), "a person without an account"
    assert {person.contact for deal in told.opportunities for person in deal.contacts} <= contacts.keys()
    assert {line.product for deal in told.opportunities for line in deal.lines} <= products.keys()
    for record in (*told.touchpoints, *told.tasks, *told.notes, *told.opportunities):
        assert record.account is None or record.account in accounts
    for record in (*told.touchpoints, *told.tasks, *told.notes):
        assert record.opportunity is None or deals[record.opportunity].account == record.account
    assert {one for touch in told.touchpoints for one in (touch.by, *touch.colleagues)} <= users.keys()
    assert {one for touch in told.touchpoints for one in touch.contacts} <= contacts.keys()
    assert {task.assignee for task in told.tasks} | {note.by for note in told.notes} <= users.keys()
    assert {task.contact for task in told.tasks} - {None} <= contacts.keys()


def test_every_choice_and_stage_is_configured(told):
    used = {
        "account_level": {account.level for account in told.accounts},
        "account_status": {account.status for account in told.accounts},
        "industry": {account.industry for account in told.accounts},
        "source": {record.source for record in (*told.accounts, *told.opportunities)},
        "job_function": {contact.function for contact in told.contacts},
        "decision_role": {role.decision_role for role in told.account_roles},
        "attitude": {role.attitude for role in told.account_roles},
        "account_relation": {link.kind for link in told.relations},
        "unit_of_measure": {product.unit for product in told.products},
        "product_category": {product.category for product in told.products},
        "loss_reason": {deal.loss_reason for deal in told.opportunities} - {None},
        "channel": {touch.channel for touch in told.touchpoints},
        "outcome": {touch.outcome for touch in told.touchpoints},
        "pool_reason": {each.reason for each in told.returned},
        "invalid_reason": {lead.invalid_reason for lead in told.leads} - {None},
    }
    for key, values in used.items():
        assert values <= CHOICES[key], key
    for deal in told.opportunities:
        stage = STAGES[deal.pipeline, deal.stage]
        assert (deal.closed is None) == (stage.kind == "open"), deal
        assert (deal.loss_reason is not None) == (stage.kind == "lost"), deal
    stood_in = {(deal.pipeline, deal.stage) for deal in told.opportunities}
    assert stood_in | {("inbound", lead.stage) for lead in told.leads} == STAGES.keys()


def test_some_accounts_lie_in_pools_and_some_are_about_to_fall(told):
    deals = {deal.account for deal in told.opportunities}
    assert len(told.returned) == 15
    assert {each.pool for each in told.returned} == {pool.key for pool in told.pools} | ADMINISTRATORS.keys()
    assert not deals & {each.account for each in told.returned}
    lately = told.today - timedelta(20)
    assert 5 <= sum(since < lately for since in told.owned_since.values()) <= 8


def test_people_of_the_firm(told):
    assert {user.pigment for user in told.users} <= PIGMENTS.keys()
    languages = Counter(user.language for user in told.users)
    assert languages["zh-hant"] == languages["en"] == 2
    assert all(user.email == f"{user.login}@hancheng.example" for user in told.users)
    assert {"zhoumin", "luziang", "hanxue", "guyan", "shenyifan"} <= {user.login for user in told.users}
    assert [unit.kind for unit in told.units if unit.parent is None] == ["firm"]
    assert {unit.kind for unit in told.units} == {"firm", "branch", "division", "department", "team"}


def test_tax_numbers_pass_their_check_digit(told):
    companies = [account for account in told.accounts if account.kind == "company"]
    for account in companies:
        if account.country == "CN":
            assert uscc.is_valid(account.tax_id), account
        elif account.country == "TW":
            assert ubn.is_valid(account.tax_id), account
    numbers = [account.tax_id for account in companies if account.tax_id]
    assert len(set(numbers)) == len(numbers)
    assert not any(account.tax_id for account in told.accounts if account.kind != "company")


def test_telephone_numbers_are_valid(told):
    numbers = [user.phone for user in told.users] + [account.phone for account in told.accounts]
    numbers += [contact.mobile for contact in told.contacts]
    for number in numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    for contact in told.contacts:
        assert phonenumbers.number_type(phonenumbers.parse(contact.mobile)) in (
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        ), contact
    assert {number[:4] for number in numbers} >= {"+886", "+852"}


def test_shares_of_a_joint_account_sum_to_a_hundred_and_nobody_else_has_shares(told):
    shares = defaultdict(list)
    for role in told.account_roles:
        shares[role.account].append(role.share)
    for account in told.accounts:
        if account.kind == "joint":
            assert len(shares[account.key]) >= 2
            assert sum(shares[account.key]) == 100, account
        else:
            assert set(shares[account.key]) == {None}


def test_one_person_may_be_in_several_accounts_but_an_account_has_one_primary_contact(told):
    accounts = defaultdict(set)
    for role in told.account_roles:
        accounts[role.contact].add(role.account)
    assert sum(len(found) > 1 for found in accounts.values()) >= 5
    assert accounts["chenguoliang"] == {"hengli", "chenguoliang-linjing"}
    assert accounts["zhangjianhua"] == {"zhangjianhua", "zhangjianhua-lixiuying"}
    primaries = Counter(role.account for role in told.account_roles if role.primary)
    assert set(primaries.values()) == {1}
    assert primaries.keys() == {account.key for account in told.accounts}


def test_nothing_lies_in_the_future(told):
    start_of_today = datetime.combine(told.today, time.min, ZONE)
    days = [account.created for account in told.accounts] + [contact.created for contact in told.contacts]
    days += [contact.birthday for contact in told.contacts if contact.birthday]
    days += [day for role in told.account_roles for day in (role.start, role.end) if day]
    days += [day for deal in told.opportunities for day in (deal.opened, deal.stage_since, deal.closed) if day]
    assert max(days) <= told.today
    moments = [touch.at for touch in told.touchpoints] + [note.at for note in told.notes]
    moments += [moment for task in told.tasks for moment in (task.created, task.done) if moment]
    assert max(moments) < start_of_today


def test_things_happen_in_their_order(told):
    accounts = by_key(told.accounts)
    for role in told.account_roles:
        assert role.end is None or role.start < role.end, role
    for deal in told.opportunities:
        assert deal.opened <= deal.stage_since, deal
        assert deal.closed in (None, deal.stage_since), deal
        assert deal.account is None or accounts[deal.account].created <= deal.opened, deal
    for task in told.tasks:
        assert task.created <= (task.done or task.due), task


def test_touches_are_with_people_who_were_there_in_working_hours_within_a_year(told):
    present = defaultdict(list)
    for role in told.account_roles:
        present[role.account, role.contact].append(role)
    for touch in told.touchpoints:
        assert touch.contacts
        for contact in touch.contacts:
            roles = present[touch.account, contact]
            assert any(role.start <= touch.at.date() <= (role.end or told.today) for role in roles), touch
        assert time(8, 30) <= touch.at.time() < time(18) and touch.at.weekday() < 5, touch
        assert told.today - timedelta(days=366) <= touch.at.date()
        assert "{" not in touch.text
    assert list(told.touchpoints) == sorted(told.touchpoints, key=lambda touch: touch.at)
    assert len({touch.text for touch in told.touchpoints}) > len(told.touchpoints) * 0.8


def test_touches_of_today_are_told_up_to_the_time_of_day():
    morning, evening = world(WEDNESDAY, until=time(9, 30)), world(WEDNESDAY, until=time(18))
    today = [touch for touch in evening.touchpoints if touch.at.date() == WEDNESDAY]
    assert len(today) == 2
    assert [touch for touch in morning.touchpoints if touch.at.date() == WEDNESDAY] == today[:1]


def test_amounts_are_the_sum_of_exact_lines(told):
    for deal in told.opportunities:
        assert deal.lines
        assert deal.amount == sum(line.quantity * line.price for line in deal.lines)
        assert all(line.price > 0 and line.price.as_tuple().exponent == -2 for line in deal.lines), deal
    assert {account.currency for account in told.accounts} == {"CNY", "USD", "TWD"}


def test_the_deals_are_plausible(told):
    main = [deal for deal in told.opportunities if deal.pipeline == "equipment" and deal.closed]
    won = [deal for deal in main if deal.stage == "won"]
    assert 0.4 <= len(won) / len(main) <= 0.5
    for outcome in (won, [deal for deal in main if deal.stage == "lost"]):
        quarters = Counter((told.today - deal.closed).days // 92 for deal in outcome)
        assert all(quarters[quarter] >= 3 for quarter in range(4)), quarters
    unfinished = [deal for deal in told.opportunities if deal.closed is None]
    assert sum(deal.account is None for deal in unfinished) == 3
    limits = {key: stage.days_limit for key, stage in STAGES.items()}
    stuck = [deal for deal in unfinished if (told.today - deal.stage_since).days > limits[deal.pipeline, deal.stage]]
    assert 8 <= len(stuck) <= 30
    due = [(deal.next_step_at.date() - told.today).days for deal in unfinished if deal.next_step_at]
    assert sum(days < 0 for days in due) >= 3
    assert sum(days == 0 for days in due) >= 3
    assert sum(days > 0 for days in due) >= 20


def test_tasks_are_due_around_today(told):
    unfinished = [task for task in told.tasks if task.done is None]
    assert sum(task.due.date() == told.today for task in unfinished) >= 8
    assert sum(task.due.date() < told.today for task in unfinished) >= 8
    assert all(abs((task.due.date() - told.today).days) <= 21 for task in unfinished)


def test_the_screens_keep_their_customers_and_deals(wednesday):
    accounts, deals = by_key(wednesday.accounts), {deal.name: deal for deal in wednesday.opportunities[:20]}
    hengli = accounts["hengli"]
    assert (hengli.name, hengli.level, hengli.status) == ("苏州恒砺精密机械有限公司", "A", "strategic")
    assert (hengli.annual_purchase, hengli.parent, hengli.owner) == (Decimal(3_860_000), "henglikonggu", "zhoumin")
    assert hengli.address == "胥口镇茅蓬路 517 号 3 幢"
    assert deals["全厂空压站托管"].amount == Decimal(1_180_000)
    assert (WEDNESDAY - deals["3 号车间供气"].stage_since).days == 21
    station = deals["二期空压站节能改造"]
    assert (station.account, station.stage, station.amount) == ("hengli", "negotiation", Decimal(1_860_000))
    assert station.next_step_at.date() == date(2026, 3, 17)
    last = {touch.account: touch.at.date() for touch in wednesday.touchpoints}
    assert last["jinlan"] == date(2026, 2, 27)
    assert last["minghuang"] == date(2026, 1, 22)


def test_the_same_day_and_seed_tell_the_same_world(wednesday):
    assert world(WEDNESDAY) == wednesday
    assert world(WEDNESDAY, seed=2) != wednesday


def test_another_day_shifts_every_date(wednesday):
    week = timedelta(days=7)
    later = world(WEDNESDAY + week)
    assert later.touchpoints[-1].at == wednesday.touchpoints[-1].at + week
    for deal, same in zip(later.opportunities, wednesday.opportunities, strict=True):
        assert (deal.opened, deal.stage_since) == (same.opened + week, same.stage_since + week)
    assert [account.name for account in later.accounts] == [account.name for account in wednesday.accounts]
    assert later.accounts[0].created == wednesday.accounts[0].created + week


def test_what_came_in_by_a_form_made_a_lead_of_its_campaign_or_touched_one_that_was_there(told):
    leads, campaigns = by_key(told.leads), {form.key: form.campaign for form in told.market.forms}
    made = Counter()
    for each in told.market.submissions:
        if each.lead is None:
            assert each.suspicion != "none"
        elif each.at == leads[each.lead].created:
            assert told.market.campaign_of_lead(leads[each.lead]) == campaigns[each.form]
            made[campaigns[each.form]] += 1
        else:
            assert leads[each.lead].created < each.at <= leads[each.lead].stage_since
    assert made["WEB"] == 9 and made["OPEN-DAY"] == 4
    assert Counter(map(told.market.campaign_of_lead, told.leads))["OPEN-DAY"] == 4
