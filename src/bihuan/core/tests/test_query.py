"""Lists over random records agree with plain Python: what is found, in which order, page after page, grouped and added up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from bihuan.core import dates, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.filters import OF_THE_PAST
from bihuan.core.listed import Linked, Money
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.tests.oracle import grouped, holds, is_blank, ordered
from bihuan.core.verbs import archive, create

pytestmark = pytest.mark.django_db

account, opportunity, touchpoint = (registry.desk(slug) for slug in ("account", "opportunity", "touchpoint"))
OBJECTS = {"account": account, "opportunity": opportunity, "touchpoint": touchpoint}
WORDS = ("恒砺", "Acme", "acme tools", "100%", "a_b", "联合\\", "o'neil", "", "", "ｗ")


@pytest.fixture
def dice() -> random.Random:
    return random.Random(20260317)


@pytest.fixture
def world(
    firm: None,
    lin: Actor,
    chen: Actor,
    hengli: Any,
    lianhe: Any,
    zhangsan: Any,
    stages: dict[str, int],
    dice: random.Random,
) -> None:
    """Some dozens of records with many equal and many empty values."""

    def perhaps(*values: Any) -> Any:
        return dice.choice([*values, "", ""])

    def day() -> str:
        return (timezone.localdate() + timedelta(dice.randint(-40, 40))).isoformat()

    owners, accounts = (lin.user_id, chen.user_id), (hengli.pk, lianhe.pk)
    make(
        account,
        [
            {
                "name": f"户{dice.choice(WORDS)}{dice.randint(0, 9)}",
                "short_name": dice.choice(WORDS),
                "level": perhaps("A", "B", "C"),
                "kind": dice.choice(["company", "person", "joint"]),
                "annual_purchase": perhaps("0", "0.01", "12万", "99999999999.99", "12万"),
                "employees": perhaps("0", "7", "7", "250"),
                "owner": dice.choice(owners),
                "parent": perhaps(*accounts),
                "phone": perhaps("0512-66281180"),
            }
            for _ in range(45)
        ],
    )
    make(
        opportunity,
        [
            {
                "name": dice.choice(WORDS),
                "account": perhaps(*accounts),
                "stage": dice.choice([stages["方案"], stages["谈判"], stages["初步接触"]]),
                "amount": perhaps("1", "250", "0.5" if n % 3 else "300"),
                "currency": dice.choice(["CNY", "USD"] if n % 3 else ["JPY"]),
                "expected_close": perhaps(day(), day()),
                "next_step_at": perhaps(f"{day()} 00:00", f"{day()} 23:59"),
                "owner": dice.choice(owners),
            }
            for n in range(45)
        ],
    )
    make(
        touchpoint,
        [
            {
                "channel": dice.choice(["电话", "微信", "拜访"]),
                "account": hengli.pk,
                "others": perhaps([zhangsan.pk]),
                "at": f"{day()} 12:00",
                "text": dice.choice(WORDS),
            }
            for _ in range(30)
        ],
    )


def make(desk: Any, rows: list[dict[str, Any]]) -> None:
    run(create, [Call(row) for row in rows], by=SYSTEM, on=desk.model)


def values(desk: Any) -> dict[int, dict[str, Any]]:
    """Every record in use as plain values."""
    records = desk.model._base_manager.filter(archived_at=None)
    return {each.pk: {name: field.value_of(each) for name, field in desk.own_fields.items()} for each in records}


def ids(query: Query) -> list[int]:
    return [row.id for row in query.page(1000).rows]


def operands(field: Field, operator: str, held: list[Any], dice: random.Random) -> str:
    """An operand that some records may meet."""
    if operator in ("empty", "filled"):
        return ""
    here = [value for value in held if not is_blank(value)] or [
        field.kind.options(field)[0].id if hasattr(field.kind, "options") else next(iter(field.states), 1)
    ]
    if field.kind.name in ("date", "moment"):
        two = sorted(timezone.localdate() + timedelta(dice.randint(-30, 30)) for _ in range(2))
        span = dice.choice([*dates.SPANS, "last_10_days", "next_20_days"])
        pair = dice.choice([f"{two[0]}..{two[1]}", f"{two[0]}..", f"..{two[1]}"])
        return {"in": span, "between": pair}.get(operator, str(two[0]))
    if field.kind.name in ("integer", "amount", "quantity"):
        two = sorted(Decimal(dice.choice(here)) for _ in range(2))
        return (
            dice.choice([f"{two[0]}..{two[1]}", f"{two[0]}..", f"..{two[1]}"]) if operator == "between" else str(two[0])
        )
    if field.kind.name == "yesno":
        return dice.choice("01")
    if operator in ("in", "out"):
        several = dice.sample(here, min(2, len(here)))
        return ",".join(str(each[0] if isinstance(each, tuple) else each) for each in several)
    text = str(dice.choice(here))
    start = dice.randrange(len(text))
    return {"has": text[start : start + 2], "starts": text[:2]}.get(operator, text).strip() or "x"


@pytest.mark.parametrize("slug", OBJECTS)
def test_every_operator_of_every_field_finds_what_it_says(world: None, slug: str, dice: random.Random) -> None:
    desk, rows = OBJECTS[slug], values(OBJECTS[slug])
    tried: Counter[tuple[str, str]] = Counter()
    for name, field in desk.own_fields.items():
        if field.compute is not None or name in ("created_at", "changed_at"):
            continue
        for operator in field.kind.operators:
            for _ in range(0 if operator in OF_THE_PAST else 3):  # ask more than the column: see the tests of stages
                operand = operands(field, operator, [row[name] for row in rows.values()], dice)
                query = Query.parse(desk, SYSTEM, {f"{name}.{operator}": operand}, ["created_at"])
                found = ids(query)
                assert set(found) == {key for key, row in rows.items() if holds(field, operator, operand, row[name])}, (
                    name,
                    operator,
                    operand,
                )
                in_memory = {key for key, row in rows.items() if query.conditions[0].met_by(row[name], SYSTEM)}
                assert in_memory == set(found), (name, operator, operand)
                assert len(found) == len(set(found))
                tried[field.kind.name, operator] += bool(found)
    assert len([each for each, hits in tried.items() if hits]) > 12, "the dice made hardly anything to find"


def test_conditions_hold_together(world: None, dice: random.Random) -> None:
    rows = values(account)
    for _ in range(40):
        asked = {}
        for name in dice.sample(["level", "kind", "annual_purchase", "owner", "employees", "short_name"], 2):
            operator = dice.choice(account.own_fields[name].kind.operators)
            asked[f"{name}.{operator}"] = operands(
                account.own_fields[name], operator, [row[name] for row in rows.values()], dice
            )
        expected = {
            key
            for key, row in rows.items()
            if all(
                holds(account.own_fields[name.split(".")[0]], name.split(".")[1], said, row[name.split(".")[0]])
                for name, said in asked.items()
            )
        }
        assert set(ids(Query.parse(account, SYSTEM, asked, ["name"]))) == expected, asked


def sort_value(desk: Any, name: str, rows: dict[int, dict[str, Any]]) -> Callable[[int], Any]:
    """What a list is ordered by: a choice by its place, a link by its title."""
    field = desk.own_fields[name]
    if field.kind.name in ("choice", "stage"):
        target = registry.desk("choice" if field.kind.name == "choice" else "stage").model
        orders = dict(target._base_manager.values_list("pk", "order"))
        return lambda key: orders.get(rows[key][name])
    if field.kind.name == "link":
        titles = dict(field.target._base_manager.values_list("pk", registry.desk_of(field.target).title))
        return lambda key: titles.get(rows[key][name])
    return lambda key: rows[key][name]


@pytest.mark.parametrize("slug", OBJECTS)
def test_pages_forwards_and_backwards_give_every_row_once_in_order(world: None, slug: str) -> None:
    desk, rows = OBJECTS[slug], values(OBJECTS[slug])
    for name, field in desk.own_fields.items():
        if not field.sortable:
            continue
        for descending in (False, True):
            query = Query.parse(desk, SYSTEM, {"sort": f"-{name}" if descending else name}, [name])
            expected = ordered(rows, sort_value(desk, name, rows), descending)
            pages = walk(query, 7)
            assert [key for page in pages for key in page] == expected, (name, descending)
            assert back(query, 7) == pages, (name, descending)
            assert [row.id for row in query.each(11)] == expected


def walk(query: Query, size: int) -> list[list[int]]:
    pages, page = [], query.page(size)
    assert page.previous is None
    while True:
        pages.append([row.id for row in page.rows])
        if page.next is None:
            return pages
        page = query.page(size, after=page.next)
        assert page.previous is not None


def back(query: Query, size: int) -> list[list[int]]:
    """The pages again, from the last one back."""
    page, forward = query.page(size), []
    while page.next:
        page = query.page(size, after=page.next)
    while True:
        forward.insert(0, [row.id for row in page.rows])
        if page.previous is None:
            return forward
        page = query.page(size, before=page.previous)


def test_a_page_of_nothing(lin: Actor) -> None:
    page = Query.parse(account, lin, {"name.is": "nobody"}).page()
    assert (page.rows, page.previous, page.next) == ([], None, None)


def test_rows_made_meanwhile_neither_repeat_nor_hide_others(lin: Actor) -> None:
    make(account, [{"name": f"户{n:02}", "short_name": "翻页", "owner": lin.user_id} for n in range(0, 20, 2)])
    query = Query.parse(account, lin, {"short_name.is": "翻页", "sort": "name"}, ["name"])
    first = query.page(5)
    make(account, [{"name": "户01", "short_name": "翻页", "owner": lin.user_id}])
    second = query.page(5, after=first.next)
    assert [row.values[0] for row in second.rows] == ["户10", "户12", "户14", "户16", "户18"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "",
        "W10",
        "eyJhIjoxfQ",
        "WzEsMiwzXQ",
        "W2ZhbHNlLCBudWxsLCAzXQ",
        "W2ZhbHNlLCAiYWJjIiwgM10",
        "💥",
        "AAAA" * 99,
    ],
)
def test_an_invented_cursor_is_refused(lin: Actor, cursor: str) -> None:
    query = Query.parse(account, lin, {"sort": "annual_purchase"})
    if cursor:
        with pytest.raises(Refused, match="no longer exists"):
            query.page(after=cursor)
        with pytest.raises(Refused, match="no longer exists"):
            query.page(before=cursor)


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "nothing"},
        {"sort": "remark"},
        {"nothing.is": "1"},
        {"level.nothing": "1"},
        {"level.in": ""},
        {"level.in": "Z"},
        {"name.": "x"},
        {"annual_purchase.gte": "viel"},
        {"annual_purchase.between": "1"},
        {"annual_purchase.between": "1.." + "9" * 30},
        {"employees.eq": "9" * 30},
        {"employees.between": "..99999999999"},
        {"created_at.in": "ever"},
        {"created_at.on": "gestern"},
        {"created_at.between": "2026"},
        {"owner.in": "nobody by that name"},
        {"owner.in": "²"},
        {"owner.in": "9" * 30},
        {"columns": "name,nothing"},
        {"level.name.nothing.is": "x"},
        {"name.first.is": "x"},
        {"created_at.on": ""},
        {"password.is": "x"},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(lin: Actor, params: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        Query.parse(account, lin, params).page()
    assert refused.value.sentence


def test_strange_texts_find_nothing_and_break_nothing(lin: Actor) -> None:
    for text in ("\x00", "%", "_", "\\", "'", '"', ")", "💥", "a" * 3000, "\ud7ff"):
        for name in ("name.has", "name.is", "q"):
            Query.parse(account, lin, {name: text}).page()


class TestGroups:
    @pytest.mark.parametrize("name", ["stage", "account", "owner", "expected_close", "currency"])
    def test_counts_and_sums_agree(self, world: None, name: str) -> None:
        rows = values(opportunity)
        query = Query.parse(opportunity, SYSTEM, {}, ["name"])
        if name == "currency":
            with pytest.raises(Refused, match="grouped"):
                query.groups(name)
            return
        found = {group.key: (group.count, group.sums["amount"]) for group in query.groups(name, ["amount"])}
        assert found == grouped([(row[name], row["amount"], row["currency"]) for row in rows.values()])

    @pytest.mark.parametrize("cut", ["week", "month", "quarter", "year"])
    @pytest.mark.parametrize("name", ["expected_close", "next_step_at"])
    def test_by_spans_of_time(self, world: None, name: str, cut: str) -> None:
        def first(value: Any) -> date | None:
            if value is None:
                return None
            day = timezone.localtime(value).date() if isinstance(value, datetime) else value
            return dates.span(f"this_{cut}", day)[0]

        query = Query.parse(opportunity, SYSTEM, {}, ["name"])
        groups = query.groups(f"{name}.{cut}", ["amount"])
        found = {group.key.date() if isinstance(group.key, datetime) else group.key: group.count for group in groups}
        assert found == Counter(first(row[name]) for row in values(opportunity).values())
        days = [group.key for group in groups]
        assert days == sorted(filter(None, days)) + [None] * (None in days)

    def test_choices_stand_in_the_firms_order_and_the_empty_last(self, world: None) -> None:
        labels = [group.label for group in Query.parse(account, SYSTEM, {}).groups("level")]
        assert labels == ["A", "B", "C", ""]

    def test_whole_sums(self, world: None) -> None:
        rows = values(opportunity)
        expected = grouped([(None, row["amount"], row["currency"]) for row in rows.values()])[None][1]
        assert Query.parse(opportunity, SYSTEM, {}).sums(["amount"]) == {"amount": expected}
        assert Query.parse(opportunity, SYSTEM, {"name.is": "nobody"}).sums(["amount"]) == {"amount": {}}

    @pytest.mark.parametrize(
        ("by", "sums"), [("name", []), ("level", ["name"]), ("level.month", []), ("nothing", []), ("kind", ["level"])]
    )
    def test_what_cannot_be_grouped_or_added_is_refused(self, lin: Actor, by: str, sums: list[str]) -> None:
        with pytest.raises(Refused):
            Query.parse(account, lin, {}).groups(by, sums)


def test_counting_stops_at_the_cap(lin: Actor) -> None:
    make(account, [{"name": "数数", "owner": lin.user_id}] * 9)
    query = Query.parse(account, lin, {"name.is": "数数"})
    assert (query.count(), query.count(cap=5), query.count(cap=50)) == (9, 5, 9)


def test_what_a_row_shows(lin: Actor, hengli: Any, kongya: Any, stages: dict[str, int]) -> None:
    names = [
        "name",
        "account",
        "stage",
        "amount",
        "days_in_stage",
        "owner",
        "account.level",
        "account.annual_purchase",
        "account.owner.name",
    ]
    row = Query.parse(opportunity, lin, {"name.is": "空压站"}, names).page().rows[0]
    assert row.values[:6] == [
        "空压站",
        Linked("account", hengli.pk, hengli.name),
        stages["初步接触"],
        Money(Decimal(1_180_000), "CNY"),
        0,
        Linked("user", lin.user_id, "林晓"),
    ]
    assert row.values[6:] == [hengli.level_id, None, "林晓"]


def test_me_and_my_team(lin: Actor, wang: Actor, zhou: Actor, chen: Actor) -> None:
    def owners(actor: Actor, said: str) -> set[int]:
        rows = Query.parse(account, actor, {"owner.in": said}, ["owner"]).page(500).rows
        return {row.values[0].id for row in rows}

    assert owners(lin, "me") == {lin.user_id}
    assert owners(wang, "team") == {lin.user_id, chen.user_id}
    assert owners(zhou, "林晓,陈默") == {lin.user_id, chen.user_id}


def test_a_list_shows_what_may_be_seen_and_is_in_use(lin: Actor, zhao: Actor, hengli: Any) -> None:
    assert hengli.pk in ids(Query.parse(account, lin, {}))
    assert hengli.pk not in ids(Query.parse(account, zhao, {}))
    do(archive, hengli, by=lin)
    assert hengli.pk not in ids(Query.parse(account, lin, {}))
    assert ids(Query.parse(account, lin, {"archived": "1"})) == [hengli.pk]


def test_the_box_of_a_list_narrows_it(lin: Actor, hengli: Any) -> None:
    assert ids(Query.parse(account, lin, {"q": "恒砺"})) == [hengli.pk]
    assert ids(Query.parse(account, lin, {"q": "恒砺", "level.in": "B"})) == []
