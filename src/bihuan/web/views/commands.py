"""The buttons of a record: a command asks for its inputs in a dialog or on a page of its own, and is carried out."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.core import registry, stage
from bihuan.core.command import Command
from bihuan.core.errors import Forbidden, NotFound, Refused, Stale
from bihuan.core.kind import read_key
from bihuan.core.run import do
from bihuan.core.verbs import archive, move, restore
from bihuan.web import respond
from bihuan.web.form import Form, form_of, pick, sent_by
from bihuan.web.once import takes_once
from bihuan.web.subject import Subject
from bihuan.web.views.record import PARTS, refreshed, subject_of

#: What takes a command back.
UNDO = {archive.name: restore.name, restore.name: archive.name}


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def command(request: HttpRequest, slug: str, key: int, name: str) -> HttpResponse:
    """Ask for what the command needs (GET), or carry it out (POST)."""
    subject = subject_of(request, slug, key)
    wanted = registry.commands(subject.desk).get(name)
    if wanted is None or wanted.creates:
        raise NotFound()
    if not subject.may(wanted.needs):
        raise Forbidden()
    if request.method == "POST":
        return carry_out(request, subject, wanted)
    return ask(request, subject, wanted, form_for(subject, wanted, request))


def form_for(subject: Subject, wanted: Command, request: HttpRequest, refusal: Refused | None = None) -> Form:
    """The command's own inputs, those that were sent, and those that turned out to be missing."""
    known = wanted.inputs(subject.desk, subject.actor)
    data = sent_by(request) if refusal is not None else None
    names = [*wanted.asks(subject.desk, subject.actor), *(data or request.GET), *(refusal.errors if refusal else ())]
    fields = pick(known, list(dict.fromkeys(names)))
    here = present(subject, known) if wanted.fields_of is None else {}
    form = form_of(fields, subject.actor, data=data, given=request.GET.dict() | here)
    if refusal is not None:
        form.refuse(refusal)
    return form


def present(subject: Subject, known: Any) -> dict[str, str]:
    """What the record holds now, where a command asks for one of its fields."""
    named = {name: each for name in known if (each := subject.fields.get(name)) is not None and each.compute is None}
    return {name: str(value) for name, each in named.items() if (value := each.value_of(subject.record)) is not None}


def ask(request: HttpRequest, subject: Subject, wanted: Command, form: Form, *, status: int = 200) -> HttpResponse:
    """The form of a command: in the dialog, or as a page where there is no dialog."""
    context = {
        "title": f"{wanted.label} · {subject.title}", "help": wanted.help, "submit": str(wanted.label), "action": request.path,
        "back_url": subject.url("record"), "form": form, "dirty": status != 200, "csrf_token": get_token(request),
    }  # fmt: skip
    if respond.is_fragment(request):
        return respond.into_dialog(respond.part(request, "web/parts/command_dialog.html", context, status=status))
    return respond.page(request, "web/pages/command.html", context, status=status)


def carry_out(request: HttpRequest, subject: Subject, wanted: Command) -> HttpResponse:
    """Run the command with what was sent; a refusal asks again, with what is missing."""
    known = wanted.inputs(subject.desk, subject.actor)
    sent = sent_by(request) or request.GET  # what takes a move back says all in its address
    given = form_of(pick(known, list(sent)), subject.actor, data=sent)
    version, before = read_key(sent.get("version", "")), subject.record
    try:
        subject.record = do(wanted, before, by=subject.actor, version=version, **given.values)
    except (Forbidden, NotFound, Stale):
        raise
    except Refused as refusal:
        return ask(request, subject, wanted, form_for(subject, wanted, request, refusal), status=422)
    return done(request, subject, wanted, undo_of(subject, wanted, before))


def undo_of(subject: Subject, wanted: Command, before: Model) -> str:
    """The address that takes the command back, "" where none does."""
    if wanted.name in UNDO:
        return subject.url("command", UNDO[wanted.name])
    if wanted is not move:
        return ""
    former, here = (stage.step(getattr(each, f"{subject.desk.stage_field}_id")) for each in (before, subject.record))
    if former is None or here is None or former == here or stage.barrier(here, former, subject.actor):
        return ""
    return f"{subject.url('command', move.name)}?stage={former.id}&version={subject.record.version}"  # type: ignore[attr-defined]


def done(request: HttpRequest, subject: Subject, wanted: Command, undo: str) -> HttpResponse:
    """On the record's own page its parts are drawn anew; any other page hears that a record changed."""
    text = _("%(command)s: done.") % {"command": wanted.label}
    page = subject.url("record")
    if not respond.is_fragment(request):
        return respond.go(request, respond.back_to(request, page), text)
    if respond.asked_from(request, page):
        parts = PARTS if wanted in (archive, restore) else wanted.refreshes
        subject.record.refresh_from_db()  # what follows from its columns, and from its relatives, is written past it
        response = respond.part(request, "web/parts/refresh.html", refreshed(request, subject, parts))
        return respond.say(response, text, undo=undo)
    return respond.say(HttpResponse(), text, undo=undo, changed=True)


paths = [path("<slug:slug>/<int:key>/do/<str:name>", command, name="command")]
