"""What happens after the fact where people are concerned: whoever a note names hears of it."""

from __future__ import annotations

from bihuan.core import event, registry
from bihuan.core.attached import Note
from bihuan.people import mention


@event.on(event.Created, "note")
@event.on(event.Changed, "note")
def tell_who_is_named(happened: event.Event) -> None:
    """Whoever is named in a note, and sees what it is about, hears of it."""
    note = Note._base_manager.filter(pk=happened.record_id).first()
    if note is not None and note.about:
        record = registry.desk(note.about).model._base_manager.filter(pk=note.about_id).first()
        mention.tell(note.text, by_id=note.created_by_id, key=f"mention:note:{note.pk}", about=[record])
