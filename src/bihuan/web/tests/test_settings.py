"""The settings of the kernel: sheets of stages and values, rules, archiving, document numbers; notices and long work."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bihuan.core import job, notify, registry
from bihuan.core.access import Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.choice import options
from bihuan.core.errors import Refused
from bihuan.core.notify import Notification
from bihuan.core.run import do
from bihuan.core.stage import Pipeline, Stage, pipelines, step, steps
from bihuan.core.verbs import create, move, update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

opportunity = registry.desk("opportunity").model


@pytest.fixture
def address(firm: None) -> str:
    """The sheet of the deals' stages."""
    return f"/settings/stages/{pipelines('opportunity')[0].id}"


def inputs(page: object, form: str = "sheet") -> dict[str, list[str]]:
    """What the browser would send of a form that nobody has touched."""
    html = re.search(rf'<form[^>]*id="{form}".*?</form>', page.content.decode(), re.DOTALL)[0]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") not in ("radio", "checkbox") or " checked" in tag:
            sent.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        sent[name] = [chosen[1] if (chosen := re.search(r'value="([^"]*)" selected', body)) else ""]
    return sent


def labels() -> list[str]:
    return [each.names[0] for each in steps("opportunity")]


# ---------------------------------------------------------------------- who


def test_only_who_sets_up_the_firm_sees_the_sections(
    browse: Browse, zhou: Actor, lin: Actor, sun: Actor, address: str
) -> None:
    assert browse(zhou).get(address).status_code == 200
    for other in (lin, sun):
        assert browse(other).get(address).status_code == 403
        page = browse(other).get("/settings")
        assert page.status_code == 200
        assert "subnav" not in page.content.decode()


def test_a_sheet_sent_without_the_right_changes_nothing(
    browse: Browse, zhou: Actor, lin: Actor, address: str, stages: dict
) -> None:
    sent = inputs(browse(zhou).get(address)) | {"方案-name": "改了"}
    browse(lin).post(address, sent)
    assert "改了" not in labels()


# ---------------------------------------------------------------------- sheets


def test_an_untouched_sheet_changes_no_record(browse: Browse, zhou: Actor, address: str) -> None:
    client = browse(zhou)
    client.post(address, inputs(client.get(address)))
    before = AuditEntry.objects.count()
    assert client.post(address, inputs(client.get(address))).status_code == 303
    assert AuditEntry.objects.count() == before


def test_several_rows_are_saved_at_once_and_audited(browse: Browse, zhou: Actor, address: str, stages: dict) -> None:
    client = browse(zhou)
    sent = inputs(client.get(address))
    sent |= {
        "方案-name": "方案报价",
        "谈判-probability": "75",
        "谈判-pigment": "orange",
    }
    assert client.post(address, sent).status_code == 303
    assert labels()[1] == "方案报价"
    assert (step(stages["谈判"]).probability, step(stages["谈判"]).pigment) == (75, "orange")
    entry = AuditEntry.objects.filter(object="stage", record_id=stages["方案"], command="update").latest("id")
    assert entry.changes["name"] == ["方案", "方案报价"]


def test_one_wrong_row_keeps_all_from_being_saved_and_nothing_typed_is_lost(
    browse: Browse, zhou: Actor, address: str, stages: dict
) -> None:
    client = browse(zhou)
    sent = inputs(client.get(address)) | {"方案-name": "方案报价", "谈判-probability": "101"}
    page = client.post(address, sent)
    assert page.status_code == 422
    assert "方案报价" not in labels()
    html = page.content.decode()
    assert 'value="方案报价"' in html
    assert 'value="101"' in html
    assert 'role="alert"' in html


def test_the_order_is_the_order_in_which_rows_are_sent(browse: Browse, zhou: Actor, address: str) -> None:
    client = browse(zhou)
    sent = inputs(client.get(address))
    sent["row"] = list(reversed(sent["row"]))
    before = labels()
    client.post(address, sent)
    assert labels() == list(reversed(before))


def test_a_row_goes_up_without_a_script(browse: Browse, zhou: Actor, address: str, stages: dict) -> None:
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"up": "方案"})
    assert labels()[:2] == ["方案", "初步接触"]


