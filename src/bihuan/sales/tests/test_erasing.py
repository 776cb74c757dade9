"""A person asks for what is held of them, and to be erased: nothing of them is left anywhere, and the books are as they were."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import audit, job, notify, past, registry, replay, seal
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Attachment, attach
from bihuan.core.audit import AuditEntry, Redaction
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.exchange.profile import ImportProfile
from bihuan.core.merge.commands import merge, unmerge
from bihuan.core.once import Once
from bihuan.core.privacy.commands import disclose, erase
from bihuan.core.run import do
from bihuan.core.verbs import assign, update
from bihuan.core.works import folder_of
from bihuan.market.commands import accept_submission, submit
from bihuan.parties.commands import set_mailings
from bihuan.parties.contact import Contact
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.caldav.account import CalendarItem
from bihuan.touch.commands import await_answer, dismiss

pytestmark = pytest.mark.django_db

#: What stands in everything of hers, and nowhere else; her numbers tell her from others too.
CANARY, NUMBER = "zqcanary", "99887766"
REASON = "她来信要求，工单 17"


@dataclass
class Person:
    """Somebody of whom everything is known."""

    contact: Contact
    lead: Any
    deal: Any
    records: list[tuple[str, int]]


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def person(firm: None, media: Path, lin: Actor, hengli: Any) -> Person:
    for key, kind in (("secret", "text"), ("scan", "file"), ("size", "quantity")):
        new("customfield", object="contact", key=key, name=key, kind=kind)
    said = {
        name: f"{CANARY} {name}"
        for name in ("name", "salutation", "title", "department", "wechat", "remark", "c_secret")
    }
    contact = new(
        "contact", **said, mobile=f"139 {NUMBER}", phone=f"0512 {NUMBER}", email=f"{CANARY}@example.com", birthday="1987-06-05",
        c_scan=upload("scan"), c_size="42.5", owner=lin.user_id,
    )  # fmt: skip
    do(update, contact, by=lin, email=f"{CANARY}2@example.com", title=f"{CANARY} 总监", c_scan=upload("scan2"))
    do(set_mailings, contact, by=lin, opted_out=True, reason=f"{CANARY} 来电")
    double = new("contact", name=f"{CANARY} 重复", email=f"{CANARY}3@example.com", anyway=True)
    other = new("contact", name="别人", owner=lin.user_id)
    deal = won_deal(hengli, contact)
    lead = hers(contact, double, other, hengli, deal)
    do(merge, contact.pk, by=SYSTEM, on=Contact, others=[double.pk])
    beside(contact, media)
    contact.refresh_from_db()
    return Person(contact, lead, deal, [("contact", contact.pk), ("contact", double.pk), ("lead", lead.pk)])


def upload(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{CANARY}-{name}.txt", f"{CANARY} {name}".encode(), "text/plain")


def won_deal(account: Any, contact: Any) -> Any:
    deal = new("opportunity", name="老空压站", account=account.pk, contact=contact.pk, amount="118万", stage="赢单")
    new("opportunitycontact", opportunity=deal.pk, contact=contact.pk)
    return deal


def hers(contact: Any, double: Any, other: Any, account: Any, deal: Any) -> Any:
    """Records that belong to her, and some that only name her; returns the lead that she was."""
    lead = new(
        "lead",
        person=f"{CANARY} 线索",
        mobile=f"139 {NUMBER}",
        demand=f"{CANARY} 需求",
        city=f"{CANARY} 城",
        anyway=True,
    )
    type(lead)._base_manager.filter(pk=lead.pk).update(contact=contact.pk)
    AuditEntry.objects.filter(object="lead", record_id=lead.pk).update(
        changes=AuditEntry.objects.get(object="lead", record_id=lead.pk).changes | {"contact": [None, contact.pk]}
    )
    form = new("leadform", name="官网")
    sent = do(submit, by=SYSTEM, on=registry.desk("formsubmission").model, form=form.pk, name=CANARY, email=f"{CANARY}@example.com",
              demand=f"{CANARY} 询价", address="203.0.113.7", device=CANARY)  # fmt: skip
    do(accept_submission, sent, by=SYSTEM, about="lead", about_id=lead.pk)
    campaign = new("campaign", name="展会")
    new("campaignmember", campaign=campaign.pk, contact=contact.pk, lead=lead.pk)
    new("accountcontact", account=account.pk, contact=contact.pk, title=f"{CANARY} 部长")
    touch = new(
        "touchpoint", channel="电话", contact=contact.pk, account=account.pk, direction="in", text=f"{CANARY} 说过的话"
    )
    new("touchpoint", channel="拜访", contact=other.pk, others=[contact.pk], text="与别人谈")
    new("touchpoint", channel="微信", about="lead", about_id=lead.pk, text=f"{CANARY} 加了微信")
    new("touchpoint", channel="电话", contact=double.pk, text=f"{CANARY} 重复说的话")
    now = timezone.now()
    waiting = do(await_answer, by=SYSTEM, on=registry.desk("waiting").model, touchpoint=touch.pk, contact=contact.pk,
                 channel=touch.channel_id, since=now, due_at=now + timedelta(hours=4))  # fmt: skip
    do(dismiss, waiting, by=SYSTEM, reason=f"{CANARY} 不急")
    new("task", title=f"给 {CANARY} 回电", contact=contact.pk, remark=CANARY)
    new("note", text=f"{CANARY} 喜欢茶", about="contact", about_id=contact.pk)
    new("note", text="这单的事", about="opportunity", about_id=deal.pk)
    box = new("mailbox", address="box@example.com", name="销售", channel="电话")
    mail = new(
        "mailmessage",
        mailbox=box.pk,
        to=f"{CANARY}@example.com",
        subject=f"{CANARY} 报价",
        text=CANARY,
        contact=contact.pk,
    )
    type(mail)._base_manager.filter(pk=mail.pk).update(
        raw=stored(f"{CANARY} raw"), quoted=CANARY, sender=f"{CANARY}@a.b"
    )
    note_mailing(campaign, box, contact)
    for about, key in (("contact", contact.pk), ("mailmessage", mail.pk)):
        do(attach, by=SYSTEM, on=Attachment, about=about, about_id=key, file=upload(about))
    return lead


def note_mailing(campaign: Any, box: Any, contact: Any) -> None:
    """A mailing went to her, which she wants no more of, and her tasks stand in somebody's calendar."""
    mailing = new(
        "mailing",
        name="春季",
        campaign=campaign.pk,
        mailbox=box.pk,
        subject="新品",
        text="您好",
        imprint="苏州",
        to_members=True,
    )
    recipient = MailingRecipient(
        mailing=mailing, contact=contact, address=f"{CANARY}@example.com", state="sent", created_at=timezone.now(),
        changed_at=timezone.now(), failure_detail=CANARY, remark=CANARY, language="zh-hans",
    )  # fmt: skip
    recipient.settle()
    recipient.save()
    new("optout", address=f"{CANARY}@example.com", remark=CANARY)
    calendar = new(
        "calendaraccount", name="日历", address="https://calendar.example.com/", login="lin", owner=contact.owner_id
    )
    task = record("task", contact=contact)
    CalendarItem.objects.create(
        account=calendar, calendar="/lin/", href="/lin/1.ics", uid="1", title=CANARY, raw=CANARY, about="task", about_id=task.pk
    )  # fmt: skip


