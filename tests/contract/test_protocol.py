"""What every address promises whoever calls it: who must sign in, which methods it takes, what a forged post meets."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from bihuan.core.access import Actor
from bihuan.core.configuration import Epoch
from bihuan.web.tests.conftest import Browse
from tests.contract.addresses import BY_TOKEN, CHANGES, PUBLIC, of_record
from tests.contract.hostile import shared_out, walked
from tests.contract.visitor import PART, TOKEN, Visitor, header_faults
from tests.contract.world import business

pytestmark = pytest.mark.django_db

NOWHERE = 987_654_321


def every_address() -> Iterator[tuple[str, str]]:
    """The name of every address that a browser asks for, and one way to write it."""
    samples: dict[str, Any] = {
        "slug": "account",
        "key": 1,
        "pipeline": 1,
        "step": 1,
        "name": "archive",
        "message": 1,
        "act": "test",
        "token": "x",
        "place": "choices/source",
        "entry": 1,
        "id": 1,
        "ending": "svg",
    }
    for each in patterns(get_resolver().url_patterns):
        converters = each.pattern.converters
        given = {name: samples[name] for name in converters}
        if each.name in ("board", "board_heads", "board_column"):
            given["slug"] = "opportunity"
        if each.name == "choices":
            given["name"] = "source"
        if each.name == "cell":
            given["name"] = "city"
        if each.name and each.name.startswith("import_") and "key" in given:
            given["key"] = "0" * 32
        assert each.name
        if each.name not in BY_TOKEN:
            yield each.name, reverse(each.name, kwargs=given)


def patterns(found: Any) -> Iterator[URLPattern]:
    for each in found:
        if isinstance(each, URLPattern):
            yield each
        else:
            yield from patterns(each.url_patterns)


def test_whoever_has_not_signed_in_is_asked_to(firm: None, client: Client) -> None:
    wrong = []
    for name, url in every_address():
        if name in PUBLIC:
            continue
        for method in (client.get, client.post):
            page, part = method(url), method(url, headers=PART)
            wrong += (
                [f"{url}: {page.status_code}"]
                if page.status_code != 302 or not page["Location"].startswith("/sign-in")
                else []
            )
            wrong += (
                [f"{url}: {part.status_code}"]
                if (part.status_code, part.get("HX-Redirect")) != (204, "/sign-in")
                else []
            )
            wrong += [f"{url}: {fault}" for answer in (page, part) for fault in header_faults(answer)]
    for url in ("/nothing-here", "/account/1/nothing", "/account/0/edit", "/static-not"):
        wrong += [url] if client.get(url).status_code != 302 else []
    assert not wrong, wrong


def test_signing_in_leads_back_to_what_was_asked(client: Client, firm: None) -> None:
    from urllib.parse import parse_qs, urlsplit

    asked = "/account?q=%E7%A9%BA&level.in=1,2&x=a%26next%3D//evil.example"
    onward = urlsplit(client.get(asked)["Location"])
    assert parse_qs(onward.query) == {"next": [asked]}


@pytest.mark.parametrize(
    "where",
    [
        "//evil.example/",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "\t//evil.example",
    ],
)
def test_nobody_is_led_elsewhere(where: str, lin: Actor, browse: Browse, hengli: Any) -> None:
    client = browse(lin)
    posts = (
        (reverse("edit", args=["account", hengli.pk]), {"city": "苏州", "version": "1", "next": where}),
        (reverse("preferences"), {"theme": "dark", "next": where}),
        (reverse("bulk", args=["account", "archive"]), {"id": str(hengli.pk), "next": where, "go": "1"}),
        (reverse("sign_in"), {"username": "lin", "password": "wrong", "next": where}),
    )
    for url, data in posts:
        answer = client.post(url, data)
        assert "evil" not in answer.get("Location", "") and "javascript" not in answer.get("Location", ""), url
        assert b"evil.example" not in answer.content


def test_a_method_that_an_address_does_not_take_is_refused(zhou: Actor, browse: Browse) -> None:
    visitor = Visitor(browse(zhou))
    for name, url in every_address():
        for method in ("put", "patch", "delete"):
            visitor.look(getattr(visitor.client, method)(url), f"{method} {url}", url, (405,))
        if name in CHANGES:
            visitor.get(url, 405)
        else:
            head = visitor.client.head(url)
            named = (422,) if name == "merge" else ()  # which records are merged must be said
            visitor.look(head, f"HEAD {url}", url, (200, 204, 302, 303, 404, *named))
    visitor.verdict(150)


#: Sent from within other sites' pages or by mail programs, where there is no cookie to compare a token with: what is signed
#: does its work, see market/spam.py and sales/mailing/links.py.
BY_STAMP = {"lead_form", "mailing_leave"}


def test_a_post_without_its_token_is_refused(zhou: Actor, browse: Browse) -> None:
    signed_in = browse(zhou)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in.cookies
    open_to_anybody = [
        f"{method} {url}"
        for name, url in every_address()
        if name not in BY_STAMP
        for method in ("post", "put")
        if getattr(strict, method)(url).status_code != 403
    ]
    assert not open_to_anybody
    assert Epoch.objects.filter(pk=1).values_list("value", flat=True).first() == Epoch.objects.get(pk=1).value


def test_what_is_hidden_is_answered_exactly_like_what_is_missing(lin: Actor, zhao: Actor, browse: Browse) -> None:
    """For every object, by page, by part and by post: nobody learns that there is such a record."""
    from tests.contract.values import sample

    client, looked = browse(zhao), 0
    for desk in walked(business()):
        if desk.slug in ("product", "mailtemplate", "competitor", "optout", "attachment"):
            continue  # everybody sees products, templates, competitors and opt-outs; files are looked at beside the timeline
        hidden = sample(desk, lin, 31)
        for ask in shared_out(of_record(desk, hidden, every=False), 12, kind=attrgetter("kind")):
            elsewhere = ask.url.replace(f"/{hidden.pk}", f"/{NOWHERE}", 1)
            for method in (
                (client.get, client.post) if ask.name != "duplicates" else (client.get,)
            ):  # a post looks at all
                for headers in ({}, PART):
                    one, other = method(ask.url, headers=headers), method(elsewhere, headers=headers)
                    assert one.status_code == other.status_code, ask
                    assert one.status_code == 404 or (one.status_code == 405 and method == client.post), ask
                    assert plain(one, hidden.pk) == plain(other, NOWHERE), ask
                    looked += 1
    assert looked > 150


def plain(answer: Any, key: int) -> tuple[str, dict[str, str]]:
    """An answer without the address that was asked, and without what differs every time."""
    text = TOKEN.sub("", answer.content.decode()).replace(f"/{key}", "/KEY")
    return text, {name: value for name, value in answer.headers.items() if name != "Content-Length"}
