"""What a receiver is promised: every event that it asked for, signed, at least once, and nothing that its owner may not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bihuan.automation import message as messages
from bihuan.automation.commands import renew_secret, replay, send_test
from bihuan.automation.message import ATTEMPTS, PAUSES, WebhookAttempt, WebhookMessage
from bihuan.automation.sender import Sender, claim, clear
from bihuan.automation.tests.conftest import later, send_all
from bihuan.automation.webhook import Webhook
from bihuan.core import notify, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, assign, create, update

pytestmark = pytest.mark.django_db

Hook = Callable[..., Webhook]
account = registry.desk("account").model


def states() -> list[str]:
    return list(WebhookMessage.objects.order_by("pk").values_list("state", flat=True))


# ---------------------------------------------------------------------- what is told, to whom


def test_a_receiver_is_told_what_happened_and_can_check_who_says_so(
    receiver: Any, hook: Hook, zhou: Actor, hengli: Any
) -> None:
    erp = receiver()
    webhook = hook(zhou, erp, "account.changed")
    do(update, hengli, by=zhou, website="https://hengli.example", name="恒砺集团")
    send_all()

    (got,) = erp.got
    assert got.is_signed_with(webhook.shown_secret) and not got.is_signed_with("whsec_" + "A" * 43 + "=")
    assert got.headers["content-type"] == "application/json" and got.id.startswith("msg_")
    assert got.told["type"] == "account.changed" and got.told["timestamp"].endswith("Z")
    data = got.told["data"]
    assert (data["object"], data["id"], sorted(data["changed"])) == ("account", hengli.pk, ["name", "website"])
    assert (data["record"]["name"], data["record"]["version"], data["record"]["archived"]) == ("恒砺集团", 2, False)
    assert data["record"]["level"]["label"] == "A" and data["record"]["owner"]["title"] == "林晓"
    assert states() == ["delivered"]


def test_values_are_told_in_forms_that_every_program_reads(
    receiver: Any, hook: Hook, zhou: Actor, kongya: Any, stages: dict[str, int]
) -> None:
    erp = receiver()
    hook(zhou, erp, "opportunity.*")
    do(registry.commands(registry.desk("opportunity"))["move"], kongya, by=zhou, stage=stages["赢单"])
    send_all()
    assert sorted(got.told["type"] for got in erp.got) == ["opportunity.moved", "opportunity.won"]
    record = erp.got[0].told["data"]["record"]
    assert record["amount"] == {"amount": "1180000.00", "currency": "CNY"}
    assert record["account"] == {"id": kongya.account_id, "title": "苏州恒砺精密机械有限公司"}
    assert record["stage"]["id"] == stages["赢单"] and record["stage"]["label"] == "赢单"


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ("*", {"account.changed", "account.assigned", "contact.changed"}),
        ("account.*", {"account.changed", "account.assigned"}),
        ("account.assigned, contact.*", {"account.assigned", "contact.changed"}),
        ("opportunity.won", set()),
    ],
)
def test_only_what_was_asked_for_is_told(
    events: str, told: set[str], receiver: Any, hook: Hook, zhou: Actor, hengli: Any, zhangsan: Any, chen: Actor
) -> None:
    erp = receiver()
    hook(zhou, erp, events)
    do(update, hengli, by=zhou, name="新名")
    do(assign, hengli.pk, by=zhou, on=account, owner=chen.user_id)
    do(update, zhangsan, by=zhou, name="张三丰")
    do(update, registry.desk("choice").model._base_manager.first(), by=zhou, name="改名")
    send_all()
    assert {got.told["type"] for got in erp.got} == told


def test_who_may_not_see_a_record_hears_nothing_of_it(receiver: Any, hook: Hook, zhou: Actor, zhao: Actor) -> None:
    """A webhook has the rights of whoever saved it last."""
    erp = receiver()
    webhook = hook(zhou, erp, "account.created")
    Webhook._base_manager.filter(pk=webhook.pk).update(changed_by_id=zhao.user_id)
    theirs = do(create, by=zhao, on=account, name="赵的客户")
    do(create, by=zhou, on=account, name="周的客户")
    send_all()
    assert [got.told["data"]["id"] for got in erp.got] == [theirs.pk]
    assert sorted(states()) == ["delivered", "withheld"] and WebhookAttempt.objects.count() == 1


def test_a_field_that_is_kept_back_is_told_neither_by_value_nor_by_name(
    receiver: Any, hook: Hook, zhou: Actor, hengli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = registry.desk("account")
    left = {name: each for name, each in desk.own_fields.items() if name != "website"}
    erp = receiver()
    hook(zhou, erp, "account.changed")
    do(update, hengli, by=zhou, website="https://hengli.example")
    do(update, hengli.pk, by=zhou, on=account, website="https://hengli.example/2", name="恒砺集团")
    monkeypatch.setattr(type(desk), "fields", lambda self, actor: left if self is desk else self.own_fields)
    send_all()
    (got,) = erp.got
    assert got.told["data"]["changed"] == ["name"] and b"website" not in got.body and b"hengli.example" not in got.body


def test_whoever_saves_a_webhook_is_who_it_acts_for(receiver: Any, hook: Hook, zhou: Actor, zhao: Actor) -> None:
    """Who may edit webhooks cannot read through somebody else's rights by giving it another address."""
    role = registry.desk("role").model._base_manager.get(key="seller")
    grants = {**role.grants, "webhook": {"view": 3, "edit": 3}}
    do(registry.commands(registry.desk("role"))["set_grants"], role, by=SYSTEM, grants=grants)
    erp, own = receiver(), receiver()
    webhook = hook(zhou, erp, "account.created")
    do(update, webhook.pk, by=zhao, on=Webhook, address=own.address)
    do(create, by=zhou, on=account, name="周的客户")
    send_all()
    assert not erp.got and not own.got and states() == ["withheld"]


