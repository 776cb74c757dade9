"""Sessions: listed, ended by hand, by a new password, by lying idle; and passwords: what they must be, who sets them how."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Refused
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.people.commands import make_password_link, set_password
from bihuan.people.password_link import PasswordLink
from bihuan.people.session import OpenSession, device_of, sessions_of
from bihuan.people.tests.doors import PASSWORD, policy, sign_in, with_password
from bihuan.people.user import User
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50"
)


def signed_in(username: str, **meta: str) -> Client:
    client = Client(**meta)
    assert sign_in(client, username).status_code == 303
    return client


class TestSessions:
    @pytest.fixture(autouse=True)
    def password(self, lin: Actor, chen: Actor) -> None:
        with_password(lin)
        with_password(chen)

    def test_each_is_listed_with_device_and_place(self, lin: Actor) -> None:
        here = signed_in("lin", HTTP_USER_AGENT=CHROME)
        signed_in("lin", HTTP_USER_AGENT=WECHAT, REMOTE_ADDR="10.1.2.3")
        told = [
            (each.device, each.address, each.current) for each in sessions_of(lin.user_id, here.session.session_key)
        ]
        assert told == [("Chrome · Windows", "127.0.0.1", True), ("WeChat · iPhone", "10.1.2.3", False)]
        page = here.get("/profile").content.decode()
        assert "Chrome · Windows" in page and "10.1.2.3" in page

    def test_one_is_ended_and_all_others(self, lin: Actor) -> None:
        here, there, third = (signed_in("lin") for _ in range(3))
        key = OpenSession.objects.get(key=there.session.session_key).pk
        here.post("/profile/sessions", {"session": key})
        assert [each.get("/profile").status_code for each in (here, there, third)] == [200, 302, 200]
        here.post("/profile/sessions")
        assert [each.get("/profile").status_code for each in (here, there, third)] == [200, 302, 302]
        assert len(sessions_of(lin.user_id)) == 1

    def test_nobody_ends_anothers(self) -> None:
        mine, theirs = signed_in("lin"), signed_in("chen")
        for key in (OpenSession.objects.get(key=theirs.session.session_key).pk, "x", "-1", ""):
            mine.post("/profile/sessions", {"session": key})
        assert theirs.get("/profile").status_code == 200

    def test_a_new_password_ends_the_others(self, lin: Actor) -> None:
        here, there = signed_in("lin"), signed_in("lin")
        before = here.session.session_key
        here.post("/profile/password", {"current": PASSWORD, "new": PASSWORD + "!"})
        assert (here.get("/profile").status_code, there.get("/profile").status_code) == (200, 302)
        assert here.session.session_key != before
        assert [each.current for each in sessions_of(lin.user_id, here.session.session_key)] == [True]

    def test_it_ends_when_it_lies_idle(self, lin: Actor) -> None:
        policy(idle_days="3")
        used, idle = signed_in("lin"), signed_in("lin")
        with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
            assert used.get("/profile").status_code == 200
        with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
            assert used.get("/profile").status_code == 200
            assert len(sessions_of(lin.user_id)) == 1
            assert idle.get("/profile").status_code == 302

    def test_using_it_writes_seldom(self, django_assert_num_queries) -> None:
        client = signed_in("lin")
        client.get("/preferences")
        stamp = client.session["seen"]
        with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
            client.get("/profile")
            assert client.session["seen"] == stamp

    def test_signing_out_leaves_nothing(self) -> None:
        client = signed_in("lin")
        key = client.session.session_key
        client.post("/sign-out")
        assert not Session.objects.filter(session_key=key).exists() and not OpenSession.objects.filter(key=key).exists()

    def test_an_administrator_ends_all_and_nobody_else_does(
        self, zhou: Actor, wang: Actor, lin: Actor, browse: Browse
    ) -> None:
        client, address = signed_in("lin"), f"/settings/users/{lin.user_id}/sessions"
        assert browse(wang).post(address).status_code == 403
        assert client.get("/profile").status_code == 200
        assert browse(zhou).post(address).status_code == 303
        assert client.get("/profile").status_code == 302

    def test_somebody_else_in_the_same_browser_finds_nothing_of_the_first(self) -> None:
        client = signed_in("lin")
        session = client.session
        session["draft"] = "mine"
        session.save()
        sign_in(client, "chen")
        assert "draft" not in client.session


def test_a_device_is_named_in_words(rf) -> None:
    for agent, name in ((CHROME, "Chrome · Windows"), (WECHAT, "WeChat · iPhone"), ("curl/8", "curl/8"), ("", "")):
        assert device_of(rf.get("/", headers={"User-Agent": agent})) == name


# ---------------------------------------------------------------------- passwords


@pytest.mark.parametrize("password", ["short-1", "nine-char", "password123456", "lin-and-more-of-it", "a" * 9])
def test_weak_passwords_are_refused(lin: Actor, password: str) -> None:
    with pytest.raises(Refused) as refused:
        with_password(lin, password)
    assert refused.value.field == "password"


def test_the_strictest_policy_that_counts_sets_the_length(lin: Actor, sun: Actor) -> None:
    seller = User._base_manager.get(pk=lin.user_id).roles.get()
    policy(name="all", min_length="12")
    policy(name="sellers", role=seller.pk, min_length="20")
    with_password(sun, "twelve-chars")
    with pytest.raises(Refused):
        with_password(lin, "twelve-chars")
    with_password(lin, "twenty-characters-ok")


@pytest.mark.parametrize("limit", [{"min_length": "7"}, {"min_length": "129"}, {"idle_days": "0"}, {"idle_days": "91"}])
def test_a_policy_has_limits(firm: None, limit: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        policy(**limit)
    assert set(refused.value.errors) == set(limit)


class TestANewPasswordIsAskedFor:
    def test_after_somebody_else_gave_it(self, lin: Actor, zhou: Actor, browse: Browse) -> None:
        given = {"password": PASSWORD, "must_change": "1"}
        assert browse(zhou).post(f"/settings/users/{lin.user_id}/password", given).status_code == 303
        client = Client()
        sign_in(client, "lin", next="/account")
        assert client.get("/account")["Location"] == "/sign-in/new-password"
        assert client.post("/sign-in/new-password", {"new": PASSWORD}).status_code == 422, "it must be another"
        assert client.post("/sign-in/new-password", {"new": "short"}).status_code == 422
        done = client.post("/sign-in/new-password", {"new": PASSWORD + "!"})
        assert (done.status_code, done["Location"]) == (303, "/account")
        assert client.get("/account").status_code == 200
        refused = client.post(f"/user/{lin.user_id}/do/renew_password", {"new": PASSWORD + "?"})
        assert refused.status_code in (403, 404, 422), "without the present one only when it must change"

    def test_and_not_when_the_box_is_empty(self, lin: Actor, zhou: Actor, browse: Browse) -> None:
        browse(zhou).post(f"/settings/users/{lin.user_id}/password", {"password": PASSWORD})
        client = Client()
        sign_in(client, "lin")
        assert client.get("/account").status_code == 200

    def test_when_it_is_too_old(self, lin: Actor) -> None:
        with_password(lin)
        policy(max_age_days="30")
        client = Client()
        sign_in(client, "lin")
        assert client.get("/account").status_code == 200
        with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
            sign_in(client, "lin")
            assert client.get("/account")["Location"] == "/sign-in/new-password"


class TestALinkForANewPassword:
    def link(self, zhou: Actor, lin: Actor, browse: Browse) -> str:
        page = browse(zhou).post(f"/settings/users/{lin.user_id}/link").content.decode()
        return re.search(r'value="http://testserver(/sign-in/link/[\w-]{43})"', page)[1]

    def test_it_works_once(self, zhou: Actor, lin: Actor, browse: Browse, client: Client) -> None:
        there = signed_before = None
        with_password(lin)
        there, signed_before = self.link(zhou, lin, browse), signed_in("lin")
        assert client.get(there).status_code == 200
        assert client.post(there, {"new": "short"}).status_code == 422
        assert client.post(there, {"new": "another good one"})["Location"] == "/sign-in"
        assert client.post(there, {"new": "yet another one"}).status_code == 404
        assert sign_in(Client(), "lin", "another good one").status_code == 303
        assert signed_before.get("/profile").status_code == 302

    def test_a_bad_one_says_the_same_whatever_is_wrong(
        self, zhou: Actor, lin: Actor, browse: Browse, client: Client
    ) -> None:
        with_password(lin)
        bodies = []

        def look(address: str) -> None:
            answer = client.get(address)
            assert answer.status_code == 404
            bodies.append(re.sub(r'"[A-Za-z0-9]{64}"|CSRFToken": "\w+"', "", answer.content.decode()))

        look("/sign-in/link/never-was")
        used = self.link(zhou, lin, browse)
        client.post(used, {"new": "another good one"})
        look(used)
        old = self.link(zhou, lin, browse)
        with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
            look(old)
        replaced = self.link(zhou, lin, browse)
        self.link(zhou, lin, browse)
        look(replaced)
        bound = self.link(zhou, lin, browse)
        with_password(lin, "changed in between")
        look(bound)
        left = self.link(zhou, lin, browse)
        do(update, User._base_manager.get(pk=lin.user_id), by=SYSTEM, is_active="0")
        look(left)
        assert len(set(bodies)) == 1

    def test_only_administrators_make_one_and_only_a_digest_is_kept(
        self, zhou: Actor, wang: Actor, lin: Actor, browse: Browse
    ) -> None:
        user = User._base_manager.get(pk=lin.user_id)
        with pytest.raises(Refused):
            do(make_password_link, user, by=wang)
        assert browse(wang).post(f"/settings/users/{lin.user_id}/link").status_code == 403
        token = do(make_password_link, user, by=zhou).link_token
        kept = json.dumps(list(PasswordLink.objects.values()), default=str)
        kept += json.dumps(list(AuditEntry.objects.values("changes")), default=str)
        assert token not in kept and len(token) >= 43

    def test_the_host_cannot_be_forged(self, zhou: Actor, lin: Actor, browse: Browse) -> None:
        answer = browse(zhou).post(f"/settings/users/{lin.user_id}/link", headers={"Host": "evil.example"})
        assert answer.status_code == 400 and "evil.example" not in answer.content.decode()


def test_who_is_known_and_who_is_not_read_the_same(lin: Actor, chen: Actor) -> None:
    """Right login and wrong password, no such login, one without a password, one who has left."""
    with_password(lin)
    with_password(chen)
    do(set_password, User._base_manager.get(pk=chen.user_id), by=SYSTEM, password=PASSWORD)
    do(update, User._base_manager.get(pk=chen.user_id), by=SYSTEM, is_active="0")
    bodies = set()
    for login, password in (("lin", "x"), ("nobody", "x"), ("zhao", "x"), ("chen", PASSWORD)):
        answer = sign_in(Client(), login, password)
        assert answer.status_code == 422
        text = re.sub(r'"[A-Za-z0-9]{64}"|CSRFToken": "\w+"', "", answer.content.decode())
        bodies.add(text.replace(f'value="{login}"', ""))
    assert len(bodies) == 1
