"""Mails that go out to a real SMTP server: from the page of a record, in reply, with files; once, or with a word why not."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.cast import record

from bihuan.core import registry
from bihuan.core.access import Actor, visible
from bihuan.core.attached import Attachment, attach
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people import staff
from bihuan.people.commands import set_limits
from bihuan.touch.mail import fetch, send
from bihuan.touch.mail.commands import note_sent, send_mail
from bihuan.touch.models import MailMessage, MailTemplate, Touchpoint
from bihuan.touch.tests.conftest import PASSWORD, ImapServer, SmtpServer, mail

pytestmark = pytest.mark.django_db
TO = "zhangsan@hengli.example"


@pytest.fixture
def write(box: Any, lin: Actor) -> Any:
    """Writes a mail about a record, by default as 林 from their mailbox."""

    def writing(about: Any, by: Actor = lin, **inputs: Any) -> MailMessage:
        command = registry.commands(registry.desk_of(about))["write_mail"]
        given = {"mailbox": box.mailbox_id, "to": TO, "subject": "报价", "text": "见附件。"} | inputs
        do(command, about, by=by, **given)
        return MailMessage._base_manager.order_by("pk").last()

    return writing


def send_due() -> None:
    """What the worker does at one look."""
    send.give_up_unknown()
    for key in send.due():
        send.send(key)


def arrived(smtp: SmtpServer) -> EmailMessage:
    return email.message_from_bytes(smtp.taken[-1].content, policy=policy.default)  # type: ignore[arg-type,return-value]


def test_a_mail_from_a_deals_page_goes_and_is_a_touch_once_it_has(
    write: Any, smtp: SmtpServer, kongya: Any, hengli: Any, zhangsan: Any, lin: Actor
) -> None:
    do(update, zhangsan, by=lin, email=TO)
    written = write(kongya, cc="cai@hengli.example")
    assert (written.state, written.contact_id, written.about_id) == ("queued", zhangsan.pk, kongya.pk)
    assert not Touchpoint._base_manager.exists()
    send_due()
    send_due()
    written.refresh_from_db()
    assert (written.state, len(smtp.taken), smtp.taken[0].rcpt_tos) == ("sent", 1, [TO, "cai@hengli.example"])
    told = arrived(smtp)
    assert (told["From"], told["Subject"], told["Message-ID"]) == (
        "林晓 <lin@hancheng.example>",
        "报价",
        written.message_id,
    )
    assert told.get_content().strip() == "见附件。"
    touch = Touchpoint._base_manager.get()
    assert (touch.direction, touch.text, touch.owner_id) == ("out", "报价\n见附件。", lin.user_id)
    assert (touch.contact_id, touch.account_id, touch.about_id) == (zhangsan.pk, hengli.pk, kongya.pk)


def test_an_answer_goes_on_with_the_thread(
    write: Any, imap: ImapServer, smtp: SmtpServer, box: Any, zhangsan: Any, lin: Actor
) -> None:
    do(update, zhangsan, by=lin, email=TO)
    imap.deliver(box.mailbox.imap_login, mail(Message_ID="<2@x>", References="<1@x>"))
    fetch.visit(box)
    came = MailMessage._base_manager.get()
    went = write(came, subject="Re: 询价")
    send_due()
    told = arrived(smtp)
    assert (told["In-Reply-To"], told["References"]) == ("<2@x>", "<1@x> <2@x>")
    imap.deliver(box.mailbox.imap_login, mail(subject="Re: Re: 询价", In_Reply_To=went.message_id))
    fetch.visit(box)
    assert list(MailMessage._base_manager.order_by("pk").values_list("thread", flat=True)) == [came.thread] * 3
    assert Touchpoint._base_manager.filter(contact=zhangsan).count() == 3


def test_the_copy_that_comes_back_to_a_shared_mailbox_is_the_same_touch(
    write: Any, imap: ImapServer, smtp: SmtpServer, make_mailbox: Any, chen: Actor, hengli: Any
) -> None:
    shared = make_mailbox(chen, "sales@hancheng.example")
    write(hengli, cc="sales@hancheng.example")
    send_due()
    imap.deliver(shared.mailbox.imap_login, smtp.taken[0].content)  # type: ignore[arg-type]
    fetch.visit(shared)
    assert (MailMessage._base_manager.count(), Touchpoint._base_manager.count()) == (2, 1)


def test_files_go_with_it(write: Any, smtp: SmtpServer, hengli: Any, lin: Actor) -> None:
    written = write(hengli)
    do(
        attach, by=lin, on=Attachment, about="mailmessage", about_id=written.pk,
        file=SimpleUploadedFile("报价表.txt", "报价表".encode(), "multipart/mixed; x=\ny"),
    )  # fmt: skip
    send_due()
    (file,) = arrived(smtp).iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True).decode()) == ("报价表.txt", "报价表")  # type: ignore[union-attr]


def test_while_the_server_is_busy_it_is_tried_again_and_says_why(write: Any, smtp: SmtpServer, hengli: Any) -> None:
    smtp.answers = ["451 Come back later"]
    written = write(hengli)
    send_due()
    written.refresh_from_db()
    assert (written.state, written.failure, written.failure_detail) == ("queued", "busy", "451 Come back later")
    assert written.due_at > timezone.now() + timedelta(seconds=25)
    send_due()
    assert not smtp.taken, "it is not due yet"
    MailMessage._base_manager.update(due_at=timezone.now())
    send_due()
    written.refresh_from_db()
    assert (written.state, written.failure, written.attempts, len(smtp.taken)) == ("sent", None, 2, 1)


def test_a_server_that_is_not_there_is_no_reason_to_give_up_at_once(
    write: Any, box: Any, hengli: Any, lin: Actor
) -> None:
    do(update, box.mailbox, by=lin, smtp_port=1)
    written = write(hengli)
    send_due()
    written.refresh_from_db()
    assert (written.state, written.failure) == ("queued", "connection")
    for _look in send.PAUSES:
        MailMessage._base_manager.update(due_at=timezone.now())
        send_due()
    written.refresh_from_db()
    assert (written.state, written.attempts) == ("failed", len(send.PAUSES) + 1)


@pytest.mark.parametrize(("refused", "answers", "failure"), [({TO}, [], "recipient"), (set(), ["554 Spam"], "refused")])
def test_what_the_server_refuses_is_given_up_and_said(
    write: Any, smtp: SmtpServer, hengli: Any, refused: set[str], answers: list[str], failure: str
) -> None:
    smtp.refused, smtp.answers = refused, answers
    written = write(hengli)
    send_due()
    written.refresh_from_db()
    assert (written.state, written.failure) == ("failed", failure)
    assert written.failure_detail[:3] in ("550", "554")
    assert not Touchpoint._base_manager.exists()


def test_after_a_crash_between_sending_and_noting_it_is_not_sent_again(
    write: Any, smtp: SmtpServer, hengli: Any, lin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write(hengli)

    def killed(command: Any, *args: Any, **inputs: Any) -> Any:
        if command is note_sent:
            raise SystemExit
        return do(command, *args, **inputs)

    with monkeypatch.context() as crash, pytest.raises(SystemExit):
        crash.setattr(send, "do", killed)
        send_due()
    written.refresh_from_db()
    assert (written.state, len(smtp.taken)) == ("sending", 1)
    send_due()
    MailMessage._base_manager.update(due_at=timezone.now())
    send_due()
    send_due()
    written.refresh_from_db()
    assert (written.state, written.failure, len(smtp.taken)) == ("failed", "unknown", 1)
    do(send_mail, written, by=lin)
    send_due()
    assert [arrived(smtp)["Message-ID"], len(smtp.taken)] == [written.message_id, 2], "by hand, and the same mail"


def test_a_connection_that_ends_before_the_answer_leaves_it_unknown(write: Any, smtp: SmtpServer, hengli: Any) -> None:
    smtp.answers = ["250 and die"]
    written = write(hengli)
    send_due()
    written.refresh_from_db()
    assert (written.state, written.failure, len(smtp.taken)) == ("failed", "unknown", 1)


def test_nobody_writes_from_a_mailbox_that_is_not_theirs_or_shared_to_edit(
    write: Any, box: Any, lin: Actor, chen: Actor, zhao: Actor, hengli: Any, xinghua: Any
) -> None:
    with pytest.raises(Invalid):
        write(xinghua, by=zhao)  # who does not even see it
    with pytest.raises(Forbidden):
        write(hengli, by=chen)  # whose team it is
    do(registry.commands(registry.desk("mailbox"))["share"], box.mailbox, by=lin, user=chen.user_id, edits=True)
    assert write(hengli, by=chen).state == "queued"
    with pytest.raises(NotFound):
        write(hengli, by=zhao)


def test_addresses_and_heads_are_what_they_seem(
    write: Any, smtp: SmtpServer, box: Any, lin: Actor, hengli: Any
) -> None:
    for to in ("nobody", "a@b.example\nBcc: c@d.example", "李@例子.中国"):
        with pytest.raises(Invalid) as refused:
            write(hengli, to=to)
        assert set(refused.value.errors) == {"to"}
    do(update, box.mailbox, by=lin, name="林晓\nBcc: e@f.example")
    write(hengli, subject="报价\nBcc: c@d.example")
    send_due()
    assert (arrived(smtp)["Bcc"], smtp.taken[0].rcpt_tos) == (None, [TO])


def test_a_mailbox_that_is_off_sends_nothing(write: Any, box: Any, lin: Actor, hengli: Any) -> None:
    do(update, box.mailbox, by=lin, active=False)
    with pytest.raises(Refused, match="Nothing is sent from this mailbox"):
        write(hengli)
    assert not MailMessage._base_manager.exists()


def test_a_template_tells_what_its_writer_sees_and_nothing_else(
    write: Any, lin: Actor, zhou: Actor, kongya: Any
) -> None:
    template = do(
        create, by=lin, on=MailTemplate, name="报价", subject="{{number}} {{ name }}",
        text="{{account.name}}：{{owner}} {{name.__class__}}",
    )  # fmt: skip
    with pytest.raises(Refused, match="__class__"):
        write(kongya, subject="", text="", template=template.pk)
    do(update, template, by=lin, text="{{account.name}}：{{owner}}，{{amount}} {% if %} {name}")
    written = write(kongya, subject="", text="", template=template.pk)
    assert written.subject == f"{kongya.number} 空压站"
    assert written.text == "苏州恒砺精密机械有限公司：林晓，1180000.00 {% if %} {name}"
    do(set_limits, record("role", key="seller"), by=zhou, limits={"opportunity": {"amount": 0}})
    with pytest.raises(Refused, match="amount"):
        write(kongya, by=staff.actor(lin.user_id), subject="", text="", template=template.pk)


def test_passwords_are_told_nowhere(box: Any, zhou: Actor) -> None:
    assert PASSWORD not in box.mailbox.imap_password
    assert all(PASSWORD not in str(each.changes) for each in AuditEntry.objects.filter(object="mailbox"))
    desk = registry.desk("mailbox")
    assert not [name for name in desk.fields(zhou) if "password" in name]
    assert visible(zhou, desk.model).exists()
