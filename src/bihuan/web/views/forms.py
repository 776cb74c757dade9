"""Creating and editing any object: a short dialog, a full page, and what to do when somebody else saved first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core import audit, kind, link
from bihuan.core.access import find
from bihuan.core.desk import ABOUT, Desk
from bihuan.core.duplicates.check import rule_of
from bihuan.core.errors import Duplicate, Forbidden, NotFound, Refused, Stale
from bihuan.core.field import Field
from bihuan.core.run import do
from bihuan.core.stage import steps
from bihuan.core.verbs import create, update
from bihuan.web import respond, ruled, show
from bihuan.web.duplicates_page import warning
from bihuan.web.form import Form, Input, form_of, pick, sent_by
from bihuan.web.once import takes_once
from bihuan.web.subject import Subject
from bihuan.web.views.door import desk_of
from bihuan.web.views.record import subject_of

#: The buttons of the dialog beside "save": the full form with what was typed so far, and another record after this one.
MORE, AGAIN = "more", "again"


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a new record (GET), or the record made (POST). Fields may be given in the address: `?account=12`."""
    desk = desk_of(request, slug, create.needs)
    fields = desk.inputs(request.actor, creating=True)  # type: ignore[attr-defined]
    if request.method == "POST":
        return make(request, desk, fields)
    given = usual(request, desk) | request.GET.dict()
    return ask_new(request, desk, form_of(asked(request, desk, fields, request.GET), request.actor, given=given))  # type: ignore[attr-defined]


def usual(request: HttpRequest, desk: Desk) -> dict[str, str]:
    """What a new record most often begins with: oneself as the owner, the first stage."""
    first = next(iter(steps(desk.slug)), None) if desk.stage_field else None
    return {"owner": str(request.actor.user_id)} | ({desk.stage_field: str(first.id)} if first else {})  # type: ignore[attr-defined]


def asked(request: HttpRequest, desk: Desk, fields: Mapping[str, Field], given: Iterable[str]) -> list[Field]:
    """The fields of the form: few in the dialog, all on the page, and in both what has been given."""
    names = [*usual_names(request, desk), *ruled.called_in(desk, request.actor)]  # type: ignore[attr-defined]
    return pick(fields, list(dict.fromkeys((*names, *given))))


def usual_names(request: HttpRequest, desk: Desk) -> list[str]:
    """What the form asks for where no rule asks for more."""
    return list(desk.quick_fields()) if respond.is_fragment(request) else section_names(desk)


def section_names(desk: Desk) -> list[str]:
    return [name for section in desk.form_sections() for name in section.fields]


def ask_new(
    request: HttpRequest,
    desk: Desk,
    form: Form,
    *,
    status: int = 200,
    again: bool = False,
    refusal: Refused | None = None,
) -> HttpResponse:
    context = {
        "title": _("New %(object)s") % {"object": desk.label}, "action": reverse("new", args=[desk.slug]), "submit": _("Create"),
        "back_url": reverse("list", args=[desk.slug]), "is_new": True, "again": again, "version": "",
    }  # fmt: skip
    context |= {"of": "", "likely": told_likely(request, desk, refusal)}
    ruled.apply(desk, request.actor, form, desk.model(), {*usual_names(request, desk), *request.GET})  # type: ignore[attr-defined]
    return ask(request, desk, form, context, status)


def told_likely(request: HttpRequest, desk: Desk, refusal: Refused | None) -> dict[str, Any]:
    """What the form tells of records that are there, when it was refused for them."""
    if not isinstance(refusal, Duplicate):
        return {}
    return warning(desk, request.actor, refusal.likely, barred=not refusal.may_insist)  # type: ignore[attr-defined]


