"""The blueprint of a firm at work: applied as a whole or not at all, told in advance, taken back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.cast import new, record

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.blueprint import draft, history
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.difference import compare
from bihuan.core.blueprint.present import present
from bihuan.core.blueprint.text import Faulty, read, write
from bihuan.core.choice import options
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.run import do
from bihuan.core.stage import step, steps
from bihuan.core.verbs import archive, create, move, update
from bihuan.web.saved_view import SavedView
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

STAGES = ("pipelines", "opportunity", "opportunity_流程", "stages")
opportunity = registry.desk("opportunity").model


def text() -> str:
    return write(present().rows)


def labels(name: str = "account_level") -> list[str]:
    return [each.label for each in options(name)]


# ---------------------------------------------------------------------- to text and back


def test_the_firm_is_what_its_text_says(firm: None) -> None:
    document = read(text())
    assert document.rows == present().rows
    assert compare(present().rows, document.rows, document.sections) == []


def test_rules_and_links_are_written_by_their_keys(zhou: Actor, stages: dict[str, int]) -> None:
    role = record("role", key="manager").pk
    do(update, stages["方案"], by=zhou, on=registry.desk("stage").model, leads_to=[stages["谈判"]], movers=[role])
    row = read(text()).rows[*STAGES, "方案"]
    assert (row["leads_to"], row["movers"]) == (("谈判",), ("manager",))


def test_shared_views_are_written_by_their_keys_and_read_back(zhou: Actor, lin: Actor, stages: dict[str, int]) -> None:
    level = options("account_level")[0]
    params = {"level.in": str(level.id), "owner.in": f"me,{lin.user_id}", "sort": "-name"}
    SavedView.objects.create(user_id=zhou.user_id, object="account", name="重点", params=params, shared=True)
    on_stage = {"stage.in": f"{stages['方案']},{stages['谈判']}"}
    SavedView.objects.create(user_id=zhou.user_id, object="opportunity", name="在谈", params=on_stage, shared=True)
    SavedView.objects.create(user_id=zhou.user_id, object="account", name="自己的", params=params)
    written = text()
    assert "level.in: =a" in written
    assert "me,=lin" in written
    assert "=opportunity_流程/方案,=opportunity_流程/谈判" in written
    assert "自己的" not in written
    SavedView.objects.filter(shared=True).delete()
    document = read(written)
    apply(document.rows, document.sections, by=zhou, lines=document.lines)
    assert SavedView.objects.get(name="重点").params == params
    assert SavedView.objects.get(name="在谈").params == on_stage
    assert text() == written


def test_a_field_that_holds_files_is_written_and_read_back(zhou: Actor) -> None:
    own = new("customfield", object="account", key="licence", name="营业执照", kind="file", required=True)
    written = text()
    do(archive, own, by=zhou)
    document = read(written)
    apply(document.rows, document.sections, by=zhou, lines=document.lines)
    found = record("customfield", pk=own.pk)
    assert (found.kind, found.required, found.archived_at) == ("file", True, None) and text() == written


def test_a_view_that_asks_for_a_business_record_is_no_configuration(zhou: Actor, hengli: Any) -> None:
    params = {"account.in": str(hengli.pk)}
    SavedView.objects.create(user_id=zhou.user_id, object="opportunity", name="恒砺", params=params, shared=True)
    assert "恒砺" not in text()
    document = read(text() + "\nviews: {}\n")
    apply(document.rows, document.sections, by=zhou)
    assert SavedView.objects.filter(name="恒砺").exists()


# ---------------------------------------------------------------------- applying


def test_what_differs_is_changed_and_nothing_else(zhou: Actor) -> None:
    before = AuditEntry.objects.count()
    document = read(text().replace("pigment: ink", "").replace("name: 方案", "name: [方案, 方案, Proposal]"))
    done = apply(document.rows, document.sections, by=zhou)
    assert [(each.sort, each.address[-1], each.fields) for each in done] == [("change", "方案", ("name",))]
    assert AuditEntry.objects.count() == before + 1
    assert AuditEntry.objects.latest("id").actor_id == zhou.user_id


def test_one_wrong_row_keeps_all_from_being_applied_and_is_told_with_its_line(zhou: Actor) -> None:
    body = "blueprint: 1\nchoices:\n  account_level:\n    a: {name: 甲}\n    b: {name: 乙, pigment: pink}\n"
    with pytest.raises(Faulty) as refused:
        apply(read(body).rows, ("choices",), by=zhou, lines=read(body).lines)
    assert [fault.line for fault in refused.value.faults] == [5]
    assert labels() == ["A", "B", "C"]


def test_a_dry_run_tells_the_same_and_writes_nothing(zhou: Actor) -> None:
    body = read("blueprint: 1\nchoices:\n  account_level:\n    b: {name: B}\n    e: {name: E}\n")
    before = AuditEntry.objects.count()
    told = apply(body.rows, (), by=zhou, dry=True)
    assert told == []
    rows = {each: row for each, row in present().rows.items() if each[:2] != ("choices", "account_level")} | body.rows
    told = apply(rows, ("choices",), by=zhou, dry=True)
    assert [(each.sort, each.address[-1]) for each in told] == [("add", "e"), ("remove", "a"), ("remove", "c")]
    assert AuditEntry.objects.count() == before
    assert labels() == ["A", "B", "C"]
    assert apply(rows, ("choices",), by=zhou) == told
    assert labels() == ["B", "E"]


def test_what_comes_back_is_the_same_record(zhou: Actor) -> None:
    first = options("account_level")[0].id
    before = present().rows
    do(archive, first, by=zhou, on=registry.desk("choice").model)
    apply(before, ("choices",), by=zhou)
    assert options("account_level")[0].id == first
    assert present().rows == before


def test_records_are_not_left_on_a_stage_that_goes(zhou: Actor, kongya: Any, stages: dict[str, int]) -> None:
    rows = {each: row for each, row in present().rows.items() if each != (*STAGES, "初步接触")}
    with pytest.raises(Faulty, match="初步接触"):
        apply(rows, ("pipelines",), by=zhou)
    assert steps("opportunity")[0].key == "初步接触"
    apply(rows, ("pipelines",), by=zhou, goals={(*STAGES, "初步接触"): (*STAGES, "方案")})
    kongya.refresh_from_db()
    assert kongya.stage_id == stages["方案"]


def test_who_may_not_set_up_the_firm_applies_nothing(lin: Actor) -> None:
    before = present().rows
    with pytest.raises((Faulty, Forbidden)):
        apply({}, ("choices",), by=lin)
    with pytest.raises(Forbidden):
        draft.keep(("choices", "account_level"), {}, by=lin)
    assert present().rows == before


# ---------------------------------------------------------------------- history


def test_any_past_configuration_can_be_told_and_brought_back(zhou: Actor, stages: dict[str, int]) -> None:
    model = registry.desk("stage").model
    told: list[tuple[int, str]] = []

    def note() -> None:
        told.append((AuditEntry.objects.latest("id").pk + 1, text()))

    note()
    do(update, stages["方案"], by=zhou, on=model, name="报价", probability=33, order=3, leads_to=[stages["谈判"]])
    note()
    made = do(create, by=zhou, on=model, pipeline=record("pipeline", object="opportunity").pk, name="签约", order=8)
    note()
    do(archive, record("choice", set="channel", name="微信"), by=zhou)
    do(update, stages["方案"], by=zhou, on=model, leads_to=[made.pk, stages["谈判"]])
    note()
    do(update, record("role", key="seller"), by=zhou, name="业务")
    for entry, before in reversed(told):
        if AuditEntry.objects.filter(pk__gte=entry).exists():
            assert write(present(entry).rows) == before
    for entry, before in (told[2], told[0]):
        rows, sections = history.before(AuditEntry.objects.filter(pk__gte=entry, object__in=SLUGS).earliest("id").pk)
        apply(rows, sections, by=zhou)
        assert text() == before


SLUGS = ("stage", "choice", "role", "pipeline")


def test_what_is_applied_at_once_is_one_change(zhou: Actor) -> None:
    rows = {each: row for each, row in present().rows.items() if each[:2] != ("choices", "channel")}
    apply(rows, ("choices",), by=zhou)
    change = history.changes()[0]
    assert (change.actor, len(change.records), change.told()) == ("周敏", 3, "3 choices")
    apply(*history.before(change.entry), by=zhou)
    assert len(options("channel")) == 3


def test_a_business_record_is_no_moment_of_the_configuration(zhou: Actor, kongya: Any) -> None:
    entry = AuditEntry.objects.filter(object="opportunity").latest("id").pk
    for none in (entry, 10**9):
        with pytest.raises(NotFound):
            history.before(none)


def test_going_back_stops_where_records_stand_in_the_way(browse: Browse, zhou: Actor, kongya: Any) -> None:
    model = registry.desk("stage").model
    made = do(create, by=zhou, on=model, pipeline=record("pipeline", object="opportunity").pk, name="签约", order=8)
    do(move, kongya, by=zhou, stage=made.pk)
    client, entry = browse(zhou), history.changes()[0].entry
    page = client.get(f"/settings/blueprint/rollback/{entry}")
    assert "“签约”里有 1 条记录" in page.content.decode()
    refused = client.post(f"/settings/blueprint/rollback/{entry}")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    assert step(made.pk).active
    goal = {f"goal:{'/'.join((*STAGES, '签约'))}": "谈判"}
    assert client.post(f"/settings/blueprint/rollback/{entry}", goal).status_code == 303
    kongya.refresh_from_db()
    assert step(kongya.stage_id).key == "谈判"
    assert "签约" not in [each.key for each in steps("opportunity")]


# ---------------------------------------------------------------------- the page


def upload(body: str | bytes) -> dict[str, Any]:
    content = body.encode() if isinstance(body, str) else body
    return {"file": SimpleUploadedFile("firm.yaml", content, "application/yaml")}


def test_a_downloaded_file_comes_back_without_a_difference(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    answer = client.get("/settings/blueprint/download")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content.decode() == text()
    page = client.post("/settings/blueprint", upload(answer.content)).content.decode()
    assert "没有差异" in page


def test_an_edited_file_is_shown_first_and_then_applied(browse: Browse, zhou: Actor, kongya: Any) -> None:
    client, edited = browse(zhou), text().replace("name: 方案,", "name: [方案报价, 方案報價, Proposal],")
    page = client.post("/settings/blueprint", upload(edited)).content.decode()
    assert "方案报价 / 方案報價 / Proposal" in page
    assert "Proposal" not in text(), "shown is not done"
    sent = re.search(r'<textarea name="text" hidden>\n?(.*?)</textarea>', page, re.DOTALL)[1]
    assert client.post("/settings/blueprint", {"text": html.unescape(sent), "apply": "1"}).status_code == 303
    assert text() == edited
    assert "周敏" in client.get("/settings/blueprint").content.decode()


def test_faults_are_told_and_nothing_happens(browse: Browse, zhou: Actor) -> None:
    before, client = text(), browse(zhou)
    page = client.post("/settings/blueprint", upload("blueprint: 1\nchoises: {}\n"))
    assert page.status_code == 422
    assert "第 2 行" in page.content.decode()
    for body in (
        b"\xff\xfe\x00",
        "<script>",
        "blueprint: 1\nroles:\n  seller: {name: <script>alert(1)</script>, grants: {x: {y: all}}}\n",
    ):
        page = client.post("/settings/blueprint", upload(body) | {"apply": "1"})
        assert page.status_code == 422
        assert "<script>alert" not in page.content.decode()
    assert client.post("/settings/blueprint", {"text": "", "apply": "1"}).status_code == 422
    assert text() == before


def test_nobody_locks_the_administrators_out(browse: Browse, zhou: Actor) -> None:
    before = text()
    sent = re.sub(r"'\*': \{'\*': all\}", "account: {view: all}", before, count=1)
    assert sent != before
    assert browse(zhou).post("/settings/blueprint", {"text": sent, "apply": "1"}).status_code == 422
    assert text() == before


@pytest.mark.parametrize("address", ["", "/download", "/rollback/1"])
def test_the_blueprint_is_for_those_who_set_up_the_firm(browse: Browse, lin: Actor, sun: Actor, address: str) -> None:
    for other in (lin, sun):
        assert browse(other).get(f"/settings/blueprint{address}").status_code == 403
        assert browse(other).post("/settings/blueprint", {"text": "blueprint: 1", "apply": "1"}).status_code == 403
