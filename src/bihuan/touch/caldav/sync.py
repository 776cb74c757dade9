"""Bringing a calendar and its owner's work into step: first what was changed there, then what was changed here.

    stamp of the calendar changed? → list → fetch what has another ETag → merge field by field, through commands
    records changed since          → patch the entry → PUT with If-Match, DELETE

An entry that brings about a fault is noted and left as it is, so that it keeps no other from coming or going.

The network is asked outside of any transaction. What is noted of an entry is noted together with the change it
brought; and an entry that was put there is noted before, so that whenever the process ends, nothing is doubled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bihuan.core import notify
from bihuan.core.access import SYSTEM, Actor, acting, visible
from bihuan.core.attached import Note
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.outage import outage_of
from bihuan.core.outbound import Failed
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, restore
from bihuan.touch.caldav import mirror
from bihuan.touch.caldav.account import CalendarItem, CalendarState
from bihuan.touch.caldav.entry import Entry, made, patched, read
from bihuan.touch.caldav.mirror import KINDS, Mirrored
from bihuan.touch.caldav.server import Changed, Rejected, Server
from bihuan.touch.touchpoint import Touchpoint

logger = logging.getLogger(__name__)
#: Entries that are fetched at a time, and that one visit puts there at the most.
BATCH, MOST_PUT = 50, 200
#: More entries than these, and most of a calendar, are never deleted here because they are gone there at once.
MANY = 10
#: What the UIDs end in that were given here.
OURS = "@bihuan"
#: The notes of entries that can be changed from here all the same.
WRITABLE = ("", "refused", "rejected", "fault")

BOTH = gettext_noop("“%(what)s” was changed here and in your calendar. The later change holds; a note keeps the other.")
GONE = gettext_noop("“%(what)s” is in your calendar no more, but was changed here: it has been put there again.")
CAME_BACK = gettext_noop(
    "“%(what)s” was changed in your calendar after it was gone here. A note keeps what the calendar said."
)
EMPTIED = gettext_noop(
    "%(count)s entries were gone from your calendar at once: they are put there again. Delete here what shall go."
)
BARRED = gettext_noop("“%(what)s” was changed in your calendar, which is not allowed here: %(why)s")


def visit(state: CalendarState, stopping: Callable[[], bool] = lambda: False) -> None:
    """Bring the calendar into step, and note what came of it."""
    try:
        actor = acting(state.account.owner_id)
        with translation.override(actor.person.language):  # type: ignore[attr-defined]
            Visit(state, actor).go(stopping)
    except Forbidden:
        state.note("owner")
    except Failed as failed:
        state.note(failed.code, failed.detail)
    except Exception:
        state.note("fault")
        raise
    else:
        state.note()


class Visit:
    """One visit to a calendar, by whoever owns the account."""

    def __init__(self, state: CalendarState, actor: Actor) -> None:
        self.state, self.actor, self.account = state, actor, state.account
        self.server = Server(self.account)

    def go(self, stopping: Callable[[], bool]) -> None:
        """Both ways, until all is in step or the process is to stop. Raises Failed."""
        stamp, calendar = self.server.stamp(), self.account.calendar
        is_done = True
        if not stamp or stamp != self.state.stamps.get(calendar):
            is_done = self.pull(stopping)
        if is_done:
            is_done = self.push(stopping)
        self.state.stamps = self.state.stamps | {calendar: stamp if is_done else ""}
        self.state.save(update_fields=["stamps"])

    def items(self) -> list[CalendarItem]:
        return list(CalendarItem.objects.filter(account=self.account, calendar=self.account.calendar).order_by("pk"))

    # ------------------------------------------------------------------ from there

    def pull(self, stopping: Callable[[], bool]) -> bool:
        """Take over what was changed there; False where there was no time for all of it."""
        listed, known = self.server.listing(), {each.href: each for each in self.items()}
        changed = [url for url, etag in listed.items() if url not in known or known[url].etag != etag]
        for place in range(0, len(changed), BATCH):
            if stopping():
                return False
            for url, (etag, text) in self.server.fetch(changed[place : place + BATCH]).items():
                try:
                    with transaction.atomic():
                        self.take(known.get(url) or self.unknown(url, text, listed), etag, text)
                except Exception as fault:
                    self.leave(url, read(text).title, fault)
        vanished = [each for each in self.items() if (each.etag or each.note == "fault") and each.href not in listed]
        with transaction.atomic():
            if len(vanished) > MANY and 2 * len(vanished) > len(known):
                self.put_again(vanished)
            else:
                for item in vanished:
                    self.gone(item)
        return True

    def leave(self, url: str, title: str, fault: Exception) -> None:
        """Note that an entry there brought about a fault; it is tried again when something has changed there."""
        if outage_of(fault):
            raise fault
        logger.error("An entry of the calendar account %s is left as it is", self.account.pk, exc_info=fault)
        new = {"calendar": self.account.calendar, "title": title, "note": "fault"}
        CalendarItem.objects.update_or_create(
            account=self.account, href=url, defaults={"note": "fault"}, create_defaults=new
        )

    def unknown(self, url: str, text: str, listed: Mapping[str, str]) -> CalendarItem:
        """The item of an entry at a new address: a new one, unless the entry is known and was moved."""
        uid = read(text).uid
        item = CalendarItem(account=self.account, calendar=self.account.calendar, href=url, uid=uid)
        for former in CalendarItem.objects.filter(uid=uid).exclude(uid="").select_related("account").order_by("pk"):
            if former.account == self.account and former.calendar == item.calendar and former.href not in listed:
                former.href = url
                return former
            if former.account.owner_id == self.account.owner_id:
                item.about, item.about_id = former.about, former.about_id
            elif uid.endswith(OURS):
                item.note = "elsewhere"
        return item

    def take(self, item: CalendarItem, etag: str, text: str) -> None:
        """Let the record of an entry have what was changed there, and note both as they are now."""
        text = text.replace("\x00", "")
        entry, former = read(text), read(item.raw)
        note = item.note if item.note == "elsewhere" else entry.note
        if item.about == "touchpoint" and entry.kind == "VTODO":
            note = "other"
        item.etag, item.raw, item.title, item.note, item.detail = etag, text, entry.title, note, ""
        if not note:
            try:
                with transaction.atomic():
                    self.follow(item, entry, former)
            except Refused as refusal:
                item.note, item.detail = "refused", refusal.sentence[:300]
                self.tell(item, BARRED, why=refusal.sentence)
        item.save()

    def follow(self, item: CalendarItem, entry: Entry, former: Entry) -> None:
        """Raises Refused."""
        if item.about_id is None:
            if is_over(entry):
                item.note = "over"
                return
            item.about, item.about_id = "task", mirror.begin(entry, self.actor).pk
        record = self.record(item) or self.revived(item, entry)
        if record is None:
            self.keep(item, CAME_BACK, entry.values)
            return
        record = self.merge(item, record, entry, former)
        in_step = all(entry.values[name] == value for name, value in mirror.values_of(record, entry.kind).items())
        item.version = record.version if in_step else 0

    def merge(self, item: CalendarItem, record: Mirrored, entry: Entry, former: Entry) -> Mirrored:
        """The record with what only the calendar changed, and of what both changed what was changed later."""
        ours, base = mirror.values_of(record, entry.kind), former.values or entry.values
        theirs = {name: entry.values[name] for name in ours if entry.values[name] != base.get(name)}
        clash = {
            name for name, value in theirs.items()
            if record.version != item.version and ours[name] not in (base.get(name), value)
        }  # fmt: skip
        if clash:
            is_ours = entry.changed_at is not None and record.changed_at > entry.changed_at
            self.keep(item, BOTH, {name: (theirs if is_ours else ours)[name] for name in clash})
            theirs = {name: value for name, value in theirs.items() if not (is_ours and name in clash)}
        return mirror.give(record, {name: value for name, value in theirs.items() if ours[name] != value}, self.actor)

    def record(self, item: CalendarItem) -> Mirrored | None:
        """The record of an item, as long as it is in use and the owner's."""
        rows = mirror.owned(self.actor, item.about) if item.about else None
        return rows.filter(pk=item.about_id).select_for_update(of=("self",)).first() if rows is not None else None

    def revived(self, item: CalendarItem, entry: Entry) -> Mirrored | None:
        """The record, out of the recycle bin, where its entry was changed after it was put there."""
        record = mirror.owned(self.actor, item.about, archived=True).filter(pk=item.about_id).first()
        if record is None or (entry.changed_at is not None and record.changed_at > entry.changed_at):
            return None
        return do(restore, record, by=self.actor)

    def gone(self, item: CalendarItem) -> None:
        """What was deleted there goes into the recycle bin here, unless it is over or was changed here since."""
        record = self.record(item)
        is_past = isinstance(record, Touchpoint) and record.at < timezone.now()
        if record is None or is_past or getattr(record, "state", "open") != "open":
            item.delete()
            return
        try:
            if record.version == item.version:
                do(archive, record, by=self.actor)
                item.delete()
                return
            self.tell(item, GONE)
        except Refused as refusal:
            self.tell(item, BARRED, why=refusal.sentence)
        item.etag = ""
        item.save(update_fields=["etag"])

    def put_again(self, vanished: list[CalendarItem]) -> None:
        """Nobody deletes so many by hand: a server that lost them, or a program that went wrong, takes nothing away here."""
        for item in vanished:
            item.etag = ""
        CalendarItem.objects.bulk_update(vanished, ["etag"])
        assert self.actor.user_id is not None
        notify.tell(self.actor.user_id, EMPTIED, key=f"caldav:{uuid4()}", count=str(len(vanished)))

    def keep(self, item: CalendarItem, message: str, given_up: Mapping[str, Any]) -> None:
        """Tell the owner that one side gave way, and keep what it said in a note on the record."""
        text = f"{_('Given up when the calendar was brought into step:')}\n{mirror.told(given_up)}"
        do(create, by=SYSTEM, on=Note, about=item.about, about_id=item.about_id, text=text)
        self.tell(item, message)

    def tell(self, item: CalendarItem, message: str, **arguments: str) -> None:
        assert self.actor.user_id is not None
        notify.tell(
            self.actor.user_id, message, key=f"caldav:{uuid4()}", about=item.about, about_id=item.about_id, what=item.title, **arguments
        )  # fmt: skip

    # ------------------------------------------------------------------ to there

    def push(self, stopping: Callable[[], bool]) -> bool:
        """Put there what was changed here; False where some of it waits for the next visit."""
        shown, items = mirror.to_show(self.actor), self.items()
        held: dict[tuple[str, int | None], Mirrored] = {}
        unseen: set[tuple[str, int | None]] = set()  # still the owner's, who may not see them now: left as they are
        for slug in mirror.MODELS:
            keys = [each.about_id for each in items if each.about == slug]
            held |= {(slug, each.pk): each for each in mirror.owned(self.actor, slug).filter(pk__in=keys)}
            theirs = visible(SYSTEM, mirror.MODELS[slug]).filter(pk__in=keys, owner=self.actor.user_id)
            unseen |= {(slug, key) for key in theirs.values_list("pk", flat=True)} - held.keys()
        ours = [
            each for each in items if each.about and each.note in WRITABLE and (each.about, each.about_id) not in unseen
        ]
        work = [(each, held.get((each.about, each.about_id))) for each in ours]
        work = [(each, record) for each, record in work if record is None or is_behind(each, record)]
        known = {(each.about, each.about_id) for each in items}
        work += [(self.new_item(*key), record) for key, record in shown.items() if key not in known]
        is_done = len(work) <= MOST_PUT
        for item, record in work[:MOST_PUT]:
            if stopping():
                return False
            is_done = self.send(item, record) and is_done
        return is_done

    def new_item(self, about: str, about_id: int) -> CalendarItem:
        """The item of a record that has no entry yet; not stored before it is sent."""
        name = uuid4()
        href = f"{self.account.calendar.rstrip('/')}/{name}.ics"
        return CalendarItem(
            account=self.account, calendar=self.account.calendar, href=href, uid=f"{name}{OURS}", about=about, about_id=about_id
        )  # fmt: skip

    def send(self, item: CalendarItem, record: Mirrored | None) -> bool:
        """Put an entry there, or delete it where there is no record for it; False where it was changed there meanwhile."""
        try:
            if record is None:
                if item.etag:
                    self.server.delete(item.href, item.etag)
                item.delete()
                return True
            kind = read(item.raw).kind or KINDS[item.about]
            values = mirror.values_of(record, kind)
            item.title, item.note, item.detail = values["title"], "", ""
            text = patched(item.raw, values) if item.raw else made(kind, item.uid, values)
            if text != item.raw or not item.etag:
                item.save()  # before it is put there: whoever finds it there then knows whose it is
                self.put(item, text)
        except Changed:
            return False
        except Rejected as rejected:
            item.note, item.detail = "rejected", str(rejected)[:300]
        except Exception as fault:
            if isinstance(fault, Failed) or outage_of(fault):
                raise
            logger.exception("An entry of the calendar account %s is left as it is", self.account.pk)
            item.note = "fault"
        if record is not None:
            item.version = record.version
        item.save()
        return True

    def put(self, item: CalendarItem, text: str) -> None:
        """A server that changes what it is given says no ETag: what it has made of it is what both sides agree on."""
        etag = self.server.put(item.href, text, item.etag)
        item.etag, item.raw = (etag, text) if etag else self.server.fetch([item.href]).get(item.href, ("", text))


def is_over(entry: Entry) -> bool:
    """Whether an entry that was never seen here has nothing more to tell."""
    values = entry.values
    if entry.kind == "VTODO":
        return values["state"] != "open"
    length = timedelta(minutes=values["minutes"]) if values["minutes"] is not None else timedelta(days=1)
    return values["state"] != "open" or values["at"] + length < timezone.now()


def is_behind(item: CalendarItem, record: Mirrored) -> bool:
    """Whether a record has changed since its entry was in step with it."""
    return not item.etag or item.version != record.version
