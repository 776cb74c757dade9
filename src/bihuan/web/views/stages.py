"""The settings of stages: the sheet of a pipeline, the rules of each stage, what a draft of them would do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.core import link, registry
from bihuan.core.access import Actor, find, visible
from bihuan.core.blueprint.part import Row
from bihuan.core.choice import PIGMENTS
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.stage import AT_LIMIT, KINDS, ROLLBACKS, Pipeline, Stage, pipelines, steps
from bihuan.core.verbs import create
from bihuan.web import respond
from bihuan.web.drafting import DraftSheet, Place, draft_context
from bihuan.web.once import takes_once
from bihuan.web.views.settings import section_page

SHEET = ("name", "name_hant", "name_en", "kind", "probability", "days_limit", "pigment")
PAGE = "web/pages/settings_stages.html"
#: Kinds of field that a record cannot lack in a way that a person could mend.
NEVER_ASKED = ("yesno", "links")


def staged() -> list[Desk]:
    """The objects whose records run through stages."""
    return [desk for desk in registry.desks() if desk.stage_field]


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def pipeline_list(request: HttpRequest) -> HttpResponse:
    """The first pipeline; a post makes a new one."""
    if request.method == "POST":
        actor = request.actor  # type: ignore[attr-defined]
        inputs = {name: request.POST.get(name, "") for name in ("object", "name", "name_hant", "name_en")}
        made = do(create, by=actor, on=Pipeline, **inputs, order=visible(actor, Pipeline).count())
        return respond.go(request, reverse("stages", args=[made.pk]), _("The pipeline is there; give it stages."))
    first = next((each.id for desk in staged() for each in pipelines(desk.slug)), None)
    if first is not None:
        return respond.go(request, reverse("stages", args=[first]))
    blank = dict.fromkeys(("pipeline", "sheet", "draft", "rules", "chosen", "archived"))
    return section_page(request, "stages", PAGE, {**blank, "tabs": [], "objects": staged()})


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def stages(request: HttpRequest, pipeline: int) -> HttpResponse:
    """The stages of a pipeline in one sheet.

    A post makes a draft of it. What touches no record goes live at once, unless a draft alone was asked for.
    """
    found, place = _place(request.actor, pipeline)  # type: ignore[attr-defined]
    sheet = DraftSheet(place, SHEET, request.POST if request.method == "POST" else None)
    if request.method == "POST" and sheet.save():
        if key := request.POST.get("archive"):
            place.keep(place.without(key))
        if key := request.POST.get("restore"):
            place.keep(place.with_restored(key))
        return settled(request, place, reverse("stages", args=[pipeline]))
    context = _context(request, found, place, sheet)
    return section_page(request, "stages", PAGE, context, status=422 if request.method == "POST" else 200)


def settled(request: HttpRequest, place: Place, page: str) -> HttpResponse:
    """After a save: what touches no record is live, all else waits as a draft and tells what it would do."""
    if place.draft is not None and ("draft" in request.POST or place.touched()):
        return respond.go(request, f"{page}#draft", _("Kept as a draft."))
    if place.draft is not None:
        place.go_live()
    return respond.go(request, page, _("Saved."))


def _place(actor: Actor, pipeline: int) -> tuple[Pipeline, Place]:
    found = find(actor, Pipeline, pipeline, archived=False)
    return found, Place(actor, ("pipelines", found.object, found.key), ("stages",))


def _context(request: HttpRequest, pipeline: Pipeline, place: Place, sheet: DraftSheet) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    wanted = request.GET.get("stage", "")
    chosen = next((record for record in place.records if record.key == wanted), next(iter(place.records), None))
    return {
        "pipeline": pipeline, "tabs": _tabs(pipeline), "objects": staged(), "sheet": sheet, "pigments": PIGMENTS, "kinds": KINDS,
        "in_use": _in_use(actor, pipeline), "chosen": chosen, "rules": _rules(actor, pipeline, place, chosen) if chosen else None,
        "archived": place.archived(), "draft": draft_context(place), "rollbacks": ROLLBACKS,
        "pipeline_row": place.wanted[place.address],
    }  # fmt: skip


def _tabs(current: Pipeline) -> list[dict[str, Any]]:
    several = len(staged()) > 1
    return [
        {
            "label": f"{desk.label_plural} · {each.label}" if several else each.label, "current": each.id == current.pk,
            "count": len(steps(desk.slug, each.id)), "url": reverse("stages", args=[each.id]),
        }
        for desk in staged() for each in pipelines(desk.slug)
    ]  # fmt: skip


def _in_use(actor: Actor, pipeline: Pipeline) -> dict[int, int]:
    """How many records stand in each stage, in one query."""
    desk = registry.desk(pipeline.object)
    groups = Query.parse(desk, actor, {"sort": "id"}, [desk.stage_field]).groups(desk.stage_field)
    return {group.key: group.count for group in groups}


# ---------------------------------------------------------------------- rules


def _rules(actor: Actor, pipeline: Pipeline, place: Place, chosen: Stage) -> dict[str, Any]:
    """What it takes to come to a stage, where records may go from it, and what happens when they stay too long."""
    row: Row = place.wanted[(*place.above, chosen.key)]
    desk = registry.desk(pipeline.object)
    fields = [each for each in desk.inputs(actor, creating=False).values() if each.kind.name not in NEVER_ASKED]
    roles = registry.desk("role")
    labels = link.all_titles(roles)
    held = {str(record.pk): address[-1] for address, record in place.now.records.items() if address[0] == "roles"}
    others = {other.slug: other.label_plural for other, _link in registry.related_by(desk)}
    return {
        "version": chosen.version, "aliases": chosen.aliases, "at_limit": row["at_limit"], "at_limits": AT_LIMIT,
        "groups": [
            _boxes("required", _("Must be filled to come here"), row, ((each.name, each.label) for each in fields)),
            _boxes("relatives", _("There must be some of"), row, others.items()),
            _boxes("movers", _("May be brought here by (none marked: by whoever may edit it)"), row,
                   ((key, labels[number]) for number, key in held.items())),
            _boxes("leads_to", _("May go on to (none marked: to any)"), row,
                   ((each.key, each.label) for each in place.records if each.key != chosen.key)),
        ],
    }  # fmt: skip


def _boxes(name: str, label: str, row: Row, options: Any) -> dict[str, Any]:
    boxes = [{"value": value, "label": text, "checked": value in row[name]} for value, text in options]
    return {"name": name, "label": label, "boxes": boxes}


@require_POST
def stage_rules(request: HttpRequest, pipeline: int, step: str) -> HttpResponse:
    """Save the rules of a stage, as part of the pipeline's draft."""
    _found, place = _place(request.actor, pipeline)  # type: ignore[attr-defined]
    if (*place.above, step) not in place.wanted:
        raise NotFound()
    given = request.POST
    values = {name: tuple(given.getlist(name)) for name in ("required", "relatives", "movers", "leads_to")}
    texts = {name: place.part.fields[name].takes(given[name]) for name in ("at_limit",) if name in given}
    words = {"aliases": place.part.fields["aliases"].takes(given.get("aliases", "").replace("，", ",").split(","))}
    place.keep(place.with_row(step, {**values, **texts, **words}))
    return settled(request, place, f"{reverse('stages', args=[pipeline])}?{urlencode({'stage': step})}")


@require_POST
def pipeline_rules(request: HttpRequest, pipeline: int) -> HttpResponse:
    """Save what a pipeline is called and what it asks of records that go back, as part of its draft."""
    _found, place = _place(request.actor, pipeline)  # type: ignore[attr-defined]
    names = [request.POST.get(name, "") for name in ("name", "name_hant", "name_en")]
    row = {**place.wanted[place.address], "name": tuple(names), "rollback": request.POST.get("rollback", "free")}
    while row["name"] and not row["name"][-1]:
        row["name"] = row["name"][:-1]
    place.keep({**place.rows, place.address: row})
    return settled(request, place, reverse("stages", args=[pipeline]))


paths = [
    path("settings/stages", pipeline_list, name="pipelines"),
    path("settings/stages/<int:pipeline>", stages, name="stages"),
    path("settings/stages/<int:pipeline>/rules", pipeline_rules, name="pipeline_rules"),
    path("settings/stages/<int:pipeline>/<str:step>/rules", stage_rules, name="stage_rules"),
]
