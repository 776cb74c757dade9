"""Rows become records once, whatever happens in between; what cannot become one comes back with the reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import models, transaction
from django.utils import translation
from tests.cast import new, record
from tests.imports import import_rows

from bihuan.core import audit, configuration, job, registry, works
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.exchange import importing
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.importing import Import, dry_run
from bihuan.core.exchange.plan import Plan
from bihuan.core.exchange.reading import Table, read


def table(text: str, name: str = "file.csv") -> Table:
    return read(io.BytesIO(text.encode()), name)


def rows_of(slug: str) -> models.QuerySet[Any]:
    return registry.desk(slug).model._base_manager.all()


@pytest.fixture
def load(firm: None, tmp_path: Path) -> Any:
    """Import a text; returns the cursor, with the refused file under "file"."""

    def load(slug: str, text: str, by: Actor = SYSTEM, **given: Any) -> dict[str, Any]:
        found = table(text)
        plan = analyse(found, registry.desk(slug), by, **given).plan
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        cursor = import_rows(plan, found, by, folder=folder).cursor
        refused = folder / "refused.csv"
        return {**cursor, "file": refused.read_text("utf-8") if refused.exists() else ""}

    return load


def figures(cursor: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, refused."""
    return cursor["created"], cursor["updated"], cursor["unchanged"], cursor["refused"]


@pytest.fixture
def importers(firm: None) -> None:
    """Sellers may import."""
    seller = record("role", key="seller")
    rows_of("role").filter(pk=seller.pk).update(grants={"*": {**seller.grants["*"], "import": 3}})  # type: ignore[attr-defined]
    configuration.forget()


# ---------------------------------------------------------------------- values


def test_values_are_read_as_people_write_them(load: Any) -> None:
    assert figures(
        load("account", 'name,level,annual_purchase,phone,employees\n新客户,a,386万,0512-66281180,"1,200"\n')
    ) == (1, 0, 0, 0)
    made = record("account", name="新客户")
    assert (made.level.name, made.annual_purchase, made.phone, made.employees) == (
        "A",
        Decimal("3860000.00"),
        "+86 512 6628 1180",
        1200,
    )


def test_a_number_is_a_name_here_and_never_an_id(load: Any, hengli: Any) -> None:
    """A level “1” is no level, and an account “1” no account, though records with these ids exist."""
    cursor = load("opportunity", f"name,account\na,{hengli.pk}\n")
    assert figures(cursor) == (0, 0, 0, 1) and f"“{hengli.pk}”" in cursor["shown"][0][1]


def test_choices_that_the_desk_allows_are_made_and_reported(load: Any) -> None:
    cursor = load("account", "name,industry\na,航天\nb,航 天\nc,甲\n")
    assert cursor["made"] == {"industry": ["航天"]}
    assert record("account", name="b").industry_id == record("choice", set="industry", name="航天").pk


def test_a_state_is_known_in_every_language(load: Any) -> None:
    with translation.override("en"):
        assert figures(load("account", "name,kind\na,Person\nb,person\nc,joint\n")) == (3, 0, 0, 0)
    assert [record("account", name=name).kind for name in "abc"] == ["person", "person", "joint"]


def test_units_and_managers_are_made_by_name_and_managers_may_stand_further_down(load: Any) -> None:
    cursor = load("user", "sales_agent,manager,regional_office\n甲一,乙一,西南\n乙一,丙一,西南\n")
    assert figures(cursor) == (2, 0, 0, 0)
    assert cursor["made"] == {"unit": ["西南"], "manager": ["丙一"]}
    assert (record("user", name="甲一").manager.name, record("user", name="乙一").manager.name) == ("乙一", "丙一")
    assert record("user", name="甲一").unit.name == "西南"


def test_links_among_the_rows_themselves(load: Any) -> None:
    cursor = load("account", "name,parent\n子,母\n孙,子\n母,\n孤,没有\n己,己\n")
    assert figures(cursor) == (5, 0, 0, 2)
    assert record("account", name="子").parent.name == "母" and record("account", name="孙").parent.name == "子"
    assert "没有" in cursor["file"] and "己" in cursor["file"]