def stored(text: str) -> str:
    """The name of a file that lies where received mails do."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    return default_storage.save("files/raw", ContentFile(text.encode()))


def beside(contact: Any, media: Path) -> None:
    """What programs have put down of her."""
    user = record("user", username="lin")
    notify.tell(user.pk, "%(name)s", key="k1", about="contact", about_id=contact.pk, name=CANARY)
    now = timezone.now()
    Once.objects.create(actor="staff:1", key="k", digest="d", at=now, answer={"name": f"{CANARY} name"})
    ImportProfile.objects.create(
        object="opportunity", signature="s", values={"contact": {f"{CANARY} name": contact.pk}}
    )
    folder = folder_of("abc")
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "export.xlsx", "w") as book:
        book.writestr("sheet1.xml", f"<t>{CANARY} name</t>")
    done = job.enqueue("export", user_id=user.pk, label=f"{CANARY} name", folder="abc")
    done.state, done.finished_at, done.result = "done", now, {"shown": [[f"{CANARY} name", "…"]]}
    done.save()
    other = folder_of("def")
    other.mkdir()
    (other / "export.csv").write_text("别人")
    job.Job.objects.filter(pk=job.enqueue("export", user_id=user.pk, folder="def").pk).update(
        finished_at=now, state="done"
    )


def dump() -> str:
    """Every value of every table, the tables of the search among them."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            texts += [str(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor for cell in row]
    return "\n".join(texts).lower()


