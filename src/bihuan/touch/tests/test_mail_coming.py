"""Mails that come in, fetched from a real IMAP server: whose they are, where they stand, and that none is kept twice or lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bihuan.core import event, registry
from bihuan.core.access import Actor, visible
from bihuan.core.attached import Attachment
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.touch.mail import fetch
from bihuan.touch.mail.commands import assign_mail, make_contact, receive_mail
from bihuan.touch.models import MailMessage, Touchpoint
from bihuan.touch.tests.conftest import ImapServer, mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(lin: Actor, zhangsan: Any) -> Any:
    """张三 with a mail address."""
    return do(update, zhangsan, by=lin, email="ZhangSan@hengli.example")


def login(state: Any) -> str:
    return state.mailbox.imap_login


def test_a_mail_becomes_a_touch_with_its_sender(
    imap: ImapServer, box: Any, known: Any, hengli: Any, lin: Actor
) -> None:
    imap.deliver(login(box), mail(text="请报两台。\n\n> 您好\n> 需要什么？"))
    assert fetch.visit(box) == 1
    kept, touch = MailMessage._base_manager.get(), Touchpoint._base_manager.get()
    assert (kept.sender, kept.subject, kept.text, kept.state) == (
        "zhangsan@hengli.example",
        "询价",
        "请报两台。",
        "received",
    )
    assert kept.quoted == "> 您好\n> 需要什么？"
    assert (touch.direction, touch.contact_id, touch.account_id, touch.owner_id) == (
        "in",
        known.pk,
        hengli.pk,
        lin.user_id,
    )
    assert (touch.at.isoformat(), touch.text) == ("2026-03-16T01:30:00+00:00", "询价\n请报两台。")
    assert kept.touchpoint_id == touch.pk
    assert kept.raw.read().startswith(b"From:")
    assert "请报两台" in MailMessage._base_manager.get().text
    hengli.refresh_from_db()
    assert hengli.last_touch_at == touch.at


def test_a_second_visit_fetches_only_what_is_new(imap: ImapServer, box: Any, known: Any) -> None:
    imap.deliver(login(box), mail(), mail())
    assert fetch.visit(box) == 2
    imap.deliver(login(box), mail(subject="又一封"))
    assert fetch.visit(box) == 1
    assert fetch.visit(box) == 0
    assert Touchpoint._base_manager.count() == 3


def test_nothing_is_kept_twice_when_the_server_numbers_anew_or_a_mail_is_moved(
    imap: ImapServer, box: Any, known: Any
) -> None:
    first = mail()
    imap.deliver(login(box), first, mail())
    fetch.visit(box)
    validity, last = box.cursor["INBOX"]
    box.cursor = {"INBOX": [validity - 1, last]}
    box.mailbox.folders = "INBOX, Done"
    imap.deliver(login(box), first, folder="Done")
    assert fetch.visit(box) == 0
    assert (MailMessage._base_manager.count(), Touchpoint._base_manager.count()) == (2, 2)
    assert box.cursor["INBOX"] == [validity, last]


def test_a_visit_that_broke_off_goes_on_where_it_was(
    imap: ImapServer, box: Any, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH", 2)
    imap.deliver(login(box), *(mail(subject=str(n)) for n in range(5)))
    visits = iter([False, False, True])
    assert fetch.visit(box, lambda: next(visits)) == 4
    assert fetch.visit(box) == 1
    assert sorted(MailMessage._base_manager.values_list("subject", flat=True)) == list("01234")


def test_one_mail_in_two_mailboxes_is_one_touch(
    imap: ImapServer, box: Any, make_mailbox: Any, chen: Actor, known: Any
) -> None:
    other = make_mailbox(chen, "sales@hancheng.example")
    sent = mail()
    imap.deliver(login(box), sent)
    sent["Delivered-To"] = "sales@hancheng.example"
    imap.deliver(login(other), sent)
    assert (fetch.visit(box), fetch.visit(other)) == (1, 1)
    assert MailMessage._base_manager.count() == 2
    assert set(MailMessage._base_manager.values_list("touchpoint_id", flat=True)) == {Touchpoint._base_manager.get().pk}


def test_a_mail_with_the_message_id_of_another_is_not_taken_for_it(imap: ImapServer, box: Any, known: Any) -> None:
    head = {"Message_ID": "<same@hengli.example>"}
    imap.deliver(login(box), mail(text="第一封", **head), mail(text="第二封", **head))
    assert fetch.visit(box) == 2
    assert Touchpoint._base_manager.count() == 2


def test_a_number_in_the_subject_names_what_it_is_about(
    imap: ImapServer, box: Any, known: Any, kongya: Any, fengji: Any
) -> None:
    imap.deliver(
        login(box), mail(subject=f"回复：{kongya.number} 的技术问题"), mail(subject=f"{fengji.number} 给我看看")
    )
    fetch.visit(box)
    about = Touchpoint._base_manager.order_by("pk").values_list("about", "about_id")
    assert list(about) == [("opportunity", kongya.pk), ("", None)], "another account's deal cannot be named into view"


def test_an_answer_stays_with_what_the_thread_is_about(imap: ImapServer, box: Any, known: Any, kongya: Any) -> None:
    imap.deliver(login(box), mail(subject=kongya.number, Message_ID="<1@x>"))
    fetch.visit(box)
    imap.deliver(
        login(box),
        mail(subject="Re: 没有号码", Message_ID="<3@x>", In_Reply_To="<2@x>", References="<1@x> <2@x>"),
        mail(
            sender="小李 <li@hengli.example>", subject="我来接着说", In_Reply_To="<3@x>", References="<1@x> <2@x> <3@x>"
        ),
    )
    fetch.visit(box)
    assert set(Touchpoint._base_manager.values_list("about_id", flat=True)) == {kongya.pk}
    assert Touchpoint._base_manager.order_by("pk").last().contact_id is None, (
        "nobody knows 小李, but the thread is known"
    )
    assert MailMessage._base_manager.values("thread").distinct().count() == 1


def test_a_strangers_mail_waits_in_the_mailbox_until_somebody_says_whose_it_is(
    imap: ImapServer, box: Any, lin: Actor, lisi: Any, zhangsan: Any, hengli: Any
) -> None:
    imap.deliver(login(box), mail(), mail(sender="李雷 <lilei@hengli.example>", subject="求购"))
    fetch.visit(box)
    assert not Touchpoint._base_manager.exists()
    told = event.Happening.objects.filter(name="MailFromStranger")
    assert [each.payload["wish"] for each in told] == ["keep", "keep"]
    first, second = visible(lin, MailMessage).order_by("pk")
    do(assign_mail, first, by=lin, contact=zhangsan.pk)
    zhangsan.refresh_from_db()
    assert (zhangsan.email, Touchpoint._base_manager.get().contact_id) == ("zhangsan@hengli.example", zhangsan.pk)
    do(make_contact, second, by=lin, name="李雷", account=hengli.pk)
    made = Touchpoint._base_manager.order_by("pk").last()
    assert (made.contact.name, made.contact.email, made.account_id) == ("李雷", "lilei@hengli.example", hengli.pk)
    with pytest.raises(Refused, match="cannot be done in the state"):
        do(assign_mail, first, by=lin, contact=zhangsan.pk)


def test_strangers_become_leads_where_the_mailbox_wants_them(imap: ImapServer, box: Any, known: Any) -> None:
    leads = registry.desk("lead").model._base_manager
    box.mailbox.strangers = "lead"
    imap.deliver(
        login(box),
        *(mail(sender="李雷 <LiLei@new.example>", subject=subject) for subject in ("求购", "还在吗")),
        mail(),
    )
    fetch.visit(box)
    event.deliver()
    lead = leads.get()
    assert (lead.person, lead.email, lead.demand) == ("李雷", "lilei@new.example", "求购\n请报两台空压机的价。")
    imap.deliver(login(box), mail(sender="lilei@new.example"))
    fetch.visit(box)
    event.deliver()
    touches = Touchpoint._base_manager.filter(about="lead", about_id=lead.pk)
    assert (leads.count(), touches.count(), Touchpoint._base_manager.count()) == (1, 3, 4)


def test_strangers_that_are_to_be_ignored_are_not_fetched(imap: ImapServer, box: Any, known: Any) -> None:
    box.mailbox.strangers = "ignore"
    imap.deliver(login(box), mail(), mail(sender="spam@example.com"))
    assert fetch.visit(box) == 1
    assert MailMessage._base_manager.get().sender == "zhangsan@hengli.example"


def test_a_bounce_marks_the_address_until_it_changes_and_is_no_touch(
    imap: ImapServer, box: Any, known: Any, lin: Actor
) -> None:
    imap.deliver(login(box), bounce(b"zhangsan@hengli.example"))
    fetch.visit(box)
    known.refresh_from_db()
    assert known.email_bounced_at is not None
    assert MailMessage._base_manager.get().automatic
    assert not Touchpoint._base_manager.exists()
    assert not event.Happening.objects.filter(name="MailFromStranger").exists()
    do(update, known, by=lin, email="zhang@hengli.example")
    event.deliver()
    known.refresh_from_db()
    assert known.email_bounced_at is None


def bounce(address: bytes) -> bytes:
    return (
        b"From: MAILER-DAEMON@mx.example\nTo: lin@hancheng.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nNo.\n'
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; "
        + address
        + b"\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )


def test_an_automatic_answer_says_so(imap: ImapServer, box: Any, known: Any) -> None:
    imap.deliver(login(box), mail(subject="自动回复", Auto_Submitted="auto-replied"))
    fetch.visit(box)
    assert Touchpoint._base_manager.get().automatic


def test_what_was_sent_from_another_program_is_an_outgoing_touch(imap: ImapServer, box: Any, known: Any) -> None:
    box.mailbox.folders = "Sent"
    imap.deliver(login(box), mail(sender="lin@hancheng.example", To="zhangsan@hengli.example"), folder="Sent")
    fetch.visit(box)
    touch = Touchpoint._base_manager.get()
    assert (touch.direction, touch.contact_id) == ("out", known.pk)


def test_attachments_are_had_by_whoever_sees_the_mail_alone(
    imap: ImapServer, box: Any, known: Any, lin: Actor, zhao: Actor, client: Any
) -> None:
    sent = mail()
    sent.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="参数表.pdf")
    imap.deliver(login(box), sent)
    fetch.visit(box)
    file = Attachment._base_manager.get()
    assert (file.name, file.size, file.media_type) == ("参数表.pdf", 4, "application/pdf")
    assert visible(lin, Attachment).filter(pk=file.pk).exists()
    assert not visible(zhao, Attachment).filter(pk=file.pk).exists()


def test_nobody_but_the_product_says_that_a_mail_came(lin: Actor, zhou: Actor, box: Any) -> None:
    for actor in (lin, zhou):
        with pytest.raises(Forbidden):
            do(receive_mail, by=actor, on=MailMessage, values={"mailbox_id": box.mailbox_id, "subject": "x"})


def test_what_is_wrong_with_the_server_is_said_in_a_sentence(
    imap: ImapServer, box: Any, lin: Actor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failure(**changed: Any) -> str:
        for name, value in changed.items():
            monkeypatch.setattr(box.mailbox, name, value)
        fetch.visit(box)
        monkeypatch.undo()
        return box.failure

    assert failure(imap_port=1) == "connection"
    assert failure(imap_host="no-such-host.invalid") == "name"
    assert failure(imap_password=box.mailbox.smtp_password[:-4]) == "password"
    assert failure(folders="Nowhere") == "folder"
    assert failure(imap_security="starttls") == "encryption"
    settings.OUTBOUND_NETWORKS = []
    assert failure() == "address"
    assert (box.failures, box.sentence[:27]) == (6, "This server is not allowed:")
    assert box.due_at > timezone.now() + timedelta(minutes=30), "the pauses grow"


def test_five_hundred_mails_are_fetched_in_one_visit(imap: ImapServer, box: Any, known: Any) -> None:
    imap.deliver(login(box), *(mail(subject=f"第 {n} 封") for n in range(500)))
    assert fetch.visit(box) == 500
    assert Touchpoint._base_manager.count() == 500
