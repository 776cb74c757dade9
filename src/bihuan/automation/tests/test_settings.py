"""The pages of webhooks: saved with what was ticked, the secret shown once, messages told of only as one may see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import gettext, override

from bihuan.automation.message import FAILURES, WebhookMessage
from bihuan.automation.tests.conftest import send_all
from bihuan.automation.webhook import Webhook
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[\w+/=]{44}")


def said(sentence: str) -> str:
    """A sentence as 周's pages say it."""
    with override("zh-hans"):
        return gettext(sentence)


def page(client: Any, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def made(receiver: Any, browse: Browse, zhou: Actor) -> tuple[Any, Any, str]:
    """A webhook made on its page: the client, the receiver, the address of the page."""
    client, erp = browse(zhou), receiver()
    given = {"name": "ERP", "address": erp.address, "active": ["0", "1"], "events": ["account.changed", "contact.*"]}
    answer = client.post(reverse("webhook_new"), given)
    assert answer.status_code == 303
    return client, erp, answer["Location"]


def test_a_webhook_is_made_and_its_secret_shown_once(made: Any) -> None:
    client, _erp, url = made
    webhook = Webhook._base_manager.get()
    assert (webhook.events, webhook.active) == ("account.changed, contact.*", True)
    assert SECRET.search(page(client, url))[0] == webhook.shown_secret
    again = page(client, url)
    assert not SECRET.search(again)
    ticked = set(re.findall(r'name="events" value="([\w.*]+)" checked', again))
    assert ticked == {"account.changed", "contact.*"}
    assert "ERP" in page(client, reverse("webhooks"))


def test_a_new_secret_is_shown_once_too(made: Any) -> None:
    client, _erp, url = made
    first = SECRET.search(page(client, url))[0]
    assert client.post(f"{url}/secret").status_code == 303
    assert SECRET.search(page(client, url))[0] not in ("", first)
    assert not SECRET.search(page(client, url))


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    given = {"name": "ERP", "address": "http://169.254.169.254/latest", "active": "1", "events": ["account.*"]}
    answer = client.post(reverse("webhook_new"), given)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "http://169.254.169.254/latest" in text and said(str(FAILURES["address"])) in text
    assert 'value="account.*" checked' in text and not Webhook._base_manager.exists()
    answer = client.post(reverse("webhook_new"), {**given, "address": "https://example.com/", "events": []})
    assert answer.status_code == 422 and said("Choose at least one event.") in answer.content.decode()


def test_somebody_elses_change_is_not_lost(made: Any, zhou: Actor) -> None:
    client, _erp, url = made
    do(update, Webhook._base_manager.get(), by=zhou, name="SAP")
    given = {"name": "Oracle", "address": "https://example.com/", "active": "1", "events": ["*"], "version": "1"}
    assert client.post(url, given).status_code == 422
    assert Webhook._base_manager.get().name == "SAP"


def test_messages_and_attempts_are_told_of_and_sent_again(made: Any, zhou: Actor, hengli: Any) -> None:
    client, erp, url = made
    erp.answers = [410]
    do(update, hengli, by=zhou, name="恒砺集团")
    send_all()
    assert "account.changed" in page(client, url) and "恒砺集团" in page(client, f"{url}?state=dead")
    assert "恒砺集团" not in page(client, f"{url}?state=delivered")
    message = WebhookMessage.objects.get()
    told = page(client, f"{url}/messages/{message.pk}")
    assert "HTTP 410" in told and "said 410" in told and message.name in told

    refused = client.post(f"{url}/replay", {"message": message.pk})
    assert refused.status_code == 422 and said("This webhook is off.") in refused.content.decode()
    do(update, Webhook._base_manager.get().pk, by=zhou, on=Webhook, active="1")
    assert client.post(f"{url}/replay", {"message": message.pk}).status_code == 303
    send_all()
    assert "HTTP 200" in page(client, f"{url}/messages/{message.pk}")
    assert client.post(f"{url}/test").status_code == 303
    send_all()
    assert [got.told["type"] for got in erp.got] == ["account.changed", "account.changed", "test"]


def test_a_page_of_messages_costs_the_same_however_many_there_are(
    made: Any, zhou: Actor, hengli: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    client, _erp, url = made
    for n in range(60):
        do(update, hengli.pk, by=zhou, on=type(hengli), name=f"恒砺{n}")
    page(client, url)
    with django_assert_num_queries(7):
        first = page(client, url)
    older = re.search(r'href="([^"]*before=\d+)', first)[1].replace("&amp;", "&")
    with django_assert_num_queries(7):
        assert page(client, older).count("account.changed</a>") == 10


def test_nobody_else_finds_them(made: Any, browse: Browse, lin: Actor) -> None:
    _client, _erp, url = made
    other = browse(lin)
    for address in (url, f"{url}/messages/1", "/settings/webhooks", "/settings/webhooks/new", "/webhook", "/webhook/1"):
        assert other.get(address).status_code in (403, 404), address
    for act in ("secret", "test", "replay", "archive", "other"):
        assert other.post(f"{url}/{act}").status_code in (403, 404)


def test_an_archived_webhook_is_gone(made: Any) -> None:
    client, _erp, url = made
    assert client.post(f"{url}/archive").status_code == 303
    assert client.get(url).status_code == 404 and "ERP" not in page(client, "/settings/webhooks")
