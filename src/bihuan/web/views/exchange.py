"""The list of an object as a file, and a file as records: the steps of the import wizard.

Every step is a page of its own and works without a script: the file, its columns, what only a person can answer, a dry run;
after it the page of the job that does it.
"""

from __future__ import annotations

import csv
import io
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core import works
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.exchange import archive, exporting
from bihuan.core.query import Query
from bihuan.web import import_page, respond
from bihuan.web.import_bundle import Bundle
from bihuan.web.import_draft import Draft
from bihuan.web.list_page import ListPage
from bihuan.web.views.door import desk_of
from bihuan.web.views.files import sealed

#: So many rows are exported while one waits; more in the background.
MOST_AT_ONCE = 5000

show_or_take = require_http_methods(["GET", "HEAD", "POST"])


# ---------------------------------------------------------------------- export


@show_or_take
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the list at the same address shows, as a file."""
    desk = desk_of(request, slug, "export")
    page = ListPage(desk, request.actor, request.GET)  # type: ignore[attr-defined]
    names = exporting.every_column(desk, page.actor) if request.POST.get("columns") == "all" else page.columns
    query = exporting.ask(desk, page.actor, page.address.params, names)
    count = query.count()
    if request.method != "POST":
        context = {
            "desk": desk, "page": page, "count": count, "in_background": count > MOST_AT_ONCE,
            "back_url": page.address.changed(ids=None), "title": str(desk.label_plural).capitalize(),
        }  # fmt: skip
        return respond.page(request, "web/pages/export.html", context)
    format = request.POST.get("format", "csv")
    if count > MOST_AT_ONCE:
        params = dict(page.address.params) | {"columns": ",".join(names)}
        with transaction.atomic():
            queued = works.queue_export(desk, params, format, page.actor, request.META.get("REMOTE_ADDR", ""))
        return respond.go(request, reverse("job", args=[queued.pk]))
    stream = TemporaryFile()  # noqa: SIM115  (the response closes it)
    rows = exporting.export_rows(query, stream, format)
    exporting.tell(
        slug,
        page.actor,
        page.address.params,
        names,
        format=format,
        rows=rows,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    stream.seek(0)
    return sealed(
        FileResponse(stream, as_attachment=True, filename=f"{desk.label_plural}-{timezone.localdate()}.{format}")
    )


# ---------------------------------------------------------------------- import


@show_or_take
def import_(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose the file."""
    desk, error = desk_of(request, slug, "import"), ""
    if request.method == "POST":
        try:
            upload = _upload(request)
            if archive.is_archive(upload.file, upload.name):
                bundle = Bundle.begin(request.actor, upload)  # type: ignore[attr-defined]
                return respond.go(request, reverse("import_files", args=[slug, bundle.key]))
            draft = Draft.begin(desk, request.actor, upload)  # type: ignore[attr-defined]
            return respond.go(request, reverse("import_columns", args=[slug, draft.key]))
        except Refused as refusal:
            error = refusal.sentence
    context = {
        "error": error, "limit": settings.IMPORT_LIMIT // 2**20,
        "fields": import_page.fields_told(desk, request.actor),  # type: ignore[attr-defined]
        "sheets": import_page.sheets(desk, request.actor),  # type: ignore[attr-defined]
    }  # fmt: skip
    return _step(request, desk, "file", None, context, status=422 if error else 200)


