"""Lanes of the worker: what waits for other people's servers runs in a thread of its own, and holds up nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

logger = logging.getLogger(__name__)
Lane = Callable[[threading.Event], None]
_lanes: dict[str, Lane] = {}
#: Seconds until a lane that failed begins anew.
PAUSE = 5.0


def lane(run: Lane) -> Lane:
    """Declare a function that works until the event it is given is set, and finishes then what it has under way."""
    _lanes[f"{run.__module__}.{run.__qualname__}"] = run
    return run


@contextmanager
def running(stopping: threading.Event) -> Iterator[None]:
    """Every lane, beside the caller; at the end `stopping` is set, and what is under way then is finished."""
    threads = [threading.Thread(target=_keep, args=(name, run, stopping), name=name) for name, run in _lanes.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _keep(name: str, run: Lane, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            run(stopping)
        except Exception:  # the database is away for a moment, or a fault of ours: neither may end the lane for good
            logger.exception("%s begins anew in %g s", name, PAUSE)
            stopping.wait(PAUSE)
        finally:
            connection.close()
