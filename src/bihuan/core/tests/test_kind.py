"""Values as people write them: what is understood, and what is refused with a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bihuan.core import kind, registry
from bihuan.core.errors import Refused
from bihuan.core.field import Field

FIELDS = {
    each.kind.name: each
    for slug in ("account", "contact", "task", "touchpoint", "opportunityproduct", "product")
    for each in registry.desk(slug).declared_fields.values()
}


def read(name: str, raw: Any) -> Any:
    field = FIELDS[name]
    return field.check(field.parse(raw))


FIELDS["integer"] = registry.desk("account").declared_fields["employees"]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("386万", 3_860_000),
        ("3.5万元", 35_000),
        ("1.2亿", 120_000_000),
        ("2億", 200_000_000),
        ("¥1,234,567.89", "1234567.89"),
        ("$ 1 234 567", 1_234_567),
        ("１２３．４", "123.4"),
        ("-12.50", "-12.5"),
        ("−3", -3),
        ("+7", 7),
        (" 42 ", 42),
        (".5", "0.5"),
        ("1e3", 1000),
        (12, 12),
        (Decimal("0.0001"), "0.0001"),
        ("€-5", -5),
        ("-¥5", -5),
        ("0", 0),
        ("(1,234.50)", "-1234.5"),
        ("（￥1,200）", -1200),
        ("1,200.00-", -1200),
        ("12%", 12),
        ("12.5 ％", "12.5"),
        ("US$1,234", 1234),
        ("NT$ 1,234", 1234),
        ("CNY 12", 12),
        ("12.5 EUR", "12.5"),
        ("人民币 3.5万元", 35_000),
        ("1'234'567", 1_234_567),
        ("3千", 3000),
        ("2百万", 2_000_000),
    ],
)
def test_numbers(raw: Any, value: Any) -> None:
    assert read("quantity", raw) == Decimal(value)


@pytest.mark.parametrize(
    "raw",
    [
        "x",
        "(5",
        "5)",
        "(-5)",
        "-5-",
        "$5€",
        "12 xyz",
        "%",
        "()",
        "1 " * 500,
        "1,23",
        "12万3",
        "1.2.3",
        "--5",
        "万",
        "¥",
        "NaN",
        "inf",
        "1e100",
        "0.00001",
        "9" * 16,
        True,
        "１，２",
    ],
)
def test_what_is_no_number_is_said_to_be_none(raw: Any) -> None:
    with pytest.raises(Refused, match=r"number|most"):
        read("quantity", raw)


@pytest.mark.parametrize(("raw", "value"), [("12", 12), ("1,200", 1200), ("3万", 30000), (5, 5), ("12.0", 12)])
def test_whole_numbers(raw: Any, value: int) -> None:
    assert read("integer", raw) == value


@pytest.mark.parametrize("raw", ["1.5", "-1", "99999999999", 10**30, "abc"])
def test_numbers_that_are_not_whole_or_do_not_fit(raw: Any) -> None:
    with pytest.raises(Refused):
        read("integer", raw)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-17",
        "2026/3/17",
        "2026.3.17",
        "2026年3月17日",
        "20260317",
        "２０２６－０３－１７",
        date(2026, 3, 17),
        "2026-03-17 00:00:00",
    ],
)
def test_dates(raw: Any) -> None:
    assert read("date", raw) == date(2026, 3, 17)


@pytest.mark.parametrize("raw", ["2026-02-30", "17.3.2026", "March", "2026", "0000-01-01", "2026-13-01"])
def test_what_is_no_date(raw: str) -> None:
    with pytest.raises(Refused, match="2026-03-17"):
        read("date", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-03-17 14:30", datetime(2026, 3, 17, 6, 30, tzinfo=UTC)),
        ("2026-03-17T14:30:15", datetime(2026, 3, 17, 6, 30, 15, tzinfo=UTC)),
        ("2026-03-17T14:30:00Z", datetime(2026, 3, 17, 14, 30, tzinfo=UTC)),
        ("2026年3月17日 9:05", datetime(2026, 3, 17, 1, 5, tzinfo=UTC)),
        ("2026-03-17", datetime(2026, 3, 16, 16, tzinfo=UTC)),
        (date(2026, 3, 17), datetime(2026, 3, 16, 16, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_the_time_of_the_place(raw: Any, value: datetime) -> None:
    assert read("moment", raw) == value


@pytest.mark.parametrize("raw", ["2026-03-17 25:00", "gestern", "14:30"])
def test_what_is_no_moment(raw: str) -> None:
    with pytest.raises(Refused, match="14:30"):
        read("moment", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0512-66281180", "+86 512 6628 1180"),
        ("13951260418", "+86 139 5126 0418"),
        ("+886 2 2311 1234", "+886 2 2311 1234"),
        ("００８６ １３９５１２６０４１８", "+86 139 5126 0418"),
        ("+1 (415) 555-2671", "+1 415-555-2671"),
    ],
)
def test_phones_are_kept_in_international_form(raw: str, value: str) -> None:
    assert read("phone", raw) == value


@pytest.mark.parametrize("raw", ["abc", "12", "+999999999999999999"])
def test_what_is_no_phone(raw: str) -> None:
    with pytest.raises(Refused, match="phone"):
        read("phone", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [("是", True), ("√", True), ("Yes", True), ("0", False), ("否", False), ("", False), (None, False), (True, True)],
)
def test_yes_and_no(raw: Any, value: bool) -> None:
    assert read("yesno", raw) is value


def test_what_is_neither_yes_nor_no() -> None:
    with pytest.raises(Refused, match="neither"):
        read("yesno", "maybe")


@pytest.mark.parametrize(
    ("name", "raw"),
    [("mail", "a@b"), ("mail", "x"), ("url", "javascript:alert(1)"), ("url", "ftp://a.b"), ("url", "a b")],
)
def test_addresses_that_are_none(name: str, raw: str) -> None:
    with pytest.raises(Refused, match="address"):
        read(name, raw)


def test_a_web_address_needs_no_scheme() -> None:
    assert read("url", "example.com/a") == "https://example.com/a"


def test_text_is_trimmed_and_has_its_length() -> None:
    field = registry.desk("account").declared_fields["short_name"]
    assert field.check(field.parse("  恒砺\x00 ")) == "恒砺"
    with pytest.raises(Refused, match="80"):
        field.check("长" * 81)


@pytest.mark.parametrize("raw", ["Company", "company", "ＣＯＭＰＡＮＹ", " com-pany "])
def test_states_are_read_by_value_or_label(raw: str) -> None:
    assert registry.desk("account").declared_fields["kind"].parse(raw) == "company"


@pytest.mark.django_db
def test_choices_are_read_by_any_spelling_and_refused_with_what_there_is(firm: None) -> None:
    field = registry.desk("account").declared_fields["level"]
    options = field.kind.options(field)
    assert [field.parse(raw) for raw in ("A", "ａ", options[0].id, str(options[0].id))] == [options[0].id] * 4
    with pytest.raises(Refused, match="A, B, C"):
        field.parse("Z")


@pytest.mark.parametrize("raw", ["²", "٣²", 10**30, "9" * 30, "-1.5", "not a record"])
@pytest.mark.parametrize("name", ["owner", "parent", "level"])
@pytest.mark.django_db
def test_a_link_is_no_other_number(firm: None, name: str, raw: Any) -> None:
    field = registry.desk("account").declared_fields[name]
    with pytest.raises(Refused):
        field.check(field.parse(raw))


def test_several_links_are_kept_once_each_in_their_order() -> None:
    field = registry.desk("touchpoint").declared_fields["others"]
    assert field.parse("3,1,3, 2") == (3, 1, 2)
    assert field.parse("") == ()
    with pytest.raises(Refused):
        field.parse("3,x")


def test_every_kind_refuses_rather_than_breaks() -> None:
    """Whatever a file or a program gives, the answer is a value or a sentence."""
    strange = ["", " ", "\x00", "💥", "a" * 5000, "１", -1, 3.5, [], {}, object(), b"bytes", "'; --", "\ud800"]
    plain: list[Field] = [
        each for each in registry.desk("account").declared_fields.values() if not isinstance(each.kind, kind.Pick)
    ]
    for field in (*plain, *FIELDS.values()):
        if isinstance(field.kind, kind.Pick):
            continue
        for raw in strange:
            try:
                field.check(field.parse(raw))
            except Refused as refusal:
                assert refusal.sentence


def test_names_that_differ_only_in_spelling_are_the_same() -> None:
    assert kind.fold("GTX Pro") == kind.fold("ｇｔｘ-pro") == kind.fold("GTXPro")
    assert kind.fold("GTX Pro") != kind.fold("GTX Pro 2")
