"""Touches and next steps: written down from the account, the contact or the deal they are about."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import new, record

from bihuan.core import event, registry, rollup
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Attachment
from bihuan.core.batch import Call
from bihuan.core.errors import Forbidden, Invalid, NotFound
from bihuan.core.run import do, run
from bihuan.core.verbs import archive, create, update
from bihuan.parties.contact import Contact
from bihuan.touch.models import Task, Touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_touch() -> Any:
    return registry.commands(registry.desk("account"))["log_touch"]


def test_from_an_account(lin: Actor, hengli: Any, log_touch: Any) -> None:
    do(log_touch, hengli, by=lin, channel="电话", text="要两台", at="2026-03-17 10:00")
    made = Touchpoint._base_manager.get()
    hengli.refresh_from_db()
    assert (made.account_id, made.contact_id, made.owner_id, made.text) == (hengli.pk, None, lin.user_id, "要两台")
    assert hengli.last_touch_at == made.at
    assert not Task._base_manager.exists()


def test_from_a_contact_with_its_present_account(lin: Actor, hengli: Any, zhangsan: Any, log_touch: Any) -> None:
    do(log_touch, zhangsan, by=lin, channel="微信", text="在吗")
    made = Touchpoint._base_manager.get()
    zhangsan.refresh_from_db()
    assert (made.account_id, made.contact_id) == (hengli.pk, zhangsan.pk)
    assert zhangsan.last_touch_at == made.at


def test_from_a_deal_with_its_account(lin: Actor, hengli: Any, kongya: Any, log_touch: Any) -> None:
    do(log_touch, kongya, by=lin, channel="拜访", text="看现场")
    made = Touchpoint._base_manager.get()
    assert (made.account_id, made.about, made.about_id) == (hengli.pk, "opportunity", kongya.pk)


def test_the_next_step_becomes_a_task_of_whoever_wrote_it(lin: Actor, hengli: Any, log_touch: Any) -> None:
    do(log_touch, hengli, by=lin, channel="电话", text="要两台", next_step="发报价", next_at="2026-03-20 09:00")
    task = Task._base_manager.get()
    assert (task.title, task.owner_id, task.account_id, task.state) == ("发报价", lin.user_id, hengli.pk, "open")
    assert task.due_at.isoformat() == "2026-03-20T01:00:00+00:00"


def test_whoever_sees_an_account_may_write_a_touch_and_nobody_else(
    chen: Actor, zhao: Actor, sun: Actor, hengli: Any, log_touch: Any
) -> None:
    do(log_touch, hengli, by=chen, channel="电话", text="代接")
    assert Touchpoint._base_manager.get().owner_id == chen.user_id
    with pytest.raises(NotFound):
        do(log_touch, hengli, by=zhao, channel="电话", text="x")
    with pytest.raises(Forbidden):
        do(log_touch, hengli, by=sun, channel="电话", text="x")
    assert Touchpoint._base_manager.count() == 1


def test_a_touch_touches_somebody(lin: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        do(create, by=lin, on=Touchpoint, channel="电话", text="谁？")
    assert set(refused.value.errors) == {"contact"}


def test_a_wrong_input_is_named(lin: Actor, hengli: Any, log_touch: Any) -> None:
    with pytest.raises(Invalid) as refused:
        do(log_touch, hengli, by=lin, channel="烽火", next_at="gestern", direction="quer")
    assert set(refused.value.errors) == {"channel", "text", "next_at", "direction"}


def test_a_tasks_life(lin: Actor) -> None:
    commands = registry.commands(registry.desk("task"))
    task = do(create, by=lin, on=Task, title="回访")
    assert (task.state, task.done_at, task.owner_id) == ("open", None, lin.user_id)
    done = do(commands["finish_task"], task, by=lin)
    assert (done.state, done.done_at is not None) == ("done", True)
    assert event.Happening.objects.filter(name="TaskDone", record_id=task.pk).count() == 1
    again = do(commands["reopen_task"], task, by=lin)
    assert (again.state, again.done_at) == ("open", None)
    assert do(commands["drop_task"], task, by=lin).state == "dropped"


def test_a_contact_named_alone_brings_the_account_of_the_present_role(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    made = do(create, by=lin, on=Touchpoint, channel="电话", text="在吗", contact=zhangsan.pk, account="")
    hengli.refresh_from_db()
    assert (made.account_id, hengli.last_touch_at) == (hengli.pk, made.at)


def test_of_several_roles_the_main_one_counts_and_none_that_is_over(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    former, main = new("account", name="旧东家"), new("account", name="新东家")
    new("accountcontact", account=former.pk, contact=zhangsan.pk, primary=True, until="2026-01-01")
    role = record("accountcontact", account=hengli.pk)
    do(update, role, by=SYSTEM, primary=False)
    new("accountcontact", account=main.pk, contact=zhangsan.pk, primary=True)
    made = do(create, by=SYSTEM, on=Touchpoint, channel="电话", text="x", contact=zhangsan.pk)
    given = do(create, by=SYSTEM, on=Touchpoint, channel="电话", text="x", contact=zhangsan.pk, account=former.pk)
    assert (made.account_id, given.account_id) == (main.pk, former.pk)


def test_a_batch_asks_for_the_accounts_of_its_contacts_once(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    values = {"channel": "电话", "text": "x"}
    alone = [Call(values | {"contact": zhangsan.pk}) for _each in range(50)]
    given = [Call(values | {"contact": zhangsan.pk, "account": hengli.pk}) for _each in range(50)]
    with CaptureQueriesContext(connection) as asked:
        made = run(create, [*alone, *given], by=lin, on=Touchpoint).records
    assert {each.account_id for each in made} == {hengli.pk}
    assert len([query for query in asked if "accountcontact" in query["sql"]]) == 1
    with CaptureQueriesContext(connection) as asked:
        run(create, given, by=lin, on=Touchpoint)
    assert not [query for query in asked if "accountcontact" in query["sql"]]


# ---------------------------------------------------------------------- several contacts


@pytest.fixture
def wangwu(lin: Actor) -> Any:
    return do(create, by=lin, on=Contact, name="王五")


def present(contact: Any, *others: Any, by: Actor, **values: Any) -> Any:
    given = {"channel": "拜访", "text": "三人一起看现场", "contact": contact.pk, "others": [each.pk for each in others]}
    return do(create, by=by, on=Touchpoint, **given | values)


def test_whoever_was_present_has_been_touched(lin: Actor, zhangsan: Any, wangwu: Any) -> None:
    made = present(zhangsan, wangwu, by=lin, at="2026-03-17 10:00")
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at == made.at
    later = do(create, by=lin, on=Touchpoint, channel="电话", text="x", contact=wangwu.pk, at="2026-03-18 10:00")
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at == later.at
    do(archive, later, by=lin)
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at == made.at, "the touch at which others were present is now the last one"
    do(archive, made, by=lin)
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at is None


def test_the_last_touch_follows_who_was_present(lin: Actor, zhangsan: Any, wangwu: Any) -> None:
    made = present(zhangsan, by=lin, at="2026-03-17 10:00")
    do(update, made, by=lin, others=[wangwu.pk])
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at == made.at
    moved = do(update, made, by=lin, at="2026-03-19 10:00")
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at == moved.at
    do(update, made, by=lin, others=[])
    wangwu.refresh_from_db()
    assert wangwu.last_touch_at is None
    assert not [found for found in rollup.wrong() if found[2]]


def test_a_touch_stands_once_in_the_timeline_of_each_who_was_present(
    browse: Any, lin: Actor, zhangsan: Any, wangwu: Any
) -> None:
    present(zhangsan, wangwu, zhangsan, by=lin)
    client = browse(lin)
    for contact in (zhangsan, wangwu):
        page = client.get(f"/contact/{contact.pk}/timeline?tab=touches", headers={"HX-Request": "true"}).text
        assert page.count("三人一起看现场") == 1
        totals = client.get(f"/contact/{contact.pk}/timeline?totals", headers={"HX-Request": "true"}).text
        assert re.search(rf'"#entries-touches-contact-{contact.pk}"[^>]*>1<', totals), totals


def test_who_may_not_see_a_touch_does_not_find_it_at_whom_else_was_present(
    browse: Any, lin: Actor, zhao: Actor, zhangsan: Any, lisi: Any
) -> None:
    """李四 is 赵's contact: of what 林 wrote about 张三 赵 learns nothing."""
    do(update, present(zhangsan, by=lin), by=SYSTEM, others=[lisi.pk])
    page = browse(zhao).get(f"/contact/{lisi.pk}/timeline?tab=touches", headers={"HX-Request": "true"}).text
    assert "三人一起看现场" not in page


