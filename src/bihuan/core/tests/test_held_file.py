"""Fields that hold files: kept, listed, filtered, found, told of and taken along like any other value."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.core import audit, past, registry, replay, search
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.custom import CustomField
from bihuan.core.errors import Invalid, Refused
from bihuan.core.exchange import exporting, mapping
from bihuan.core.held_file import HeldFile, StoredFile
from bihuan.core.merge.commands import merge, unmerge
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create, update

pytestmark = pytest.mark.django_db

desk = registry.desk("account")
account = desk.model


@pytest.fixture(autouse=True)
def _folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def own() -> CustomField:
    return do(
        create, by=SYSTEM, on=CustomField, object="account", key="licence", name="营业执照", kind="file", searched=True
    )


def sent(name: str = "执照.pdf", content: bytes = b"%PDF", media_type: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, media_type)


def made(by: Actor, name: str, file: Any = None) -> Any:
    return do(create, by=by, on=account, name=name, anyway=True, **({"c_licence": file} if file else {}))


def held(record: Any) -> HeldFile | None:
    return desk.own_fields["c_licence"].value_of(account._base_manager.get(pk=record.pk))


def content_of(value: HeldFile | None) -> bytes:
    assert value is not None
    return value.stored.read()


def listed(by: Actor, params: dict[str, str], columns: tuple[str, ...] = ("name",)) -> list[Any]:
    return [row.values for row in Query.parse(desk, by, {"name.starts": "第"} | params, columns).page(50).rows]


def test_a_file_is_kept_replaced_and_taken_away(zhou: Actor) -> None:
    one = made(zhou, "第一家", sent())
    first = held(one)
    assert (first.name, first.size, first.media_type) == ("执照.pdf", 4, "application/pdf")  # type: ignore[union-attr]
    assert content_of(first) == b"%PDF"
    one = do(update, one, by=zhou, city="苏州")
    assert held(one) == first
    one = do(update, one, by=zhou, c_licence=sent("新执照.png", b"new", "image/png"))
    assert content_of(held(one)) == b"new" and content_of(first) == b"%PDF"  # which the history still tells of
    one = do(update, one, by=zhou, c_licence=None)
    assert held(one) is None and one.custom == {}
    told = [
        [side and side["name"] for side in entry.changes["c_licence"]]
        for entry in audit.history("account", one.pk)
        if "c_licence" in entry.changes
    ]
    assert told == [["新执照.png", None], ["执照.pdf", "新执照.png"], [None, "执照.pdf"]]
    assert not list(replay.check(desk))


@pytest.mark.parametrize("raw", ["files/1", "1", 1, {"id": 1, "name": "x", "size": 1, "type": ""}, b"x"])
def test_nothing_but_a_file_fills_it(raw: Any, zhou: Actor) -> None:
    made(zhou, "第一家", sent())
    with pytest.raises(Invalid):
        made(zhou, "第二家", raw)


def test_one_that_is_too_large_is_refused_and_nothing_is_stored(zhou: Actor, settings: LazySettings) -> None:
    settings.UPLOAD_LIMIT = 3
    with pytest.raises(Invalid):
        made(zhou, "第一家", sent())
    assert not StoredFile.objects.exists()


def test_what_is_refused_stores_nothing(zhou: Actor) -> None:
    with pytest.raises(Invalid):
        made(zhou, "", sent())
    with pytest.raises(Refused):
        run(create, [Call({"name": "第一家", "c_licence": sent()}), Call({"name": ""})], by=zhou, on=account)
    assert not StoredFile.objects.exists()
    given = {"anyway": True, "c_licence": sent()}
    calls = [Call({"name": "第一家", **given}), Call({"name": "第二家", "annual_purchase": "0.001", **given})]
    assert run(create, calls, by=zhou, on=account, partial=True).refusals.keys() == {1}
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "kept"), [("../../etc/passwd", "passwd"), ("C:\\x\\a.txt", "a.txt"), ("a\x00b\n.txt", "ab.txt"), ("\x01", "unnamed")]
)  # fmt: skip
def test_a_name_is_no_path_and_can_be_printed(name: str, kept: str, zhou: Actor) -> None:
    file = sent()
    file._name = name  # as one comes from a program
    assert held(made(zhou, "第一家", file)).name == kept  # type: ignore[union-attr]


def test_required(zhou: Actor, own: CustomField) -> None:
    do(update, own, by=SYSTEM, required=True)
    with pytest.raises(Invalid) as refused:
        made(zhou, "第一家")
    assert list(refused.value.errors) == ["c_licence"]
    one = made(zhou, "第一家", sent())
    with pytest.raises(Invalid):
        do(update, one, by=zhou, c_licence=None)


def test_lists_filter_by_name_and_presence_and_offer_no_order(zhou: Actor) -> None:
    made(zhou, "第一家", sent("执照-A.pdf"))
    made(zhou, "第二家", sent("合同.docx"))
    made(zhou, "第三家")
    assert [str(value) for _name, value in listed(zhou, {"c_licence.filled": "", "sort": "id"}, ("name", "c_licence"))] == [
        "执照-A.pdf", "合同.docx",
    ]  # fmt: skip
    assert listed(zhou, {"c_licence.has": "执照-a"}) == [["第一家"]]
    assert listed(zhou, {"c_licence.has": "application"}) == []
    assert listed(zhou, {"c_licence.empty": ""}) == [["第三家"]]
    for params in ({"sort": "c_licence"}, {"c_licence.is": "执照-A.pdf"}, {"c_licence.in": "1"}):
        with pytest.raises(Refused):
            Query.parse(desk, zhou, params, ["name"]).page(5)
    with pytest.raises(Refused):
        Query.parse(desk, zhou, {}).groups("c_licence")


def test_search_finds_it_and_export_names_it(zhou: Actor) -> None:
    one = made(zhou, "第一家", sent("消防验收报告.pdf"))
    assert [hit.record_id for hit in search.search("消防验收", {"account": None})] == [one.pk]
    stream = BytesIO()
    exporting.export_rows(Query.parse(desk, zhou, {}, ["name", "c_licence"]), stream, "csv")
    assert "消防验收报告.pdf" in stream.getvalue().decode("utf-8-sig")


def test_no_import_fills_it(zhou: Actor) -> None:
    assert mapping.guess(desk, zhou, ["客户名称", "营业执照", "c_licence"]) == ["name", "", ""]
    assert "c_licence" not in exporting.every_column(desk, zhou)
    with pytest.raises(Refused):
        mapping.overridden(["甲"], [""], {"甲": "c_licence"}, mapping.fields_of(desk, zhou))


def test_a_merge_takes_it_along_and_gives_it_back(zhou: Actor) -> None:
    do(create, by=SYSTEM, on=CustomField, object="account", key="due", name="到期", kind="date")
    one, other = made(zhou, "第一家"), made(zhou, "第二家", sent())
    do(update, other, by=zhou, c_due="2026-03-01")
    file, due = held(other), desk.own_fields["c_due"]
    do(merge, one, by=zhou, others=[other.pk])
    assert held(one) == file and content_of(file) == b"%PDF"
    assert due.value_of(account._base_manager.get(pk=one.pk)).isoformat() == "2026-03-01"
    assert not list(replay.check(desk))
    do(unmerge, one.pk, by=zhou, on=account)
    assert held(one) is None and held(other) == file
    assert due.value_of(account._base_manager.get(pk=one.pk)) is None
    assert not list(replay.check(desk))


def test_the_past_tells_the_former_file(zhou: Actor) -> None:
    one = made(zhou, "第一家", sent())
    first, moment = held(one), account._base_manager.get(pk=one.pk).changed_at
    do(update, one, by=zhou, c_licence=sent("新.pdf"))
    field, then = desk.own_fields["c_licence"], past.as_of(zhou, desk, one.pk, moment)
    assert field.value_of(then) == first
    now = account._base_manager.get(pk=one.pk)
    assert past.file_held(now, field, first.id) == first  # type: ignore[union-attr,arg-type]
    assert past.file_held(now, field, 999_999) is None


@pytest.mark.parametrize("given", [{"unique": "1"}, {"indexed": "1"}, {"default": "x"}])
def test_what_no_file_can_be_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        do(create, by=SYSTEM, on=CustomField, object="account", key="x", name="x", kind="file", **given)
    assert list(refused.value.errors) == list(given)


def test_no_formula_reads_it() -> None:
    with pytest.raises(Invalid):
        do(
            create,
            by=SYSTEM,
            on=CustomField,
            object="account",
            key="x",
            name="x",
            kind="formula_text",
            formula="c_licence",
        )
