"""Fields of the firm's own: in lists, filters, groups and sums, forms, search, audit and files like any declared field."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bihuan.core import audit, custom, event, registry, search
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.choice import Choice
from bihuan.core.custom import CustomField
from bihuan.core.errors import Invalid, Refused
from bihuan.core.exchange.exporting import export_rows
from bihuan.core.listed import Linked
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, create, restore, update

pytestmark = pytest.mark.django_db

desk = registry.desk("account")
account = desk.model

#: By kind: two values as somebody types them, and what the second is in Python.
VALUES: dict[str, tuple[Any, Any, Any]] = {
    "text": ("甲", "乙", "乙"),
    "longtext": ("一\n二", "三\n四", "三\n四"),
    "integer": ("-3", "7", 7),
    "quantity": ("1.5", "2.25", Decimal("2.25")),
    "amount": ("10万", "1,234.50", Decimal("1234.5")),
    "percent": ("5%", "12.5", Decimal("12.5")),
    "date": ("2026-03-01", "2026年4月2日", date(2026, 4, 2)),
    "moment": ("2026-03-01 08:00", "2026-04-02 09:30", datetime(2026, 4, 2, 1, 30, tzinfo=UTC)),
    "yesno": ("否", "是", True),
    "phone": ("0512 6628 1180", "139 5126 0001", "+86 139 5126 0001"),
    "mail": ("a@example.com", "b@example.com", "b@example.com"),
    "url": ("example.com", "https://example.com/b", "https://example.com/b"),
}


def add(by: Actor = SYSTEM, **given: Any) -> CustomField:
    """A custom field of accounts, made ready."""
    made = do(create, by=by, on=CustomField, **{"object": "account", "name": given["key"], "kind": "text", **given})
    event.deliver()
    return made


def records(by: Actor, name: str, *values: Any) -> list[Any]:
    calls = [
        Call({"name": f"第{n}家", "anyway": True, **({name: value} if value is not None else {})})
        for n, value in enumerate(values)
    ]
    return run(create, calls, by=by, on=account).records


def listed(by: Actor, params: dict[str, str], columns: tuple[str, ...] = ("name",)) -> list[Any]:
    """The records of `records`, beside which there are others."""
    return [row.values for row in Query.parse(desk, by, {"name.starts": "第"} | params, columns).page(50).rows]


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("indexed", [True, False])
@time_machine.travel("2026-04-20 10:00+08:00", tick=False)
def test_every_kind_is_kept_listed_sorted_and_filtered(kind: str, indexed: bool, zhou: Actor) -> None:
    add(key="own", kind=kind, indexed=indexed)
    first, second, meant = VALUES[kind]
    one, two, _blank = records(zhou, "c_own", first, second, None)
    field = desk.own_fields["c_own"]

    assert field.value_of(account._base_manager.get(pk=two.pk)) == meant
    shown = dict(listed(zhou, {}, ("name", "c_own")))
    told = shown["第1家"]
    assert (told.amount if kind == "amount" else told) == meant
    if field.sortable:
        rising = ["第0家", "第1家"] if field.value_of(one) < meant else ["第1家", "第0家"]
        assert [name for (name,) in listed(zhou, {"sort": "c_own"})] == [*rising, "第2家"]
        assert [name for (name,) in listed(zhou, {"sort": "-c_own"})] == [*reversed(rising), "第2家"]
    exact = "2026-04-02" if kind in ("date", "moment") else field.text(meant)
    operands = {"between": f"{exact}..{exact}", "in": "this_month"}
    for operator in field.kind.operators:
        names = {name for (name,) in listed(zhou, {f"c_own.{operator}": operands.get(operator, exact)})}
        if operator in ("has", "is", "eq", "on", "in", "starts", "between"):
            assert names == {"第1家"}, operator
        if operator == "empty":
            assert names == {"第2家"}
        if operator == "filled":
            assert names == {"第0家", "第1家"}
    changed = do(update, one, by=zhou, c_own=second)
    assert audit.history("account", one.pk)[0].changes["c_own"][1] == audit.plain(field.value_of(changed))
    assert field.value_of(changed) == meant


def test_pages_are_cut_by_a_custom_field(zhou: Actor) -> None:
    add(key="rank", kind="quantity", indexed=True)
    records(zhou, "c_rank", *range(25), *[None] * 5)
    query, seen, cursor = Query.parse(desk, zhou, {"sort": "-c_rank", "name.starts": "第"}, ["name"]), [], ""
    while True:
        page = query.page(7, after=cursor)
        seen += [row.values[0] for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
    assert len(seen) == len(set(seen)) == 30 and seen[0] == "第24家"


@pytest.mark.django_db(transaction=True)  # PostgreSQL uses no index of a transaction that has changed the rows itself
def test_an_index_serves_filter_and_order(zhou: Actor) -> None:
    """The database must find its way by the index: the expression in the statement is the one in the index."""
    for kind in ("quantity", "text", "date", "moment", "integer"):
        own = add(key=f"i_{kind}", kind=kind, indexed=True)
        records(zhou, f"c_i_{kind}", VALUES[kind][1])
        with transaction.atomic(), connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
                )
            Query.parse(desk, zhou, {"sort": f"c_i_{kind}"}, ["name"]).page(50)
            statement = next(
                query["sql"] for query in captured if "ORDER BY" in query["sql"] and "LIMIT" in query["sql"]
            )
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{statement}")
            plan = "\n".join(str(row) for row in cursor.fetchall())
        assert f"custom_account_{own.pk}" in plan, plan


def test_choices_group_sum_and_sort_in_the_firms_order(zhou: Actor) -> None:
    add(key="tier", kind="choice")
    add(key="size", kind="quantity")
    for place, name in enumerate(("乙级", "甲级")):
        do(create, by=zhou, on=Choice, set=custom.set_of("account", "tier"), name=name, order=place)
    made = records(zhou, "c_tier", "甲级", "乙级", "甲级", None)
    run(update, [Call({"c_size": n}, each) for n, each in enumerate(made)], by=zhou, on=account)

    assert [name for (name,) in listed(zhou, {"sort": "c_tier"})][:1] == ["第1家"]
    groups = Query.parse(desk, zhou, {"name.starts": "第"}).groups("c_tier", ["c_size"])
    assert [(each.label, each.count, each.sums["c_size"]) for each in groups] == [
        ("乙级", 1, {"": Decimal(1)}), ("甲级", 2, {"": Decimal(2)}), ("", 1, {"": Decimal(3)}),
    ]  # fmt: skip
    assert {name for (name,) in listed(zhou, {"c_tier.in": "甲级"})} == {"第0家", "第2家"}


def test_dates_group_by_month(zhou: Actor) -> None:
    add(key="due", kind="date")
    records(zhou, "c_due", "2026-03-01", "2026-03-31", "2026-04-01")
    groups = Query.parse(desk, zhou, {"name.starts": "第"}).groups("c_due.month")
    assert [(each.label, each.count) for each in groups] == [("2026-03", 2), ("2026-04", 1)]


def test_several_choices(zhou: Actor) -> None:
    add(key="tags", kind="choices")
    keys = [do(create, by=zhou, on=Choice, set="account.tags", name=name).pk for name in ("红", "绿", "蓝")]
    one, _two = records(zhou, "c_tags", "红,蓝", "绿")
    assert desk.own_fields["c_tags"].value_of(one) == (keys[0], keys[2])
    assert [name for (name,) in listed(zhou, {"c_tags.in": "蓝"})] == ["第0家"]
    assert {name for (name,) in listed(zhou, {"c_tags.in": "红,绿"})} == {"第0家", "第1家"}


def test_a_link_shows_only_what_is_seen(zhou: Actor, lin: Actor, xinghua: Any, hengli: Any) -> None:
    add(key="rival", kind="link", target="account")
    do(update, hengli, by=zhou, c_rival=xinghua.pk)
    shown = {by.user_id: dict(listed(by, {"name.starts": "苏州"}, ("name", "c_rival"))) for by in (zhou, lin)}
    assert shown[zhou.user_id][hengli.name] == Linked("account", xinghua.pk, xinghua.name)
    assert shown[lin.user_id][hengli.name] is None
    with pytest.raises(Invalid):
        do(create, by=lin, on=account, name="新", c_rival=xinghua.pk)
    with pytest.raises(Invalid):
        do(update, hengli, by=zhou, c_rival=999_999)


def test_required_unique_and_default(zhou: Actor) -> None:
    add(key="code", unique=True)
    add(key="grade", required=True, default="普通")
    one, two = records(zhou, "c_code", "A1", "A2")
    assert desk.own_fields["c_grade"].value_of(one) == "普通"
    for attempt in ({"c_code": "A1"}, {"c_grade": ""}):
        with pytest.raises(Invalid) as refused:
            do(update, two, by=zhou, **attempt)
        assert list(refused.value.errors) == list(attempt)
    with pytest.raises(Invalid):
        run(create, [Call({"name": "x", "c_code": "B"}), Call({"name": "y", "c_code": "B"})], by=zhou, on=account)
    do(update, one, by=zhou, c_code="A1", city="苏州")  # its own
    do(update, one, by=zhou, city="无锡")  # a required field is not asked for where nobody touches it


def test_formulas(zhou: Actor) -> None:
    add(key="area", kind="quantity")
    own = add(key="rent", kind="formula_number", formula="c_area * 12.1 if c_area > 10 else 0")
    one, two = records(zhou, "c_area", "100", None)
    field = desk.own_fields["c_rent"]
    assert (field.value_of(one), field.value_of(two)) == (Decimal("1210"), None)
    assert [name for (name,) in listed(zhou, {"c_rent.gte": "1000"})] == ["第0家"]
    with pytest.raises(Invalid):
        do(update, one, by=zhou, c_rent="5")
    do(update, one, by=zhou, c_area="20")
    assert field.value_of(account._base_manager.get(pk=one.pk)) == Decimal("242")
    do(update, own, by=zhou, formula="c_area * 2")
    event.deliver()
    assert field.value_of(account._base_manager.get(pk=one.pk)) == Decimal("40")


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "().__class__", "c_area.real", "open('x')", "__import__('os')", "[1 for x in 'a']", "9**9**9", "lambda: 1",
     "c_nothing", "'a' * " + "9" * 30 + " ** 2", "+".join(["1"] * 500), "(" * 300 + "1" + ")" * 300, "abs(x=1)", "f'{c_area}'"],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str, zhou: Actor) -> None:
    add(key="area", kind="quantity")
    with pytest.raises(Invalid) as refused:
        add(key="bad", kind="formula_number", formula=text, by=zhou)
    assert "formula" in refused.value.errors


@pytest.mark.parametrize("text", ["1 / c_area", "'a' * 999999999", "c_area + 'x'", "year(c_area)", "1e9 * 1e9 * 1e9"])
def test_what_cannot_be_worked_out_is_blank(text: str, zhou: Actor) -> None:
    add(key="area", kind="quantity")
    add(key="odd", kind="formula_number", formula=text)
    (one,) = records(zhou, "c_area", "0")
    assert desk.own_fields["c_odd"].value_of(one) is None


def test_they_are_found_and_exported_and_imported(zhou: Actor) -> None:
    add(key="machine", name="机型", searched=True)
    (one,) = records(zhou, "c_machine", "螺杆机七十五")
    assert [hit.record_id for hit in search.search("螺杆机", {"account": None})] == [one.pk]
    stream = BytesIO()
    export_rows(Query.parse(desk, zhou, {}, ["name", "c_machine"]), stream, "csv")
    assert "机型" in stream.getvalue().decode("utf-8-sig") and "螺杆机七十五" in stream.getvalue().decode("utf-8-sig")


def test_one_taken_away_keeps_its_values(zhou: Actor) -> None:
    own = add(key="memo")
    (one,) = records(zhou, "c_memo", "留着")
    do(archive, own, by=zhou)
    assert "c_memo" not in desk.own_fields
    with pytest.raises(Refused):
        Query.parse(desk, zhou, {"sort": "c_memo"})
    do(restore, own, by=zhou)
    assert desk.own_fields["c_memo"].value_of(account._base_manager.get(pk=one.pk)) == "留着"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"key": "1x"}, "key"), ({"key": "X"}, "key"), ({"key": "a b"}, "key"), ({"key": "k", "object": "nothing"}, "object"),
     ({"key": "k", "kind": "link"}, "target"), ({"key": "k", "kind": "yesno", "unique": "1"}, "unique")],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused(given: dict[str, str], field: str, zhou: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        add(by=zhou, **given)
    assert field in refused.value.errors


def test_a_blank_record_holds_nothing(zhou: Actor) -> None:
    add(key="own")
    (one,) = records(zhou, "c_own", None)
    assert account._base_manager.get(pk=one.pk).custom == {} and json.dumps(one.custom) == "{}"


def test_a_field_stands_after_the_one_that_it_follows() -> None:
    """In the sections that code declares, in forms and in facts; one that follows nothing has a heading of its own."""
    add(key="after_level", after="level")
    add(key="after_that", after="c_after_level")
    add(key="alone")
    for sections in (desk.form_sections(), desk.fact_sections()):
        rows = [section.fields for section in sections]
        row = next(row for row in rows if "level" in row)
        place = row.index("level")
        assert row[place : place + 3] == ("level", "c_after_level", "c_after_that")
        assert sum(row.count("c_after_level") for row in rows) == 1
        assert rows[-1] == ("c_alone",)
    with pytest.raises(Invalid):
        add(key="lost", after="nothing")
