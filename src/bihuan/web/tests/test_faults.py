"""What goes wrong before a page can be made still speaks the reader's language, in our dress, and asks nothing of the database."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import SuspiciousOperation
from django.test import Client

from bihuan.core.access import Actor
from bihuan.people.user import User
from bihuan.web import respond
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def set_up(firm: None) -> None:
    """Somebody can sign in: the set-up of the firm is over."""
    User._base_manager.filter(username="sun").update(password=make_password("x"))


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "系统出错了"), ("zh-TW", "系統出錯了"), ("en", "Something broke")]
)
def test_a_fault_of_ours_is_a_page(
    language: str,
    words: str,
    client: Client,
    firm: None,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("bihuan.people.identity_provider.providers", broken)
    client.raise_request_exception = False
    client.get("/sign-in")
    answer = client.get("/sign-in", headers={"Accept-Language": language})
    text = answer.content.decode()
    assert answer.status_code == 500 and words in text and "app.css" in text and "planted" not in text
    assert answer["Content-Security-Policy"] and answer["Cache-Control"] == "private, no-store"


def test_it_needs_no_database(rf, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        for view in (respond.broken, respond.bad_request, respond.forged, respond.not_found, respond.forbidden):
            assert view(rf.get("/")).content.startswith(b"<!doctype html>")


def test_a_form_without_its_token_says_what_to_do(zhou: Actor, browse: Browse, client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browse(zhou).cookies
    for headers in ({}, {"HX-Request": "true"}):
        answer = strict.post("/preferences", {"theme": "dark"}, headers=headers)
        assert answer.status_code == 403
        told = answer.content.decode() + answer.headers.get("HX-Trigger", "").encode().decode("unicode_escape")
        assert "此表单不是从这里发出的" in told


def test_an_address_that_cannot_be_read_is_a_page(client: Client, firm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(*_: object) -> None:
        raise SuspiciousOperation("planted")

    monkeypatch.setattr("bihuan.people.identity_provider.providers", odd)
    answer = client.get("/sign-in", headers={"Accept-Language": "en"})
    assert answer.status_code == 400 and "This address cannot be read" in answer.content.decode()
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_settings_stand_in_the_navigation_of_whoever_sets_something_up(zhou: Actor, lin: Actor, browse: Browse) -> None:
    assert 'href="/settings"' in browse(zhou).get("/account").content.decode()
    page = browse(lin).get("/account").content.decode()
    assert 'href="/settings"' not in page and 'href="/profile"' in page
