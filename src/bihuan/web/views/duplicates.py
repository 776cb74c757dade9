"""Likely duplicates: told while a record is typed, listed for the object, told apart or merged."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core import kind
from bihuan.core.access import Actor, find, permits
from bihuan.core.desk import Desk
from bihuan.core.duplicates import scan
from bihuan.core.duplicates.check import as_known, is_barred, likely, rule_of
from bihuan.core.duplicates.models import Scan
from bihuan.core.errors import Forbidden, NotFound, Refused, Stale
from bihuan.core.job import Job
from bihuan.core.merge.commands import merge as merge_command
from bihuan.core.run import do
from bihuan.web import duplicates_page, merge_page, respond
from bihuan.web.form import form_of
from bihuan.web.merge_page import Choice
from bihuan.web.ruled import written
from bihuan.web.views.door import desk_of


def compared(request: HttpRequest, slug: str) -> Desk:
    """The desk of the address, if its records are compared. Raises NotFound."""
    desk = desk_of(request, slug)
    if not desk.duplicates:
        raise NotFound()
    return desk


@require_POST
def likely_now(request: HttpRequest, slug: str) -> HttpResponse:
    """What the form as it stands looks like; nothing is written."""
    desk = compared(request, slug)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    key = kind.read_key(request.POST.get("of", ""))
    record = typed(desk, actor, request, desk.model() if key is None else find(actor, desk.model, key))
    found = as_known(desk, actor, likely(desk, [record], actor)[0]) if rule_of(desk) != "off" else []
    context: dict[str, Any] = {}
    if found:
        barred = is_barred(desk, found)
        context = duplicates_page.warning(
            desk, actor, found, barred=barred, asks=key is None, insists="anyway" in request.POST
        )
    return respond.part(request, "web/parts/likely.html", {"likely": context})


def typed(desk: Desk, actor: Actor, request: HttpRequest, record: models.Model) -> models.Model:
    """A record with what was typed so far of what is compared."""
    fields = desk.inputs(actor, creating=record.pk is None)
    named = {name for match in desk.duplicates for name in match.fields}
    sent = [each for name, each in fields.items() if name in named and name in request.POST]
    return written(desk, form_of(sent, actor, data=request.POST), record)


@require_http_methods(["GET", "HEAD", "POST"])
def pairs(request: HttpRequest, slug: str) -> HttpResponse:
    """The likely pairs of an object, or those of one record; a post begins a search for new ones."""
    desk = compared(request, slug)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.may(desk.model, "edit"):
        raise Forbidden()
    if request.method == "POST":
        with transaction.atomic():
            queued = scan.queue(desk, actor)
        where = reverse("job", args=[queued.pk]) if queued.user_id == actor.user_id else request.path
        return respond.go(request, where, _("The search has begun."))
    key = kind.read_key(request.GET.get("of", ""))
    if "of" in request.GET:
        record = find(actor, desk.model, key)
        if not permits(actor, record, "edit"):
            raise Forbidden()
        context: dict[str, Any] = duplicates_page.of_record(desk, actor, record)
    elif request.GET.get("tab") == "merged":
        context = duplicates_page.merged(desk, actor)
    else:
        context = duplicates_page.pairs(desk, actor, kind.read_key(request.GET.get("after", "")))
    shared = {
        "desk": desk, "label": str(desk.label_plural).capitalize(), "csrf_token": get_token(request), "here": request.get_full_path(),
        "searched": Scan.objects.filter(object=desk.slug).first(), "job": running(desk),
    }  # fmt: skip
    return respond.page(request, "web/pages/duplicates.html", shared | context)


def running(desk: Desk) -> Job | None:
    """The search that is under way."""
    key = Scan.objects.filter(object=desk.slug).values("job")
    return Job.objects.filter(pk__in=key, state__in=("queued", "running")).first()


# ---------------------------------------------------------------------- merging


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, slug: str) -> HttpResponse:
    """Records side by side, whose value stands field by field (GET); the merge carried out (POST)."""
    desk = compared(request, slug)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sent = request.POST if request.method == "POST" else request.GET
    records = [find(actor, desk.model, key) for key in merge_page.keys_in(sent)]
    for each in records:
        if not (permits(actor, each, merge_command.needs) and permits(actor, each, "edit")):
            raise Forbidden()
    choice = Choice.read(desk, actor, records, sent)
    if request.method != "POST":
        return ask_merge(request, desk, records, choice)
    try:
        choice.refuse_stale()
        others = [each.pk for each in records if each is not choice.into]
        done = do(merge_command, choice.into, by=actor, others=others, choices=choice.values)
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        return ask_merge(request, desk, records, choice, refusal)
    page, undo = (
        reverse(name, args=[desk.slug, done.pk, *rest]) for name, *rest in (("record",), ("command", "unmerge"))
    )
    return respond.go(request, page, _("Merged; this can be undone for 30 days."), undo=undo)


def ask_merge(
    request: HttpRequest, desk: Desk, records: list[Any], choice: Choice, refusal: Refused | None = None
) -> HttpResponse:
    context = merge_page.page(desk, request.actor, records, choice)  # type: ignore[attr-defined]
    context |= {
        "error": refusal.sentence if refusal else "", "desk": desk, "label": str(desk.label_plural).capitalize(),
        "csrf_token": get_token(request), "list_url": reverse("list", args=[desk.slug]),
    }  # fmt: skip
    status = 200 if refusal is None else 409 if isinstance(refusal, Stale) else 422
    return respond.page(request, "web/pages/merge.html", context, status=status)


paths = [
    path("<slug:slug>/likely", likely_now, name="likely"),
    path("<slug:slug>/duplicates", pairs, name="duplicates"),
    path("<slug:slug>/merge", merge, name="merge"),
]
