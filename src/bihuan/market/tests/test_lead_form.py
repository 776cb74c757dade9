"""Lead forms through HTTP: made by whoever markets, filled in by anybody, guarded against machines."""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Attachment
from bihuan.core.errors import Forbidden, Invalid, Refused
from bihuan.core.event import Happening
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.market import spam
from bihuan.market.campaign import Campaign
from bihuan.market.commands import clear_of_spam, mark_as_spam
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import FormQuestion, LeadForm
from bihuan.market.public_form import FILE_LIMIT, VISITOR
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "何静", "mobile": "138 0512 7716", "company": "恒砺精密", "demand": "要一台 75 kW 的空压机"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-11-22 10:00+08:00", tick=False) as travelling:
        yield travelling


@pytest.fixture
def form(lin: Actor) -> LeadForm:
    campaign = do(create, by=lin, on=Campaign, name="工博会", code="CIIF26")
    return do(create, by=lin, on=LeadForm, name="索取样本", name_en="Ask for a brochure", campaign=campaign.pk)


def stamp_of(client: Client, form: LeadForm, **query: str) -> str:
    page = client.get(f"/f/{form.token}", query).content.decode()
    return re.search(r'name="stamp" value="([^"]+)"', page)[1]  # type: ignore[index]


def send(client: Client, form: LeadForm, clock: Any, *, after: float = 30, **answers: Any) -> Any:
    stamp = stamp_of(client, form)
    clock.shift(after)
    return client.post(f"/f/{form.token}", {"stamp": stamp, **ANSWERS, **answers})


def sent() -> list[FormSubmission]:
    return list(FormSubmission._base_manager.order_by("pk"))


def test_from_the_campaign_to_the_submission(
    browse: Browse, lin: Actor, zhao: Actor, client: Client, clock: Any
) -> None:
    """A marketer plans a campaign and makes a form for it; somebody fills it in; the marketer sees it, others do not."""
    marketer = browse(lin)
    marketer.post("/campaign/new", {"name": "工博会", "code": "CIIF26"})
    campaign = Campaign._base_manager.get()
    marketer.post("/leadform/new", {"name": "索取样本", "campaign": campaign.pk, "thanks": "多谢！"})
    form = LeadForm._base_manager.get()
    for field, required in (("name", "1"), ("email", "1"), ("demand", "")):
        marketer.post("/formquestion/new", {"form": form.pk, "field": field, "required": required})
    shared = marketer.get(f"/leadform/{form.pk}/share").content.decode()
    assert f"http://testserver/f/{form.token}" in shared and "<svg" in shared
    assert f"/leadform/{form.pk}/share" in marketer.get(f"/leadform/{form.pk}").content.decode()

    page = client.get(f"/f/{form.token}").content.decode()
    assert 'name="email" type="email"' in page and 'name="mobile"' not in page
    answer = send(client, form, clock, email="he@example.com")
    assert answer.status_code == 303
    assert "多谢！" in client.get(answer["Location"]).content.decode()

    made = sent()[0]
    assert (made.name, made.email, made.campaign_id, made.state) == ("何静", "he@example.com", campaign.pk, "received")
    assert made.mobile == ""  # was not asked for
    seen = f"/formsubmission/{made.pk}"
    assert "he@example.com" in marketer.get(seen).content.decode()
    assert "何静" in marketer.get(f"/leadform/{form.pk}").content.decode()
    assert browse(zhao).get(seen).status_code == 404
    assert Happening.objects.filter(name="FormSubmitted", record_id=made.pk).count() == 1


