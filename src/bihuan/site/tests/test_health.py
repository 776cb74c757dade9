"""What is told to whoever watches the product, without a sign-in and without a word about the firm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.core.event import ATTEMPTS, Delivery, Happening
from bihuan.core.job import Job

pytestmark = pytest.mark.django_db


def told() -> dict:
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    return answer.json()


def test_all_is_well_when_nothing_waits() -> None:
    assert told() == {"database": "ok", "waiting_seconds": 0}


def test_it_tells_for_how_long_work_has_waited() -> None:
    Job.objects.create(work="import", state="queued", created_at=timezone.now() - timedelta(seconds=90))
    assert 90 <= told()["waiting_seconds"] < 100
    happened = Happening.objects.create(name="Created", object="account", record_id=1, payload={}, at=timezone.now())
    due = timezone.now() - timedelta(seconds=300)
    owed = Delivery.objects.create(happening=happened, handler="some", due_at=due)
    assert 300 <= told()["waiting_seconds"] < 310
    Delivery.objects.filter(pk=owed.pk).update(attempts=ATTEMPTS)  # given up: it waits for a person, not for the worker
    assert told()["waiting_seconds"] < 100


def test_it_only_reads() -> None:
    assert Client().post("/healthz").status_code == 405