def ask(
    request: HttpRequest, desk: Desk, form: Form, context: dict[str, Any], status: int, conflicts: Any = ()
) -> HttpResponse:
    """The form in the dialog, or as a page in the sections of the desk."""
    context |= {
        "form": form,
        "hidden": [form.inputs.pop(name) for name in ABOUT if name in form.inputs],
        "conflicts": conflicts,
    }
    context["likely_url"] = reverse("likely", args=[desk.slug]) if rule_of(desk) != "off" else ""
    context["ruled_by"] = ruled.asked_for(desk, request.actor)  # type: ignore[attr-defined]
    context |= {
        "dirty": status != 200,
        "csrf_token": get_token(request),
        "ruled_url": reverse("ruled", args=[desk.slug]),
    }
    if respond.is_fragment(request):
        return respond.part(request, "web/parts/form_dialog.html", context, status=status)
    context["sections"] = sections(desk, form)
    context["label"] = str(desk.label_plural).capitalize()
    return respond.page(request, "web/pages/form.html", context, status=status)


def sections(desk: Desk, form: Form) -> list[tuple[str, list[Input]]]:
    """The inputs under the titles of their sections; what no section names comes last."""
    left = dict(form.inputs)
    found = [
        (str(section.label), [left.pop(name) for name in section.fields if name in left])
        for section in desk.form_sections()
    ]
    return [(label, inputs) for label, inputs in (*found, ("", list(left.values()))) if inputs]


def make(request: HttpRequest, desk: Desk, fields: Mapping[str, Field]) -> HttpResponse:
    """Create the record; what was refused comes back with everything that was typed."""
    sent = sent_by(request)
    form = form_of(asked(request, desk, fields, sent), request.actor, data=sent)  # type: ignore[attr-defined]
    if MORE in request.POST:  # an address carries no files
        texts = {name: text for name, text in filled(form).items() if isinstance(text, str)}
        return respond.go(request, f"{request.path}?{urlencode(texts)}")
    try:
        sworn = {"anyway": True} if "anyway" in request.POST else {}
        made = do(create, by=request.actor, on=desk.model, **filled(form, needed=True), **sworn)  # type: ignore[attr-defined]
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        if not isinstance(refusal, Duplicate):  # its records are told in a place of their own
            form.refuse(refusal)
        return ask_new(request, desk, form, status=422, again=AGAIN in request.POST, refusal=refusal)
    return created(request, desk, made)


def filled(form: Form, *, needed: bool = False) -> dict[str, Any]:
    """What was filled in; a field left blank keeps its default, and one that is needed is asked for."""
    return {name: each.text for name, each in form.inputs.items() if each.text or (needed and each.field.required)}


def created(request: HttpRequest, desk: Desk, made: Any) -> HttpResponse:
    text = _("“%(title)s” is created.") % {"title": link.name_of(request.actor, made)}  # type: ignore[attr-defined]
    url = reverse("record", args=[desk.slug, made.pk])
    if not respond.is_fragment(request):
        return respond.go(request, respond.back_to(request, url), text)
    if AGAIN not in request.POST:
        return respond.say(HttpResponse(), text, url=url, changed=True, made=True)
    fields = pick(desk.inputs(request.actor, creating=True), desk.quick_fields())  # type: ignore[attr-defined]
    blank = form_of(fields, request.actor, given=usual(request, desk))  # type: ignore[attr-defined]
    return respond.say(ask_new(request, desk, blank, again=True), text, url=url, changed=True, made=True)


@require_POST
def ruled_now(request: HttpRequest, slug: str) -> HttpResponse:
    """What the form rules say of a form as it stands; nothing is written."""
    desk, actor = desk_of(request, slug), request.actor  # type: ignore[attr-defined]
    key = kind.read_key(request.POST.get("of", ""))
    record = desk.model() if key is None else find(actor, desk.model, key)
    fields = desk.inputs(actor, creating=key is None)
    sent = sent_by(request)
    form = form_of([each for name, each in fields.items() if name in sent], actor, data=sent)
    return JsonResponse(ruled.told(desk, actor, ruled.written(desk, form, record), fields))


# ---------------------------------------------------------------------- editing


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """The form of a record (GET), or what was changed in it saved (POST)."""
    subject = subject_of(request, slug, key)
    if not subject.may(update.needs):
        raise Forbidden()
    fields = pick(subject.desk.inputs(subject.actor, creating=False), section_names(subject.desk))
    if request.method == "POST":
        return save(request, subject, fields)
    return ask_edit(request, subject, form_of(fields, subject.actor, record=subject.record))


