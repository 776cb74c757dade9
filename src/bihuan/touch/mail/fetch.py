"""Fetching a mailbox: folder by folder, from where the last visit ended, a few mails at a time.

The network is asked outside of any transaction. If the process dies, what was not filed yet is fetched again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import imap_tools
from django.db import transaction
from django.utils import timezone
from imap_tools.mailbox import BaseMailBox

from bihuan.core.outbound import Failed
from bihuan.touch.mail import connection, filing
from bihuan.touch.mail.mailbox import Mailbox, MailboxState

#: Mails that are fetched and filed at a time, and how many of their numbers are asked for at once.
BATCH = 50


class Fetched(imap_tools.MailMessage):
    """A mail with its very bytes."""

    def __init__(self, fetch_data: list) -> None:
        super().__init__(fetch_data)
        self.raw = self._get_message_data_parts(fetch_data)[0]


def visit(state: MailboxState, stopping: Callable[[], bool] = lambda: False) -> int:
    """Fetch what is new, and note what came of it; returns how many mails were kept."""
    try:
        kept = sum(fetch(state.mailbox, state, stopping))
    except Failed as failed:
        state.note(failed.code, failed.detail)
        return 0
    except Exception:
        state.note("fault")
        raise
    state.note()
    return kept


def fetch(mailbox: Mailbox, state: MailboxState, stopping: Callable[[], bool] = lambda: False) -> Iterator[int]:
    """File what is new, batch by batch; yields how many mails of each were kept. Raises Failed."""
    with connection.imap(mailbox) as server:
        server.email_message_class = Fetched
        for folder in mailbox.folder_names:
            server.folder.set(folder, readonly=True)
            uidvalidity = server.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"]
            former, last = state.cursor.get(folder, (uidvalidity, 0))
            last = last if former == uidvalidity else 0  # the server has numbered its mails anew
            for uids in _batches(server, mailbox, last):
                if stopping():
                    return
                yield _file(server, state, folder, uidvalidity, uids)


def _batches(server: BaseMailBox, mailbox: Mailbox, last: int) -> Iterator[list[int]]:
    """The UIDs after the last one, in their order."""
    found = server.uids(imap_tools.AND(uid=imap_tools.U(str(last + 1), "*"), date_gte=mailbox.since))
    uids = sorted(uid for each in found if (uid := int(each)) > last)  # "9:*" always names the newest, be it 5
    yield from (uids[place : place + BATCH] for place in range(0, len(uids), BATCH))


def _file(server: BaseMailBox, state: MailboxState, folder: str, uidvalidity: int, uids: list[int]) -> int:
    mails = server.fetch("UID " + ",".join(map(str, uids)), mark_seen=False, bulk=True)
    letters = filing.read([(int(each.uid), each.raw) for each in mails], timezone.now())
    with transaction.atomic():
        kept = filing.file(state.mailbox, folder, uidvalidity, letters)
        state.cursor = state.cursor | {folder: [uidvalidity, uids[-1]]}
        state.save(update_fields=["cursor"])
    return kept