def test_the_page_of_a_touch_names_who_was_present(
    browse: Any, lin: Actor, zhangsan: Any, wangwu: Any, lisi: Any
) -> None:
    made = present(zhangsan, wangwu, by=lin)
    do(update, made, by=SYSTEM, others=[wangwu.pk, lisi.pk])
    page = browse(lin).get(f"/touchpoint/{made.pk}").text
    assert f'<a href="/contact/{wangwu.pk}">王五</a>' in page
    assert "李四" not in page, "whom one does not see has no name"


def test_the_composer_takes_several(browse: Any, lin: Actor, hengli: Any, zhangsan: Any, wangwu: Any) -> None:
    client = browse(lin)
    for page in (f"/account/{hengli.pk}", f"/contact/{zhangsan.pk}"):
        assert 'data-several="others"' in client.get(page).text
    channel = str(registry.desk("choice").model._base_manager.get(set="channel", name="拜访").pk)
    sent = {"channel": channel, "text": "看现场", "contact": zhangsan.pk, "others": [wangwu.pk]}
    client.post(f"/account/{hengli.pk}/timeline", sent)
    made = Touchpoint._base_manager.get()
    assert (made.contact_id, [each.pk for each in made.others.all()]) == (zhangsan.pk, [wangwu.pk])


# ---------------------------------------------------------------------- what it is about


