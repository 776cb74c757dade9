"""The settings that belong to the kernel: stages, lists of values, document numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.core import kind, numbering, registry
from bihuan.core.access import Actor, find, visible
from bihuan.core.choice import PIGMENTS, Choice
from bihuan.core.desk import Desk
from bihuan.core.duplicates.check import rule_of
from bihuan.core.duplicates.models import RULES, DuplicateRule
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.names import choice_lists
from bihuan.core.numbering import NumberRule
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.stage import KINDS, Pipeline, Stage, pipelines, steps
from bihuan.core.verbs import archive, create, restore, update
from bihuan.web import respond
from bihuan.web.once import takes_once
from bihuan.web.sections import GROUPS, sections_of
from bihuan.web.sheet import Sheet


def section_page(
    request: HttpRequest, key: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the settings with the menu of sections beside it. Raises Forbidden for who may not use the section."""
    offered = sections_of(request.actor)  # type: ignore[attr-defined]
    section = next((each for each in offered if each.key == key), None)
    if section is None:
        raise Forbidden()
    items = {each: {"label": each.label, "url": reverse(each.url_name), "current": each is section} for each in offered}
    menu = [
        {"label": label, "items": [items[each] for each in offered if each.group == group]}
        for group, label in GROUPS.items()
    ]
    return respond.page(request, template, {"menu": menu, "title": section.label} | context, status=status)


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """The first section; who may set up nothing learns so."""
    offered = sections_of(request.actor)  # type: ignore[attr-defined]
    if offered:
        return respond.go(request, reverse(offered[0].url_name))
    return respond.page(request, "web/pages/settings_none.html")


# ---------------------------------------------------------------------- stages

