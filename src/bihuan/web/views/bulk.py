"""A command on many records of a list: asked for in a dialog, done in one go, reported record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from bihuan.core import job, registry
from bihuan.core.access import Actor
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused
from bihuan.core.field import Field
from bihuan.core.merge.commands import merge
from bihuan.core.run import Call, run
from bihuan.web import respond, table
from bihuan.web.form import Form, form_of
from bihuan.web.list_page import ListPage
from bihuan.web.once import takes_once
from bihuan.web.views.door import desk_of
from bihuan.web.works import NAMED, refused

#: The most records one command takes, and how many are done at once; more are done in the background.
MOST, AT_ONCE = 10_000, 500
#: A command that asks for more than this is for one record at a time.
QUESTIONS = 3
#: What takes a bulk command back.
UNDO = {"archive": "restore", "restore": "archive"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of the bulk bar."""

    name: str
    label: str
    icon: str


def commands_offered(desk: Desk, actor: Actor, *, archived: bool) -> list[Offer]:
    """The commands that fit many records: those that ask for little. In the recycle bin only the way back."""
    found = registry.commands(desk)
    names = ["restore"] if archived else [name for name in ("assign", "move", "update") if name in found]
    if not archived:
        names += [
            name
            for name, each in found.items()
            if name not in (*names, "archive", "restore") and _fits(each, desk, actor)
        ]
        names.append("archive")
    return [
        Offer(name, str(found[name].label), found[name].icon)
        for name in names
        if actor.may(desk.model, found[name].needs)
    ]


def _fits(command: Command, desk: Desk, actor: Actor) -> bool:
    offered = command.is_offered and command.suits(None)
    return offered and not command.creates and len(command.asks(desk, actor)) <= QUESTIONS


@dataclass(slots=True)
class Bulk:
    """What is to be done: a command on records of an object, and the page to go back to."""

    request: HttpRequest
    desk: Desk
    actor: Actor
    command: Command
    ids: Sequence[int]
    back: str


@require_POST
@takes_once
def bulk(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Ask what a command needs to know, or carry it out on the chosen records."""
    desk = desk_of(request, slug)
    ids = _chosen(request, desk)
    if not ids:
        raise Refused(_("Choose at least one row."))
    if name == "export":
        listed = request.POST.get("list", "") if "all" in request.POST else urlencode({"ids": ",".join(map(str, ids))})
        return respond.go(request, f"{reverse('export', args=[slug])}?{listed}")
    if name == merge.name and desk.duplicates:  # its page asks field by field
        return respond.go(request, f"{reverse('merge', args=[slug])}?{urlencode({'id': ids}, doseq=True)}")
    command = registry.commands(desk).get(name)
    if command is None or command.creates:
        raise NotFound()
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.may(desk.model, command.needs):
        raise Forbidden()
    asked = Bulk(request, desk, actor, command, ids, respond.back_to(request, reverse("list", args=[slug])))
    fields = _questions(asked)
    if fields is None or ("go" not in request.POST and (fields or "all" in request.POST)):
        return _ask(asked, form_of(fields, actor) if fields is not None else None)
    form = form_of(fields, actor, data=request.POST)
    try:
        return _carry_out(asked, form.values)
    except Invalid as refusal:
        form.refuse(refusal)
        return _ask(asked, form, status=422)


def _chosen(request: HttpRequest, desk: Desk) -> list[int]:
    """Ids of the records meant: the ticked ones, those an undo names, or all that the list shows."""
    if "all" in request.POST:
        page = ListPage(desk, request.actor, QueryDict(request.POST.get("list", "")))  # type: ignore[attr-defined]
        return list(page.query.rows().order_by("pk").values_list("pk", flat=True)[:MOST])
    given = [*request.POST.getlist("id"), *(request.POST.get("ids") or request.GET.get("ids", "")).split(",")]
    return list(dict.fromkeys(int(key) for key in given if key.isdecimal() and len(key) < 19))[:MOST]


def _questions(asked: Bulk) -> list[Field] | None:
    """What the command must be told; None while it is still open which field is to be edited."""
    if asked.command.name != "update":
        return list(asked.command.asks(asked.desk, asked.actor).values())
    field = _editable(asked.desk, asked.actor).get(asked.request.POST.get("bulk-field", ""))
    return None if field is None else [field]


def _editable(desk: Desk, actor: Actor) -> dict[str, Field]:
    """Fields that many records may be given the same value of."""
    fields = desk.inputs(actor, creating=False)
    unfit = (*table.UNFIT, "file")  # which nobody means to hang on many records at once
    return {name: each for name, each in fields.items() if each.kind.name not in unfit and not each.unique}


def _ask(asked: Bulk, form: Form | None, status: int = 200) -> HttpResponse:
    """The dialog of a command; without a script it is a page. Without a form it asks which field is to be edited."""
    request, desk, count = asked.request, asked.desk, len(asked.ids)
    context = {
        "title": f"{asked.command.label} · {ngettext('%(count)d record', '%(count)d records', count) % {'count': count}}",
        "submit": str(asked.command.label), "action": reverse("bulk", args=[desk.slug, asked.command.name]), "form": form,
        "name_of_field": request.POST.get("bulk-field", ""), "ids": ",".join(map(str, asked.ids)), "next": asked.back,
        "choices": [] if form else [(name, str(each.label)) for name, each in _editable(desk, asked.actor).items()],
        "csrf_token": get_token(request), "desk": desk,
    }  # fmt: skip
    if respond.is_fragment(request):
        return respond.into_dialog(respond.part(request, "web/parts/bulk_form.html", context, status=status))
    return respond.page(request, "web/pages/bulk.html", context, status=status)


def _carry_out(asked: Bulk, values: Mapping[str, Any]) -> HttpResponse:
    """Do it now, or in the background where it is very much. Raises Invalid where the values fit no record."""
    desk, command, ids = asked.desk, asked.command, asked.ids
    if len(ids) > AT_ONCE:
        work = {"object": desk.slug, "command": command.name, "ids": list(ids), "values": dict(values)}
        queued = job.enqueue("bulk", user_id=asked.actor.user_id, label=str(command.label), total=len(ids), **work)
        return respond.go(asked.request, reverse("job", args=[queued.pk]))
    outcome = run(command, [Call(values, key) for key in ids], by=asked.actor, on=desk.model, partial=True)
    done = [key for index, key in enumerate(ids) if index not in outcome.refusals]
    first = next(iter(outcome.refusals.values()), None)
    if not done and isinstance(first, Invalid) and values.keys() & first.errors.keys():
        raise first
    undo = UNDO.get(command.name) if done else None
    asked.request.session["bulk_report"] = {
        "done": len(done), "label": str(command.label), "more": max(len(outcome.refusals) - NAMED, 0),
        "refused": refused(desk, asked.actor, {ids[index]: refusal for index, refusal in outcome.refusals.items()}),
        "undo": f"{reverse('bulk', args=[desk.slug, undo])}?{urlencode({'ids': ','.join(map(str, done))})}" if undo else "",
    }  # fmt: skip
    return respond.go(asked.request, asked.back)


paths = [path("<slug:slug>/bulk/<str:name>", bulk, name="bulk")]