def test_the_page_of_a_touch_leads_to_what_it_is_about(
    browse: Any, lin: Actor, zhou: Actor, kongya: Any, log_touch: Any
) -> None:
    do(log_touch, kongya, by=lin, channel="拜访", text="看现场")
    made = Touchpoint._base_manager.get()
    page = browse(lin).get(f"/touchpoint/{made.pk}").text
    assert f'<a href="/opportunity/{kongya.pk}">空压站</a>' in page
    assert f'"/touchpoint/{made.pk}/field/about"' not in page, "what it is about is not typed"


def test_what_one_may_not_see_is_not_named_by_what_is_about_it(browse: Any, lin: Actor, fengji: Any) -> None:
    made = do(
        create,
        by=SYSTEM,
        on=Touchpoint,
        channel="拜访",
        text="x",
        owner=lin.user_id,
        about="opportunity",
        about_id=fengji.pk,
    )
    assert "风机" not in browse(lin).get(f"/touchpoint/{made.pk}").text


def test_a_touch_is_logged_on_a_campaign(browse: Any, lin: Actor, hengli: Any, zhangsan: Any) -> None:
    campaign = do(create, by=lin, on=registry.desk("campaign").model, name="展会")
    client, channel = browse(lin), registry.desk("choice").model._base_manager.get(set="channel", name="拜访")
    assert 'data-options-url="/contact/options' in client.get(f"/campaign/{campaign.pk}").text
    client.post(
        f"/campaign/{campaign.pk}/timeline", {"channel": channel.pk, "text": "展台见面", "contact": zhangsan.pk}
    )
    made = Touchpoint._base_manager.get()
    assert (made.about, made.about_id, made.account_id) == ("campaign", campaign.pk, hengli.pk)
    assert "展台见面" in client.get(f"/campaign/{campaign.pk}").text
    client.post(f"/campaign/{campaign.pk}/timeline", {"channel": channel.pk, "text": "布展"})
    assert Touchpoint._base_manager.filter(contact=None, account=None, about="campaign").count() == 1


def test_touches_are_logged_on_what_somebody_works_on_and_on_nothing_that_was_said() -> None:
    logged = {desk.slug for desk in registry.desks() if "log_touch" in registry.commands(desk)}
    assert {"account", "contact", "lead", "opportunity", "campaign", "mailing", "segment", "leadform"} <= logged
    assert not logged & {"touchpoint", "task", "mailmessage", "note", "user", "unit", "role", "choice"}


