"""What the worker does for mail: visit the mailboxes that are due, and send what is queued, a few of them side by side."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from bihuan.core import configuration
from bihuan.core.access import SYSTEM, visible
from bihuan.touch.mail import fetch, send
from bihuan.touch.mail.mailbox import Mailbox, MailboxState

#: Mailboxes and mails that are under way at once, so that a server that does not answer holds up nobody else's.
LANES = 4
#: Seconds between two looks.
PAUSE = 1.0
#: Who visits a mailbox and is not heard of for so long is taken to be dead.
LEASE = timedelta(minutes=15)

log = logging.getLogger("bihuan.mail")

#: What else is done in the lanes, for rooms above: functions that give what is due, by a key of its own, with what does it.
Errand = tuple[object, Callable[[], object]]
_errands: list[Callable[[], Iterable[Errand]]] = []


def also(due: Callable[[], Iterable[Errand]]) -> None:
    """Declare further work for the lanes. What is under way by its key is not begun again; it should end within seconds."""
    _errands.append(due)


@contextmanager
def running(stopping: threading.Event) -> Iterator[None]:
    """Fetch and send in threads beside the caller, until `stopping` is set; what is under way then is finished."""
    thread = threading.Thread(target=_run, args=(stopping,), name="mail")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _run(stopping: threading.Event) -> None:
    under_way: dict[object, Future[None]] = {}
    with ThreadPoolExecutor(LANES, thread_name_prefix="mail") as pool:
        while not stopping.is_set():
            try:
                step(pool, under_way, stopping)
            except (
                Exception
            ):  # the database is away for a moment, or a fault of ours: neither may end the mail for good
                log.exception("Fetching and sending mail begins anew in 5 s.")
                stopping.wait(5)
            finally:
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
    while len(under_way) < LANES and (state := claim()) is not None:
        under_way["mailbox", state.pk] = pool.submit(_alone, fetch.visit, state, stopping.is_set)
    for key, errand in (each for due in _errands for each in due()):
        if key not in under_way and len(under_way) < LANES:
            under_way[key] = pool.submit(_alone, errand)


def claim() -> MailboxState | None:
    """Take up the mailbox that is due for the longest time; nobody else does until LEASE is over."""
    now = timezone.now()
    for mailbox in visible(SYSTEM, Mailbox).filter(state=None):
        MailboxState.objects.get_or_create(mailbox=mailbox, defaults={"due_at": now})
    due = MailboxState.objects.filter(due_at__lte=now, mailbox__active=True, mailbox__archived_at=None)
    due = due.exclude(mailbox__imap_host="").order_by("due_at")
    if not due.exists():  # asked outside a transaction: to begin one is to wait for SQLite's only write lock
        return None
    with transaction.atomic():
        state = due.select_for_update(skip_locked=True, of=("self",)).select_related("mailbox").first()
        if state is not None:
            state.due_at = now + LEASE
            state.save(update_fields=["due_at"])
    return state


def _alone(work: Callable[..., object], *inputs: object) -> None:
    """Do a piece of work in a thread of its own, with a connection of its own to the database."""
    try:
        work(*inputs)
    except Exception:  # told to whoever runs the firm's server; the lease brings the work up again
        log.exception("Mail")
    finally:
        connection.close()
