"""Do the background work until SIGTERM or Ctrl-C: events, queued jobs, chores, and lanes that wait for other servers.

What is under way is finished up to its present step; the next worker goes on from there.
"""

import argparse
import signal
import threading

#: Seconds between two looks, when there is nothing to do.
PAUSE = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parent", type=int, help="also end when this process is no longer the parent")


def handle(options: argparse.Namespace) -> None:
    from bihuan.core import configuration, event, job, lane
    from bihuan.core.chore import Rounds
    from bihuan.site.orphan import end_with

    stopping = threading.Event()
    if options.parent:
        end_with(options.parent, stopping.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    rounds = Rounds()
    with lane.running(stopping):
        while not stopping.is_set():
            configuration.refresh()
            rounds.go()
            busy = event.deliver() > 0
            if not stopping.is_set() and not job.run_next(stopping.is_set) and not busy:
                stopping.wait(PAUSE)
