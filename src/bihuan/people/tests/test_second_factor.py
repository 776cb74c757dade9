"""The second factor: set up, asked for, used once, remembered, required, lost; and what half a sign-in reaches: nothing."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.contract.addresses import PUBLIC
from tests.contract.test_protocol import every_address
from tests.contract.visitor import PART, header_faults

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Refused
from bihuan.core.run import do
from bihuan.people import second_factor
from bihuan.people.commands import change_password, reset_second_factor, set_password, set_up_second_factor
from bihuan.people.second_factor import SecondFactor
from bihuan.people.session import PASSED
from bihuan.people.sign_in import AT_ONE_PLACE, SignInAttempt
from bihuan.people.tests.doors import PASSWORD, code, policy, sign_in, with_password, with_second_factor
from bihuan.people.user import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def half(client: Client, lin: Actor) -> tuple[Client, str, list[str]]:
    """林 has given her password and is asked for the second factor."""
    with_password(lin)
    secret, codes = with_second_factor(lin)
    sign_in(client, "lin", next="/account")
    return client, secret, codes


def test_a_code_completes_the_sign_in_and_leads_on(half) -> None:
    client, secret, _codes = half
    assert client.get("/account")["Location"] == "/sign-in/code"
    before = client.session.session_key
    done = client.post("/sign-in/code", {"code": code(secret, 1)})
    assert (done.status_code, done["Location"]) == (303, "/account")
    assert client.get("/account").status_code == 200
    assert client.session.session_key != before
    assert client.get("/sign-in/code").status_code == 303, "who has answered is led on"


def test_half_a_sign_in_reaches_nothing_but_the_question(half, hengli) -> None:
    """Every address of the product, page, part and post alike."""
    client, wrong, looked = half[0], [], 0
    here = [reverse("record", args=["account", hengli.pk]), "/account?q=", "/static-not", "/nothing", "/search?q=恒砺"]
    for name, url in [*every_address(), *(("", url) for url in here)]:
        if name in PUBLIC or name in ("second_factor", "sign_out"):
            continue
        for method in (client.get, client.post, client.put):
            page, part = method(url), method(url, headers=PART)
            looked += 2
            if (page.status_code, page.get("Location")) != (302, "/sign-in/code") or page.content:
                wrong.append(f"{url}: {page.status_code} {page.get('Location')}")
            if (part.status_code, part.get("HX-Redirect")) != (204, "/sign-in/code") or part.content:
                wrong.append(f"{url} as a part: {part.status_code}")
            wrong += [f"{url}: {fault}" for answer in (page, part) for fault in header_faults(answer)]
    assert not wrong, wrong[:20]
    assert looked > 300
    for url in ("/sign-in/code", "/sign-in", "/sign-in/link/x", "/sign-in/back", "/sign-in/with/1", "/setup"):
        text = client.get(url).content.decode()
        assert "恒砺" not in text and "林晓" not in text


@pytest.mark.parametrize("step", ["new_password", "set_up_second_factor"])
def test_whoever_must_first_do_something_else_reaches_nothing_either(
    step: str, client: Client, lin: Actor, hengli
) -> None:
    with_password(lin)
    if step == "new_password":
        do(set_password, User._base_manager.get(pk=lin.user_id), by=SYSTEM, password=PASSWORD, must_change=True)
    else:
        policy(second_factor="1")
    sign_in(client, "lin")
    for name, url in every_address():
        if name not in PUBLIC and name not in (step, "sign_out"):
            assert (client.get(url).get("Location"), client.post(url).get("Location")) == (reverse(step),) * 2, url
    assert client.get(reverse(step)).status_code == 200


def test_half_a_sign_in_does_not_wait_for_ever(half) -> None:
    client, secret, _codes = half
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert client.post("/sign-in/code", {"code": code(secret)})["Location"].startswith("/sign-in")
        assert "sign-in" in client.get("/account")["Location"]


def test_no_code_counts_twice(lin: Actor) -> None:
    with_password(lin)
    secret, codes = with_second_factor(lin)
    assert not second_factor.passes(lin.user_id, code(secret)), "the code that set it up has counted"
    assert second_factor.passes(lin.user_id, code(secret, 1))
    assert not second_factor.passes(lin.user_id, code(secret, 1))
    assert not second_factor.passes(lin.user_id, code(secret)), "nor does an earlier one count afterwards"
    assert second_factor.passes(lin.user_id, codes[3].upper().replace("-", " "))
    assert not second_factor.passes(lin.user_id, codes[3])
    assert second_factor.codes_left(lin.user_id) == len(codes) - 1 == 9


@pytest.mark.parametrize("wrong", ["", "000000", "1" * 6000, "٣٣٣٣٣٣", "aaaa-bbbb-cccc-dddd", "\x00"])
def test_a_wrong_code_is_refused_and_written_down(half, wrong: str) -> None:
    client = half[0]
    assert client.post("/sign-in/code", {"code": wrong}).status_code == 422
    last = SignInAttempt.objects.order_by("-pk").first()
    assert (last.username, last.way, last.succeeded) == ("lin", "second_factor", False)


@pytest.mark.parametrize("secret", ["", "A", "no base 32!", "A" * 31, "a" * 32, "Ä" * 32, "A" * 5000])
def test_a_secret_that_is_none_is_refused(lin: Actor, secret: str) -> None:
    user = User._base_manager.get(pk=lin.user_id)
    with pytest.raises(Refused):
        do(set_up_second_factor, user, by=lin, secret=secret, code="000000")


def test_codes_cannot_be_tried_by_the_thousand(half) -> None:
    client, secret, _codes = half
    for _ in range(AT_ONE_PLACE):
        client.post("/sign-in/code", {"code": "000000"})
    assert client.post("/sign-in/code", {"code": code(secret, 1)}).status_code == 422
    assert client.get("/account")["Location"] == "/sign-in/code"


def test_a_remembered_device_is_not_asked_until_its_days_are_over(half, lin: Actor) -> None:
    client, secret, _codes = half
    policy(remember_days="3")
    client.post("/sign-in/code", {"code": code(secret, 1), "remember": "1"})
    again = Client()
    again.cookies["device"] = client.cookies["device"].value
    assert client.cookies["device"]["httponly"]
    sign_in(again, "lin")
    assert again.get("/account").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
        sign_in(again, "lin")
        assert again.get("/account")["Location"] == "/sign-in/code"
    user = User._base_manager.get(pk=lin.user_id)
    do(change_password, user, by=lin, current=PASSWORD, new=PASSWORD + "!")
    sign_in(again, "lin", PASSWORD + "!")
    assert again.get("/account")["Location"] == "/sign-in/code", "a new password forgets the devices"


def test_anothers_mark_is_worth_nothing(half, lin: Actor, chen: Actor) -> None:
    with_second_factor(chen)
    other = Client()
    for mark in (second_factor.device_mark(chen.user_id), "forged", ""):
        other.cookies["device"] = mark
        sign_in(other, "lin")
        assert other.get("/account")["Location"] == "/sign-in/code"


def test_where_it_is_required_it_is_set_up_first(client: Client, lin: Actor, chen: Actor) -> None:
    for actor in (lin, chen):
        with_password(actor)
    sign_in(client, "lin")
    assert client.get("/account").status_code == 200
    seller = User._base_manager.get(pk=lin.user_id).roles.get()
    policy(name="sellers", role=seller.pk, second_factor="1")
    assert client.get("/account")["Location"] == "/sign-in/second-factor", "sessions that are open already too"
    page = client.get("/sign-in/second-factor").content.decode()
    secret = re.search(r'secret">([A-Z2-7]+)<', page)[1]
    assert "<svg" in page and "http://www.w3.org" in page
    refused = client.post("/sign-in/second-factor", {"code": "000000"})
    assert refused.status_code == 422 and secret in refused.content.decode(), "the picture stays the same"
    told = client.post("/sign-in/second-factor", {"code": code(secret)}).content.decode()
    assert len(re.findall(r"<li>[a-z2-9]{4}(?:-[a-z2-9]{4}){3}</li>", told)) == 10
    assert client.get("/account").status_code == 200


def test_only_those_who_hold_the_role_are_asked(client: Client, lin: Actor, sun: Actor) -> None:
    with_password(sun)
    seller = User._base_manager.get(pk=lin.user_id).roles.get()
    policy(name="sellers", role=seller.pk, second_factor="1")
    sign_in(client, "sun")
    assert client.get("/account").status_code == 200


def test_it_is_taken_away_with_the_password_only(half) -> None:
    client, secret, _codes = half
    client.post("/sign-in/code", {"code": code(secret, 1)})
    assert client.post("/profile/second-factor/off", {"current": "wrong"}).status_code == 422
    assert SecondFactor.objects.count() == 1
    assert client.post("/profile/second-factor/off", {"current": PASSWORD}).status_code == 303
    assert SecondFactor.objects.count() == 0 and not client.session[PASSED]
    assert client.get("/profile").status_code == 200


def test_an_administrator_resets_it_and_nobody_else(half, lin: Actor, wang: Actor, zhou: Actor) -> None:
    client, secret, _codes = half
    client.post("/sign-in/code", {"code": code(secret, 1)})
    user = User._base_manager.get(pk=lin.user_id)
    with pytest.raises(Refused):
        do(reset_second_factor, user, by=wang)
    do(reset_second_factor, user, by=zhou)
    assert client.get("/account")["Location"].startswith("/sign-in?"), "sessions end"
    sign_in(client, "lin")
    assert client.get("/account").status_code == 200


def test_nothing_that_was_told_stands_in_the_database(half) -> None:
    _client, secret, codes = half
    kept = json.dumps(list(SecondFactor.objects.values()), default=str)
    kept += json.dumps(list(AuditEntry.objects.values("changes")), default=str)
    assert secret not in kept
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]