def test_a_named_last_row_becomes_a_record(browse: Browse, zhou: Actor, address: str) -> None:
    client = browse(zhou)
    client.post(
        address, inputs(client.get(address)) | {"new-name": "合同审批", "new-kind": "open", "new-probability": "90"}
    )
    added = next(each for each in steps("opportunity") if each.names[0] == "合同审批")
    assert (added.kind, added.probability) == ("open", 90)
    assert labels()[-1] == "合同审批"


def test_somebody_elses_change_of_the_same_name_is_not_overwritten(
    browse: Browse, zhou: Actor, address: str, stages: dict
) -> None:
    client = browse(zhou)
    seen = inputs(client.get(address))
    client.post(address, inputs(client.get(address)) | {"方案-name": "先到"})
    late = client.post(address, seen | {"方案-name": "后到"})
    assert late.status_code == 422
    assert "先到" in labels()


def test_values_of_a_list_are_kept_in_a_sheet(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    page = "/settings/choices/account_level"
    changes = {"a-aliases": "A级, 重点", "new-name": "D", "archive": "c"}
    client.post(page, inputs(client.get(page)) | changes)
    assert [each.names[0] for each in options("account_level")] == ["A", "B", "D"]
    assert options("account_level")[0].aliases == ("A级", "重点")
    assert client.get("/settings/choices/no_such_list").status_code == 404


# ---------------------------------------------------------------------- rules and archiving


def test_rules_ask_for_fields_and_lead_on(
    browse: Browse, zhou: Actor, kongya: object, address: str, stages: dict
) -> None:
    sent = {"required": ["competitor", "expected_close"], "leads_to": ["谈判"], "aliases": "报价", "at_limit": "warn"}
    saved = browse(zhou).post(f"{address}/方案/rules", sent)
    assert saved["Location"] == f"{address}?stage=%E6%96%B9%E6%A1%88"
    here = step(stages["方案"])
    assert (here.required, here.leads_to, here.aliases, here.at_limit) == (
        ("competitor", "expected_close"),
        (stages["谈判"],),
        ("报价",),
        "warn",
    )
    with pytest.raises(Refused) as refused:
        do(move, kongya, by=zhou, stage=stages["方案"])
    assert set(refused.value.errors) == {"competitor", "expected_close"}


def test_the_pipeline_says_whether_records_go_back(browse: Browse, zhou: Actor, kongya: object, address: str) -> None:
    browse(zhou).post(f"{address}/rules", {"name": "销售", "rollback": "never"})
    do(move, kongya, by=zhou, stage="谈判")
    with pytest.raises(Refused, match="goes back"):
        do(move, kongya, by=zhou, stage="方案")
    assert pipelines("opportunity")[0].label == "销售"


def draft_of(page: object) -> str:
    """The part of a page that tells of the draft."""
    found = re.search(r'<section class="pane draft".*?</section>', page.content.decode(), re.DOTALL)
    return found[0] if found else ""


DRAFT = "/settings/draft/pipelines/opportunity/opportunity_流程"


def test_a_stage_in_use_goes_once_it_is_said_where_its_records_go(
    browse: Browse, zhou: Actor, kongya: object, fengji: object, address: str, stages: dict
) -> None:
    client, first = browse(zhou), stages["初步接触"]
    asked = client.post(address, inputs(client.get(address)) | {"archive": "初步接触"})
    assert asked["Location"].endswith("#draft")
    told = draft_of(client.get(address))
    assert "2 条记录" in told
    assert f"stage.in={first}" in told
    assert "初步接触" in labels(), "a draft changes nothing"
    refused = client.post(f"{DRAFT}/live")
    assert refused.status_code == 422
    assert client.post(f"{DRAFT}/live", {"goal:初步接触": "谈判"})["Location"] == address
    assert "初步接触" not in labels()
    assert set(opportunity._base_manager.values_list("stage", flat=True)) == {stages["谈判"]}
    moved = AuditEntry.objects.filter(object="opportunity", record_id=kongya.pk).latest("id")
    assert (moved.command, moved.changes["stage"]) == ("move", [first, stages["谈判"]])
    assert draft_of(client.get(address)) == ""


def test_records_that_cannot_go_there_keep_their_stage(browse: Browse, zhou: Actor, address: str, stages: dict) -> None:
    do(create, by=zhou, on=opportunity, name="无客户")  # the won stage asks for an account
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"archive": "初步接触"})
    answer = client.post(f"{DRAFT}/live", {"goal:初步接触": "赢单"})
    assert answer.status_code == 422
    assert "初步接触" in labels()
    assert not opportunity._base_manager.filter(stage=stages["赢单"]).exists()


