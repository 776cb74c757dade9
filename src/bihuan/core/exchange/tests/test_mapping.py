"""Which column fills which field, and how dates are written."""

from __future__ import annotations

import io

import pytest

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.exchange.analysis import Analysis, analyse, answer, remember
from bihuan.core.exchange.mapping import DateOrder, NumberForm, guess
from bihuan.core.exchange.reading import Table, read

pytestmark = pytest.mark.django_db


def table(*lines: str) -> Table:
    return read(io.BytesIO("\n".join(lines).encode()), "file.csv")


def looked_at(slug: str, *lines: str, by: Actor = SYSTEM, **given: object) -> Analysis:
    return analyse(table(*lines), registry.desk(slug), by, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slug", "head", "fields"),
    [
        (
            "account",
            ["account", "sector", "year_established", "revenue"],
            ["name", "industry", "founded", "annual_revenue"],
        ),
        ("account", ["客户名称", "行业分类", "Tax number", "電話x"], ["name", "industry", "tax_id", ""]),
        (
            "account",
            ["Account name", "ＬＥＶＥＬ", "short-name", "Employees "],
            ["name", "level", "short_name", "employees"],
        ),
        (
            "opportunity",
            ["opportunity_id", "sales_agent", "deal_stage", "close_value"],
            ["number", "owner", "stage", "amount"],
        ),
        ("contact", ["姓名", "手机号", "姓名"], ["name", "mobile", ""]),
        ("contact", ["", "nonsense", "id", "version", "archived_at"], ["", "", "", "", ""]),
    ],
)
def test_columns_are_known_by_name_alias_and_label(slug: str, head: list[str], fields: list[str]) -> None:
    assert guess(registry.desk(slug), SYSTEM, head) == fields


def test_a_column_of_mail_addresses_is_known_by_its_contents() -> None:
    assert guess(
        registry.desk("contact"), SYSTEM, ["who", "where to write"], [["张三", "a@b.cn"], ["李四", "c@d.cn"]]
    ) == ["", "email"]
    assert guess(
        registry.desk("contact"), SYSTEM, ["who", "where to write"], [["张三", "a@b.cn"], ["李四", "at @ home"]]
    ) == ["", ""]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2017-03-01", "2017/3/13"], "ymd"),
        (["20170301", "2017年3月1日"], "ymd"),
        (["3/1/2017", "3/13/2017"], "mdy"),
        (["1.3.2017", "13.3.2017"], "dmy"),
        (["3/1/17", "12/31/16"], "mdy"),
        (["3/1/2017", "12/12/2017"], ""),
        (["3/1/2017", "3/13/2017", "31/31/2017"], "mdy"),
        (["3/13/2017 14:30", "3/1/2017 9:05"], "mdy"),
        ([], "ymd"),
    ],
)
def test_the_order_of_a_date_is_decided_over_the_whole_column(texts: list[str], order: str) -> None:
    column = DateOrder()
    for text in texts:
        column.add(text)
    assert column.order == order


def test_dates_that_can_be_read_in_two_ways_are_a_question(firm: None) -> None:
    lines = ("name,close_date,engage_date", "a,3/1/2017,2017-02-01", "b,4/5/2017,2017-02-01")
    found = looked_at("opportunity", *lines)
    assert [(each.kind, each.field, each.text) for each in found.questions] == [("dates", "closed_on", "3/1/2017")]
    assert [value for value, _label in found.questions[0].options] == ["mdy", "dmy"]
    answer(found, found.questions[0], "dmy")
    assert found.plan.dates == {"closed_on": "dmy", "opened_on": "ymd"} and not found.questions
    assert looked_at("opportunity", *lines, dates="mdy").plan.dates["closed_on"] == "mdy"


def test_answers_are_remembered_for_the_next_file_with_this_head(firm: None) -> None:
    first = table("name,close_date,who", "a,3/1/2017,林晓")
    found = analyse(first, registry.desk("opportunity"), SYSTEM, columns={"who": "owner"}, dates="mdy")
    remember(first, found.plan)
    again = looked_at("opportunity", "name,close_date,who", "b,4/5/2018,陈默")
    assert again.plan.fields == ["name", "closed_on", "owner"]
    assert again.plan.dates == {"closed_on": "mdy"} and not again.questions
    shown_otherwise = looked_at("opportunity", "name,close_date,who", "b,25/5/2018,陈默")
    assert shown_otherwise.plan.dates == {"closed_on": "dmy"}, "what the values show goes before what was saved"


