"""Receivers on this machine, which the operator opened to webhooks, and a sender that is quick to lose patience."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone

from bihuan.automation import sender
from bihuan.automation.message import WebhookMessage
from bihuan.automation.sender import Sender
from bihuan.automation.tests.receiver import Receiver
from bihuan.automation.webhook import Webhook
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.web.tests.conftest import browse

__all__ = ["browse"]


@pytest.fixture(autouse=True)
def opened(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.1/32")]
    monkeypatch.setattr(sender, "PATIENCE", 0.4)
    monkeypatch.setattr(sender, "PAUSE", 0.02)


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    """Makes receivers that live as long as the test."""
    made: list[Receiver] = []

    def begin(*answers: int | str, always: int | str = 200) -> Receiver:
        made.append(Receiver(*answers, always=always))
        return made[-1]

    yield begin
    for each in made:
        each.close()


@pytest.fixture
def hook() -> Callable[..., Webhook]:
    """Saves a webhook as somebody."""

    def save(by: Actor, to: Receiver, events: str = "*", **values: Any) -> Webhook:
        return do(create, by=by, on=Webhook, name="ERP", address=to.address, events=events, **values)

    return save


def send_all() -> None:
    """Send until nothing is due and nobody is waited for."""
    working = Sender()
    while working.step() or working.under_way:
        pass
    working.pool.shutdown()


def later() -> None:
    """Every pause is over."""
    WebhookMessage.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1))
