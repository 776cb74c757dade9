"""Sending what is owed to webhooks: claim what is due, send it side by side, note what came of it.

The database is asked in one thread; threads of a pool do nothing but wait for receivers. No receiver gets more than a
few of them, and one that did not answer last time a single one, so that a dead receiver holds up nobody else's messages.
A message is claimed by moving the moment when it is due: if this process dies, it is due again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from bihuan.automation import envelope, webhook
from bihuan.automation.message import ATTEMPTS, LEASE, WebhookAttempt, WebhookMessage, pause
from bihuan.automation.webhook import Webhook
from bihuan.core import configuration, notify, outbound
from bihuan.core.access import SYSTEM, Actor, acting
from bihuan.core.errors import Forbidden
from bihuan.core.run import do
from bihuan.core.verbs import update

#: Messages under way at once: altogether, and to one receiver.
LANES, LANES_EACH = 32, 4
#: Seconds that a receiver has to answer, and bytes of its answer that are kept.
PATIENCE, KEPT = 10.0, 2048
#: Seconds between two looks when nothing is due.
PAUSE = 0.5
#: How long messages are kept once they are done, and the seconds between two clearings.
KEEP, CLEARING = timedelta(days=30), 600.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt. `failure` is one of `message.FAILURES`, or empty."""

    at: datetime
    milliseconds: int
    status: int | None = None
    failure: str = ""
    detail: str = ""
    answer: str = ""


class Sender:
    """One process's sending. `under_way` holds the messages whose receivers have not answered yet."""

    def __init__(self) -> None:
        self.under_way: dict[Future[Result], WebhookMessage] = {}
        self.failing: set[int] = set()
        self.pool = ThreadPoolExecutor(LANES, thread_name_prefix="webhook")

    def run(self, stopping: threading.Event) -> None:
        """Until `stopping` is set; raises what the database raises."""
        cleared = time.monotonic() - CLEARING
        with self.pool:
            while not stopping.is_set():
                if time.monotonic() - cleared > CLEARING:
                    cleared = time.monotonic()
                    clear(timezone.now() - KEEP)
                if not self.step() and not self.under_way:
                    stopping.wait(PAUSE)
            while self.under_way:
                self.finish(PATIENCE)

    def step(self) -> int:
        """Take up what is due, and note what has been answered by now; returns how many messages were taken up."""
        configuration.refresh()
        taken = claim(self.room())
        for message in taken:
            self.send(message)
        self.finish(PAUSE)
        return len(taken)

    def room(self) -> Mapping[int, int]:
        """How many messages each receiver may get now."""
        busy = Counter(message.webhook_id for message in self.under_way.values())
        free = LANES - len(self.under_way)
        most = {key: 1 if key in self.failing else LANES_EACH for key in webhook.active()}
        return {key: min(free, lanes - busy[key]) for key, lanes in most.items() if lanes > busy[key] and free}

    def send(self, message: WebhookMessage) -> None:
        """Begin an attempt, as whoever saved the webhook last."""
        now = timezone.now()
        try:
            actor = owner(message.webhook)
        except Forbidden:
            note(message, Result(now, 0, failure="owner"))
            return
        with translation.override(actor.person.language):  # type: ignore[attr-defined]
            content = envelope.body(message, actor)
        if content is None:
            WebhookMessage.objects.filter(pk=message.pk).update(state="withheld", done_at=now)
            return
        headers = envelope.headers(message, content, message.webhook.secrets(now), now)
        self.under_way[self.pool.submit(attempt, message.webhook.address, content, headers, now)] = message

    def finish(self, seconds: float) -> None:
        """Note what is answered within some seconds."""
        done, _going = wait(self.under_way, seconds, FIRST_COMPLETED)
        for future in done:
            message, result = self.under_way.pop(future), future.result()
            (self.failing.add if result.failure else self.failing.discard)(message.webhook_id)
            note(message, result)


def claim(room: Mapping[int, int]) -> list[WebhookMessage]:
    """Take up what is due, so many messages for each webhook, the oldest first; nobody else takes them until LEASE is over."""
    now, taken = timezone.now(), []
    for key, number in room.items():
        due = WebhookMessage.objects.filter(webhook=key, state="waiting", due_at__lte=now).order_by("due_at", "id")
        if not due.exists():  # asked outside a transaction: to begin one is to wait for SQLite's only write lock
            continue
        with transaction.atomic():
            locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("webhook", "happening")
            found = list(locked[:number])
            for message in found:
                message.attempts, message.due_at = message.attempts + 1, now + LEASE
            WebhookMessage.objects.bulk_update(found, ["attempts", "due_at"])
        taken += found
    return taken


def owner(receiver: Webhook) -> Actor:
    """Whose rights a webhook has. Raises Forbidden when there is nobody, or they may no longer sign in."""
    if receiver.changed_by_id is None:
        raise Forbidden()
    return acting(receiver.changed_by_id)


def attempt(address: str, content: bytes, headers: Mapping[str, str], at: datetime) -> Result:
    """Post a message once. Runs beside others and asks no database."""
    began = time.monotonic()
    try:
        answer = outbound.request("POST", address, body=content, headers=headers, seconds=PATIENCE, limit=KEPT)
    except outbound.Failed as failed:
        return Result(at, _since(began), failure=failed.code, detail=failed.detail[:300])
    text = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Result(at, _since(began), answer.status, failure_of(answer.status), answer=text)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def failure_of(status: int) -> str:
    """What is wrong with an answer of this status; empty when nothing is."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return "redirect"
    return "gone" if status == 410 else "status"


def note(message: WebhookMessage, result: Result) -> None:
    """Keep what came of an attempt, and decide when to try again, if at all."""
    over = not result.failure or result.failure == "gone" or message.attempts >= ATTEMPTS
    if over:
        message.state, message.done_at = "dead" if result.failure else "delivered", timezone.now()
    else:
        message.due_at = timezone.now() + pause(message.attempts)
    with transaction.atomic():
        WebhookAttempt.objects.create(
            message=message, at=result.at, milliseconds=result.milliseconds, status=result.status,
            failure=result.failure, detail=result.detail, answer=result.answer,
        )  # fmt: skip
        message.save(update_fields=["state", "done_at", "due_at"])
    if result.failure in ("gone", "owner") or (message.state == "dead" and not is_alive(message)):
        turn_off(message.webhook)


def is_alive(message: WebhookMessage) -> bool:
    """Whether the receiver of a message that was given up took any other while that one was tried."""
    delivered = WebhookMessage.objects.filter(webhook=message.webhook, state="delivered")
    return delivered.filter(done_at__gte=message.created_at).exists()


def turn_off(receiver: Webhook) -> None:
    """Stop telling a receiver that is not there, and tell whoever is answerable for it. What waits goes on waiting."""
    do(update, receiver.pk, by=SYSTEM, on=Webhook, active=False)
    if receiver.changed_by_id is not None:
        notify.tell(
            receiver.changed_by_id,
            "The webhook “%(name)s” was turned off: its receiver does not answer.",
            key=f"webhook:{receiver.pk}:{receiver.version}",
            about="webhook",
            about_id=receiver.pk,
            name=receiver.name,
        )


def clear(before: datetime) -> None:
    """Drop messages that were done before a moment, a thousand at a time."""
    while keys := list(WebhookMessage.objects.filter(done_at__lt=before).values_list("pk", flat=True)[:1000]):
        WebhookMessage.objects.filter(pk__in=keys).delete()
