"""Do the background work: hand events to their handlers and do queued jobs, until SIGTERM or Ctrl-C.

What is under way is finished up to its present step; the next worker goes on from there.
"""

import argparse
import signal
import threading
import time

#: Seconds between two looks, when there is nothing to do.
PAUSE = 0.5
#: Seconds between two looks for records that have stood in their stage for too long.
LOOK_FOR_STUCK = 600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def handle(options: argparse.Namespace) -> None:
    from bihuan.core import configuration, event, job, stuck

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    look_at = time.monotonic()
    while not stopping.is_set():
        configuration.refresh()
        if time.monotonic() >= look_at:
            stuck.tell_owners()
            look_at = time.monotonic() + LOOK_FOR_STUCK
        busy = event.deliver() > 0
        if not stopping.is_set() and not job.run_next(stopping.is_set) and not busy:
            stopping.wait(PAUSE)
