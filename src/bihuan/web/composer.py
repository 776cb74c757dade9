"""The composer above a timeline: one form that writes down a touch, a note or a file about a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.http import QueryDict

from bihuan.core import kind, registry
from bihuan.core.attached import Attachment, Note, attach
from bihuan.core.command import Command
from bihuan.core.desk import Desk, Stream
from bihuan.core.errors import NotFound, Refused
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.web.form import form_of
from bihuan.web.record_page import part_id
from bihuan.web.subject import Subject
from bihuan.web.wording import wordings

#: What is sent in place of a kind of touch when the text is a note.
NOTE = "note"


def composer(subject: Subject, data: QueryDict | None = None, refusal: Refused | None = None) -> dict[str, Any]:
    """The form, with what was typed and refused; closed where the actor may write nothing here."""
    command = composing(subject)
    may_note = subject.actor.may(Note, create.needs)
    if subject.is_archived or (command is None and not may_note):
        return {"id": part_id(subject, "composer"), "closed": True}
    values: dict[str, Any] = {
        "id": part_id(subject, "composer"), "closed": False, "url": subject.url("timeline"), "note": NOTE if may_note else "", "marks": [],
        "colleagues_url": subject.url("mentions"), "has_wordings": wordings(subject.actor) is not None,
        "may_attach": subject.actor.may(Attachment, attach.needs), "text": (data or {}).get("text", ""),
        "pinned": bool(data and data.get("pinned")),
        "mark_name": "mark", "whom": None, "more": [], "error": refusal.sentence if refusal else "", "open": False,
    }  # fmt: skip
    if command is not None:
        values |= _touch(subject, command, data, refusal)
    values["chosen"] = (data or {}).get(values["mark_name"]) or next(iter(values["marks"]), {"value": NOTE})["value"]
    return values


def composing(subject: Subject) -> Command | None:
    """The command that stands open on this object's pages, if the actor may carry it out and make what it writes."""
    offered = (each for each in registry.commands(subject.desk).values() if each.composes and subject.may(each.needs))
    return next((each for each in offered if subject.actor.may(each.fields_of, create.needs)), None)  # type: ignore[arg-type]


def _stream(command: Command) -> Stream:
    """The stream of the object whose records the command makes."""
    stream = registry.desk_of(command.fields_of).stream  # type: ignore[arg-type]
    assert stream is not None
    return stream


def _touch(subject: Subject, command: Command, data: QueryDict | None, refusal: Refused | None) -> dict[str, Any]:
    """What the composer asks about a touch: its kind, with whom, and behind a fold the rest."""
    stream = _stream(command)
    fields = command.inputs(subject.desk, subject.actor)
    mark = fields.pop(stream.mark)
    fields.pop(stream.text)
    if stream.whom in fields and fields[stream.whom].target is subject.desk.model:
        fields.pop(stream.whom)
    form = form_of(fields.values(), subject.actor, data=data, given=_given(subject, stream), prefix="c")
    if refusal is not None:
        form.refuse(refusal)
    for each in form:
        if isinstance(each.field.kind, (kind.Link, kind.Links)):
            each.near = _near(subject, registry.desk_of(each.field.target))
    whom = form.inputs.pop(stream.whom, None)
    return {
        "mark_name": stream.mark, "whom": whom, "more": list(form), "error": form.error,
        "open": any(each.error or (data and each.text and each.field.default in (None, "")) for each in form),
        "marks": [
            {"value": str(each.id), "label": each.label, "icon": stream.icons.get(each.key, "message-square")}
            for each in mark.kind.options(mark)
        ],
    }  # fmt: skip


def _near(subject: Subject, desk: Desk) -> str:
    """The record that those of an object belong to which are probably meant here: this one, or one that it links to."""
    if subject.desk.slug in desk.near:
        return f"{subject.desk.slug}.{subject.record.pk}"
    links = (each for each in subject.fields.values() if isinstance(each.kind, kind.Link) and each.target is not None)
    near = ((registry.desk_of(each.target).slug, each.value_of(subject.record)) for each in links)
    return next((f"{slug}.{key}" for slug, key in near if slug in desk.near and key), "")


def _given(subject: Subject, stream: Stream) -> Mapping[str, str]:
    """Whom a touch of this record is probably with: the record's own contact."""
    field = subject.fields.get(stream.whom)
    whom = field.value_of(subject.record) if field is not None else None
    return {stream.whom: str(whom)} if whom else {}


def compose(subject: Subject, data: QueryDict, files: Sequence[Any]) -> None:
    """Write down what was sent, all of it or nothing; files belong to the touch that they come with. Raises Refused."""
    command = composing(subject)
    hangs_on = subject.record
    mark = data.get(_stream(command).mark, "") if command else NOTE
    only_files = bool(files) and not data.get("text", "").strip()
    with transaction.atomic():
        if command is not None and mark != NOTE and not only_files:
            hangs_on = do(command, subject.record, by=subject.actor, **_inputs(subject, command, data)).composed
        about = {"about": registry.desk_of(hangs_on).slug, "about_id": hangs_on.pk}
        if hangs_on is subject.record and not only_files:
            do(create, by=subject.actor, on=Note, text=data.get("text", ""), pinned=data.get("pinned", "0"), **about)
        for file in files:
            do(attach, by=subject.actor, on=Attachment, file=file, **about)


def worded(subject: Subject, data: QueryDict, key: str) -> QueryDict:
    """What was sent, with a ready-made text about this record below what had been typed. Raises Refused."""
    found = wordings(subject.actor)
    if found is None:
        raise NotFound()
    text, sent = data.get("text", "").rstrip(), data.copy()
    ready = found.text(key, subject.record, subject.actor)
    sent["text"] = f"{text}\n{ready}" if text else ready
    return sent


def _inputs(subject: Subject, command: Command, data: QueryDict) -> dict[str, str]:
    """What was filled in, and what is needed even where it was not."""
    inputs = command.inputs(subject.desk, subject.actor)
    sent = {name: ",".join(data.getlist(name)) for name in inputs}  # several links are sent one by one
    return {name: text for name, text in sent.items() if text or inputs[name].required}
