"""The page of a record: what stands on it, for whom, and what it costs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.attached import Attachment, Note, attach
from bihuan.core.choice import options
from bihuan.core.errors import Invalid
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, create, update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 16
touchpoint, task = registry.desk("touchpoint").model, registry.desk("task").model


def read(answer: Any) -> str:
    return answer.content.decode()


def test_the_page_shows_who_it_is_and_what_points_to_it(
    browse: Browse, lin: Actor, hengli: Any, kongya: Any, zhangsan: Any
) -> None:
    page = read(browse(lin).get(f"/account/{hengli.pk}"))
    assert '<h1 class="clip">苏州恒砺精密机械有限公司</h1>' in page
    assert f'href="/opportunity/{kongya.pk}">空压站</a>' in page
    assert f'href="/contact/{zhangsan.pk}"' in page
    assert f'href="/opportunity/new?account={hengli.pk}"' in page
    assert f"/opportunity?account.in={hengli.pk}" in page


def test_a_record_out_of_reach_is_not_there(browse: Browse, lin: Actor, xinghua: Any) -> None:
    answer = browse(lin).get(f"/account/{xinghua.pk}")
    assert answer.status_code == 404
    assert "兴华" not in read(answer)


def test_a_hidden_relative_has_no_name_in_the_facts(
    browse: Browse, lin: Actor, zhou: Actor, hengli: Any, xinghua: Any
) -> None:
    do(update, hengli, by=zhou, parent=xinghua.pk)
    assert "兴华" not in read(browse(lin).get(f"/account/{hengli.pk}"))
    assert "兴华" in read(browse(zhou).get(f"/account/{hengli.pk}"))


def test_only_what_one_may_do_is_offered(browse: Browse, lin: Actor, chen: Actor, sun: Actor, hengli: Any) -> None:
    address = f"/account/{hengli.pk}"
    mine, teammates, readers = (read(browse(actor).get(address)) for actor in (lin, chen, sun))
    for offer in (f"{address}/edit", f"{address}/do/archive", f'data-cell="{address}/field/city"'):
        assert offer in mine
        assert offer not in teammates
        assert offer not in readers
    assert "/opportunity/new?" in teammates
    assert "/opportunity/new?" not in readers
    assert "<textarea" in teammates
    assert "<textarea" not in readers


def test_the_recycle_bin_offers_the_way_back_and_nothing_else(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(archive, hengli, by=lin)
    page = read(browse(lin).get(f"/account/{hengli.pk}"))
    assert f'action="/account/{hengli.pk}/do/restore"' in page
    assert "data-cell=" not in page
    assert "<textarea" not in page


def test_the_stage_line_leads_only_where_the_record_may_go(
    browse: Browse, lin: Actor, chen: Actor, kongya: Any, stages: dict[str, int]
) -> None:
    page = read(browse(lin).get(f"/opportunity/{kongya.pk}"))
    assert f'name="stage" value="{stages["方案"]}"' in page
    assert f'name="stage" value="{stages["初步接触"]}"' not in page  # it stands there
    assert 'name="stage"' not in read(browse(chen).get(f"/opportunity/{kongya.pk}"))


def test_parts_are_drawn_anew_into_their_places(browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]) -> None:
    parts = read(browse(lin).get(f"/account/{hengli.pk}?parts=header,panels", headers=htmx))
    assert f'hx-target="#header-account-{hengli.pk}"' in parts
    assert f'hx-target="#panels-account-{hengli.pk}"' in parts
    assert "facts-account" not in parts


# ---------------------------------------------------------------------- timeline


def test_changes_stand_in_words(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, level="B", city="苏州")
    page = read(browse(lin).get(f"/account/{hengli.pk}/timeline?tab=changes", headers={"HX-Request": "true"}))
    assert "A <span" in page
    assert "</span> B" in page
    assert "苏州" in page
    assert "林晓" in page


def test_an_account_tells_what_happened_on_its_deals(browse: Browse, lin: Actor, hengli: Any, kongya: Any) -> None:
    do(update, kongya, by=lin, next_step="寄某某压缩机样本")
    page = read(browse(lin).get(f"/account/{hengli.pk}"))
    assert "某某压缩机" in page
    assert page.count(f'<a href="/opportunity/{kongya.pk}">空压站</a>') >= 2  # made, and changed


def test_a_deal_of_others_is_not_told(browse: Browse, lin: Actor, zhou: Actor, zhao: Actor, hengli: Any) -> None:
    do(create, by=zhou, on=registry.desk("opportunity").model, name="别人的商机", account=hengli.pk, owner=zhao.user_id)
    assert "别人的商机" not in read(browse(lin).get(f"/account/{hengli.pk}"))
    assert "别人的商机" in read(browse(zhou).get(f"/account/{hengli.pk}"))


def touch(by: Actor, account: Any, text: str, at: datetime) -> Call:
    return Call({"channel": options("channel")[0].id, "account": account.pk, "text": text, "at": at})


def test_every_entry_stands_once_on_the_pages_of_the_timeline(browse: Browse, lin: Actor, hengli: Any) -> None:
    moment = timezone.now() - timedelta(days=3)
    calls = [
        touch(lin, hengli, f"第{n:02}次。", moment + timedelta(minutes=n // 4)) for n in range(60)
    ]  # four at each moment
    run(create, calls, by=lin, on=touchpoint)
    for n in range(4):
        do(create, by=lin, on=Note, text=f"备注{n}。", about="account", about_id=hengli.pk)
    client, address, seen = browse(lin), f"/account/{hengli.pk}/timeline?tab=all", ""
    for _ in range(9):
        part = read(client.get(address, headers={"HX-Request": "true"}))
        seen += part
        if "after=" not in part:
            break
        address = part.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    assert "after=" not in part
    wanted = [f"第{n:02}次。" for n in range(59, -1, -1)]
    assert [text for text in wanted if seen.count(text) != 1] == []
    assert all(seen.count(f"备注{n}。") == 1 for n in range(4))
    heads = [seen.index(f"第{n:02}次。") for n in range(56, -1, -4)]
    assert heads == sorted(heads)


def test_imported_history_keeps_its_time(browse: Browse, zhou: Actor) -> None:
    made = do(
        create,
        by=zhou,
        on=registry.desk("account").model,
        name="老客户",
        created_at=datetime(2019, 3, 1, 4, tzinfo=UTC),
    )
    assert "2019年3月1日" in read(browse(zhou).get(f"/account/{made.pk}"))


def test_a_broken_cursor_gets_a_sentence(browse: Browse, lin: Actor, hengli: Any) -> None:
    answer = browse(lin).get(f"/account/{hengli.pk}?after=nonsense")
    assert answer.status_code == 422


# ---------------------------------------------------------------------- composer and files


def test_a_touch_with_its_next_step(
    browse: Browse, lin: Actor, hengli: Any, zhangsan: Any, htmx: dict[str, str]
) -> None:
    sent = {
        "channel": options("channel")[0].id, "text": "谈了付款方式", "contact": zhangsan.pk, "direction": "out",
        "next_step": "发合同", "next_at": "2027-01-05T10:00",
    }  # fmt: skip
    answer = read(browse(lin).post(f"/account/{hengli.pk}/timeline", sent, headers=htmx))
    assert "谈了付款方式" in answer
    assert "发合同" in answer  # among the open tasks
    made = touchpoint._base_manager.get(text="谈了付款方式")
    assert (made.account_id, made.contact_id, made.owner_id) == (hengli.pk, zhangsan.pk, lin.user_id)
    assert task._base_manager.get(title="发合同").due_at == datetime(2027, 1, 5, 2, tzinfo=UTC)


def test_a_refused_draft_stays(browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]) -> None:
    sent = {"channel": options("channel")[0].id, "text": "写到一半", "next_step": "回访", "next_at": "改天"}
    for headers in (htmx, {}):
        answer = browse(lin).post(f"/account/{hengli.pk}/timeline", sent, headers=headers)
        assert answer.status_code == 422
        assert ">写到一半</textarea>" in read(answer)
        assert 'value="回访"' in read(answer)
    assert not touchpoint._base_manager.filter(text="写到一半").exists()


def test_a_note_is_pinned_and_unpinned(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    client.post(f"/account/{hengli.pk}/timeline", {"channel": "note", "text": "质保金要走董事会", "pinned": "1"})
    note = Note._base_manager.get(text="质保金要走董事会")
    page = read(client.get(f"/account/{hengli.pk}"))
    assert page.count("质保金要走董事会") == 1
    client.post(f"/note/{note.pk}/do/update", {"pinned": "0"})
    note.refresh_from_db()
    assert not note.pinned


def upload(browse: Browse, actor: Actor, record: Any, content: bytes, name: str, media_type: str) -> Attachment:
    file = SimpleUploadedFile(name, content, media_type)
    browse(actor).post(f"/account/{record.pk}/timeline", {"file": file})
    return Attachment._base_manager.get(name=name)


def test_a_file_is_seen_by_whoever_sees_the_record(
    browse: Browse, lin: Actor, chen: Actor, zhao: Actor, hengli: Any
) -> None:
    made = upload(browse, lin, hengli, b"x" * 100, "用气曲线.xlsx", "application/vnd.ms-excel")
    answer = browse(chen).get(f"/files/{made.pk}")
    assert b"".join(answer.streaming_content) == b"x" * 100
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert browse(zhao).get(f"/files/{made.pk}").status_code == 404


@pytest.mark.parametrize(
    ("content", "shown"), [(PNG, "image/png"), (b"<svg onload=alert(1)>", "application/octet-stream")]
)
def test_only_what_really_is_a_picture_is_shown(
    browse: Browse, lin: Actor, hengli: Any, content: bytes, shown: str
) -> None:
    made = upload(browse, lin, hengli, content, "铭牌.png", "image/png")
    answer = browse(lin).get(f"/files/{made.pk}?inline")
    assert answer["Content-Type"] == shown
    assert answer["Content-Disposition"].startswith("inline" if shown == "image/png" else "attachment")


def test_a_file_that_is_too_large_is_refused(browse: Browse, lin: Actor, hengli: Any, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 10
    answer = browse(lin).post(f"/account/{hengli.pk}/timeline", {"file": SimpleUploadedFile("大.bin", b"x" * 11)})
    assert answer.status_code == 422
    assert not Attachment._base_manager.exists()


def test_a_path_is_no_file(lin: Actor, hengli: Any) -> None:
    with pytest.raises(Invalid):
        do(attach, by=lin, on=Attachment, about="account", about_id=hengli.pk, file="../secret")


# ---------------------------------------------------------------------- what it costs


def queries(client: Any, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def test_the_page_asks_few_questions_however_much_there_is(
    browse: Browse, lin: Actor, hengli: Any, kongya: Any
) -> None:
    client = browse(lin)
    before = {address: queries(client, address) for address in (f"/account/{hengli.pk}", f"/opportunity/{kongya.pk}")}
    run(create, [touch(lin, hengli, f"第{n}次", timezone.now()) for n in range(40)], by=lin, on=touchpoint)
    run(create, [Call({"name": f"商机{n}", "account": hengli.pk}) for n in range(20)], by=lin, on=type(kongya))
    for n in range(10):
        do(update, hengli, by=lin, city=f"城市{n}")
    after = {address: queries(client, address) for address in before}
    assert after == before
    assert max(before.values()) <= 25  # one is what waits in the inbox, in the navigation, one who decides in the open deals


def test_a_firm_is_headed_by_its_short_name_and_the_full_one_is_among_the_facts(
    browse: Browse, zhou: Actor, hengli: Any
) -> None:
    rows_of = registry.desk("account").model._base_manager
    rows_of.filter(pk=hengli.pk).update(name="苏州恒砺精密机械有限公司", short_name="恒砺精密")
    page = browse(zhou).get(f"/account/{hengli.pk}").content.decode()
    assert re.search(r'<b class="clip title"[^>]*>恒砺精密</b>', page)
    assert re.search(r'data-cell="[^"]*/field/name"[^>]*>.*?苏州恒砺精密机械有限公司', page, re.S)
    rows_of.filter(pk=hengli.pk).update(short_name="")
    page = browse(zhou).get(f"/account/{hengli.pk}").content.decode()
    assert re.search(r'<b class="clip title"[^>]*>苏州恒砺精密机械有限公司</b>', page)
