"""What a person may ask of the firm: to have a copy of what is held of them, and to have it erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.event import Erased, Event
from bihuan.core.privacy import traces
from bihuan.core.privacy.erase import delete_later, empty, files_of, take_out
from bihuan.core.privacy.held import Held, held_of
from bihuan.core.privacy.redact import redact, seal_off

#: So many records that are under way are named.
TOLD = 3


def is_person(desk: Desk) -> bool:
    """Whether a record of the object is a human being, or whatever is known of one."""
    return desk.personal.is_person


@command(
    None, label=_("Hand over personal data"), icon="download", fits=is_person, is_offered=False, local=True, told=True,
    labels={"reason": _("To whom, and why")},
)  # fmt: skip
def disclose(record: Any, *, by: Actor, reason: str) -> None:
    """Note that a copy of what is held of this person is handed over, to whom and why."""


@command(
    None, label=_("Erase personal data"), icon="trash-2", fits=is_person, is_offered=False, told=True, forgets=True,
    labels={"confirm": _("The name of the person, to confirm"), "reason": _("Reason")}, refreshes=("header", "facts", "timeline", "panels"),
)  # fmt: skip
def erase(record: Any, *, by: Actor, confirm: str, reason: str) -> Iterable[Event]:
    """Empty what is held of this person, in the history too, for good; deals and what the books need stay, without the name."""
    desk = registry.desk_of(record)
    if confirm.strip() != desk.title_of(record):
        raise Refused(_now("Type the name as it stands here: “%(name)s”.") % {"name": desk.title_of(record)}, "confirm")
    held = held_of(desk, record.pk)
    refuse_under_way(held)
    words = traces.words_of(held.own)
    if any(word in reason for word in words):
        raise Refused(_now("The reason is kept: leave names, phones and addresses out of it."), "reason")
    stored = traces.stored_files(held.own)
    paths = [*stored.values_list("file", flat=True), *traces.exchanges_naming(words)]
    stored.delete()
    redacted = []
    for each, keys in held.own.items():
        paths += files_of(each, keys)
        redacted += redact(each, keys, erase.name)
        empty(each, keys - {record.pk} if each is desk else keys, erase.name, by)
    seal_off(redacted, record, desk.slug, by)
    traces.forget(held.own, words)
    delete_later(paths)
    take_out(desk, record)
    record.archived_at = record.archived_at or timezone.now()
    return [Erased(desk.slug, record.pk)]


def refuse_under_way(held: Held) -> None:
    """Raises Refused where something that the person has a part in is not over yet."""
    named = [f"{each.label} “{each.title_of(record)}”" for each, rows in held.under_way() for record in rows[:TOLD]]
    if named:
        raise Refused(
            _now("Not yet: %(records)s must be over first, or be somebody else's.")
            % {"records": _now(", ").join(named)}
        )
