"""The logs of sign-ins and exports: complete, filtered, taken along, kept for so long, changed by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bihuan.core import event
from bihuan.core.access import Actor
from bihuan.people.export_log import ExportEntry
from bihuan.people.logs import SIGN_INS, SIZE
from bihuan.people.sign_in import SignInAttempt
from bihuan.people.tests.doors import policy, sign_in, with_password
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def delivered() -> list[ExportEntry]:
    while event.deliver():
        pass
    return list(ExportEntry.objects.order_by("pk"))


def test_an_export_is_told_with_who_what_and_how_much(zhou: Actor, browse: Browse) -> None:
    client = browse(zhou)
    client.post("/account/export?q=&level.in=&city.is=苏州", {"format": "csv"}, REMOTE_ADDR="10.0.0.7")
    client.post("/account/export?q=", {"format": "xlsx", "columns": "all"})
    first, second = delivered()
    assert (first.user_id, first.object, first.format, first.rows, first.address) == (
        zhou.user_id,
        "account",
        "csv",
        0,
        "10.0.0.7",
    )
    assert "city.is=%E8%8B%8F%E5%B7%9E" in first.asked and second.rows == 3 and "name" in second.columns.split(",")
    event.Delivery.objects.update(done_at=None)
    assert len(delivered()) == 2, "an event that comes twice counts once"


def test_looking_at_a_list_or_failing_to_export_it_is_no_export(lin: Actor, zhou: Actor, browse: Browse) -> None:
    browse(zhou).get("/account/export?q=")
    assert browse(lin).post("/account/export?q=", {"format": "csv"}).status_code == 403
    assert delivered() == []


def test_the_sign_in_log_is_found_by_person_place_result_and_day(zhou: Actor, lin: Actor, browse: Browse) -> None:
    with_password(lin)
    sign_in(Client(REMOTE_ADDR="10.5.5.5"), "lin")
    sign_in(Client(REMOTE_ADDR="10.6.6.6"), "lin", "wrong")
    sign_in(Client(REMOTE_ADDR="10.6.6.6"), "somebody", "wrong")
    rows = lambda **params: [row[1:3] for row in SIGN_INS.page(params)[0]]  # noqa: E731
    assert rows() == [["somebody", ""], ["lin", ""], ["lin", "林晓"]]
    assert rows(q="林晓") == [["lin", "林晓"]] and len(rows(q="10.6")) == 2
    assert rows(kind="yes") == [["lin", "林晓"]] and len(rows(kind="no")) == 2
    today = timezone.localdate()
    assert len(rows(**{"from": str(today), "to": str(today)})) == 3
    assert rows(to=str(today - timedelta(days=1))) == []
    page = browse(zhou).get("/settings/sign-ins?q=somebody").content.decode()
    assert "somebody" in page and "10.5.5.5" not in page


@pytest.mark.parametrize(
    "query", ["from=x", "to=9999-99-99", "before=x", "kind=x", "q=%00", "from=0001-01-01", "to=9999-12-31"]
)
def test_odd_questions_get_a_sentence(zhou: Actor, browse: Browse, query: str) -> None:
    for name in ("sign-ins", "exports"):
        assert browse(zhou).get(f"/settings/{name}?{query}").status_code in (200, 422)


def test_a_page_costs_the_same_however_long_the_log(zhou: Actor, browse: Browse, django_assert_max_num_queries) -> None:
    now = timezone.now()
    rows = [SignInAttempt(username=f"u{n}", address="x", at=now, succeeded=False) for n in range(2 * SIZE + 5)]
    SignInAttempt.objects.bulk_create(rows)
    client = browse(zhou)
    seen, address = set(), "/settings/sign-ins?q=u"
    client.get(address)
    while address:
        with django_assert_max_num_queries(12):
            page = client.get(address)
        texts = page.content.decode()
        seen |= {f"u{n}" for n in range(2 * SIZE + 5) if f">u{n}<" in texts}
        further = [part for part in texts.split('"') if part.startswith("/settings/sign-ins?q=u&amp;before=")]
        address = further[0].replace("&amp;", "&") if further else ""
    assert len(seen) == 2 * SIZE + 5


@pytest.mark.parametrize("name", ["sign-ins", "exports"])
def test_they_are_the_administrators_and_change_for_nobody(
    name: str, zhou: Actor, wang: Actor, sun: Actor, browse: Browse
) -> None:
    for other in (wang, sun):
        assert browse(other).get(f"/settings/{name}").status_code == 403
        assert browse(other).post(f"/settings/{name}").status_code == 403
    file = browse(zhou).post(f"/settings/{name}?kind=no")
    assert "attachment" in file["Content-Disposition"] and b"".join(file.streaming_content).startswith(b"\xef\xbb\xbf")
    (entry,) = delivered()
    assert (entry.object, entry.asked, entry.user_id) == (name, "kind=no", zhou.user_id)
    for method in ("put", "delete", "patch"):
        assert getattr(browse(zhou), method)(f"/settings/{name}").status_code == 405


def test_a_login_that_would_be_a_formula_is_none_in_the_file(zhou: Actor, lin: Actor, browse: Browse) -> None:
    with_password(lin)
    sign_in(Client(), '=HYPERLINK("http://evil.example")', "x")
    text = b"".join(browse(zhou).post("/settings/sign-ins").streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in text


def test_lines_go_when_they_are_older_than_the_policy_keeps(lin: Actor) -> None:
    with_password(lin)
    sign_in(Client(), "first", "x")
    policy(keep_days="30")
    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        sign_in(Client(), "second", "x")
    assert set(SignInAttempt.objects.values_list("username", flat=True)) == {"first", "second"}
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        sign_in(Client(), "third", "x")
    assert set(SignInAttempt.objects.values_list("username", flat=True)) == {"second", "third"}