def test_an_empty_stage_is_archived_at_once_and_comes_back(browse: Browse, zhou: Actor, address: str) -> None:
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"archive": "谈判"})
    assert "谈判" not in labels()
    client.post(address, inputs(client.get(address)) | {"restore": "谈判"})
    assert labels().index("谈判") == 2, "where it stood before"


# ---------------------------------------------------------------------- drafts


def test_a_draft_tells_which_records_it_touches_and_writes_nothing(
    browse: Browse, zhou: Actor, kongya: object, fengji: object, address: str
) -> None:
    opportunity._base_manager.filter(pk=kongya.pk).update(stage_since=timezone.now() - timedelta(days=9))
    client = browse(zhou)
    before = AuditEntry.objects.count()
    sent = inputs(client.get(address)) | {"初步接触-probability": "50", "初步接触-days_limit": "5"}
    client.post(address, sent)
    told = draft_of(client.get(address))
    assert "1 条记录超时停滞" in told
    assert "+690,000.00 CNY" in told
    assert AuditEntry.objects.count() == before
    assert steps("opportunity")[0].probability == 0
    client.post(f"{DRAFT}/live")
    assert (steps("opportunity")[0].probability, steps("opportunity")[0].days_limit) == (50, 5)


def test_what_is_kept_as_a_draft_waits_and_can_be_discarded(browse: Browse, zhou: Actor, address: str) -> None:
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"方案-name": "方案报价", "draft": "1"})
    assert "方案报价" in client.get(address).content.decode()
    assert "方案报价" not in labels()
    client.post(f"{DRAFT}/discard")
    assert draft_of(client.get(address)) == ""
    assert "方案报价" not in client.get(address).content.decode()


def test_a_draft_leaves_the_order_of_the_pipelines_alone(browse: Browse, zhou: Actor, address: str) -> None:
    do(create, by=zhou, on=Pipeline, object="opportunity", name="续约", order=1)
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"方案-name": "方案报价", "up": "谈判"})
    assert [each.label for each in pipelines("opportunity")][1] == "续约"
    assert labels()[:3] == ["初步接触", "谈判", "方案报价"]


def test_what_others_change_while_a_draft_waits_stays(browse: Browse, zhou: Actor, address: str, stages: dict) -> None:
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"方案-name": "方案报价", "draft": "1"})
    do(update, stages["方案"], by=zhou, on=Stage, pigment="rouge")
    do(create, by=zhou, on=Stage, pipeline=pipelines("opportunity")[0].id, name="合同", order=9)
    client.post(f"{DRAFT}/live")
    here = step(stages["方案"])
    assert (here.names[0], here.pigment) == ("方案报价", "rouge")
    assert "合同" in labels()


def test_only_who_may_set_up_the_firm_sends_a_draft_live(browse: Browse, zhou: Actor, lin: Actor, address: str) -> None:
    client = browse(zhou)
    client.post(address, inputs(client.get(address)) | {"方案-name": "方案报价", "draft": "1"})
    for way in ("live", "discard"):
        assert browse(lin).post(f"{DRAFT}/{way}").status_code == 403
    assert draft_of(client.get(address))
    assert client.post("/settings/draft/pipelines/opportunity/none/live").status_code == 404


def test_a_new_pipeline_has_a_page_for_its_stages(browse: Browse, zhou: Actor) -> None:
    made = browse(zhou).post("/settings/stages", {"object": "opportunity", "name": "维保续约"})
    page = browse(zhou).get(made["Location"])
    assert page.status_code == 200
    assert not Stage._base_manager.filter(pipeline=made["Location"].rpartition("/")[2]).exists()


