"""Exports hold what the list holds, run nowhere as a formula, and come back unchanged."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from tests.cast import new, record
from tests.imports import import_rows

from bihuan.core import audit, configuration, job, registry, works
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.exchange import cells
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.exporting import ask, every_column, export_rows
from bihuan.core.exchange.reading import read
from bihuan.core.query import Query

NAUGHTY = (
    "=1+1", "'=1", "+49 351", "-", "@SUM(A1)", "＝1", "\u200b=1", "\u00a0-1", "tab\there", 'quote " and , comma', "two\nlines", "'",
    "0012", "1e5", "𠮷",
)  # fmt: skip


def query(slug: str, by: Actor = SYSTEM, columns: str = "", **params: str) -> Query:
    return Query.parse(registry.desk(slug), by, {"columns": columns, **params})


def exported(asked: Query, format: str = "csv") -> bytes:
    stream = io.BytesIO()
    export_rows(asked, stream, format)
    return stream.getvalue()


def lines(asked: Query) -> list[list[str]]:
    return list(csv.reader(io.StringIO(exported(asked).decode("utf-8-sig"))))


def every_input(slug: str) -> str:
    return ",".join(registry.desk(slug).inputs(SYSTEM, creating=True))


def stored(slug: str) -> dict[Any, dict[str, Any]]:
    """Every record with all that an import can fill, to the second."""
    desk = registry.desk(slug)
    fields = desk.inputs(SYSTEM, creating=True)

    def values(each: Any) -> dict[str, Any]:
        found = {name: field.value_of(each) for name, field in fields.items()}
        return {
            name: value.replace(microsecond=0) if isinstance(value, datetime) else value
            for name, value in found.items()
        }

    return {each.pk: values(each) for each in desk.model._base_manager.all()}


@pytest.fixture
def filled(firm: None) -> None:
    """Records with every sort of value."""
    twin = new("account", name="双胞胎", country="中国")
    other = new(
        "account", name="双胞胎", parent=twin.pk, annual_purchase="-12.5", currency="USD", founded="1899", tax_id=""
    )
    for number, text in enumerate(NAUGHTY):
        new(
            "account",
            name=f"n{number}",
            remark=text,
            short_name=text.strip() or "x",
            website="https://例.cn/a?b=c",
            employees=number,
        )
    new(
        "contact",
        name="周小姐",
        mobile="+852 5123 4567",
        email="a@b.cn",
        birthday="1899-12-31",
        language="zh-hant",
        function="甲",
    )
    new("contact", name="无号码", remark="=cmd|' /C calc'!A0")
    new("product", name="免费", list_price="0", currency="JPY", on_sale="no", kind="service")
    new("product", name="贵重", sku="X-1", list_price="123456789012.34")
    new(
        "opportunity",
        account=other.pk,
        amount="0.01",
        currency="EUR",
        closed_on="2017-03-01",
        next_step_at="2026-01-05 09:30",
    )
    linked = {
        "account": twin.pk,
        "contact": record("contact", name="张三").pk,
        "product": record("product", name="贵重").pk,
    }
    new("opportunity", name="大单", stage="输单", loss_reason="价格", **linked)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("slug", ["account", "contact", "product", "opportunity"])
def test_importing_an_export_changes_nothing(
    filled: None, tmp_path: Path, slug: str, format: str, language: str
) -> None:
    """Not in the records there are, and not as new records in place of those."""
    with translation.override(language):
        before, entries = stored(slug), audit.AuditEntry.objects.count()
        found = read(io.BytesIO(exported(query(slug, columns=every_input(slug)), format)), f"file.{format}")
        seen = analyse(found, registry.desk(slug), SYSTEM)
        assert not seen.unknown and not seen.questions and not seen.missing and not seen.creates
        cursor = import_rows(seen.plan, found, SYSTEM, folder=tmp_path).cursor
        assert cursor["unchanged"] == len(before) == cursor["row"], cursor["shown"]
        assert stored(slug) == before and audit.AuditEntry.objects.count() == entries


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_export_makes_the_same_records_elsewhere(filled: None, tmp_path: Path, format: str) -> None:
    """The numbers are given others, so that every row makes a new record."""
    found = read(io.BytesIO(exported(query("account", columns=every_input("account")), format)), f"file.{format}")
    old = stored("account")
    column = found.head.index(str(registry.desk("account").own_fields["number"].label))
    text = io.StringIO()
    renumbered = ([f"Z{cell}" if place == column else cell for place, cell in enumerate(row)] for row in found.rows())
    csv.writer(text).writerows([found.head, *renumbered])
    again = read(io.BytesIO(text.getvalue().encode()), "file.csv")
    plan = analyse(again, registry.desk("account"), SYSTEM, mode="create").plan
    assert import_rows(plan, again, SYSTEM, folder=tmp_path).cursor["refused"] == 0
    made = {each["number"]: each for pk, each in stored("account").items() if pk not in old}
    if format == "csv":
        expected = {f"Z{each['number']}": {**each, "number": f"Z{each['number']}"} for each in old.values()}
        assert made == expected


def test_no_cell_runs_as_a_formula(filled: None) -> None:
    for row in lines(query("account", columns="name,remark,short_name")):
        for cell in row:
            assert not cell.lstrip("\u200b\u00a0 \t\r\n").startswith(("=", "@", "＝")), cell
    with zipfile.ZipFile(io.BytesIO(exported(query("account", columns="name,remark,short_name"), "xlsx"))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


@given(st.text(st.characters(codec="utf-8")))
@settings(max_examples=500, deadline=None)
def test_the_apostrophe_comes_off_again(text: str) -> None:
    assert cells.plain(cells.defused(text)) == text


@pytest.mark.parametrize(
    "start", [*"=+-@＝＋－＠", "\t", "\r", " =", "\u3000=", "\ufeff=", "\u200b@", "\x00=", "\x1f+", "'="]
)
def test_what_a_spreadsheet_could_run_gets_an_apostrophe(start: str) -> None:
    assert cells.defused(f"{start}cmd").startswith("'")


@pytest.mark.parametrize("text", ["-5", "+3.20", "12", "a=b", "", "苏州", "1-2", "'quoted'"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert cells.defused(text) == text


def test_amounts_are_plain_numbers_with_their_currency_beside_them(filled: None) -> None:
    head, *rows = lines(query("opportunity", columns="name,amount", sort="id"))
    assert len(head) == 3
    assert {("0.01", "EUR"), ("1180000.00", "CNY")} <= {(amount, currency) for _name, amount, currency in rows}
    book = io.BytesIO(exported(query("product", columns="list_price"), "xlsx"))
    sheet = CalamineWorkbook.from_filelike(book).get_sheet_by_index(0)  # type: ignore[arg-type]
    assert {(123456789012.34, "CNY"), (386000.0, "CNY")} <= {tuple(row[:2]) for row in sheet.to_python()}


def test_links_are_named_so_that_an_import_finds_them(filled: None) -> None:
    named = {row[0]: row[1] for row in lines(query("opportunity", columns="name,account"))[1:]}
    assert named["空压站"] == "苏州恒砺精密机械有限公司", "a title that no other record has"
    assert named["大单"] == registry.desk("account").model._base_manager.get(country="中国").number, (
        "a number, where two have the title"
    )


def test_a_record_key_means_its_record_here_and_none_elsewhere(filled: None, tmp_path: Path) -> None:
    """Where no field tells records apart; a key that another installation gave is none, and the row a new record."""
    lin = record("user", name="林晓").pk
    new("task", title="回访", due_at="2026-03-01 09:00", owner=lin)
    new("task", title="回访", due_at="2026-03-02 09:00", owner=lin)
    desk = registry.desk("task")
    text = exported(ask(desk, SYSTEM, {"sort": "id"}, every_column(desk, SYSTEM))).decode("utf-8-sig")
    head, first, second = list(csv.reader(io.StringIO(text)))[:3]
    place = head.index("Record key")
    first[head.index("Remark")] = "changed"
    second[place] = second[place][:-1] + ("0" if second[place][-1] != "0" else "1")
    out = io.StringIO()
    csv.writer(out).writerows([head, first, second])
    found = read(io.BytesIO(out.getvalue().encode()), "file.csv")
    before = desk.model._base_manager.count()
    cursor = import_rows(analyse(found, desk, SYSTEM).plan, found, SYSTEM, folder=tmp_path).cursor
    assert (cursor["updated"], cursor["created"], cursor["refused"]) == (1, 1, 0), cursor["shown"]
    assert (
        desk.model._base_manager.filter(title="回访", remark="changed").count() == 1
        and desk.model._base_manager.count() == before + 1
    )


def test_several_links_stand_in_one_cell(firm: None) -> None:
    roles = [record("role", key=key).pk for key in ("seller", "reader")]
    new("user", name="双角色", username="x", roles=roles)
    assert [row for row in lines(query("user", columns="name,roles,username")) if row[0] == "双角色"] == [
        ["双角色", "seller; reader", "x"]
    ]


def test_an_export_holds_what_the_list_holds(firm: None) -> None:
    rows = lines(query("account", columns="name,owner.unit", **{"level.in": "B", "sort": "name"}))
    assert [row[1] for row in rows[1:]] == ["华南", "一部"] or [row[1] for row in rows[1:]] == ["一部", "华南"]
    assert len(rows) == 3 and rows[0] == ["Account name", "Owner · Unit"]


def grants(role: str, given: Mapping[str, Any]) -> None:
    registry.desk("role").model._base_manager.filter(key=role).update(grants=given)
    configuration.forget()


def test_an_export_reaches_no_further_than_its_grant(lin: Actor) -> None:
    with pytest.raises(Forbidden):
        exported(query("account", lin))
    grants("seller", {"*": {"view": 2, "export": 1}})
    lin = type(lin)(lin.person)  # type: ignore[attr-defined, call-arg]
    assert [row[0] for row in lines(query("account", lin, columns="name"))[1:]] == ["苏州恒砺精密机械有限公司"]
    assert query("account", lin).count() == 2


def test_an_unknown_format_is_refused(firm: None) -> None:
    with pytest.raises(Refused):
        exported(query("account"), "pdf")


def test_an_export_as_a_job(zhou: Actor, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    queued = works.queue_export(registry.desk("account"), {"level.in": "B", "columns": "name,level"}, "csv", zhou)
    assert job.run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done, queued.total) == ("done", 2, 2), queued.error
    text = (works.folder_of(queued.result["folder"]) / queued.result["file"]).read_text("utf-8-sig")
    assert len(text.splitlines()) == 3


def test_an_amount_that_a_spreadsheet_would_round_is_written_as_text(firm: None, tmp_path: Path) -> None:
    new("product", name="宝", sku="R-1", list_price="12345678901234.57", currency="CNY")
    found = read(io.BytesIO(exported(query("product", columns="sku,list_price"), "xlsx")), "a.xlsx")
    assert ["R-1", "12345678901234.57", "CNY"] in list(found.rows())
    plan = analyse(found, registry.desk("product"), SYSTEM).plan
    import_rows(plan, found, SYSTEM, folder=tmp_path)
    assert record("product", sku="R-1").list_price == Decimal("12345678901234.57")
