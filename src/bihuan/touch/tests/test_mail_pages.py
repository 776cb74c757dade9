"""The pages of mail, as people use them: one comes, is read, is answered with a file; mailboxes are set up and tried."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.cast import record

from bihuan.core.access import Actor
from bihuan.core.attached import Attachment
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people.commands import set_limits
from bihuan.touch.mail import fetch
from bihuan.touch.models import MailMessage, MailTemplate, Touchpoint
from bihuan.touch.tests.conftest import PASSWORD, ImapServer, SmtpServer, mail
from bihuan.touch.tests.test_mail_going import arrived, send_due

pytestmark = pytest.mark.django_db
TO = "zhangsan@hengli.example"


@pytest.fixture
def came(imap: ImapServer, box: Any, lin: Actor, zhangsan: Any) -> MailMessage:
    """A mail of 张三's with a file, fetched into 林's mailbox."""
    do(update, zhangsan, by=lin, email=TO)
    sent = mail(text="请报两台。\n\n> 您好")
    sent.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="参数表.pdf")
    imap.deliver(box.mailbox.imap_login, sent)
    fetch.visit(box)
    return MailMessage._base_manager.get()


def test_a_mail_comes_is_read_answered_and_stands_on_the_timeline(
    browse: Any, came: MailMessage, smtp: SmtpServer, box: Any, lin: Actor, zhangsan: Any
) -> None:
    page_of = browse(lin)
    timeline = page_of.get(f"/contact/{zhangsan.pk}").content.decode()
    assert f'href="/mailmessage/{came.pk}"' in timeline and "请报两台。" in timeline
    page = page_of.get(f"/mailmessage/{came.pk}").content.decode()
    assert "请报两台。" in page and "&gt; 您好" in page and "参数表.pdf" in page
    answer = f"/mailmessage/{came.pk}/do/write_mail"
    form = page_of.get(answer).content.decode()
    assert f'value="{TO}"' in form and 'value="Re: 询价"' in form and "&gt; 请报两台。" in form
    sent = {"mailbox": box.mailbox_id, "to": TO, "cc": "", "subject": "Re: 询价", "text": "好的。"}
    files = [SimpleUploadedFile(f"{n}.txt", b"x", "text/plain") for n in "甲乙"]
    assert page_of.post(answer, sent | {"file": files}).status_code == 303
    send_due()
    told = arrived(smtp)
    assert (told["In-Reply-To"], told["Subject"]) == (came.message_id, "Re: 询价")
    assert [each.get_filename() for each in told.iter_attachments()] == ["甲.txt", "乙.txt"]  # type: ignore[attr-defined]
    page = page_of.get(f"/mailmessage/{came.pk}").content.decode()
    assert page.index("请报两台。") < page.index("好的。")
    assert Touchpoint._base_manager.filter(contact=zhangsan, direction="out").count() == 1


def test_a_mail_is_there_for_nobody_else(browse: Any, came: MailMessage, lin: Actor, zhao: Actor) -> None:
    page_of, foreign = browse(lin), browse(zhao)
    file = reverse("file", args=[Attachment._base_manager.get().pk])
    for address in (f"/mailmessage/{came.pk}", f"/mailmessage/{came.pk}/raw", file):
        assert (foreign.get(address).status_code, page_of.get(address).status_code) == (404, 200)
    raw = page_of.get(f"/mailmessage/{came.pk}/raw")
    assert b"".join(raw.streaming_content).startswith(b"From:")
    assert (raw["Content-Type"], raw["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")


def test_what_a_role_hides_stands_neither_on_the_page_nor_in_the_raw_mail(
    browse: Any, came: MailMessage, lin: Actor, zhou: Actor
) -> None:
    page_of = browse(lin)
    do(set_limits, record("role", key="seller"), by=zhou, limits={"mailmessage": {"text": 0}})
    page = page_of.get(f"/mailmessage/{came.pk}").content.decode()
    assert "请报两台。" not in page.partition("timeline mails")[2].partition("</section>")[0], (
        "the touch has its own rights"
    )
    assert page_of.get(f"/mailmessage/{came.pk}/raw").status_code == 404


def test_a_mail_that_is_refused_keeps_what_was_written(browse: Any, box: Any, lin: Actor, hengli: Any) -> None:
    page_of = browse(lin)
    address = f"/account/{hengli.pk}/do/write_mail"
    answer = page_of.post(
        address, {"mailbox": box.mailbox_id, "to": "nobody", "subject": "报价", "text": "长长的一封信"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "长长的一封信" in page and "nobody" in page
    assert not MailMessage._base_manager.exists()


def test_a_template_fills_the_form(browse: Any, box: Any, lin: Actor, kongya: Any) -> None:
    template = do(create, by=lin, on=MailTemplate, name="报价", subject="{{number}}", text="{{account.name}}，您好")
    page = browse(lin).get(f"/opportunity/{kongya.pk}/do/write_mail?template={template.pk}").content.decode()
    assert f'value="{kongya.number}"' in page and "苏州恒砺精密机械有限公司，您好" in page


def test_who_may_write_no_mail_finds_no_button_and_sends_none(browse: Any, sun: Actor, hengli: Any) -> None:
    page, address = browse(sun), f"/account/{hengli.pk}/do/write_mail"
    assert address not in page.get(f"/account/{hengli.pk}").content.decode()
    assert page.post(address, {"to": TO, "subject": "x", "text": "x"}).status_code in (403, 422)
    assert not MailMessage._base_manager.exists()


def test_a_mailbox_is_tried_and_its_passwords_are_never_shown(
    browse: Any, box: Any, lin: Actor, imap: ImapServer
) -> None:
    page, key = browse(lin), box.mailbox_id
    assert "两台服务器都有答复" in page.post(f"/profile/mailboxes/{key}/try").content.decode()
    page.post(f"/profile/mailboxes/{key}/passwords", {"imap_password": "wrong"})
    told = page.post(f"/profile/mailboxes/{key}/try").content.decode()
    assert "IMAP：邮件服务器不接受这个帐号或密码。" in told and "SMTP：" not in told
    for address in ("/profile/mailboxes", f"/mailbox/{key}", f"/mailbox/{key}/edit", "/mailbox"):
        content = page.get(address).content.decode()
        assert PASSWORD not in content and "wrong" not in content
        assert not re.search(r'type="password"[^>]*value=', content)


def test_the_page_of_a_mailbox_sets_its_passwords_tries_it_and_names_its_ports_plainly(
    browse: Any, box: Any, lin: Actor, sun: Actor, imap: ImapServer
) -> None:
    page = browse(lin).get(f"/mailbox/{box.mailbox_id}").content.decode()
    assert f'action="/profile/mailboxes/{box.mailbox_id}/passwords"' in page
    assert f'action="/profile/mailboxes/{box.mailbox_id}/try"' in page
    assert f">{imap.port}<" in page, f"{imap.port:,} is no port"
    assert "/try" not in browse(sun).get(f"/mailbox/{box.mailbox_id}").content.decode()


def test_only_who_may_edit_a_mailbox_sets_its_passwords(browse: Any, box: Any, chen: Actor, zhao: Actor) -> None:
    for actor in (chen, zhao):
        for act in ("passwords", "try"):
            assert browse(actor).post(f"/profile/mailboxes/{box.mailbox_id}/{act}").status_code == 404
