"""Editing a value where it stands: the editor, the save, and what to do when somebody else saved first."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bihuan.core import kind
from bihuan.core.access import find, permits
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, NotFound, Refused, Stale
from bihuan.core.field import Field
from bihuan.core.form_rules.enforce import Ruling
from bihuan.core.kind import read_key
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.verbs import assign, move, update
from bihuan.web import respond, ruled, show, table
from bihuan.web.form import Input, form_of, sent_by, stored_text
from bihuan.web.views.door import desk_of


@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: HttpRequest, slug: str, key: int, name: str) -> HttpResponse:
    """A value: shown (`?show`), its editor (GET), or saved (POST). `brief` asks for the value as lists show it."""
    desk = desk_of(request, slug)
    record = find(request.actor, desk.model, key)  # type: ignore[attr-defined]
    each = _field(request, desk, name)
    if "show" in request.GET:
        return HttpResponse(_shown(request, desk, record, each))
    may = name in table.editable_fields(desk, request.actor) and permits(
        request.actor, record, command_for(desk, name)[0].needs
    )  # type: ignore[attr-defined]
    if not may:
        raise Forbidden()
    if why := Ruling(desk, request.actor).barrier(record, name):  # type: ignore[attr-defined]
        raise Refused(why)
    if request.method == "POST":
        return _save(request, desk, record, each)
    return _editor(request, desk, record, each)


def _field(request: HttpRequest, desk: Desk, name: str) -> Field:
    try:
        return desk.field(request.actor, name)  # type: ignore[attr-defined]
    except KeyError:
        raise NotFound() from None


def _editor(
    request: HttpRequest, desk: Desk, record: models.Model, each: Field, refusal: Refused | None = None
) -> HttpResponse:
    """The form that stands in place of the value, with what was typed where it was refused."""
    data = sent_by(request) if refusal is not None else None
    form = form_of([each], request.actor, record=record, data=data)  # type: ignore[attr-defined]
    form.inputs[each.name].prefix = f"c{record.pk}"
    ruled.apply(desk, request.actor, form, copy(record))  # type: ignore[attr-defined]
    if refusal is not None:
        form.inputs[each.name].error = " ".join(refusal.errors.values())
    fresh = refusal is None or isinstance(refusal, Stale)
    version = record.version if fresh else request.POST.get("version", "")  # type: ignore[attr-defined]
    context = _context(request, record, each) | {
        "input": form.inputs[each.name], "attrs": _attrs(form.inputs[each.name]), "version": version, "dirty": refusal is not None,
    }  # fmt: skip
    return respond.part(request, "web/parts/cell_editor.html", context, status=422 if refusal is not None else 200)


def _attrs(typed: Input) -> dict[str, Any]:
    """What the control needs in a cell, where there is no label beside it."""
    wrong = {"aria-invalid": "true", "aria-describedby": f"{typed.id}-note"} if typed.error else {}
    return {"aria-label": str(typed.field.label), "autofocus": True, **wrong}


def _context(request: HttpRequest, record: models.Model, each: Field) -> dict[str, Any]:
    return {
        "address": request.path,
        "brief": "brief" in request.GET,
        "label": str(each.label),
        "csrf_token": get_token(request),
    }


def _save(request: HttpRequest, desk: Desk, record: models.Model, each: Field) -> HttpResponse:
    sent = sent_by(request)
    if isinstance(each.kind, kind.File) and each.name not in sent:  # nothing was chosen
        return HttpResponse(_shown(request, desk, record, each))
    raw = sent.get(each.name, "")
    version = read_key(request.POST.get("version", ""))
    command, given = command_for(desk, each.name)
    try:
        record = do(command, record, by=request.actor, version=version, **{given: raw})  # type: ignore[attr-defined]
    except Stale as stale:
        if isinstance(each.kind, kind.File):  # no page can put a file back into its control
            return _editor(request, desk, stale.record, each, stale)
        return _conflict(request, stale, each, raw)
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        return _editor(request, desk, record, each, refusal)
    response = HttpResponse(_shown(request, desk, record, each))
    decides = each.name in ruled.asked_for(desk, request.actor).split()  # type: ignore[attr-defined]
    told = {"changed": respond.CHANGED} | ({"decided": respond.CHANGED} if decides else {})
    response["HX-Trigger"] = json.dumps(told)
    return response


def command_for(desk: Desk, name: str) -> tuple[Command, str]:
    """The command that changes a field, and what it calls the value: stage and owner have verbs of their own."""
    if name == desk.stage_field:
        return move, "stage"
    return (assign, "owner") if name == "owner" else (update, name)


def _conflict(request: HttpRequest, stale: Stale, each: Field, raw: str) -> HttpResponse:
    """Both values, and the choice between them: keeping mine saves again on top of their version."""
    theirs = stale.record
    mine = form_of([each], request.actor, data=request.POST)  # type: ignore[attr-defined]
    options = dict(mine.inputs[each.name].options) if mine.inputs[each.name].widget == "select" else {}
    context = _context(request, theirs, each) | {
        "name": each.name, "text": raw, "mine": options.get(raw) or mine.inputs[each.name].shown or raw or _("nothing"),
        "theirs": show.field_of(theirs, each, request.actor), "version": theirs.version, "stored": stored_text(each, theirs),  # type: ignore[attr-defined]
        "author": show.author(theirs),
    }  # fmt: skip
    return respond.part(request, "web/parts/cell_conflict.html", context, status=409)


def _shown(request: HttpRequest, desk: Desk, record: models.Model, each: Field) -> str:
    """The value as it stood there before: as a list or as a record page shows it."""
    if "brief" not in request.GET:
        return show.field_of(record, each, request.actor)  # type: ignore[attr-defined]
    names = [each.name, *(table.extra_columns(desk, [each.name]) if each.name == desk.shown_columns()[0] else [])]
    query = Query.parse(desk, request.actor, {"sort": "id"}, names)  # type: ignore[attr-defined]
    query = replace(query, archived=record.archived_at is not None, extra=models.Q(pk=record.pk))  # type: ignore[attr-defined]
    rows = query.page(1).rows
    if not rows:
        return ""
    draw = table.lead_cell(desk, query.columns) if each.name == desk.shown_columns()[0] else table.value_cell(each)
    return draw(rows[0])


paths = [path("<slug:slug>/<int:key>/field/<str:name>", cell, name="cell")]
