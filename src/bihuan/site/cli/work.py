"""Do the background work: hand events to their handlers, do queued jobs, seal the audit, send webhooks, until SIGTERM or Ctrl-C.

What is under way is finished up to its present step; the next worker goes on from there.
"""

import argparse
import math
import signal
import threading
import time

#: Seconds between two looks, when there is nothing to do; and between two looks for files that nothing needs any more.
PAUSE, SWEEP = 0.5, 3600
#: Seconds between two looks at what stands in its stage for too long, at promises, and for what is done daily or weekly; for tasks
#: to remind of.
LOOK_FOR_STUCK, REMIND = 600, 60
#: Seconds between two seals over the audit: for so long an entry stands unsealed.
SEAL = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parent", type=int, help="also end when this process is no longer the parent")


def handle(options: argparse.Namespace) -> None:
    from bihuan.automation import sender
    from bihuan.core import configuration, event, job, seal, stuck, sweep
    from bihuan.market import segment_sizes
    from bihuan.sales import forecast_snapshot, promises
    from bihuan.site.orphan import end_with
    from bihuan.touch import reminder, response

    stopping = threading.Event()
    if options.parent:
        end_with(options.parent, stopping.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    swept, look_at, remind_at, seal_at = -math.inf, time.monotonic(), time.monotonic(), time.monotonic() + SEAL
    with sender.running(stopping):
        while not stopping.is_set():
            if time.monotonic() - swept > SWEEP:
                sweep.sweep()
                swept = time.monotonic()
            configuration.refresh()
            if time.monotonic() >= look_at:
                stuck.tell_owners()
                promises.look()
                forecast_snapshot.keep()
                segment_sizes.keep()
                look_at = time.monotonic() + LOOK_FOR_STUCK
            if time.monotonic() >= remind_at:
                reminder.remind()
                response.escalate()
                remind_at = time.monotonic() + REMIND
            if time.monotonic() >= seal_at:
                seal.seal()
                seal_at = time.monotonic() + SEAL
            busy = event.deliver() > 0
            if not stopping.is_set() and not job.run_next(stopping.is_set) and not busy:
                stopping.wait(PAUSE)