class TestThePage:
    def test_asks_the_usual_where_nobody_said_what(self, form: LeadForm, client: Client) -> None:
        page = client.get(f"/f/{form.token}").content.decode()
        assert re.findall(r'<(?:input|textarea) id="(\w+)"', page) == ["name", "company", "mobile", "demand", "subject"]

    @pytest.mark.parametrize(
        ("query", "accepts", "language", "title"),
        [
            ({}, "zh-CN,zh;q=0.9", "zh-Hans", "索取样本"),
            ({}, "zh-TW", "zh-Hant", "索取样本"),
            ({}, "en-GB", "en", "Ask for a brochure"),
            ({"lang": "en"}, "zh-CN", "en", "Ask for a brochure"),
            ({"lang": "zh-Hant"}, "en", "zh-Hant", "索取样本"),
            ({"lang": "xx\0<"}, "en", "en", "Ask for a brochure"),
        ],
    )
    def test_speaks_the_language_asked_for(
        self, form: LeadForm, client: Client, query: dict[str, str], accepts: str, language: str, title: str
    ) -> None:
        answer = client.get(f"/f/{form.token}", query, headers={"Accept-Language": accepts})
        assert f'<html lang="{language}"' in answer.content.decode() and answer["Content-Language"] == language
        assert f"<h1>{title}</h1>" in answer.content.decode()

    def test_a_question_in_the_firms_own_words(self, lin: Actor, form: LeadForm, client: Client) -> None:
        do(create, by=lin, on=FormQuestion, form=form.pk, field="name", wording="怎么称呼您", wording_en="Who are you")
        assert "怎么称呼您" in client.get(f"/f/{form.token}?lang=zh-Hant").content.decode()
        assert "Who are you" in client.get(f"/f/{form.token}?lang=en").content.decode()

    def test_leaves_nothing_in_the_browser(self, form: LeadForm, client: Client) -> None:
        assert not client.get(f"/f/{form.token}").cookies

    def test_is_not_there_for_a_wrong_key_or_an_archived_form(self, lin: Actor, form: LeadForm, client: Client) -> None:
        assert client.get("/f/nothing").status_code == 404
        do(archive, form, by=lin)
        assert client.get(f"/f/{form.token}").status_code == 404

    def test_is_closed_before_and_after_its_days(self, lin: Actor, form: LeadForm, client: Client, clock: Any) -> None:
        do(update, form, by=lin, open_from="2026-11-22", open_until="2026-11-22")
        stamp = stamp_of(client, form)
        for moment, status in (("2026-11-21 23:59", 410), ("2026-11-22 23:59", 200), ("2026-11-23 00:00", 410)):
            clock.move_to(f"{moment}+08:00")
            assert client.get(f"/f/{form.token}").status_code == status
        assert client.post(f"/f/{form.token}", {"stamp": stamp, **ANSWERS}).status_code == 410
        assert not sent()


class TestInAnotherSitesPage:
    def test_only_named_sites_embed_it(self, lin: Actor, form: LeadForm, client: Client) -> None:
        closed = client.get(f"/f/{form.token}")
        assert "frame-ancestors 'none'" in closed["Content-Security-Policy"] and closed["X-Frame-Options"] == "DENY"
        do(update, form, by=lin, hosts="www.example.com, *.Example.cn")
        opened = client.get(f"/f/{form.token}")
        assert "frame-ancestors www.example.com *.example.cn;" in opened["Content-Security-Policy"]
        assert "X-Frame-Options" not in opened
        other = client.get("/sign-in")
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"] and other["X-Frame-Options"] == "DENY"

    @pytest.mark.parametrize(
        "hosts", ["*", "'self'", "a.example; script-src *", "https://a.example", "a.example/x", "a..b"]
    )
    def test_nothing_but_names_of_sites_gets_into_the_policy(self, lin: Actor, form: LeadForm, hosts: str) -> None:
        with pytest.raises(Invalid):
            do(update, form, by=lin, hosts=hosts)

    def test_is_sent_without_any_cookie(self, form: LeadForm, clock: Any) -> None:
        assert send(Client(enforce_csrf_checks=True), form, clock).status_code == 303
        assert len(sent()) == 1

    def test_leads_on_to_where_the_firm_wants(self, lin: Actor, form: LeadForm, client: Client, clock: Any) -> None:
        do(update, form, by=lin, redirect="https://www.example.com/thanks?x=1")
        answer = send(client, form, clock)
        assert answer["Location"] == "https://www.example.com/thanks?x=1"
        assert "form-action 'self' https://www.example.com" in answer["Content-Security-Policy"]


