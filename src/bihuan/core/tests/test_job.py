"""Long work: in steps, each its own transaction, that can be watched, cancelled, killed and taken up again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bihuan.core import job, registry
from bihuan.core.access import SYSTEM
from bihuan.core.errors import Refused
from bihuan.core.job import Job, cancel, enqueue, perform, run_next, work
from bihuan.core.run import do
from bihuan.core.verbs import create

pytestmark = pytest.mark.django_db

account = registry.desk("account").model


class Killed(BaseException):
    """The process dies: nothing of the job's own code can catch it."""


@pytest.fixture(autouse=True)
def works() -> Iterable[None]:
    known = dict(job._works)
    yield
    job._works.clear()
    job._works.update(known)


def count_up(job_: Job) -> Iterator[None]:
    """Makes one account per step, from where it was."""
    while job_.done < job_.total:
        do(create, by=SYSTEM, on=account, name=f"步{job_.done}")
        job_.done += 1
        job_.cursor = {"at": job_.done}
        yield


def steps_done() -> list[str]:
    return sorted(account._base_manager.filter(name__startswith="步").values_list("name", flat=True))


def test_a_job_is_done_in_steps(firm: None) -> None:
    work("count")(count_up)
    queued = enqueue("count", user_id=None, total=3)
    assert (queued.state, queued.percent, queued.is_over) == ("queued", 0, False)
    assert run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done, queued.percent, queued.is_over) == ("done", 3, 100, True)
    assert steps_done() == ["步0", "步1", "步2"]
    assert not run_next()


def test_progress_is_seen_while_it_runs(firm: None) -> None:
    seen: list[int] = []

    @work("watched")
    def watched(job_: Job) -> Iterator[None]:
        for step in count_up(job_):
            yield step
            seen.append(Job.objects.get(pk=job_.pk).done)

    enqueue("watched", user_id=None, total=3)
    run_next()
    assert seen == [1, 2, 3]


def test_the_oldest_comes_first(firm: None) -> None:
    work("count")(count_up)
    first, second = (enqueue("count", user_id=None, total=1) for _ in range(2))
    run_next()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("done", "queued")


def test_one_that_waits_is_cancelled_at_once(firm: None) -> None:
    work("count")(count_up)
    queued = enqueue("count", user_id=None, total=3)
    cancel(queued)
    assert not run_next()
    queued.refresh_from_db()
    assert queued.state == "cancelled"


def test_one_that_runs_is_cancelled_after_its_present_step(firm: None) -> None:
    closed: list[bool] = []

    @work("cancelled")
    def cancelled(job_: Job) -> Iterator[None]:
        try:
            for step in count_up(job_):
                if job_.done == 2:
                    cancel(job_)
                yield step
        finally:
            closed.append(True)

    queued = enqueue("cancelled", user_id=None, total=5)
    run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done, closed) == ("cancelled", 2, [True])
    assert steps_done() == ["步0", "步1"]


def test_after_a_kill_it_goes_on_where_it_was(firm: None) -> None:
    @work("killed")
    def killed(job_: Job) -> Iterator[None]:
        for step in count_up(job_):
            if job_.done == 3 and "killed" not in job_.inputs:
                raise Killed
            yield step

    queued = enqueue("killed", user_id=None, total=5)
    with pytest.raises(Killed):
        run_next()
    assert steps_done() == ["步0", "步1"]
    assert not run_next(), "a job whose worker was just seen is left alone"

    Job.objects.update(seen_at=timezone.now() - job.SILENCE - timedelta(seconds=1), inputs={"killed": True})
    assert run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done) == ("done", 5)
    assert steps_done() == [f"步{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("error", "kept"),
    [(Refused("The file is empty."), "The file is empty."), (KeyError("amount"), "KeyError: 'amount'")],
)
def test_a_failure_is_kept_with_what_was_done(firm: None, error: Exception, kept: str) -> None:
    @work("failing")
    def failing(job_: Job) -> Iterator[None]:
        for step in count_up(job_):
            if job_.done == 2:
                raise error
            yield step

    queued = enqueue("failing", user_id=None, total=5)
    run_next()
    queued.refresh_from_db()
    assert (queued.state, queued.done, queued.cursor) == ("failed", 1, {"at": 1})
    assert kept in queued.error
    assert steps_done() == ["步0"]
    assert not run_next()


def test_work_that_nobody_knows_any_more_fails(firm: None) -> None:
    work("count")(count_up)
    queued = enqueue("count", user_id=None, total=1)
    job._works.clear()
    run_next()
    queued.refresh_from_db()
    assert queued.state == "failed"
    with pytest.raises(LookupError):
        enqueue("count", user_id=None)


def test_work_that_is_nothing_is_done(firm: None) -> None:
    work("count")(count_up)
    queued: Any = enqueue("count", user_id=None)
    perform(queued)
    assert (queued.state, queued.percent) == ("done", 0)


def test_a_job_that_another_worker_has_taken_up_is_let_go(firm: None) -> None:
    work("count")(count_up)
    queued = enqueue("count", user_id=None, total=3)

    def taken_up() -> bool:
        """What `claim` does elsewhere, between two steps of ours."""
        Job.objects.filter(pk=queued.pk).update(seen_at=timezone.now() + timedelta(seconds=1))
        return False

    run_next(taken_up)
    queued.refresh_from_db()
    assert (queued.state, queued.done) == ("running", 1)
    assert steps_done() == ["步0"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_do_the_same_step(firm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though each step takes longer than a worker may be silent."""
    monkeypatch.setattr(job, "SILENCE", timedelta(0))

    @work("slow")
    def slow(job_: Job) -> Iterator[None]:
        for step in count_up(job_):
            time.sleep(0.05)
            yield step

    queued = enqueue("slow", user_id=None, total=6)

    def go_on() -> None:
        while not Job.objects.get(pk=queued.pk).is_over:
            run_next()
        connection.close()

    workers = [threading.Thread(target=go_on) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)
    assert steps_done() == [f"步{n}" for n in range(6)]
    queued.refresh_from_db()
    assert (queued.state, queued.done) == ("done", 6)


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_dies_with_the_last_step_is_done(firm: None) -> None:
    @work("clean up")
    def clean_up(job_: Job) -> Iterator[None]:
        yield
        transaction.on_commit(die)

    def die() -> None:
        raise Killed

    queued = enqueue("clean up", user_id=None)
    with pytest.raises(Killed):
        run_next()
    queued.refresh_from_db()
    assert queued.state == "done"
    assert queued.finished_at is not None
