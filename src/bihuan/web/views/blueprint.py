"""The blueprint of the firm: download it, read what another would change, apply that, and go back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from bihuan.core.blueprint import history
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.difference import Difference, compare
from bihuan.core.blueprint.impact import impacts
from bihuan.core.blueprint.part import Address, parts
from bihuan.core.blueprint.present import present
from bihuan.core.blueprint.text import Document, Fault, Faulty, read, write
from bihuan.core.errors import Forbidden
from bihuan.web import respond, show
from bihuan.web.drafting import address_of, told
from bihuan.web.views.settings import section_page

PAGE = "web/pages/settings_blueprint.html"
#: The most that is read of an uploaded file, in bytes.
LARGEST = 4_000_000


def _guard(request: HttpRequest) -> Any:
    """Who may edit everything that a blueprint holds. Raises Forbidden."""
    actor = request.actor  # type: ignore[attr-defined]
    if not all(actor.may(part.model, "edit") for part in parts() if part.source.has_history):
        raise Forbidden()
    return actor


@require_http_methods(["GET", "HEAD", "POST"])
def blueprint(request: HttpRequest) -> HttpResponse:
    """The blueprint and its history; a post reads a text and shows what it would change, or does so."""
    actor = _guard(request)
    if request.method != "POST":
        return section_page(request, "blueprint", PAGE, _context())
    text, faults = _uploaded(request)
    document = Document()
    try:
        document = read(text) if not faults else document
    except Faulty as faulty:
        faults = faulty.faults
    if not faults and "apply" in request.POST:
        try:
            done = apply(document.rows, document.sections, by=actor, lines=document.lines, goals=_goals(request))
            return respond.go(request, reverse("blueprint"), _said(len(done)))
        except Faulty as faulty:
            faults = faulty.faults
    context = _context(text, faults) | ({} if faults and not document.rows else _preview(document))
    return section_page(request, "blueprint", PAGE, context, status=422 if faults else 200)


def _said(count: int) -> str:
    return ngettext("%(count)d difference is live.", "%(count)d differences are live.", count) % {"count": count}


def _uploaded(request: HttpRequest) -> tuple[str, list[Fault]]:
    """The text that was sent, as a file or as it was shown before."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", ""), []
    if file.size > LARGEST:
        return "", [Fault(0, _("This file is too large to be a blueprint."))]
    try:
        return file.read().decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return "", [Fault(0, _("This file is not a UTF-8 text."))]


def _context(text: str = "", faults: list[Fault] | None = None) -> dict[str, Any]:
    changes = [
        {
            "at": show.moment(each.at), "who": each.actor, "what": each.told(),
            "url": reverse("blueprint_rollback", args=[each.entry]),
        }
        for each in history.changes()
    ]  # fmt: skip
    return {"text": text, "faults": [str(each) for each in faults or ()], "history": changes, "preview": None}


def _preview(document: Document) -> dict[str, Any]:
    now = present()
    return {"preview": _shown(compare(now.rows, document.rows, document.sections), now, document.rows)}


def _shown(differences: list[Difference], now: Any, rows: Any) -> dict[str, Any]:
    """Differences and what they touch, with the stages to which records may go."""
    found = []
    for each in impacts(differences, now):
        near = [address for address in rows if address[:-1] == each.address[:-1]]
        goals = (
            [{"value": address[-1], "label": " / ".join(rows[address]["name"])} for address in near]
            if each.asks
            else []
        )
        found.append({"impact": each, "key": "/".join(each.address), "url": address_of(each), "goals": goals})
    return {"differences": told(differences), "impacts": found}


def _goals(request: HttpRequest) -> dict[Address, Address]:
    """Where records go, from the inputs “goal:<address>”."""
    found = {}
    for name, key in request.POST.items():
        if name.startswith("goal:") and key:
            address = tuple(name.removeprefix("goal:").split("/"))
            found[address] = (*address[:-1], key)
    return found


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The configuration of the firm as a file."""
    _guard(request)
    response = HttpResponse(write(present().rows), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="blueprint-{timezone.localdate().isoformat()}.yaml"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def rollback(request: HttpRequest, entry: int) -> HttpResponse:
    """Show what going back to before a change would do; a post does it."""
    actor, faults = _guard(request), []
    former, sections = history.before(entry)
    if request.method == "POST":
        try:
            done = apply(former, sections, by=actor, goals=_goals(request))
            return respond.go(request, reverse("blueprint"), _said(len(done)))
        except Faulty as faulty:
            faults = [str(each) for each in faulty.faults]
    now = present()
    context = {"entry": entry, "faults": faults, "preview": _shown(compare(now.rows, former, sections), now, former)}
    return section_page(
        request, "blueprint", "web/pages/settings_rollback.html", context, status=422 if faults else 200
    )


paths = [
    path("settings/blueprint", blueprint, name="blueprint"),
    path("settings/blueprint/download", download, name="blueprint_download"),
    path("settings/blueprint/rollback/<int:entry>", rollback, name="blueprint_rollback"),
]