def ask_edit(
    request: HttpRequest, subject: Subject, form: Form, *, status: int = 200, version: str = "", conflicts: Any = ()
) -> HttpResponse:
    context = {
        "title": subject.title, "action": request.path, "submit": _("Save"), "back_url": subject.page, "is_new": False, "again": False,
        "version": version or str(subject.record.version), "of": subject.record.pk, "likely": {},
    }  # fmt: skip
    ruled.apply(subject.desk, subject.actor, form, copy(subject.record))
    return ask(request, subject.desk, form, context, status, conflicts)


def save(request: HttpRequest, subject: Subject, fields: list[Field]) -> HttpResponse:
    """Save what differs from what the form showed; a clash shows both sides and asks once more."""
    sent = sent_by(request)
    form = form_of([each for each in fields if each.name in sent], subject.actor, data=sent)
    version = kind.read_key(request.POST.get("version", ""))
    wanted = changed(subject, form, version) if version is not None else form.values
    wanted = {name: text for name, text in wanted.items() if request.POST.get(f"keep-{name}") != "theirs"}
    try:
        if wanted:
            subject.record = do(update, subject.record, by=subject.actor, version=version, **wanted)
    except Stale as stale:
        subject.record = stale.record
        now = form_of([each.field for each in form], subject.actor, record=stale.record)
        form.inputs = {
            name: form.inputs[name] if name in wanted else now.inputs[name] for name in form.inputs
        }  # the rest is theirs
        return ask_edit(
            request, subject, completed(subject, fields, form), status=409, conflicts=clashes(subject, form, stale)
        )
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        form = completed(subject, fields, form)
        form.refuse(refusal)
        return ask_edit(request, subject, form, status=422, version="" if version is None else str(version))
    text = _("Saved.")
    if respond.is_fragment(request):
        return respond.say(HttpResponse(), text, changed=True)
    return respond.go(request, respond.back_to(request, subject.url("record")), text)


def completed(subject: Subject, fields: list[Field], sent: Form) -> Form:
    """What was sent, with the fields that were not as the record has them: rules kept them back, or no file was chosen."""
    whole = form_of(fields, subject.actor, record=subject.record)
    for name, each in sent.inputs.items():
        each.held = whole.inputs[name].held
    whole.inputs |= sent.inputs
    return whole


def changed(subject: Subject, form: Form, version: int) -> dict[str, Any]:
    """What was typed that differs from what the form showed: the values of the record at that version."""
    then = audit.values_at(subject.desk.slug, subject.record.pk, version)
    now = subject.record
    return {
        name: each.text for name, each in form.inputs.items()
        if not same(each, then[name] if name in then else audit.plain(each.field.value_of(now)))
    }  # fmt: skip


def same(typed: Input, shown: Any) -> bool:
    """Whether what was typed is what the form showed (a plain value); of points in time a form shows the minute."""
    try:
        value = typed.field.check(typed.field.parse(typed.text))
    except Refused:
        return False
    if isinstance(value, datetime) and shown:
        return value.replace(second=0, microsecond=0) == datetime.fromisoformat(shown).replace(second=0, microsecond=0)
    return (audit.plain(value) or None) == (shown or None)


def clashes(subject: Subject, form: Form, stale: Stale) -> list[dict[str, Any]]:
    """For every field that both changed: mine and theirs, as people read them."""
    both = [form.inputs[name] for name in stale.theirs if name in form.inputs]
    return [
        {
            "name": each.name, "label": str(each.field.label), "mine": mine(each), "theirs": subject.value(each.field),
            "author": show.author(stale.record),
        }
        for each in both
    ]  # fmt: skip


def mine(typed: Input) -> Any:
    """What was typed, as it will be shown once it is saved."""
    options = dict(typed.options) if typed.widget == "select" else {}
    return options.get(typed.text) or typed.shown or typed.unsaved or typed.text or show.NOTHING


paths = [
    path("<slug:slug>/new", new, name="new"),
    path("<slug:slug>/rules", ruled_now, name="ruled"),
    path("<slug:slug>/<int:key>/edit", edit, name="edit"),
]