def test_a_link_that_is_only_near(load: Any) -> None:
    assert load("opportunity", "name,product\na,螺杆-压缩机\n")["taken"].keys() == {"product"}
    assert record("opportunity", name="a").product.sku == "GA-75"
    strict = load("opportunity", "name,product\nb,螺杆/压缩机\n", strict=True)
    assert figures(strict) == (0, 0, 0, 1) and "螺杆压缩机" in strict["shown"][0][1]


def test_a_name_that_two_records_have_is_refused_and_their_number_is_not(load: Any) -> None:
    new("account", name="双胞胎")
    twin = new("account", name="双胞胎")
    cursor = load("opportunity", f"name,account\na,双胞胎\nb,{twin.number}\n")
    assert figures(cursor) == (1, 0, 0, 1)
    assert record("opportunity", name="b").account_id == twin.pk


def test_won_deals_keep_the_day_they_closed_and_stage_gates_hold(load: Any, hengli: Any) -> None:
    head = "name,stage,closed_on,amount,account\n"
    cursor = load("opportunity", f"{head}a,赢单,2017-03-01,1054,恒砺\nb,赢单,2017-03-01,1054,\n")
    assert record("opportunity", name="a").closed_on == date(2017, 3, 1)
    assert figures(cursor) == (1, 0, 0, 1) and "赢单" in cursor["shown"][0][1]


def test_constants_fill_what_the_file_does_not_say(load: Any) -> None:
    load("product", "name,price,currency\na,1.5,\nb,2,EUR\n", constants={"currency": "USD", "kind": "service"})
    made = rows_of("product").filter(name__in="ab").order_by("name")
    assert [(each.currency, each.kind) for each in made] == [("USD", "service"), ("EUR", "service")]


def test_the_apostrophe_that_an_export_put_there_comes_off(load: Any) -> None:
    load("account", "name,remark\na,'=1+1\nb,''=1\nc,'quoted'\nd,=SUM(A1)\n")
    assert [each.remark for each in rows_of("account").filter(name__in="abcd").order_by("name")] == [
        "=1+1",
        "'=1",
        "'quoted'",
        "=SUM(A1)",
    ]


# ---------------------------------------------------------------------- again and again


def test_a_second_time_changes_nothing(load: Any) -> None:
    text = "number,name,level,parent,annual_purchase\nX-1,甲厂,A,乙厂,12.50\nX-2,乙厂,B,,3\n"
    assert figures(load("account", text)) == (2, 0, 0, 0)
    events = registry.desk("account").model._base_manager.get(number="X-1").version
    assert figures(load("account", text)) == (0, 0, 2, 0)
    assert record("account", number="X-1").version == events
    assert rows_of("account").filter(name__in=("甲厂", "乙厂")).count() == 2


def test_what_differs_is_changed_and_a_blank_cell_leaves_the_field(load: Any, hengli: Any) -> None:
    cursor = load(
        "account", f"number,name,level,city\n{hengli.number},{hengli.name},B,\n{hengli.number[:-1]}999,新,,\n"
    )
    assert figures(cursor) == (1, 1, 0, 0)
    hengli.refresh_from_db()
    assert (hengli.level.name, hengli.short_name) == ("B", "恒砺")


@pytest.mark.parametrize(
    ("mode", "expected"), [("create", (1, 0, 0, 1)), ("update", (0, 1, 0, 1)), ("both", (1, 1, 0, 0))]
)
def test_modes(load: Any, hengli: Any, mode: str, expected: tuple[int, ...]) -> None:
    assert (
        figures(load("account", f"number,name,city\n{hengli.number},恒砺二,苏州\nN-1,新,上海\n", mode=mode)) == expected
    )


