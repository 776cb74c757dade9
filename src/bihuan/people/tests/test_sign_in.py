"""Signing in and out through HTTP, counted attempts, the set-up by token, one's own preferences and password."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bihuan.core.access import SYSTEM, Actor
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people import setup
from bihuan.people.commands import set_password
from bihuan.people.sign_in import AT_ONE_PLACE, OF_ONE_LOGIN, SignInAttempt
from bihuan.people.unit import Unit, firm
from bihuan.people.user import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture
def lin_with_password(lin: Actor) -> User:
    user = User._base_manager.get(pk=lin.user_id)
    return do(set_password, user, by=SYSTEM, password=PASSWORD)


def sign_in(client: Client, username: str, password: str = PASSWORD, **extra: str):
    return client.post("/sign-in", {"username": username, "password": password, **extra})


class TestSigningIn:
    def test_leads_to_where_one_wanted_to_go_and_nowhere_else(self, client: Client, lin_with_password: User) -> None:
        asked = client.get("/account/1")
        assert asked.status_code == 302 and asked["Location"] == "/sign-in?next=/account/1"
        assert sign_in(client, lin_with_password.username, next="/account")["Location"] == "/account"
        assert client.get("/account").status_code == 200
        for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"):
            assert sign_in(Client(), lin_with_password.username, next=elsewhere)["Location"] == "/"

    def test_a_part_of_a_page_is_told_to_load_the_sign_in_page(self, client: Client, lin_with_password: User) -> None:
        answer = client.get("/account", headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in")

    def test_a_wrong_login_and_a_wrong_password_say_the_same(self, client: Client, lin_with_password: User) -> None:
        wrong = [sign_in(client, lin_with_password.username, "wrong"), sign_in(client, "nobody", "wrong")]
        texts = [answer.content.decode().replace(lin_with_password.username, "nobody") for answer in wrong]
        assert [answer.status_code for answer in wrong] == [422, 422]
        assert "Login or password is wrong." in texts[0] and "Login or password is wrong." in texts[1]

    def test_signing_out_ends_the_session(self, client: Client, lin_with_password: User) -> None:
        sign_in(client, lin_with_password.username)
        assert client.get("/sign-out").status_code == 405
        client.post("/sign-out")
        assert client.get("/account").status_code == 302

    def test_the_session_key_changes(self, client: Client, lin_with_password: User) -> None:
        client.get("/sign-in")
        client.session.save()
        before = client.session.session_key
        sign_in(client, lin_with_password.username)
        assert client.session.session_key != before

    def test_every_attempt_is_on_record(self, client: Client, lin_with_password: User) -> None:
        sign_in(client, lin_with_password.username, "wrong")
        sign_in(client, lin_with_password.username)
        kept = SignInAttempt.objects.order_by("id").values_list("username", "address", "succeeded")
        assert list(kept) == [
            (lin_with_password.username, "127.0.0.1", False),
            (lin_with_password.username, "127.0.0.1", True),
        ]


class TestCountedAttempts:
    def test_after_some_failures_even_the_right_password_must_wait(
        self, client: Client, lin_with_password: User
    ) -> None:
        for _ in range(AT_ONE_PLACE):
            sign_in(client, lin_with_password.username, "wrong")
        refused = sign_in(client, lin_with_password.username)
        assert refused.status_code == 422 and "quarter of an hour" in refused.content.decode()
        with time_machine.travel(timezone.now() + timezone.timedelta(minutes=16), tick=False):
            assert sign_in(client, lin_with_password.username).status_code == 303

    def test_others_at_the_same_place_are_not_kept_out(self, client: Client, lin_with_password: User) -> None:
        for _ in range(AT_ONE_PLACE):
            sign_in(client, "somebody-else", "wrong")
        assert sign_in(client, lin_with_password.username).status_code == 303

    def test_a_login_tried_from_many_places_must_wait_everywhere(self, lin_with_password: User) -> None:
        for place in range(OF_ONE_LOGIN):
            Client(REMOTE_ADDR=f"10.0.0.{place}").post(
                "/sign-in", {"username": lin_with_password.username, "password": "x"}
            )
        assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), lin_with_password.username).status_code == 422


class TestSettingUp:
    GIVEN = {"firm": "新公司", "name": "王一", "username": "wangyi", "password": PASSWORD}

    @pytest.fixture(autouse=True)
    def nobody_can_sign_in(self, firm: None) -> None:
        User._base_manager.update(password="!")

    def test_the_holder_of_the_token_becomes_administrator_once(self, client: Client) -> None:
        assert client.get("/account").status_code == 302
        assert client.get("/sign-in")["Location"] == "/setup"
        made = client.post("/setup", {"token": setup.token(), **self.GIVEN})
        assert made.status_code == 303
        assert client.get("/settings/numbers").status_code == 200
        assert Unit._base_manager.filter(parent=None).first().name == "新公司"
        for answer in (client.get("/setup"), Client().post("/setup", {"token": setup.token(), **self.GIVEN})):
            assert answer.status_code == 404

    def test_offices_that_were_imported_before_belong_to_the_firm(self, client: Client) -> None:
        do(create, by=SYSTEM, on=Unit, name="Central")
        client.post("/setup", {"token": setup.token(), **self.GIVEN})
        assert list(Unit._base_manager.filter(parent=None).values_list("name", "kind")) == [("新公司", "firm")]
        assert Unit._base_manager.get(name="Central").parent.name == "新公司"
        assert do(create, by=SYSTEM, on=Unit, name="East").parent_id == firm()

    @pytest.mark.parametrize("change", [{"token": "guess"}, {"token": ""}, {"password": "short"}, {"firm": ""}])
    def test_without_the_token_or_with_a_weak_password_nothing_is_made(
        self, client: Client, change: dict[str, str]
    ) -> None:
        users = User._base_manager.count()
        refused = client.post("/setup", {"token": setup.token(), **self.GIVEN} | change)
        assert refused.status_code == 422
        assert User._base_manager.count() == users and setup.is_open()
        if "firm" not in change:
            assert "新公司" in refused.content.decode()


class TestOneself:
    def test_language_theme_and_density_are_ones_own(self, client: Client, lin_with_password: User) -> None:
        sign_in(client, lin_with_password.username)
        client.post("/preferences", {"language": "zh-hant", "theme": "dark", "density": "comfortable"})
        page = client.get("/profile").content.decode()
        assert '<html lang="zh-Hant" data-theme="dark" data-density="comfortable">' in page
        assert client.post("/preferences", {"language": "xx"}).status_code == 422

    def test_changing_the_password_ends_other_sessions_but_not_this(
        self, client: Client, lin_with_password: User
    ) -> None:
        other = Client()
        for each in (client, other):
            sign_in(each, lin_with_password.username)
        wrong = client.post("/profile/password", {"current": "wrong", "new": PASSWORD[::-1]})
        assert wrong.status_code == 422 and PASSWORD[::-1] not in wrong.content.decode()
        assert client.post("/profile/password", {"current": PASSWORD, "new": PASSWORD[::-1]}).status_code == 303
        assert client.get("/profile").status_code == 200
        assert other.get("/profile").status_code == 302

    def test_who_may_no_longer_sign_in_is_out_at_once(self, client: Client, lin_with_password: User) -> None:
        sign_in(client, lin_with_password.username)
        do(update, lin_with_password, by=SYSTEM, is_active=False)
        assert client.get("/profile").status_code == 302

    def test_a_profile_is_nobody_elses(self, client: Client, lin_with_password: User) -> None:
        do(create, by=SYSTEM, on=User, name="Other", username="other", language="en")
        sign_in(client, lin_with_password.username)
        other = User._base_manager.get(username="other")
        answer = client.post(f"/user/{other.pk}/do/set_preferences", {"language": "zh-hant"})
        other.refresh_from_db()
        assert answer.status_code in (403, 404, 422) and other.language == "en"
