"""What is held of a person: shown, and handed over as a file."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.exchange import exporting
from bihuan.core.privacy import copy
from bihuan.core.privacy.commands import disclose
from bihuan.core.privacy.held import held_of
from bihuan.core.run import do
from bihuan.web import privacy_page, respond
from bihuan.web.subject import Subject
from bihuan.web.views.files import sealed
from bihuan.web.views.record import subject_of


@require_http_methods(["GET", "HEAD", "POST"])
def personal(request: HttpRequest, slug: str, key: int) -> HttpResponseBase:
    """Everything that is held of a person (GET), or a copy of it, which is noted (POST)."""
    subject = subject_of(request, slug, key)
    if not subject.desk.personal.is_person:
        raise NotFound()
    if not subject.may(disclose.needs):
        raise Forbidden()
    if request.method == "POST":
        return handed_over(request, subject)
    context = privacy_page.page(subject, held_of(subject.desk, key)) | {"csrf_token": get_token(request)}
    return respond.page(request, "web/pages/personal.html", context)


def handed_over(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    """The copy as an archive; the history of the record and the log of exports tell of it."""
    do(disclose, subject.record, by=subject.actor, reason=request.POST.get("reason", ""))
    stream = TemporaryFile()  # noqa: SIM115  (the response closes it)
    count = copy.write(held_of(subject.desk, subject.record.pk), stream)
    asked, address = {"ids": str(subject.record.pk)}, request.META.get("REMOTE_ADDR", "")
    exporting.tell(subject.desk.slug, subject.actor, asked, [], format="zip", rows=count, address=address)
    stream.seek(0)
    name = f"{subject.desk.label}-{subject.record.pk}-{timezone.localdate()}.zip"
    return sealed(FileResponse(stream, as_attachment=True, filename=name))


paths = [path("<slug:slug>/<int:key>/personal", personal, name="personal")]