# ---------------------------------------------------------------------- files


@pytest.mark.usefixtures("firm")
def test_a_file_sent_with_a_touch_belongs_to_the_touch(
    browse: Any, lin: Actor, chen: Actor, zhao: Actor, hengli: Any
) -> None:
    channel = registry.desk("choice").model._base_manager.get(set="channel", name="电话")
    file = SimpleUploadedFile("录音.mp3", b"ID3", "audio/mpeg")
    client = browse(lin)
    client.post(f"/account/{hengli.pk}/timeline", {"channel": channel.pk, "text": "谈价格", "file": file})
    touch, attached = Touchpoint._base_manager.get(), Attachment._base_manager.get()
    assert (attached.about, attached.about_id) == ("touchpoint", touch.pk)
    link = f'<a class="link" href="/files/{attached.pk}" download>录音.mp3</a>'
    assert link in client.get(f"/touchpoint/{touch.pk}").text
    touches = browse(chen).get(f"/account/{hengli.pk}/timeline?tab=touches", headers={"HX-Request": "true"}).text
    assert touches.count(link) == 1
    assert browse(chen).get(f"/files/{attached.pk}").status_code == 200
    assert browse(zhao).get(f"/files/{attached.pk}").status_code == 404


def test_a_file_that_is_refused_takes_its_touch_along(browse: Any, lin: Actor, hengli: Any, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 2
    channel = registry.desk("choice").model._base_manager.get(set="channel", name="电话")
    sent = {"channel": channel.pk, "text": "谈价格", "file": SimpleUploadedFile("录音.mp3", b"ID3", "audio/mpeg")}
    assert browse(lin).post(f"/account/{hengli.pk}/timeline", sent).status_code == 422
    assert not Touchpoint._base_manager.exists()


def test_a_file_without_words_or_with_a_note_belongs_to_the_record(browse: Any, lin: Actor, hengli: Any) -> None:
    for words in ({"text": ""}, {"channel": "note", "text": "看附件"}):
        file = SimpleUploadedFile("用气曲线.xlsx", b"x", "application/vnd.ms-excel")
        browse(lin).post(f"/account/{hengli.pk}/timeline", words | {"file": file})
    assert set(Attachment._base_manager.values_list("about", "about_id")) == {("account", hengli.pk)}
    assert (Attachment._base_manager.count(), Touchpoint._base_manager.count()) == (2, 0)


# ---------------------------------------------------------------------- whom the composer offers


def offered(client: Any, url: str) -> list[str]:
    return re.findall(r'data-label="([^"]*)"', client.get(url, headers={"HX-Request": "true"}).text)


def test_the_composer_offers_the_accounts_own_contacts_first(
    browse: Any, lin: Actor, hengli: Any, kongya: Any, zhangsan: Any, wangwu: Any
) -> None:
    client = browse(lin)
    for page in (f"/account/{hengli.pk}", f"/opportunity/{kongya.pk}"):
        urls = set(re.findall(r'data-options-url="(/contact/options[^"]*)"', client.get(page).text))
        assert urls == {f"/contact/options?near=account.{hengli.pk}"}
    assert offered(client, "/contact/options")[:2] == ["王五", "张三"]
    assert offered(client, f"/contact/options?near=account.{hengli.pk}") == ["张三", "王五"]
    assert offered(client, f"/contact/options?near=account.{hengli.pk}&q=王") == ["王五"]
    do(update, record("accountcontact", account=hengli.pk), by=SYSTEM, until="2026-01-01")
    assert offered(client, f"/contact/options?near=account.{hengli.pk}") == ["王五", "张三"], "they have left"


def test_nobody_learns_whose_contacts_are_those_of_an_account_that_they_do_not_see(
    browse: Any, lin: Actor, xinghua: Any, zhangsan: Any, wangwu: Any
) -> None:
    new("accountcontact", account=xinghua.pk, contact=zhangsan.pk)
    for near in (f"account.{xinghua.pk}", "account.x", "account", "user.1", ""):
        assert offered(browse(lin), f"/contact/options?near={near}") == ["王五", "张三"]