def test_a_near_name_is_a_question_and_its_answer_is_kept(firm: None) -> None:
    first = table("name,product", "a,螺杆 压缩机", "b,离心机")
    found = analyse(first, registry.desk("opportunity"), SYSTEM)
    (question,) = found.questions
    assert (question.field, question.text, dict(question.options)[question.proposal]) == (
        "product",
        "螺杆 压缩机",
        "螺杆压缩机",
    )
    assert found.missing == {"product": ["离心机"]}
    answer(found, question, question.proposal)
    remember(first, found.plan)
    assert looked_at("opportunity", "name,product", "c,螺杆 压缩机").questions == []


def test_a_remembered_answer_counts_only_for_those_who_see_the_record(lin: Actor, zhao: Actor) -> None:
    first = table("name,account", "a,恒 砺")
    found = analyse(first, registry.desk("opportunity"), SYSTEM)
    answer(found, found.questions[0], found.questions[0].proposal)
    remember(first, found.plan)
    grant_import()
    assert looked_at("opportunity", "name,account", "b,恒 砺", by=lin).plan.values["account"].keys() == {"恒 砺"}
    blind = looked_at("opportunity", "name,account", "b,恒 砺", by=zhao)
    assert blind.plan.values == {} and blind.missing == {"account": ["恒 砺"]}


def grant_import() -> None:
    """Let the sellers import."""
    roles = registry.desk("role").model._base_manager
    seller = roles.get(key="seller")
    roles.filter(pk=seller.pk).update(grants={"*": {**seller.grants["*"], "import": 3}})
    from bihuan.core.configuration import forget

    forget()


@pytest.mark.parametrize(
    ("lines", "keys", "mode"),
    [
        (("number,name", "AC-1,a", "AC-2,a"), ["number"], "both"),
        (("number,name", "AC-1,a", ",b"), ["number", "name"], "both"),
        (("name,city", "a,x", "b,x"), ["name"], "both"),
        (("name,city", *["a,x", "a,y"] * 5), [], "create"),
        (("city,country", "a,x"), [], "create"),
    ],
)
def test_the_keys_of_a_file(firm: None, lines: tuple[str, ...], keys: list[str], mode: str) -> None:
    plan = looked_at("account", *lines).plan
    assert (plan.keys, plan.mode) == (keys, mode)


def test_people_may_share_a_name(firm: None) -> None:
    assert looked_at("contact", "name,title", "王伟,厂长", "李娜,采购").plan.keys == []
    assert looked_at("contact", "name,mobile", "王伟,13912345678", "李娜,13912345679").plan.keys == ["mobile"]
    assert looked_at("user", "name", "王伟").plan.keys == ["name"], "members of staff are told apart by name"


@pytest.mark.parametrize(
    "given",
    [{"columns": {"nowhere": "name"}}, {"columns": {"name": "nothing"}}, {"columns": {"name": ""}}, {"constants": {"nothing": "1"}},
     {"mode": "update", "columns": {"name": "remark"}}, {"texts": {"industry": {"a": "b"}}}],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_the_first_row(firm: None, given: dict[str, object]) -> None:
    with pytest.raises(Refused):
        looked_at("account", "name", "a", **given)


def test_who_may_not_import_learns_nothing(lin: Actor) -> None:
    with pytest.raises(Forbidden):
        looked_at("account", "name", "a", by=lin)


@pytest.mark.parametrize(
    ("texts", "separator", "form"),
    [
        (["1200", "3"], ",", "point"),
        (["1,234", "12,500"], ",", "point"),
        (["1,234", "0.5"], ";", "point"),
        (["1.234", "1,5"], ",", "comma"),
        (["1.234.567", "1.234"], ",", "comma"),
        (["1.234", "22.500"], ",", ""),
        (["1,234"], ";", ""),
        (["0.125", "0.250"], ",", "point"),
        (["1.5", "n/a", "2,5", "3.25"], ",", "point"),
    ],
)
def test_the_form_of_numbers_is_decided_over_the_whole_column(texts: list[str], separator: str, form: str) -> None:
    seen = NumberForm()
    for text in texts:
        seen.add(text)
    assert seen.form(separator) == form


def test_numbers_that_can_be_read_in_two_ways_are_a_question(firm: None) -> None:
    lines = ("name;revenue", "甲;1.234", "乙;22.500")
    found = looked_at("account", *lines)
    assert [(question.kind, question.field, dict(question.options)) for question in found.questions] == [
        ("numbers", "annual_revenue", {"point": "1.234", "comma": "1234"})
    ]
    assert not looked_at("account", *lines, numbers="comma").questions
    answer(found, found.questions[0], "comma")
    remember(table(*lines), found.plan)
    again = looked_at("account", *lines)
    assert not again.questions and again.plan.numbers == {"annual_revenue": "comma"}
