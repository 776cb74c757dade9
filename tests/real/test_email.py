"""Mails that broke other programs are read: nothing raises, and what they say is what is read."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bihuan.touch.mail.parse import parse

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
KOREAN = "NOTE: 한국말로 하는 것"

#: By file: sender, recipients, subject.
SAID: dict[str, tuple[str, tuple[str, ...], str]] = {
    "attachment_only_email": ("rfinnie@domain.dom", ("bob@domain.dom",), "this message JUST contains an attachment"),
    "attachment_pdf_lf": ("xxxx@xxxx.com", ("xxxx@xxxx.com",), "Another PDF with 🎉 Unicode chars in it 🍿"),
    "bad_date_header2": ("enews@free-quilting.com", ("someone@live.com",), "40% OFF holiday patterns and fabric!"),
    "bad_subject": ("carol@mysurvey.com", ("someone@aol.com",), "MySurvey.com: You have a survey waiting! 91123105"),
    "basic_email": ("test@lindsaar.net", ("raasdnil@gmail.com",), "Testing 123"),
    "content_transfer_encoding_spam": ("shechem@poetrix.com", ("vladi.pimenov@enron.com",), ""),
    "empty_in_reply_to": ("ak@g.com", ("abuser@r.ru",), "illegal copy of our patient education software"),
    "example04": ("pete@silly.example", ("c@a.test", "joe@where.test", "jdoe@one.test"), ""),
    "example06": ("mary@example.net", ("jdoe@machine.example",), "Re: Saying Hello"),
    "example10": ("pete@silly.test", ("c@public.example", "joe@example.org", "jdoe@one.test"), ""),
    "example14": ("atsushi@example.com", ("rudeboyjet@gmail.com",), "Re: TESTテストテスト"),
    "header_fields_with_empty_values": ("jorn@prikkprikkprikk.no", ("aftest@adfontesmedier.no",), "Testmail"),
    "japanese": ("raasdnil@gmail.com", ("raasdnil@gmail.com",), "まみむめも"),
    "japanese_attachment_long_name": ("mikel@test.lindsaar.net", ("raasdnil@gmail.com",), "まみむめも" * 10),
    "japanese_shift_jis": ("xxxxxxx@docomo.ne.jp", ("unknown@example.com",), "test"),
    "missing_body": ("redacted@attglobal.net", (), "REDACTED"),
    "multi_address_bounce1": ("mailer-daemon@lvmail01.ll.com", ("rahul.chaudhari@ll.com",), "Undelivered Mail Returned to Sender"),
    "new_line_in_to_header": (
        "l@gcn-example.com",
        (
            "leads@sg.dc.com", "sag@leads.gs.ry.com", "sn@example-hotmail.com", "e-s-a-g-8718@app.ar.com", "jp@t-exmaple.com",
            "cc@c-l-example.com",
        ),
        "[Online Lead] Online Lead #1111111",
    ),
    "raw_email": ("jamis@37signals.com", ("willard15georgina@jamis.backpackit.com",), KOREAN),
    "raw_email11": ("xxxxx@xxxxx", (), "worse when you use them."),
    "raw_email_multiple_from": ("", (), "/home/svn/public/minebox revision 214"),
    "raw_email_string_in_date_field": ("mikel@me.com", ("bob@bob.com",), KOREAN),
    "raw_email_with_at_display_name": (
        "test@lindsaar.net", ("smith@gmail.com", "mikel@lindsaar", "raasdnil@gmail.com", "tom@gmail.com"), "Testing 123"
    ),
    "raw_email_with_partially_quoted_subject": ("jamis@37signals.com", ("jamis@37signals.com",), 'Re: Test: "漢字" mid "漢字" tail'),
    "weird_to_header": ("anonymous@i.tp.host", ("user-example@aol.com", "e-s-a-s-2200@app.ar.com"), ""),
}  # fmt: skip

#: By file: the addresses that the mail says are no good.
BOUNCED = {
    "report_530": ("edwin@zzzzzzz.com",),
    "multipart_report_multiple_status": ("u@ci.com",),
    "raw_email_with_mimepart_without_content_type": (),  # a warning: it is still being tried
}


@pytest.fixture(scope="session")
def mails(data: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((data / "email").glob("*.eml"))}


@pytest.mark.parametrize("name", SAID)
def test_the_heads_read_as_they_say(mails: dict[str, bytes], name: str) -> None:
    read = parse(mails[name], NOW)
    assert (read.sender, read.to, read.subject) == SAID[name]


@pytest.mark.parametrize("name", BOUNCED)
def test_bounces_name_whom_they_are_about(mails: dict[str, bytes], name: str) -> None:
    read = parse(mails[name], NOW)
    assert (read.bounced, read.is_automatic) == (BOUNCED[name], True)


def test_texts_and_files_are_there(mails: dict[str, bytes]) -> None:
    assert parse(mails["japanese_shift_jis"], NOW).text.startswith("あいうえお\n\nこのメールはテスト用のメールです。")
    assert parse(mails["raw_email"], NOW).text.startswith("대부분의 마찬가지로")
    (file,) = parse(mails["japanese_attachment_long_name"], NOW).attachments
    assert (file.name, len(file.content)) == ("かきくけこ" * 5 + ".txt", 18)
    names = [each.name for each in parse(mails["raw_email7"], NOW).attachments]
    assert names == ["test.rb", "test.pdf", "smime.p7s"]


def test_a_date_that_is_none_gives_way_to_the_last_servers_or_to_now(mails: dict[str, bytes]) -> None:
    assert parse(mails["bad_date_header2"], NOW).at.isoformat() == "2010-12-14T22:59:10-08:00"
    assert parse(mails["japanese"], NOW).at == NOW
    assert parse(mails["example04"], NOW).at == NOW, "1969: nobody sent mails then"


def test_whatever_is_cut_or_spoilt_is_read_all_the_same(mails: dict[str, bytes]) -> None:
    assert len(mails) >= 52
    chance = random.Random(1)
    for raw in mails.values():
        for _times in range(12):
            spoilt = bytearray(raw[: chance.randint(0, 6000)])
            for _signs in range(min(len(spoilt), chance.randint(0, 40))):
                spoilt[chance.randrange(len(spoilt))] = chance.choice((0, 10, 13, 34, 58, 61, 63, 128, 255))
            read = parse(bytes(spoilt), NOW)
            assert "\x00" not in read.subject + read.text + read.quoted
            (read.subject + read.text + read.quoted + read.message_id).encode()
