"""What the worker does with servers of others: visit the mailboxes and calendars that are due, and send mail, a few side by side."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from bihuan.core import configuration
from bihuan.touch.caldav import sync
from bihuan.touch.caldav.account import CalendarState
from bihuan.touch.mail import fetch, send
from bihuan.touch.mail.mailbox import MailboxState
from bihuan.touch.visited import Visited

#: What is visited, and how.
VISITS: dict[type[Visited], Callable[..., object]] = {MailboxState: fetch.visit, CalendarState: sync.visit}
#: Mailboxes, calendars and mails that are under way at once, so that a server that does not answer holds up nobody else's.
LANES = 4
#: Seconds between two looks.
PAUSE = 1.0

#: What else is done in the lanes, for rooms above: functions that give what is due, by a key of its own, with what does it.
Errand = tuple[object, Callable[[], object]]
_errands: list[Callable[[], Iterable[Errand]]] = []

log = logging.getLogger("bihuan.touch")


def also(due: Callable[[], Iterable[Errand]]) -> None:
    """Declare further work for the lanes. What is under way by its key is not begun again; it should end within seconds."""
    _errands.append(due)


def run(stopping: threading.Event) -> None:
    """Visit and send until `stopping` is set; what is under way then is finished."""
    under_way: dict[object, Future[None]] = {}
    with ThreadPoolExecutor(LANES, thread_name_prefix="touch") as pool:
        while not stopping.is_set():
            step(pool, under_way, stopping)
            connection.close()
            stopping.wait(PAUSE)


def step(pool: ThreadPoolExecutor, under_way: dict[object, Future[None]], stopping: threading.Event) -> None:
    """Take up what is due and not under way yet, as far as there are lanes for it."""
    configuration.refresh()
    for key in [key for key, future in under_way.items() if future.done()]:
        del under_way[key]
    send.give_up_unknown()
    for mail in send.due():
        if ("mail", mail) not in under_way and len(under_way) < LANES:
            under_way["mail", mail] = pool.submit(_alone, send.send, mail)
    for states, visit in VISITS.items():
        while len(under_way) < LANES and (state := states.claim()) is not None:
            under_way[states, state.pk] = pool.submit(_alone, visit, state, stopping.is_set)
    for key, errand in (each for due in _errands for each in due()):
        if key not in under_way and len(under_way) < LANES:
            under_way[key] = pool.submit(_alone, errand)


def _alone(work: Callable[..., object], *inputs: object) -> None:
    """Do a piece of work in a thread of its own, with a connection of its own to the database."""
    try:
        work(*inputs)
    except Exception:  # told to whoever runs the firm's server; the lease brings the work up again
        log.exception("Visiting a server or sending mail")
    finally:
        connection.close()