def test_a_key_that_stands_twice_in_the_file_is_refused_the_second_time(
    load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    cursor = load("account", "number,name\nN-1,a\nN-2,b\nN-3,c\nN-1,d\n N-2 ,e\n")
    assert figures(cursor) == (3, 0, 0, 2)
    assert [row for row, _reason in cursor["shown"]] == [4, 5]


def test_a_row_without_the_surest_key_is_known_by_the_next(load: Any, hengli: Any) -> None:
    text = "sku,name,list_price\nGA-75,改名,5\n,配件,7\n"
    assert figures(load("product", text)) == (1, 1, 0, 0)
    assert figures(load("product", text)) == (0, 0, 2, 0)


def test_stage_and_owner_of_a_known_record_change_by_their_own_commands(load: Any, kongya: Any) -> None:
    cursor = load("opportunity", f"number,stage,owner,closed_on,amount\n{kongya.number},赢单,陈默,2026-01-05,99\n")
    assert figures(cursor) == (0, 1, 0, 0)
    kongya.refresh_from_db()
    assert (kongya.stage.name, kongya.owner.name, kongya.unit.name) == ("赢单", "陈默", "一部")
    assert (kongya.closed_on, kongya.amount) == (date(2026, 1, 5), 99)


def test_the_refused_file_can_be_corrected_and_imported_again(load: Any) -> None:
    text = 'name,annual_purchase,note\n"a, ""gmbh""",much,x\nb,2,y\n=c,abc,z\n'
    with translation.override("en"):
        cursor = load("account", text, columns={"note": "remark"})
    assert figures(cursor) == (1, 0, 0, 2)
    assert cursor["file"].startswith("\ufeff")
    head, *lines = csv.reader(io.StringIO(cursor["file"].lstrip("\ufeff")))
    assert head == ["name", "annual_purchase", "note", "Why this row was refused"]
    assert [line[0] for line in lines] == ['a, "gmbh"', "'=c"] and "much" in lines[0][3]
    again = load("account", cursor["file"].replace("much", "1").replace("abc", "3"), columns={"note": "remark"})
    assert figures(again) == (2, 0, 0, 0) and not again["file"]
    assert rows_of("account").filter(name__in=('a, "gmbh"', "b", "=c")).count() == 3


def test_a_row_that_is_longer_than_the_head_is_refused(load: Any) -> None:
    assert figures(load("account", "name,city\na,x,surplus\nb,y,\nc\n")) == (2, 0, 0, 1)


# ---------------------------------------------------------------------- rights


def test_an_import_has_the_rights_of_whoever_runs_it(
    load: Any, importers: None, lin: Actor, xinghua: Any, lianhe: Any
) -> None:
    """Lin does not see 兴华 and may not change 联合; neither file nor key nor link gets around that."""
    cursor = load("account", f"number,name,city\n{xinghua.number},改,x\n{lianhe.number},改,x\nL-1,林的,x\n", by=lin)
    assert figures(cursor) == (1, 0, 0, 2)
    assert not rows_of("account").filter(name="改").exists()
    assert record("account", number="L-1").owner_id == lin.user_id
    same = load("account", f"number,name,city\n{xinghua.number},{xinghua.name},\n", by=lin)
    assert figures(same) == (0, 0, 0, 1), "a right guess at a hidden record is answered like a wrong one"
    assert figures(load("opportunity", "name,account\na,兴华\nb,恒砺\n", by=lin)) == (1, 0, 0, 1)


def test_whoever_may_not_make_choices_does_not_make_them_by_import(load: Any, importers: None, lin: Actor) -> None:
    seller = record("role", key="seller")
    rows_of("role").filter(pk=seller.pk).update(grants={**seller.grants, "choice": {"create": 0}})  # type: ignore[attr-defined]
    configuration.forget()
    cursor = load("account", "name,industry\na,航天\n", by=lin)
    assert figures(cursor) == (0, 0, 0, 1) and not rows_of("choice").filter(name="航天").exists()


# ---------------------------------------------------------------------- trying, breaking off, going on


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(firm: None) -> None:
    found = table("name,industry,parent\na,航天,b\nb,,\nc,,nobody\n")
    plan = analyse(found, registry.desk("account"), SYSTEM).plan
    before = rows_of("account").count()
    cursor = dry_run(plan, found, SYSTEM).cursor
    assert figures(cursor) == (3, 0, 0, 1) and cursor["made"] == {"industry": ["航天"]}
    assert rows_of("account").count() == before and not rows_of("choice").filter(name="航天").exists()
    assert figures(dry_run(plan, found, SYSTEM).cursor) == (3, 0, 0, 1), "nothing is remembered of the first time"


def test_a_long_file_is_tried_out_chunk_by_chunk(
    zhou: Actor, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(importing, "CHUNK", 2)
    text = "number,name,industry\nN-1,a,航天\nN-2,b,\nN-1,c,\nN-4,d,航天\nN-5,,\n"
    before, entries = rows_of("account").count(), audit.latest()
    folder = works.keep([text.encode()])
    plan = analyse(table(text), registry.desk("account"), zhou).plan
    trial = works.queue_trial(plan, folder, "file.csv", zhou, rows=5)
    assert job.run_next()
    trial.refresh_from_db()
    assert (trial.state, trial.done) == ("done", 5), trial.error
    assert figures(trial.result) == (3, 0, 0, 2) and trial.result["made"] == {"industry": ["航天"]}
    assert (
        rows_of("account").count() == before
        and audit.latest() == entries
        and not rows_of("choice").filter(name="航天").exists()
    )
    assert [path.name for path in works.folder_of(folder).iterdir()] == ["source"]


#: Thirteen rows: the second, the twelfth and the last are refused.
ROWS = [f"N-{n},厂{n},厂{9 - n}" for n in range(10)]
TEXT = "\n".join(["number,name,parent", ROWS[0], "N-0,double,", *ROWS[1:], "N-3,double,", "N-11,,"])


def test_a_killed_import_goes_on_without_doing_a_row_twice(
    firm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill it after each step in turn, before and after the step's transaction ended."""
    monkeypatch.setattr(importing, "CHUNK", 3)
    found = table(TEXT)
    plan = analyse(found, registry.desk("account"), SYSTEM).plan
    cursor: dict[str, Any] = {}
    for _ in range(40):
        lost = _copy(cursor)
        with transaction.atomic():  # a worker that dies before the commit
            Import(plan, found, SYSTEM, tmp_path, lost).step()
            transaction.set_rollback(True)
        kept = _copy(cursor)
        going = Import(plan, found, SYSTEM, tmp_path, kept).step()  # and one that dies right after it
        cursor = kept
        if not going:
            break
    assert figures(cursor) == (10, 0, 0, 3)
    made = {
        each.number: each.parent.name
        for each in rows_of("account").filter(number__startswith="N-").select_related("parent")
    }
    assert made == {f"N-{n}": f"厂{9 - n}" for n in range(10)}
    assert len((tmp_path / "refused.csv").read_text("utf-8").splitlines()) == 4


def _copy(cursor: dict[str, Any]) -> dict[str, Any]:
    """The cursor as the database would give it back."""
    return json.loads(json.dumps(cursor))


@pytest.fixture
def queued(zhou: Actor, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[job.Job]:
    """An import of thirteen rows, in chunks of three, waiting for a worker."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(importing, "CHUNK", 3)
    folder = works.keep([TEXT.encode()])
    plan = analyse(table(TEXT), registry.desk("account"), zhou).plan
    yield works.queue_import(plan, folder, "file.csv", zhou, rows=13)


def test_an_import_as_a_job(queued: job.Job, zhou: Actor) -> None:
    assert job.run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done, queued.total) == ("done", 13, 13), queued.error
    assert figures(queued.result) == (10, 0, 0, 3)
    assert (works.folder_of(queued.result["folder"]) / queued.result["file"]).exists()
    assert record("account", number="N-1").created_by_id == zhou.user_id


def test_a_job_is_cancelled_between_chunks_and_stopped_with_its_worker(
    queued: job.Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job.run_next(stopping=lambda: True)
    queued.refresh_from_db()
    assert (queued.state, queued.done) == ("queued", 3)
    steps = Import.step

    def cancelling(running: Import) -> bool:
        if running.cursor["row"] == 6:
            job.cancel(queued)
        return steps(running)

    monkeypatch.setattr(Import, "step", cancelling)
    assert job.run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done) == ("cancelled", 9)
    assert rows_of("account").filter(number__startswith="N-").count() == 8


def test_a_job_of_somebody_who_has_left_fails(queued: job.Job, zhou: Actor) -> None:
    rows_of("user").filter(pk=zhou.user_id).update(is_active=False)
    configuration.forget()
    job.run_next()
    queued.refresh_from_db()
    assert queued.state == "failed" and queued.error
    assert not rows_of("account").filter(number__startswith="N-").exists()


def test_a_plan_survives_being_stored() -> None:
    values, dates, constants = {"level": {"x": 3}}, {"founded": "mdy"}, {"currency": "USD"}
    plan = Plan("account", ["name", "", "level"], "both", ["name"], values, dates, constants, strict=True)
    assert Plan.from_json(plan.as_json()) == plan


def test_numbers_are_read_in_the_form_of_their_column(load: Any) -> None:
    load("account", "name;revenue;employees\n甲厂;1.234.567,89;(5)\n乙厂;-12,5;1.200\n", numbers="comma")
    found = {each.name: each for each in rows_of("account").filter(name__in=("甲厂", "乙厂"))}
    assert (found["乙厂"].annual_revenue, found["乙厂"].employees) == (Decimal("-12.5"), 1200)
    assert "甲厂" not in found, "the number of people is never below zero"


def test_a_currency_that_an_amount_names_is_that_of_the_row(load: Any) -> None:
    cursor = load("account", "name,revenue,currency\n甲厂,US$ 12.5,\n乙厂,€5,EUR\n丙厂,€5,CNY\n丁厂,￥5,\n")
    found = dict(rows_of("account").filter(name__endswith="厂").values_list("name", "currency"))
    assert found == {"甲厂": "USD", "乙厂": "EUR", "丁厂": "CNY"}
    assert [row for row, _reason in cursor["shown"]] == [3]


# ---------------------------------------------------------------------- what somebody asks for


def test_refused_rows_come_back_in_the_order_of_the_file(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells, keys, the record itself and links to further rows are looked at one after the other; the file keeps its order."""
    monkeypatch.setattr(importing, "CHUNK", 4)
    rows = ["A,a,many,", "B,b,,nobody", "C,,7,", "B,double,,", "D,d,many,", "E,e,,nobody", "F,,,", "E,double,,"]
    text = "number,name,employees,parent,row\n" + "\n".join(f"{row},{n}" for n, row in enumerate(rows, 1))
    cursor = load("account", text)
    lines = list(csv.reader(io.StringIO(cursor["file"])))
    assert [line[4] for line in lines[1:]] == list("12345678")
    assert [number for number, _reason in cursor["shown"]] == list(range(1, 9))


def test_linked_records_are_made_where_somebody_asks_for_it(load: Any, importers: None, lin: Actor) -> None:
    found = table("name,account\na,新星公司\nb,新星公司\nc,恒砺\n")
    looked = analyse(found, registry.desk("opportunity"), SYSTEM)
    assert looked.missing == {"account": ["新星公司"]} and looked.makes == ["account"]
    assert figures(dry_run(looked.plan, found, SYSTEM).cursor) == (1, 0, 0, 2), "not unless it is asked for"
    looked.plan.created = ["account"]
    cursor = dry_run(looked.plan, found, SYSTEM).cursor
    assert figures(cursor) == (3, 0, 0, 0) and cursor["made"] == {"account": ["新星公司"]}

    seller = record("role", key="seller")
    rows_of("role").filter(pk=seller.pk).update(grants={**seller.grants, "account": {"view": 3, "create": 0}})  # type: ignore[attr-defined]
    configuration.forget()
    assert analyse(found, registry.desk("opportunity"), lin).makes == [], "offered to those who may make them"
    assert dry_run(looked.plan, found, lin).cursor["made"] == {}


def test_texts_that_stand_for_a_choice_of_another_name_are_told(firm: None) -> None:
    new("choice", set="industry", name="医药包装", aliases="medical, 制药")
    looked = analyse(table("name,industry\na,medical\nb,医药包装\nc,制药\nd,航天\n"), registry.desk("account"), SYSTEM)
    assert looked.meant == {"industry": {"medical": "医药包装", "制药": "医药包装"}}
