"""The outbox: what happened reaches every handler, at least once, and is done when it was borne."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bihuan.core import event, notify, registry
from bihuan.core.access import Actor
from bihuan.core.event import Changed, Delivery, Event, Happening, deliver, on, publish
from bihuan.core.run import do
from bihuan.core.verbs import assign

pytestmark = pytest.mark.django_db


@pytest.fixture
def handler() -> Iterable[Callable[..., Any]]:
    """Declares a handler of Changed for the length of a test."""
    Delivery.objects.all().delete()
    known = {name: dict(each) for name, each in event._handlers.items()}
    yield on(Changed)
    event._handlers.clear()
    event._handlers.update(known)


def happen(record_id: int = 1) -> None:
    publish([Changed("account", record_id, ("name",))])


def later() -> None:
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_handler_gets_what_happened(handler: Any) -> None:
    heard: list[Any] = []

    @handler
    def listen(happened: Changed) -> None:
        heard.append(happened)

    happen(7)
    assert (deliver(), deliver()) == (1, 0)
    assert [(each.object, each.record_id, tuple(each.fields)) for each in heard] == [("account", 7, ("name",))]
    assert Delivery.objects.get().done_at is not None


def test_one_that_fails_is_tried_again_later_and_keeps_the_reason(handler: Any) -> None:
    tries: list[int] = []

    @handler
    def stumble(happened: Changed) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("the mail server sleeps")

    happen()
    deliver()
    delivery = Delivery.objects.get()
    assert (delivery.done_at, delivery.attempts) == (None, 1)
    assert "the mail server sleeps" in delivery.error
    assert delivery.due_at > timezone.now()
    assert deliver() == 0
    pauses = []
    for _ in range(2):
        pauses.append(delivery.due_at - timezone.now())
        later()
        deliver()
        delivery.refresh_from_db()
    assert pauses[1] > pauses[0]
    assert (len(tries), delivery.error, delivery.attempts) == (3, "", 2)
    assert delivery.done_at is not None


def test_what_a_failing_handler_wrote_is_undone(handler: Any) -> None:
    @handler
    def write_and_fail(happened: Changed) -> None:
        publish([Changed("account", 99)])
        raise RuntimeError

    happen()
    deliver()
    assert not Happening.objects.filter(record_id=99).exists()


def test_one_failing_handler_does_not_hold_up_another(handler: Any) -> None:
    heard: list[int] = []

    @handler
    def fail(happened: Changed) -> None:
        raise RuntimeError

    @handler
    def listen(happened: Changed) -> None:
        heard.append(happened.record_id)

    happen(1)
    happen(2)
    assert deliver() == 4
    assert heard == [1, 2]
    assert Delivery.objects.filter(done_at=None).count() == 2


def test_after_many_failures_it_waits_for_a_person(handler: Any) -> None:
    @handler
    def fail(happened: Changed) -> None:
        raise RuntimeError

    happen()
    for _ in range(event.ATTEMPTS):
        later()
        assert deliver() == 1
    later()
    assert deliver() == 0


def test_a_handler_hears_of_the_events_and_the_objects_it_names_and_of_no_other(handler: Any) -> None:
    heard = []

    @on((Changed, event.Created), "account", "contact")
    def listen(happened: Event) -> None:
        heard.append((happened.name, happened.object))

    kinds = (Changed, event.Created, event.Archived)
    publish([kind(slug, 1) for kind in kinds for slug in ("account", "contact", "lead")])
    Delivery.objects.exclude(handler__contains="listen").delete()
    deliver()
    assert sorted(heard) == [(name, slug) for name in ("Changed", "Created") for slug in ("account", "contact")]


def test_what_is_owed_to_a_handler_that_is_gone_is_settled(handler: Any) -> None:
    @handler
    def listen(happened: Changed) -> None: ...

    happen()
    event._handlers.clear()
    deliver()
    assert Delivery.objects.get().done_at is not None


def test_nothing_is_owed_for_what_was_rolled_back(handler: Any) -> None:
    @handler
    def listen(happened: Changed) -> None: ...

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        happen()
        raise ZeroDivisionError
    assert not Delivery.objects.exists()


def test_the_new_owner_is_told_once_however_often_it_is_delivered(lin: Actor, chen: Actor, hengli: Any) -> None:
    do(assign, hengli, by=lin, owner=chen.user_id)
    deliver()
    Delivery.objects.update(done_at=None)
    deliver()
    line = notify.Notification.objects.get(user_id=chen.user_id)
    assert (line.about, line.about_id, line.arguments["who"]) == ("account", hengli.pk, "林晓")
    assert line.arguments["what"] == registry.desk("account").title_of(hengli)


def test_whoever_takes_a_record_needs_no_telling(zhou: Actor, hengli: Any) -> None:
    do(assign, hengli, by=zhou, owner=zhou.user_id)
    deliver()
    assert not notify.Notification.objects.exists()


def test_a_line_is_told_once_per_key_and_person(lin: Actor, chen: Actor) -> None:
    for key in ("a", "a", "b"):
        for actor in (lin, chen):
            notify.tell(actor.user_id, "Something happened.", key=key)
    assert (notify.unread(lin.user_id), notify.unread(chen.user_id)) == (2, 2)
    assert notify.unread(lin.user_id, cap=1) == 1
