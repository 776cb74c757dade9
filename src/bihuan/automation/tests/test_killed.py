"""A worker that is killed in the middle of its work, as a process of its own: nothing is lost, what is repeated is known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.processes import environment

from bihuan.automation.message import WebhookMessage
from bihuan.automation.tests.conftest import later
from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.run import Call, run
from bihuan.core.verbs import create

account = registry.desk("account").model

KILLS = 20 if os.environ.get("BIHUAN_TEST_LONG") == "1" else 3
EACH = 10


@pytest.mark.django_db(transaction=True)
def test_every_message_arrives_however_often_the_worker_is_killed(
    receiver: Any, hook: Any, zhou: Actor, tmp_path: Path
) -> None:
    erp = receiver(*[200, 500] * 3 * KILLS)
    hook(zhou, erp, "account.created")
    variables = environment(tmp_path, BIHUAN_OUTBOUND="127.0.0.1/32")
    made: set[int] = set()
    for n in range(KILLS + 1):
        calls = [Call({"name": f"客户{n}-{place}", "anyway": True}) for place in range(EACH)]
        made |= {each.pk for each in run(create, calls, by=zhou, on=account).records}
        worker = subprocess.Popen([sys.executable, "-m", "bihuan", "work"], env=variables)
        try:
            before = len(erp.got)
            until(lambda before=before: len(erp.got) > before + 2, worker)
            if n == KILLS:
                until(everything_is_delivered, worker)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        later()

    assert {got.told["data"]["id"] for got in erp.got} == made
    assert len(set(erp.ids)) == len(made) == EACH * (KILLS + 1)
    assert len(erp.got) > len(made), "what the receiver refused, or took from a worker that died, came again"


def everything_is_delivered() -> bool:
    """Pauses are over at once: the test does not wait for them."""
    later()
    return not WebhookMessage.objects.exclude(state="delivered").exists()


def until(holds: Callable[[], bool], worker: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if holds():
            return
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.05)
    pytest.fail("the worker does not send")