STAGE_FIELDS = ("name", "name_hant", "name_en", "kind", "probability", "days_limit", "pigment")
RULE_FIELDS = ("required", "leads_to", "aliases")


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
    return section_page(
        request, "stages", "web/pages/settings_stages.html", {"pipeline": None, "tabs": [], "objects": staged()}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def stages(request: HttpRequest, pipeline: int) -> HttpResponse:
    """The stages of a pipeline in one sheet. A post saves it, then archives the stage that it names."""
    actor = request.actor  # type: ignore[attr-defined]
    found = find(actor, Pipeline, pipeline, archived=False)
    rows = list(visible(actor, Stage).filter(pipeline=pipeline).order_by("order", "id"))
    sheet = Sheet(
        registry.desk_of(Stage), actor, rows, STAGE_FIELDS, request.POST if request.method == "POST" else None
    )
    if request.method == "POST" and sheet.save(pipeline=pipeline):
        return _after_stages(request, found, sheet)
    status = 422 if request.method == "POST" else 200
    return section_page(
        request, "stages", "web/pages/settings_stages.html", _stages_context(request, found, sheet), status=status
    )


def _after_stages(request: HttpRequest, pipeline: Pipeline, sheet: Sheet) -> HttpResponse:
    """Back to the saved sheet; a stage to archive goes at once if nothing stands there, else it is asked where to."""
    here, going = reverse("stages", args=[pipeline.pk]), request.POST.get("archive", "")
    leaving = next((line.record for line in sheet.lines if line.record is not None and line.key == going), None)
    if leaving is None:
        return respond.go(request, here, _("Saved."))
    if _in_use(request.actor, pipeline).get(leaving.pk):  # type: ignore[attr-defined]
        return respond.go(request, f"{here}?archive={leaving.pk}")
    return _archive_stage(request, leaving, "")


def _stages_context(request: HttpRequest, pipeline: Pipeline, sheet: Sheet) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    rows = [line.record for line in sheet.lines if line.record is not None]
    chosen = _named(rows, request.GET.get("stage", "")) or next(iter(rows), None)
    return {
        "pipeline": pipeline, "tabs": _pipeline_tabs(pipeline), "objects": staged(), "sheet": sheet, "pigments": PIGMENTS, "kinds": KINDS,
        "in_use": _in_use(actor, pipeline), "leaving": _named(rows, request.GET.get("archive", "")), "chosen": chosen,
        "rules": _rules(actor, pipeline, chosen, rows) if chosen else None, "archived": _archived_stages(actor, pipeline),
    }  # fmt: skip


def _named(records: Iterable[Any], key: str) -> Any:
    return next((record for record in records if str(record.pk) == key), None)


def _pipeline_tabs(current: Pipeline) -> list[dict[str, Any]]:
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


def _archived_stages(actor: Actor, pipeline: Pipeline) -> list[Stage]:
    return list(visible(actor, Stage, archived=True).filter(pipeline=pipeline.pk).order_by("order", "id"))


def _rules(actor: Actor, pipeline: Pipeline, chosen: Stage, rows: list[Stage]) -> dict[str, Any]:
    """What must be filled to come to a stage, where records may go from it, and its other spellings."""
    desk = registry.desk(pipeline.object)
    needed = [part.strip() for part in chosen.required.split(",")]
    fields = [each for each in desk.inputs(actor, creating=False).values() if each.kind.name not in ("yesno", "links")]
    onward = set(chosen.leads_to.values_list("pk", flat=True))
    return {
        "version": chosen.version, "aliases": chosen.aliases,
        "fields": [{"value": each.name, "label": each.label, "checked": each.name in needed} for each in fields],
        "stages": [{"value": each.pk, "label": each.label, "checked": each.pk in onward} for each in rows if each.pk != chosen.pk],
    }  # fmt: skip


@require_POST
def stage_rules(request: HttpRequest, pipeline: int, step: int) -> HttpResponse:
    """Save what a stage asks for and leads to."""
    given = request.POST
    inputs = {
        "required": ",".join(given.getlist("required")),
        "leads_to": given.getlist("leads_to"),
        "aliases": given.get("aliases", ""),
    }
    do(
        update,
        find(request.actor, Stage, step),
        by=request.actor,
        version=kind.read_key(given.get("version", "")),
        **inputs,
    )  # type: ignore[attr-defined]
    return respond.go(request, f"{reverse('stages', args=[pipeline])}?stage={step}", _("Saved."))


@require_POST
def stage_archive(request: HttpRequest, pipeline: int, step: int) -> HttpResponse:
    """Archive a stage, its records moved to another; or take it back into use."""
    record = find(request.actor, Stage, step)  # type: ignore[attr-defined]
    if record.archived_at is not None:
        do(restore, record, by=request.actor)  # type: ignore[attr-defined]
        return respond.go(
            request, reverse("stages", args=[pipeline]), _("“%(name)s” is back.") % {"name": record.label}
        )
    return _archive_stage(request, record, request.POST.get("goal", ""))


def _archive_stage(request: HttpRequest, record: Stage, goal: str) -> HttpResponse:
    command = registry.commands(registry.desk_of(Stage))["archive"]
    do(command, record, by=request.actor, **({"goal": goal} if goal else {}))  # type: ignore[attr-defined]
    return respond.go(
        request, reverse("stages", args=[record.pipeline_id]), _("“%(name)s” is archived.") % {"name": record.label}
    )


# ---------------------------------------------------------------------- lists of values

CHOICE_FIELDS = ("name", "name_hant", "name_en", "pigment", "aliases")


@require_safe
def choice_sets(request: HttpRequest) -> HttpResponse:
    """The first list of values."""
    return respond.go(request, reverse("choices", args=[next(iter(choice_lists()))]))


@require_http_methods(["GET", "HEAD", "POST"])
@takes_once
def choices(request: HttpRequest, name: str) -> HttpResponse:
    """The values of a list in one sheet. A post saves it, then archives or restores the value that it names."""
    actor, lists = request.actor, choice_lists()  # type: ignore[attr-defined]
    if name not in lists:
        raise NotFound()
    rows = list(visible(actor, Choice).filter(set=name).order_by("order", "id"))
    sheet = Sheet(
        registry.desk_of(Choice), actor, rows, CHOICE_FIELDS, request.POST if request.method == "POST" else None
    )
    if request.method == "POST" and sheet.save(set=name):
        for command in (archive, restore):
            if key := request.POST.get(command.name):
                do(command, find(actor, Choice, key), by=actor)
        return respond.go(request, reverse("choices", args=[name]), _("Saved."))
    archived = visible(actor, Choice, archived=True).filter(set=name).order_by("order", "id")
    lists_shown = [
        {"label": label, "url": reverse("choices", args=[key]), "current": key == name} for key, label in lists.items()
    ]
    context = {
        "name": name,
        "heading": lists[name],
        "lists": lists_shown,
        "sheet": sheet,
        "pigments": PIGMENTS,
        "archived": list(archived),
    }
    return section_page(
        request, "choices", "web/pages/settings_choices.html", context, status=422 if request.method == "POST" else 200
    )


# ---------------------------------------------------------------------- document numbers


@require_http_methods(["GET", "HEAD", "POST"])
def numbers(request: HttpRequest) -> HttpResponse:
    """The pattern of every object's document numbers, each with what its next number looks like."""
    rows, wrong = [], False
    for desk in registry.desks():
        if not desk.number_field:
            continue
        declared = desk.model._meta.get_field(desk.number_field).pattern
        pattern, error = numbering.rules().get(desk.slug, declared), ""
        if request.method == "POST" and desk.slug in request.POST:
            former, pattern = pattern, request.POST[desk.slug].strip()
            try:
                if pattern != former:
                    set_pattern(request, desk.slug, pattern)
            except Refused as refusal:
                error, wrong = refusal.sentence, True
        example = "" if error else numbering.example(pattern, timezone.localdate())
        rows.append({"desk": desk, "pattern": pattern, "declared": declared, "error": error, "example": example})
    if request.method == "POST" and not wrong:
        return respond.go(request, reverse("numbers"), _("Saved."))
    return section_page(
        request, "numbers", "web/pages/settings_numbers.html", {"rows": rows}, status=422 if wrong else 200
    )


def set_pattern(request: HttpRequest, slug: str, pattern: str) -> None:
    """Give an object's numbers another pattern; numbers given out stay. Raises Refused."""
    actor = request.actor  # type: ignore[attr-defined]
    rule = visible(actor, NumberRule).filter(object=slug).first()
    if rule is None:
        do(create, by=actor, on=NumberRule, object=slug, pattern=pattern)
    else:
        do(update, rule, by=actor, pattern=pattern)


# ---------------------------------------------------------------------- duplicates


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_rules(request: HttpRequest) -> HttpResponse:
    """For every object that is compared, what happens to a new record that looks like one that is there."""
    actor = request.actor  # type: ignore[attr-defined]
    compared = [desk for desk in registry.desks() if desk.duplicates]
    if request.method == "POST":
        for desk in compared:
            sent = request.POST.get(desk.slug, "")
            if sent and sent != rule_of(desk):
                set_rule(actor, desk, sent)
        return respond.go(request, reverse("duplicate_rules"), _("Saved."))
    rows = [{"desk": desk, "rule": rule_of(desk), "fields": compared_fields(desk)} for desk in compared]
    context = {"rows": rows, "rules": list(RULES.items())}
    return section_page(request, "duplicates", "web/pages/settings_duplicates.html", context)


def compared_fields(desk: Desk) -> str:
    """What makes two records look like one, in words."""
    told = (_(" + ").join(str(desk.own_fields[name].label) for name in match.fields) for match in desk.duplicates)
    return _(", ").join(told)


def set_rule(actor: Actor, desk: Desk, rule: str) -> None:
    """Give an object another rule. Raises Refused."""
    kept = visible(actor, DuplicateRule).filter(object=desk.slug).first()
    if kept is None:
        do(create, by=actor, on=DuplicateRule, object=desk.slug, rule=rule)
    else:
        do(update, kept, by=actor, rule=rule)


paths = [
    path("settings", settings, name="settings"),
    path("settings/stages", pipeline_list, name="pipelines"),
    path("settings/stages/<int:pipeline>", stages, name="stages"),
    path("settings/stages/<int:pipeline>/<int:step>/rules", stage_rules, name="stage_rules"),
    path("settings/stages/<int:pipeline>/<int:step>/archive", stage_archive, name="stage_archive"),
    path("settings/choices", choice_sets, name="choice_sets"),
    path("settings/choices/<str:name>", choices, name="choices"),
    path("settings/duplicates", duplicate_rules, name="duplicate_rules"),
    path("settings/numbers", numbers, name="numbers"),
]