def test_nobody_but_who_may_change_webhooks_sees_them(hook: Hook, receiver: Any, zhou: Actor, lin: Actor) -> None:
    webhook = hook(zhou, receiver())
    for command in (replay, renew_secret, send_test):
        with pytest.raises(NotFound):
            do(command, webhook.pk, by=lin, on=Webhook)
    with pytest.raises(Forbidden):
        do(create, by=lin, on=Webhook, name="x", address="https://example.com/")


def test_an_archived_record_is_told_of(receiver: Any, hook: Hook, zhou: Actor, hengli: Any) -> None:
    erp = receiver()
    hook(zhou, erp, "account.archived")
    do(archive, hengli, by=zhou)
    send_all()
    assert erp.got[0].told["data"]["record"]["archived"] is True


def test_nothing_is_told_of_what_was_rolled_back_nor_by_a_webhook_that_is_off(
    receiver: Any, hook: Hook, zhou: Actor, hengli: Any
) -> None:
    erp = receiver()
    webhook = hook(zhou, erp)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        do(update, hengli, by=zhou, name="x")
        raise ZeroDivisionError
    do(update, webhook, by=zhou, active="0")
    do(update, hengli.pk, by=zhou, on=account, name="y")
    with pytest.raises(Refused):
        do(send_test, webhook.pk, by=zhou, on=Webhook)
    send_all()
    assert not erp.got and states() == []


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("address", "http://127.0.0.2/"), ("address", "https://10.0.0.1/x"), ("address", "ftp://example.com"), ("address", "x"),
        ("events", "account.eaten"), ("events", ","), ("events", "choice.created"), ("events", "**"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_to_is_refused_beside_its_field(field: str, raw: str, zhou: Actor) -> None:
    given = {"name": "ERP", "address": "https://example.com/", field: raw}
    with pytest.raises(Refused) as refused:
        do(create, by=zhou, on=Webhook, **given)
    assert refused.value.errors.keys() == {field}


# ---------------------------------------------------------------------- secrets


def test_with_a_new_secret_the_former_one_counts_for_a_day(
    receiver: Any, hook: Hook, zhou: Actor, hengli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    erp = receiver()
    webhook = hook(zhou, erp)
    first = webhook.shown_secret
    second = do(renew_secret, webhook, by=zhou).shown_secret
    do(send_test, webhook.pk, by=zhou, on=Webhook)
    send_all()
    assert first != second and erp.got[0].is_signed_with(first) and erp.got[0].is_signed_with(second)

    assert len(webhook.secrets(timezone.now())) == 1
    webhook.refresh_from_db()
    assert len(webhook.secrets(timezone.now())) == 2
    assert len(webhook.secrets(timezone.now() + timedelta(hours=25))) == 1
    third = do(renew_secret, webhook.pk, by=zhou, on=Webhook).shown_secret
    do(send_test, webhook.pk, by=zhou, on=Webhook)
    send_all()
    assert [erp.got[1].is_signed_with(each) for each in (first, second, third)] == [False, True, True]


def test_the_database_holds_no_secret(hook: Hook, receiver: Any, zhou: Actor, settings: Any) -> None:
    """The key of the server is what makes a secret of what stands in the table."""
    webhook = hook(zhou, receiver())
    shown = webhook.shown_secret
    settings.SECRET_KEY = "another server's"
    assert webhook.shown_secret != shown


# ---------------------------------------------------------------------- at least once


def test_what_fails_is_sent_again_under_the_same_name_until_it_is_taken(
    receiver: Any, hook: Hook, zhou: Actor, hengli: Any
) -> None:
    erp = receiver(500, 301, "hang", "close", 404, 200)
    hook(zhou, erp, "account.changed")
    do(update, hengli, by=zhou, name="新名")
    for _ in range(6):
        assert states() == ["waiting"]
        later()
        send_all()
    later()
    send_all()
    assert states() == ["delivered"] and len(erp.got) == 6 and len(set(erp.ids)) == 1
    tries = list(WebhookAttempt.objects.order_by("pk").values_list("status", "failure", "answer"))
    assert tries == [
        (500, "status", "said 500"), (301, "redirect", "said 301"), (None, "time", ""), (None, "answer", ""),
        (404, "status", "said 404"), (200, "", "said 200"),
    ]  # fmt: skip


def test_pauses_grow_are_jittered_and_end_within_three_days() -> None:
    assert list(PAUSES) == sorted(PAUSES) and len(PAUSES) + 1 == ATTEMPTS >= 8
    assert timedelta(hours=24) < timedelta(seconds=sum(PAUSES)) < timedelta(days=3)
    pauses = {messages.pause(5) for _ in range(50)}
    assert len(pauses) > 40 and all(timedelta() <= each <= timedelta(seconds=PAUSES[4]) for each in pauses)


def test_between_two_attempts_it_waits(receiver: Any, hook: Hook, zhou: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    erp = receiver(always=500)
    webhook = hook(zhou, erp)
    monkeypatch.setattr(messages.random, "uniform", lambda low, high: high)
    do(send_test, webhook, by=zhou)
    before = timezone.now()
    send_all()
    send_all()
    assert len(erp.got) == 1
    assert WebhookMessage.objects.get().due_at >= before + timedelta(seconds=PAUSES[0])


class Killed(BaseException):
    """The process dies: nothing of the sender's own code can catch it."""


@pytest.mark.parametrize("place", ["begins", "sent"])
def test_a_killed_worker_loses_nothing(
    place: str, receiver: Any, hook: Hook, zhou: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dead before the message went out, and dead after the receiver took it but before that was noted."""
    erp = receiver()
    hook(zhou, erp, "account.created")
    run(create, [Call({"name": f"客户{n}"}) for n in range(6)], by=zhou, on=account)

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("bihuan.automation.sender." + ("Sender.send" if place == "begins" else "note"), die)
        for _ in range(2):
            worker = Sender()
            with pytest.raises(Killed):
                while True:
                    worker.step()
            worker.pool.shutdown()
            send_nothing_yet()
            later()
    send_all()
    assert set(states()) == {"delivered"} and len(states()) == 6
    assert len(set(erp.ids)) == 6
    assert {got.told["data"]["id"] for got in erp.got} == set(
        account._base_manager.filter(name__startswith="客户").values_list("pk", flat=True)
    )
    assert len(erp.got) > 6 if place == "sent" else len(erp.got) == 6


def send_nothing_yet() -> None:
    """What a dead worker had claimed is nobody else's until its lease is over."""
    claimed = WebhookMessage.objects.filter(due_at__gt=timezone.now()).count()
    assert claimed and len(claim({Webhook._base_manager.get().pk: 99})) == 6 - claimed


# ---------------------------------------------------------------------- receivers that are dead


def test_a_dead_receiver_delays_no_other(receiver: Any, hook: Hook, zhou: Actor) -> None:
    dead, erp = receiver(always="hang"), receiver()
    hook(zhou, dead, "account.created")
    hook(zhou, erp, "account.created")
    run(create, [Call({"name": f"客户{n}"}) for n in range(12)], by=zhou, on=account)
    worker = Sender()
    while len(erp.got) < 12:
        worker.step()
        assert len(dead.got) <= 5, "a receiver that does not answer is tried no more while another is served"
    worker.finish(1)
    worker.pool.shutdown()


def test_one_that_failed_long_is_turned_off_and_its_owner_told(receiver: Any, hook: Hook, zhou: Actor) -> None:
    erp = receiver(always=503)
    webhook = hook(zhou, erp)
    do(send_test, webhook, by=zhou)
    for _ in range(ATTEMPTS):
        assert Webhook._base_manager.get().active
        later()
        send_all()
    assert states() == ["dead"] and len(erp.got) == ATTEMPTS
    assert not Webhook._base_manager.get().active
    line = notify.Notification.objects.get(user_id=zhou.user_id)
    assert (line.about, line.about_id, line.arguments) == ("webhook", webhook.pk, {"name": "ERP"})


def test_one_that_takes_other_messages_stays_on(receiver: Any, hook: Hook, zhou: Actor) -> None:
    erp = receiver(*[400] * (ATTEMPTS - 1), 200, 400)
    webhook = hook(zhou, erp)
    do(send_test, webhook, by=zhou)
    for _ in range(ATTEMPTS - 1):
        later()
        send_all()
    do(send_test, webhook, by=zhou)
    WebhookMessage.objects.filter(attempts__gt=0).update(due_at=timezone.now() + timedelta(hours=1))
    send_all()
    later()
    send_all()
    assert sorted(states()) == ["dead", "delivered"] and Webhook._base_manager.get().active


def test_one_that_is_gone_is_turned_off_at_once(receiver: Any, hook: Hook, zhou: Actor) -> None:
    webhook = hook(zhou, receiver(410))
    do(send_test, webhook, by=zhou)
    send_all()
    assert states() == ["dead"] and not Webhook._base_manager.get().active


def test_when_its_owner_may_no_longer_sign_in_nothing_is_sent(
    receiver: Any, hook: Hook, zhou: Actor, wang: Actor
) -> None:
    erp = receiver()
    webhook = hook(zhou, erp)
    Webhook._base_manager.filter(pk=webhook.pk).update(changed_by_id=wang.user_id)
    do(send_test, webhook.pk, by=zhou, on=Webhook)
    do(update, wang.user_id, by=zhou, on=registry.desk("user").model, is_active="0")
    send_all()
    assert not erp.got and not Webhook._base_manager.get().active
    assert WebhookAttempt.objects.get().failure == "owner"

    do(update, webhook.pk, by=zhou, on=Webhook, active="1")
    later()
    send_all()
    assert len(erp.got) == 1 and states() == ["delivered"]


def test_what_was_given_up_is_sent_again_when_told_so(receiver: Any, hook: Hook, zhou: Actor) -> None:
    erp = receiver(410, 410)
    webhook = hook(zhou, erp)
    with pytest.raises(Refused):
        do(replay, webhook, by=zhou)
    for _ in range(2):
        do(update, webhook.pk, by=zhou, on=Webhook, active="1")
        do(send_test, webhook.pk, by=zhou, on=Webhook)
        send_all()
    assert states() == ["dead", "dead"]
    with pytest.raises(Refused):
        do(replay, webhook.pk, by=zhou, on=Webhook)
    do(update, webhook.pk, by=zhou, on=Webhook, active="1")
    do(replay, webhook.pk, by=zhou, on=Webhook)
    send_all()
    assert states() == ["delivered", "delivered"]
    do(replay, webhook.pk, by=zhou, on=Webhook, message=WebhookMessage.objects.first().pk)
    send_all()
    assert sorted(erp.ids[:2]) == sorted(erp.ids[2:4]) and erp.ids[4:] == [WebhookMessage.objects.first().name]


def test_what_is_done_is_dropped_after_a_while(receiver: Any, hook: Hook, zhou: Actor) -> None:
    webhook = hook(zhou, receiver())
    for _ in range(2):
        do(send_test, webhook.pk, by=zhou, on=Webhook)
        send_all()
    WebhookMessage.objects.filter(pk=WebhookMessage.objects.first().pk).update(
        done_at=timezone.now() - timedelta(days=31)
    )
    do(send_test, webhook.pk, by=zhou, on=Webhook)
    clear(timezone.now() - timedelta(days=30))
    assert states() == ["delivered", "waiting"] and WebhookAttempt.objects.count() == 1
