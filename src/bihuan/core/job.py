"""Long work: queued in the caller's transaction, done by the worker in steps, with progress, cancel and resume.

A work function is a generator. It does one step, each in its own transaction, and yields how far it is; what it needs
to go on after a crash it keeps in `job.cursor`, which is saved together with the step.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import StateField
from bihuan.core.errors import Refused
from bihuan.core.outage import outage_of

STATES = {
    "queued": _("Waiting"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
}
Work = Callable[["Job"], Iterator[None]]
_works: dict[str, Work] = {}

#: A running job whose worker has been silent for so long is taken up by another.
SILENCE = timedelta(seconds=60)
#: After so many seconds of work it pauses for so many, so that people can write too: SQLite has one write lock, and whoever waits
#: for it looks for it more often than that (`bihuan.site.sqlite`).
STRETCH, BREATH = 0.1, 0.012


class Job(models.Model):
    """One piece of long work. `done` of `total` steps; `result` is for the page that shows it."""

    work = models.CharField(max_length=60)
    label = models.CharField(max_length=200, blank=True)
    inputs = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    state = StateField(STATES)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["state", "id"], name="job_state")]

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


def work(name: str) -> Callable[[Work], Work]:
    """Declare the decorated generator function as the work called `name`."""

    def declare(function: Work) -> Work:
        _works[name] = function
        return function

    return declare


def enqueue(name: str, *, user_id: int | None, label: str = "", total: int = 0, **inputs: Any) -> Job:
    """Queue work in the caller's transaction."""
    if name not in _works:
        raise LookupError(f"no work is called {name}")
    return Job.objects.create(
        work=name, label=label[:200], inputs=inputs, user_id=user_id, total=total, created_at=timezone.now()
    )


def enqueue_once(name: str) -> None:
    """Queue work over all records, unless it is queued already: one that runs may have passed the record in question."""
    if not Job.objects.filter(work=name, state="queued").exists():
        enqueue(name, user_id=None)


def cancel(job: Job) -> None:
    """Ask for a job to stop after its present step; one that has not begun stops at once."""
    Job.objects.filter(pk=job.pk).update(cancel_asked=True)
    Job.objects.filter(pk=job.pk, state="queued").update(state="cancelled", finished_at=timezone.now())


def run_next(stopping: Callable[[], bool] = lambda: False) -> bool:
    """Take up the oldest waiting job, or one whose worker fell silent, and do it; False when there is none.

    `stopping` is asked after each step; a job that is stopped so waits for the next worker.
    """
    with transaction.atomic():
        silent = models.Q(state="running", seen_at__lt=timezone.now() - SILENCE)
        waiting = Job.objects.filter(models.Q(state="queued") | silent).order_by("id")
        job = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if job is None:
            return False
        claim(job)
    perform(job, stopping)
    return True


def claim(job: Job) -> None:
    """Take a job up, in the transaction in which it was found or queued, so that nobody else does."""
    job.state, job.seen_at = "running", timezone.now()
    job.save(update_fields=["state", "seen_at"])


def perform(job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
    """Do a job in this process, to its end or until it is told to stop."""
    rested = time.monotonic()
    try:
        steps = _works[job.work](job)
        while True:
            with transaction.atomic():
                if not _is_still_ours(job):
                    steps.close()
                    return
                going = next(steps, _END) is not _END
                job.seen_at = timezone.now()
                job.save(update_fields=["done", "total", "cursor", "result", "seen_at"])
                if not going:  # with its last step, or who takes it up again would find nothing left to do it with
                    _finish(job, "done")
            if not going:
                return
            if Job.objects.filter(pk=job.pk, cancel_asked=True).exists():
                steps.close()
                _finish(job, "cancelled")
                return
            if stopping():
                steps.close()
                Job.objects.filter(pk=job.pk).update(state="queued")
                return
            if connection.vendor == "sqlite" and time.monotonic() - rested > STRETCH:
                time.sleep(BREATH)
                rested = time.monotonic()
    except Refused as refusal:
        job.error = refusal.sentence
    except Exception as error:  # a fault of the work itself: kept for whoever has to mend it
        if outage_of(error):  # the machine's; who takes the job up later goes on from here
            raise
        job.error = "".join(traceback.format_exception(error))[-4000:]
    _finish(job, "failed")


_END = object()


def _is_still_ours(job: Job) -> bool:
    """Whether nobody has taken the job up since this process was last heard of; until the caller's transaction is over
    nobody can, however long it takes. On SQLite that transaction keeps out all others anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as weak a lock as keeps `run_next` off: to ask for a cancel must not wait
            cursor.execute("SELECT 1 FROM core_job WHERE id = %s FOR KEY SHARE", [job.pk])
    return Job.objects.filter(pk=job.pk, seen_at=job.seen_at).exists()


def _finish(job: Job, state: str) -> None:
    job.state, job.finished_at = state, timezone.now()
    job.save(update_fields=["state", "finished_at", "error"])
