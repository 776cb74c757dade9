"""The logs of sign-ins and exports, to read, to filter and to take along; nobody changes them."""

from __future__ import annotations

import csv
import io
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bihuan.core.errors import Refused
from bihuan.core.exchange import cells, exporting
from bihuan.people.logs import EXPORTS, LOGS, SIGN_INS, Log
from bihuan.people.session import place_of
from bihuan.web.sections import Section, offer, sections_of
from bihuan.web.views.files import sealed
from bihuan.web.views.settings import section_page

for _log in LOGS.values():
    offer(Section(_log.key, _log.label, "security", _log.key.replace("-", "_"), "user"))

PARAMETERS = ("q", "kind", "from", "to", "before")
show_or_take = require_http_methods(["GET", "HEAD", "POST"])


@show_or_take
def sign_ins(request: HttpRequest) -> HttpResponseBase:
    """Who signed in, or tried to."""
    return log_page(request, SIGN_INS)


@show_or_take
def exports(request: HttpRequest) -> HttpResponseBase:
    """Which lists left the house."""
    return log_page(request, EXPORTS)


def log_page(request: HttpRequest, log: Log) -> HttpResponseBase:
    """A page of a log; a post takes all that is asked for along as CSV, which itself goes into the export log."""
    params = {name: value for name in PARAMETERS if (value := request.GET.get(name, ""))}
    address, error = reverse(log.key.replace("-", "_")), ""
    try:
        if request.method == "POST" and any(each.key == log.key for each in sections_of(request.actor)):  # type: ignore[attr-defined]
            return _file(request, log, params)
        rows, further = log.page(params)
    except Refused as refusal:
        rows, further, error = [], None, refusal.sentence
    asked = {name: value for name, value in params.items() if name != "before"}
    shown = dict.fromkeys(PARAMETERS, "") | asked
    context: dict[str, Any] = {
        "log": log, "rows": rows, "params": shown, "error": error, "address": address, "kinds": log.kinds(),
        "further": f"{address}?{urlencode(asked | {'before': further})}" if further else "",
        "newest": f"{address}?{urlencode(asked)}" if "before" in params else "", "here": f"{address}?{urlencode(asked)}",
    }  # fmt: skip
    return section_page(request, log.key, "people/settings_log.html", context, status=422 if error else 200)


def _file(request: HttpRequest, log: Log, params: dict[str, str]) -> HttpResponseBase:
    stream, count = TemporaryFile(), 0  # noqa: SIM115  (the response closes it)
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    writer = csv.writer(text)
    heads = [str(head) for head in log.heads]
    writer.writerow(heads)
    for row in log.each(params):
        writer.writerow([cells.defused(each) for each in row])
        count += 1
    text.flush()
    text.detach()
    stream.seek(0)
    exporting.tell(log.key, request.actor, params, heads, format="csv", rows=count, address=place_of(request))  # type: ignore[attr-defined]
    return sealed(FileResponse(stream, as_attachment=True, filename=f"{log.label}-{timezone.localdate()}.csv"))


paths = [
    path("settings/sign-ins", sign_ins, name="sign_ins"),
    path("settings/exports", exports, name="exports"),
]