def in_files(media: Path) -> list[str]:
    return [str(path) for path in media.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


def gone(person: Person, by: Actor) -> Contact:
    done = do(erase, person.contact, by=by, confirm=person.contact.name, reason=REASON)
    while job.run_next():
        pass
    return done


# ---------------------------------------------------------------------- erasing


def test_nothing_of_the_person_is_left_and_the_books_stand(person: Person, zhou: Actor, media: Path) -> None:
    before = dump()
    assert before.count(CANARY) > 60
    assert NUMBER in before.replace(" ", "")
    assert len(in_files(media)) >= 5
    books = list(
        registry.desk("opportunity")
        .model._base_manager.order_by("pk")
        .values("pk", "name", "amount", "stage", "contact")
    )
    gone(person, zhou)
    after = dump()
    assert CANARY not in after
    assert NUMBER not in after.replace(" ", "")
    assert "203.0.113.7" not in after
    assert "1987-06-05" not in after
    assert in_files(media) == []
    assert (media / "exchange" / "def" / "export.csv").exists()
    assert not (media / "exchange" / "abc").exists()
    deals = registry.desk("opportunity").model._base_manager.order_by("pk")
    assert list(deals.values("pk", "name", "amount", "stage", "contact")) == books
    assert record("touchpoint", text="与别人谈").others.get().pk == person.contact.pk
    assert record("note", text="这单的事").about_id == person.deal.pk


def test_who_when_and_why_is_kept_and_the_wish_for_no_mailings_too(person: Person, zhou: Actor) -> None:
    done = gone(person, zhou)
    assert done.name == record("contact", pk=done.pk).name == f"Erased contact #{done.pk}"
    assert done.archived_at is not None
    assert done.opted_out
    told = AuditEntry.objects.filter(object="contact", record_id=done.pk, command="erase").order_by("-pk").first()
    assert (told.actor_id, told.reason) == (zhou.user_id, REASON)
    assert told.changes["mobile"] == [audit.SECRET, ""]
    assert not record("task", contact=done.pk).remark
    assert record("lead", pk=person.lead.pk).name == f"Erased lead #{person.lead.pk}"


def test_the_chain_holds_and_the_history_is_coherent(person: Person, zhou: Actor, lin: Actor) -> None:
    seal.seal()
    head = seal.verify().head
    odd = everything()
    begun = person.contact.created_at
    gone(person, zhou)
    seal.seal()
    report = seal.verify(head)
    assert report.fault is None
    assert report.redacted == Redaction.objects.count() > 10
    assert everything() == odd
    then = past.as_of(zhou, registry.desk("contact"), person.contact.pk, begun)
    assert then.name == f"Erased contact #{then.pk}"
    assert then.mobile == ""


def everything() -> list[replay.Difference]:
    """What the preparations of these tests wrote past the product is the same before and after; see hers()."""
    slugs = (
        "contact",
        "lead",
        "touchpoint",
        "task",
        "note",
        "attachment",
        "accountcontact",
        "formsubmission",
        "waiting",
    )
    return [each for slug in slugs for each in replay.check(registry.desk(slug))]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_done_to_the_history_past_the_product_is_still_found(person: Person, zhou: Actor, again: bool) -> None:
    seal.seal()
    gone(person, zhou)
    seal.seal()
    if again:
        key = Redaction.objects.order_by("pk").values_list("entry", flat=True).first()
        AuditEntry.objects.filter(pk=key).update(changes={"name": ["甲", "乙"]})
    else:  # an entry that nobody redacted, with a redaction made by hand that explains the change
        entry = AuditEntry.objects.filter(object="account").first()
        key, before = entry.pk, seal.digest_of(entry)
        entry.changes = {"name": ["甲", "乙"]}
        entry.save()
        told = Redaction.objects.values_list("told", flat=True)[0]
        Redaction.objects.create(entry=key, told=told, before=before, after=seal.digest_of(entry))
    fault = seal.verify().fault
    assert fault is not None
    assert fault.entry is not None


def test_a_second_time_changes_nothing_and_takes_what_came_since(person: Person, zhou: Actor, lin: Actor) -> None:
    done = gone(person, zhou)
    states = {
        slug: list(registry.desk(slug).model._base_manager.order_by("pk").values())
        for slug in ("lead", "touchpoint", "note")
    }
    do(erase, done, by=zhou, confirm=done.name, reason=REASON)
    assert states == {slug: list(registry.desk(slug).model._base_manager.order_by("pk").values()) for slug in states}
    do(update, done, by=zhou, mobile=f"138 {NUMBER}")
    do(erase, done, by=zhou, confirm=done.name, reason=REASON)
    assert NUMBER not in dump().replace(" ", "")
    seal.seal()
    assert seal.verify().fault is None


def test_a_merge_that_is_taken_back_brings_nothing_back(person: Person, zhou: Actor) -> None:
    done = gone(person, zhou)
    do(registry.commands(registry.desk("contact"))["restore"], done, by=zhou)
    do(unmerge, done.pk, by=zhou, on=Contact)
    assert CANARY not in dump()


# ---------------------------------------------------------------------- what is in the way


def test_an_open_deal_or_a_mail_under_way_comes_first(person: Person, zhou: Actor, hengli: Any) -> None:
    new("opportunity", name="新空压站", account=hengli.pk, contact=person.contact.pk)
    with pytest.raises(Refused, match="新空压站"):
        gone(person, zhou)
    assert CANARY in dump()


def test_a_wrong_name_or_a_reason_that_names_is_refused(person: Person, zhou: Actor) -> None:
    with pytest.raises(Refused, match="Type the name"):
        do(erase, person.contact, by=zhou, confirm="张三", reason=REASON)
    with pytest.raises(Refused, match="The reason is kept"):
        do(erase, person.contact, by=zhou, confirm=person.contact.name, reason=f"{person.contact.name} 来信")


def test_it_needs_a_right_of_its_own(
    person: Person, lin: Actor, sun: Actor, zhao: Actor, browse: Callable[[Actor], Client]
) -> None:
    """Whoever may edit a contact, or have it shared, may not erase it nor have a copy."""
    page = f"/contact/{person.contact.pk}/personal"
    do(assign, person.contact, by=SYSTEM, owner=lin.user_id)
    for by in (lin, sun):
        for command, given in ((erase, {"confirm": person.contact.name}), (disclose, {})):
            with pytest.raises(Forbidden):
                do(command, person.contact, by=by, reason=REASON, **given)
        assert browse(by).get(page).status_code == 403
    assert browse(zhao).get(page).status_code == 404
    assert "/personal" not in browse(lin).get(f"/contact/{person.contact.pk}").content.decode()


# ---------------------------------------------------------------------- showing


def test_the_page_shows_all_and_the_copy_holds_all(
    person: Person, zhou: Actor, browse: Callable[[Actor], Client]
) -> None:
    client = browse(zhou)
    page = f"/contact/{person.contact.pk}/personal"
    shown = client.get(page).content.decode()
    for text in (
        "说过的话",
        "加了微信",
        "部长",
        "需求",
        "询价",
        "喜欢茶",
        "报价",
        "1987",
        "老空压站",
        "展会",
        "来电",
        "重复说的话",
    ):
        assert text in shown, text
    assert page in client.get(f"/contact/{person.contact.pk}").content.decode()
    answer = client.post(page, {"reason": "本人"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as copy:
        texts = {name: copy.read(name).decode("utf-8-sig") for name in copy.namelist()}
    whole = "\n".join(texts.values())
    for text in ("说过的话", "加了微信", "部长", "询价", "喜欢茶", f"{CANARY} raw", f"{CANARY} scan2", "老空压站"):
        assert text in whole, text
    assert "1180000" not in whole  # what the firm earns is nobody else's
    told = AuditEntry.objects.filter(object="contact", record_id=person.contact.pk).order_by("-pk").first()
    assert (told.command, told.reason) == ("disclose", "本人")
