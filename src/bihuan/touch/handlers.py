"""What the contact centre does when something has happened."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from bihuan.core import event, notify, registry
from bihuan.core.access import SYSTEM
from bihuan.core.link import title
from bihuan.core.run import do
from bihuan.parties.contact import Contact
from bihuan.people import mention
from bihuan.touch import response
from bihuan.touch.events import TaskDone
from bihuan.touch.mail.commands import note_bounce
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint

HANDED_OVER = gettext_noop("%(who)s handed “%(what)s” over to you.")
DONE = gettext_noop("%(who)s has done “%(what)s”.")
CAME = gettext_noop("“%(what)s” has come to you by the firm's rules.")


@event.outbox
def start_and_stop_clocks(happened: Sequence[tuple[int, event.Event]]) -> None:
    """An answer is owed from the moment in which a touch is written down, and no longer when its answer is."""
    new = [each.record_id for _key, each in happened if each.object == "touchpoint" and isinstance(each, event.Created)]
    if new:
        response.keep_clocks(new)


@event.on(event.Assigned)
def tell_new_owner(happened: event.Assigned) -> None:
    """Whoever gets a record handed over hears of it, unless they took it themselves."""
    if happened.owner_id is None or happened.owner_id == happened.by_id:
        return
    desk = registry.desk(happened.object)
    record = desk.model._base_manager.filter(pk=happened.record_id).first()
    if record is not None:
        notify.tell(
            happened.owner_id,
            HANDED_OVER if happened.by_id else CAME,
            key=f"assigned:{happened.object}:{happened.record_id}:{record.version}",
            about=happened.object,
            about_id=happened.record_id,
            who=title(registry.desk("user"), happened.by_id),
            what=desk.title_of(record),
        )


@event.on(event.Assigned)
def hand_waits_over(happened: event.Assigned) -> None:
    """Who waits about a record that was handed over waits for its new owner."""
    if happened.owner_id is not None and happened.object != "waiting":
        response.hand_over((happened.object, happened.record_id), happened.owner_id, happened.former_id)


@event.on(TaskDone)
def tell_who_delegated(happened: TaskDone) -> None:
    """Whoever gave a task to somebody else hears that it is done."""
    task = Task._base_manager.filter(pk=happened.record_id, state="done").first()
    if task is None or task.delegated_by_id in (None, happened.by_id):
        return
    notify.tell(
        task.delegated_by_id,
        DONE,
        key=f"done:{task.pk}:{task.version}",
        about="task",
        about_id=task.pk,
        who=title(registry.desk("user"), happened.by_id),
        what=task.title,
    )


@event.on(event.Changed, "contact")
def trust_new_address(happened: event.Changed) -> None:
    """A contact whose mail address was changed is warned of no more."""
    if "email" in happened.fields and Contact._base_manager.filter(pk=happened.record_id).exists():
        do(note_bounce, happened.record_id, by=SYSTEM, on=Contact, comes_back=False)


@event.on(event.Created, "touchpoint")
@event.on(event.Changed, "touchpoint")
def tell_who_is_named(happened: event.Event) -> None:
    """Whoever is named in what was written about a touch, and sees the record it is about, hears of it."""
    touch = Touchpoint._base_manager.filter(pk=happened.record_id).first()
    if touch is None or "@" not in touch.text:
        return
    keys = {touch.about: touch.about_id} if touch.about else {"account": touch.account_id, "contact": touch.contact_id}
    about = [registry.desk(slug).model._base_manager.filter(pk=key).first() for slug, key in keys.items()]
    mention.tell(touch.text, by_id=touch.created_by_id, key=f"mention:touchpoint:{touch.pk}", about=about)