class TestAnswers:
    def test_what_is_wrong_is_said_beside_the_question_and_nothing_typed_is_lost(
        self, form: LeadForm, client: Client, clock: Any
    ) -> None:
        answer = send(client, form, clock, mobile="abc", name="")
        page = answer.content.decode()
        assert answer.status_code == 422 and not sent()
        assert "“abc” is not a phone number." in page and "This is needed." in page
        assert "要一台 75 kW 的空压机" in page

    @pytest.mark.parametrize(
        "text", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE", "a\0b", "𠮷\u202e", "=1+1"]
    )
    def test_hostile_text_is_text(
        self, browse: Browse, lin: Actor, form: LeadForm, client: Client, clock: Any, text: str
    ) -> None:
        assert send(client, form, clock, company=text, demand=text).status_code == 303
        made = sent()[0]
        assert made.company == text.replace("\0", "")
        page = browse(lin).get(f"/formsubmission/{made.pk}").content.decode()
        assert "<script>alert" not in page and "49" not in made.company

    def test_what_is_too_long_is_told(self, form: LeadForm, client: Client, clock: Any) -> None:
        assert send(client, form, clock, company="长" * 201).status_code == 422

    def test_only_what_was_asked_for_is_taken(self, form: LeadForm, client: Client, clock: Any) -> None:
        send(
            client, form, clock, email="he@example.com", state="accepted", about="account", about_id="1", created_by="1"
        )
        made = sent()[0]
        assert (made.email, made.state, made.about, made.about_id, made.created_by_id) == (
            "",
            "received",
            "",
            None,
            None,
        )

    def test_the_campaign_of_the_link_comes_before_that_of_the_form(
        self, lin: Actor, form: LeadForm, client: Client, clock: Any
    ) -> None:
        other = do(create, by=lin, on=Campaign, name="开放日", code="OPEN26")
        stamp = stamp_of(client, form)
        clock.shift(30)
        client.post(f"/f/{form.token}?c=OPEN26", {"stamp": stamp, **ANSWERS})
        send(client, form, clock)
        assert [each.campaign_id for each in sent()] == [other.pk, form.campaign_id]

    def test_a_file_hangs_on_the_submission(self, lin: Actor, form: LeadForm, client: Client, clock: Any) -> None:
        do(create, by=lin, on=FormQuestion, form=form.pk, field="file", required=True)
        assert send(client, form, clock).status_code == 422
        bad = (
            SimpleUploadedFile("a.exe", b"MZ"),
            SimpleUploadedFile("pdf", b"%PDF"),
            SimpleUploadedFile("a.pdf.html", b"<p>"),
        )
        assert {send(client, form, clock, file=each).status_code for each in bad} == {422}
        large = SimpleUploadedFile("large.pdf", b"0" * (FILE_LIMIT + 1))
        assert send(client, form, clock, file=large).status_code == 422
        assert not sent()
        assert send(client, form, clock, file=SimpleUploadedFile("图纸.pdf", b"%PDF")).status_code == 303
        held = Attachment._base_manager.get()
        assert (held.about, held.about_id, held.name) == ("formsubmission", sent()[0].pk, "图纸.pdf")

    def test_far_too_much_is_refused_unread(self, form: LeadForm, client: Client) -> None:
        body = b"0" * (FILE_LIMIT + 2 * 2**20)
        told = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        assert client.post(f"/f/{form.token}", {}, **told).status_code == 413  # type: ignore[arg-type]