def _upload(request: HttpRequest) -> Any:
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused(_("Choose a file first."))
    if (upload.size or 0) > settings.IMPORT_LIMIT:
        raise Refused(_("The file is larger than %(limit)d MB.") % {"limit": settings.IMPORT_LIMIT // 2**20})
    return upload


@show_or_take
def files(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Say what each file of an archive is about; each then goes through the steps on its own."""
    desk, actor, error = desk_of(request, slug, "import"), request.actor, ""  # type: ignore[attr-defined]
    bundle = Bundle.find(actor, key)
    if request.method == "POST":
        try:
            objects = import_page.take_objects(actor, bundle, request.POST)
            draft = bundle.go_on(actor, objects)
            return respond.go(request, reverse("import_columns", args=[draft.object, draft.key]))
        except Refused as refusal:
            error = refusal.sentence
    context = {"files": import_page.files(actor, bundle), "error": error, "name": bundle.name}
    return _step(request, desk, "files", None, context, status=422 if error else 200)


@require_safe
def template(request: HttpRequest, slug: str) -> HttpResponse:
    """An empty file with a column for every field that an import can fill."""
    desk = desk_of(request, slug, "import")
    actor = request.actor  # type: ignore[attr-defined]
    head = io.StringIO()
    csv.writer(head).writerow(exporting.heads(Query.parse(desk, actor, {}, list(desk.inputs(actor, creating=True)))))
    response = HttpResponse("\ufeff" + head.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{desk.slug}.csv"'
    return sealed(response)


@show_or_take
def columns(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Say what the columns mean, and what to do with rows whose record is there already."""
    desk, draft, elsewhere = _open(request, slug, key)
    if elsewhere:
        return elsewhere
    actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        return _step(request, desk, "columns", draft, import_page.columns(desk, actor, draft))
    chosen = import_page.Choice.read(desk, actor, draft, request.POST)
    if not chosen.errors:
        try:
            draft.look(desk, actor, chosen.fields, chosen.mode, chosen.keys, chosen.duplicates)
            return _onward(request, draft)
        except Refused as refusal:
            chosen.errors[""] = refusal.sentence
    return _step(request, desk, "columns", draft, import_page.columns(desk, actor, draft, chosen), status=422)


def _onward(request: HttpRequest, draft: Draft) -> HttpResponse:
    """To the questions, or past them to the dry run."""
    if draft.must_ask:
        return respond.go(request, reverse("import_questions", args=[draft.object, draft.key]))
    draft.try_out(request.actor)  # type: ignore[attr-defined]
    return respond.go(request, reverse("import_check", args=[draft.object, draft.key]))


@show_or_take
def questions(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Answer what only a person can: which day comes first, and who is meant by a name that is almost right."""
    desk, draft, elsewhere = _open(request, slug, key)
    if elsewhere:
        return elsewhere
    if not draft.plan:
        return respond.go(request, reverse("import_columns", args=[slug, key]))
    actor = request.actor  # type: ignore[attr-defined]
    asked = import_page.Asked.read(draft, request.GET)
    errors: dict[int, str] = {}
    if request.method == "POST":
        errors = import_page.take_answers(desk, actor, asked, request.POST)
        draft.save()
        wanted = import_page.Asked.read(draft, request.POST) if "page" in request.POST else asked.following
        if wanted is not None and (not errors or "page" in request.POST):
            return respond.go(request, f"{reverse('import_questions', args=[slug, key])}?{wanted.params}")
        if not errors:
            draft.try_out(actor)
            return respond.go(request, reverse("import_check", args=[slug, key]))
    context = {"groups": import_page.questions(desk, actor, asked, errors), "asked": asked}
    return _step(request, desk, "questions", draft, context, status=422 if errors else 200)


@show_or_take
def check(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """What would happen; and, once it is sent, the import itself."""
    desk, draft, elsewhere = _open(request, slug, key)
    if elsewhere:
        return elsewhere
    trying = draft.look_at_trial()
    if trying is not None:
        return respond.go(request, reverse("job", args=[trying.pk]))
    if not draft.trial:
        return respond.go(
            request, reverse("import_questions" if draft.questions else "import_columns", args=[slug, key])
        )
    if request.method == "POST":
        draft.start(request.actor)  # type: ignore[attr-defined]
        return respond.go(request, _job_url(draft))
    return _step(request, desk, "check", draft, import_page.outcome(desk, request.actor, draft))  # type: ignore[attr-defined]


def _open(request: HttpRequest, slug: str, key: str) -> tuple[Desk, Draft, HttpResponse | None]:
    """One's own draft, and where to go instead when it has become a job already."""
    desk = desk_of(request, slug, "import")
    draft = Draft.find(desk, request.actor, key)  # type: ignore[attr-defined]
    return desk, draft, respond.go(request, _job_url(draft)) if draft.has_begun else None


def _job_url(draft: Draft) -> str:
    return reverse("job", args=[draft.job]) if draft.job else reverse("jobs")


def _step(
    request: HttpRequest, desk: Desk, name: str, draft: Draft | None, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {
        "desk": desk, "draft": draft, "steps": import_page.steps(desk, draft, "file" if name == "files" else name),
        "title": str(desk.label_plural).capitalize(),
    }  # fmt: skip
    return respond.page(request, f"web/pages/import_{name}.html", shared | context, status=status)


paths = [
    path("<slug:slug>/export", export, name="export"),
    path("<slug:slug>/import", import_, name="import"),
    path("<slug:slug>/import/template", template, name="import_template"),
    path("<slug:slug>/import/<slug:key>/files", files, name="import_files"),
    path("<slug:slug>/import/<slug:key>", columns, name="import_columns"),
    path("<slug:slug>/import/<slug:key>/questions", questions, name="import_questions"),
    path("<slug:slug>/import/<slug:key>/check", check, name="import_check"),
]