# ---------------------------------------------------------------------- document numbers


def test_a_number_pattern_counts_from_the_next_record_on(browse: Browse, zhou: Actor, kongya: object) -> None:
    former = kongya.number
    assert browse(zhou).post("/settings/numbers", {"opportunity": "SJ{n:04}"}).status_code == 303
    kongya.refresh_from_db()
    assert kongya.number == former
    assert re.fullmatch(r"SJ\d{4}", do(create, by=zhou, on=opportunity, name="新").number)
    entry = AuditEntry.objects.filter(object="numberrule").latest("id")
    assert (entry.actor_id, entry.changes["pattern"][1]) == (zhou.user_id, "SJ{n:04}")


@pytest.mark.parametrize("pattern", ["SJ-{year}", "{n}{n}", "{owner}-{n}", ""])
def test_a_pattern_that_would_not_tell_records_apart_is_refused(browse: Browse, zhou: Actor, pattern: str) -> None:
    page = browse(zhou).post("/settings/numbers", {"opportunity": pattern})
    assert page.status_code == 422
    assert "opportunity-note" in page.content.decode()


# ---------------------------------------------------------------------- notices and long work


def test_notices_are_read_when_they_are_opened(browse: Browse, lin: Actor, chen: Actor, hengli: object) -> None:
    notify.tell(lin.user_id, "“%(task)s” is due.", key="a", about="account", about_id=hengli.pk, task="回访 <b>")
    client = browse(lin)
    page = client.get("/notices").content.decode()
    assert "回访 &lt;b&gt;" in page
    assert "data-unread" in page
    note = Notification.objects.get(key="a")
    assert browse(chen).post(f"/notices/{note.pk}").status_code == 404
    assert client.post(f"/notices/{note.pk}")["Location"] == f"/account/{hengli.pk}"
    assert "data-unread" not in client.get("/notices").content.decode()


def test_all_notices_are_marked_as_read_at_once(browse: Browse, lin: Actor, chen: Actor) -> None:
    for person in (lin, chen):
        notify.tell(person.user_id, "Something happened.", key="b")
    browse(lin).post("/notices")
    assert notify.unread(lin.user_id) == 0
    assert notify.unread(chen.user_id) == 1


@job.work("test_count")
def _count(work: job.Job):  # type: ignore[no-untyped-def]
    work.result = {"created": 3}
    yield


def test_a_job_tells_how_far_it_is_and_what_came_of_it(browse: Browse, htmx: dict, lin: Actor, chen: Actor) -> None:
    mine = job.enqueue("test_count", user_id=lin.user_id, label="导入客户", total=1)
    client = browse(lin)
    assert 'hx-trigger="every 1s"' in client.get(f"/jobs/{mine.pk}").content.decode()
    assert browse(chen).get(f"/jobs/{mine.pk}").status_code == 404
    job.perform(mine)
    part = client.get(f"/jobs/{mine.pk}", headers=htmx).content.decode()
    assert "hx-trigger" not in part
    assert "<b>3</b>" in part
    assert "导入客户" in client.get("/jobs").content.decode()


def test_a_job_can_be_stopped_by_who_began_it(browse: Browse, lin: Actor, chen: Actor) -> None:
    mine = job.enqueue("test_count", user_id=lin.user_id)
    assert browse(chen).post(f"/jobs/{mine.pk}/cancel").status_code == 404
    browse(lin).post(f"/jobs/{mine.pk}/cancel")
    mine.refresh_from_db()
    assert mine.state == "cancelled"


def test_a_fault_is_told_in_a_sentence_with_the_details_apart(browse: Browse, lin: Actor) -> None:
    mine = job.enqueue("test_count", user_id=lin.user_id)
    job.Job.objects.filter(pk=mine.pk).update(
        state="failed", error="Traceback (most recent call last): x", finished_at=timezone.now()
    )
    page = browse(lin).get(f"/jobs/{mine.pk}").content.decode()
    assert "<details>" in page
    assert page.index("<details>") < page.index("Traceback")
