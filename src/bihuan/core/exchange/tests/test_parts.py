"""One sheet with accounts, contacts and what they are to each other: each is made once, or found."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from tests.cast import new
from tests.imports import import_rows

from bihuan.core import configuration, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.exchange import importing, mapping
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.importing import Import
from bihuan.core.exchange.reading import read
from bihuan.people.role import Reach

SHEET = """客户名称,客户城市,姓名,手机,职务,Role
苏州恒砺精密机械有限公司,苏州,王芳,13900000001,总工,甲
新客户,杭州,李雷,13900000002,采购,乙
新客户,宁波,韩梅梅,13900000003,,
联合化工有限公司,,李雷,13900000002,顾问,
新客户,,没有电话,,,
,,没有公司,13900000005,,
"""
COLUMNS = ["account.name", "account.city", "contact.name", "contact.mobile", "title", "role"]


def load(text: str, folder: Path, by: Actor = SYSTEM, **given: Any) -> dict[str, Any]:
    table = read(io.BytesIO(text.encode()), "file.csv")
    return import_rows(
        analyse(table, registry.desk("accountcontact"), by, **given).plan, table, by, folder=folder
    ).cursor


def rows(slug: str) -> Any:
    return registry.desk(slug).model._base_manager.filter(archived_at=None)


def roles() -> set[tuple[str, str, str]]:
    return set(rows("accountcontact").values_list("account__name", "contact__name", "title"))


def test_the_columns_are_understood(firm: None) -> None:
    table = read(io.BytesIO(SHEET.encode()), "file.csv")
    found = analyse(table, registry.desk("accountcontact"), SYSTEM)
    assert found.plan.fields == COLUMNS and found.plan.mode == "both" and len(found.plan.keys) == 1


def test_each_is_made_once_or_found(firm: None, tmp_path: Path, hengli: Any) -> None:
    there, people = roles(), rows("contact").count()
    cursor = load(SHEET, tmp_path)
    assert (cursor["created"], cursor["refused"]) == (5, 1), cursor["shown"]
    assert cursor["made"] == {"account": ["新客户"], "contact": ["王芳", "李雷", "韩梅梅", "没有电话"]}
    assert roles() - there == {
        ("苏州恒砺精密机械有限公司", "王芳", "总工"), ("新客户", "李雷", "采购"), ("新客户", "韩梅梅", ""), ("新客户", "没有电话", ""),
        ("联合化工有限公司", "李雷", "顾问"),
    }  # fmt: skip
    assert rows("account").get(name="新客户").city == "杭州", "the first row that tells of it makes it"
    assert rows("account").get(pk=hengli.pk).city == hengli.city, "what is there already stays as it is"
    assert rows("contact").count() == people + 4


def test_a_second_time_changes_nothing_and_a_changed_role_is_changed(firm: None, tmp_path: Path) -> None:
    text = "\n".join(SHEET.splitlines()[:5])
    load(text, tmp_path)
    there = roles()
    cursor = load(text.replace("顾问", "首席顾问"), tmp_path)
    assert (cursor["unchanged"], cursor["updated"], cursor["created"], cursor["refused"]) == (3, 1, 0, 0), cursor[
        "shown"
    ]
    assert roles() - there == {("联合化工有限公司", "李雷", "首席顾问")}


def test_what_is_wrong_with_a_part_stands_beside_its_column(firm: None, tmp_path: Path) -> None:
    new("account", name="双胞胎")
    new("account", name="双胞胎")
    cursor = load("客户名称,姓名,手机\n双胞胎,甲,13900000001\n新客户,乙,1\n", tmp_path)
    assert cursor["created"] == 0 and not rows("contact").filter(name="乙").exists()
    assert [reason.partition(":")[0] for _row, reason in cursor["shown"]] == [
        "Account · Account name",
        "Contact · Mobile",
    ]


def test_parts_are_made_once_however_the_rows_fall_into_chunks(
    firm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    table = read(io.BytesIO(SHEET.encode()), "file.csv")
    plan = analyse(table, registry.desk("accountcontact"), SYSTEM).plan
    cursor: dict[str, Any] = {}
    while Import(plan, table, SYSTEM, tmp_path, cursor).step():  # a new process after every chunk
        pass
    assert (
        cursor["created"],
        rows("account").filter(name="新客户").count(),
        rows("contact").filter(name="李雷").count(),
    ) == (5, 1, 1)


def test_people_without_a_key_are_one_where_all_that_is_said_of_them_is(
    firm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    load("客户名称,姓名,部门\n甲厂,王芳,采购\n乙厂,王芳,质检\n丙厂,王芳,采购\n", tmp_path)
    assert rows("contact").filter(name="王芳").count() == 2


def test_whoever_may_not_make_a_part_has_no_column_for_it(lin: Actor) -> None:

    grants = registry.desk("role").model._base_manager
    seller = grants.get(key="seller")
    grants.filter(pk=seller.pk).update(
        grants={
            **seller.grants,
            "accountcontact": {"view": Reach.ALL, "create": Reach.ALL, "import": Reach.ALL},
            "contact": {"create": Reach.NONE},
        }
    )

    configuration.forget()
    names = mapping.fields_of(registry.desk("accountcontact"), lin)
    assert "account.name" in names and not any(name.startswith("contact.") for name in names)