class TestTheGuard:
    def test_what_fills_the_trap_or_is_too_quick_is_kept_as_spam(
        self, form: LeadForm, client: Client, clock: Any
    ) -> None:
        trapped, hasty = send(client, form, clock, **{spam.TRAP: "x"}), send(client, form, clock, after=0.5)
        assert {trapped.status_code, hasty.status_code} == {303}  # a machine learns nothing
        assert [(each.state, each.suspicion) for each in sent()] == [("spam", "trap"), ("spam", "haste")]
        assert not Happening.objects.filter(name="FormSubmitted").exists()

    def test_a_person_says_what_is_spam_and_what_is_not(
        self, lin: Actor, form: LeadForm, client: Client, clock: Any
    ) -> None:
        send(client, form, clock, after=0.5)
        made = do(clear_of_spam, sent()[0], by=lin)
        assert made.state == "received"
        assert Happening.objects.filter(name="FormSubmitted", record_id=made.pk).count() == 1
        assert do(mark_as_spam, made, by=lin).state == "spam"

    @pytest.mark.parametrize("stamp", ["", "x", "a:b:c", "WyJhIl0:1:2"])
    def test_without_a_true_stamp_the_page_comes_again_with_what_was_typed(
        self, form: LeadForm, client: Client, stamp: str
    ) -> None:
        answer = client.post(f"/f/{form.token}", {"stamp": stamp, **ANSWERS})
        assert answer.status_code == 422 and "要一台 75 kW 的空压机" in answer.content.decode() and not sent()

    def test_a_stamp_of_another_form_or_of_yesterday_is_none(
        self, lin: Actor, form: LeadForm, client: Client, clock: Any
    ) -> None:
        other = do(create, by=lin, on=LeadForm, name="另一个")
        assert client.post(f"/f/{form.token}", {"stamp": stamp_of(client, other), **ANSWERS}).status_code == 422
        assert send(client, form, clock, after=spam.STALE + 1).status_code == 422
        assert not sent()

    def test_a_form_may_ask_browsers_for_work(
        self, lin: Actor, form: LeadForm, client: Client, clock: Any, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(spam, "WORK", 8)
        assert "proof.js" not in client.get(f"/f/{form.token}").content.decode()
        do(update, form, by=lin, proof=True)
        page = client.get(f"/f/{form.token}").content.decode()
        assert 'data-proof="8"' in page and "proof.js" in page and "<noscript>" in page
        for wrong in ({}, {"proof": ""}, {"proof": "\x00é" * 900}):
            answer = send(client, form, clock, **wrong)
            assert answer.status_code == 422 and "要一台 75 kW 的空压机" in answer.content.decode()
        stamp = stamp_of(client, form)
        clock.shift(30)
        found = [n for n in map(str, range(2000)) if hashlib.sha256(f"{stamp}:{n}".encode()).digest()[0] == 0]
        assert 0 < len(found) < 30  # about one in 256
        for n in map(str, range(5)):
            expected = 303 if n in found else 422
            assert client.post(f"/f/{form.token}", {"stamp": stamp, "proof": n, **ANSWERS}).status_code == expected
        assert client.post(f"/f/{form.token}", {"stamp": stamp, "proof": found[0], **ANSWERS}).status_code == 303
        other = stamp_of(client, form)
        clock.shift(30)
        fit = hashlib.sha256(f"{other}:{found[0]}".encode()).digest()[0] == 0
        answer = client.post(f"/f/{form.token}", {"stamp": other, "proof": found[0], **ANSWERS})
        assert answer.status_code == (303 if fit else 422) and len(sent()) == 1 + fit

    def test_what_is_sent_twice_counts_once(self, form: LeadForm, client: Client, clock: Any) -> None:
        stamp = stamp_of(client, form)
        clock.shift(30)
        answers = [client.post(f"/f/{form.token}", {"stamp": stamp, **ANSWERS}) for _ in range(2)]
        assert [each.status_code for each in answers] == [303, 303] and len(sent()) == 1

    def test_one_place_sends_so_many_in_ten_minutes(self, form: LeadForm, client: Client, clock: Any) -> None:
        statuses = [send(client, form, clock, after=10).status_code for _ in range(spam.OF_ONE_PLACE + 1)]
        assert statuses == [303] * spam.OF_ONE_PLACE + [429]
        assert send(Client(REMOTE_ADDR="203.0.113.9"), form, clock).status_code == 303
        clock.shift(600)
        assert send(client, form, clock).status_code == 303

    def test_so_many_come_in_by_one_form(self, form: LeadForm, client: Client, clock: Any, monkeypatch: Any) -> None:
        monkeypatch.setattr(spam, "OF_ONE_FORM", 3)
        statuses = [send(Client(REMOTE_ADDR=f"203.0.113.{n}"), form, clock, after=10).status_code for n in range(4)]
        assert statuses == [303, 303, 303, 429]

    def test_the_address_is_kept_as_a_digest_that_nobody_reads(
        self, browse: Browse, lin: Actor, form: LeadForm, client: Client, clock: Any
    ) -> None:
        send(client, form, clock)
        made = sent()[0]
        assert len(made.address) == 40 and "127.0.0.1" not in made.address
        assert made.address not in browse(lin).get(f"/formsubmission/{made.pk}").content.decode()


def test_the_code_of_a_campaign_that_one_does_not_see_is_not_told(
    browse: Browse, lin: Actor, zhao: Actor, form: LeadForm
) -> None:
    theirs = do(create, by=SYSTEM, on=LeadForm, name="华南的", campaign=form.campaign_id, owner=zhao.user_id)
    assert "CIIF26" not in browse(zhao).get(f"/leadform/{theirs.pk}/share").content.decode()
    assert "CIIF26" in browse(lin).get(f"/leadform/{form.pk}/share").content.decode()


def test_a_visitor_may_do_nothing_else(form: LeadForm, hengli: Any) -> None:
    with pytest.raises(Forbidden):
        do(create, by=VISITOR, on=LeadForm, name="x")
    for record in (form, hengli):
        with pytest.raises(Refused):
            do(update, record, by=VISITOR, name="x")


def test_the_clock_of_the_guard_is_the_worlds(form: LeadForm) -> None:
    """A stamp tells the time it was made at, and no other can be written into it."""
    made = spam.read_stamp(form, spam.new_stamp(form))
    assert made is not None and made.at == time.time()
