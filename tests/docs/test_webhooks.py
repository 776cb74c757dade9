"""What docs/webhooks.md tells receivers to do accepts what is sent, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bihuan.automation.envelope import headers
from bihuan.automation.message import WebhookMessage
from bihuan.automation.webhook import Webhook

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"


@pytest.fixture
def is_genuine() -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)  # noqa: S102  (the page's own lines)
    return found["is_genuine"]


def test_a_receiver_that_follows_the_page_takes_what_is_sent_and_nothing_else(is_genuine: Any) -> None:
    webhook, now, body = Webhook(), timezone.now(), '{"type": "test", "名": "值"}'.encode()
    webhook.renew_secret(now)
    former = webhook.shown_secret
    webhook.renew_secret(now)
    sent = headers(WebhookMessage(), body, webhook.secrets(now), now)
    assert is_genuine(webhook.shown_secret, sent, body) and is_genuine(former, sent, body)

    stranger = Webhook()
    stranger.renew_secret(now)
    assert not is_genuine(stranger.shown_secret, sent, body)
    assert not is_genuine(former, sent, body + b" ")
    assert not is_genuine(former, sent | {"webhook-id": "msg_other"}, body)
    old = headers(WebhookMessage(), body, webhook.secrets(now), now - timedelta(hours=1))
    assert not is_genuine(former, old, body)
