"""The parts of a record's page as plain values: head, facts and related records. The timeline has a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core import audit, kind, registry
from bihuan.core.columns import StateField
from bihuan.core.command import Command
from bihuan.core.desk import ABOUT, Desk, Panel
from bihuan.core.field import Field
from bihuan.core.form_rules.rule import FREE, verdicts
from bihuan.core.listed import Linked, Row
from bihuan.core.privacy.commands import disclose
from bihuan.core.query import Hung, Query
from bihuan.core.stage import barrier, step, steps
from bihuan.core.stay import stays
from bihuan.core.verbs import archive, create, move, restore, update
from bihuan.web import loop_line, show
from bihuan.web.subject import Subject
from bihuan.web.table import editable_fields

#: So many changes of owner are listed.
OWNERS = 8


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with the record. `via` says how: "dialog", "post" (at once), "page" or "call" (a tel: or mailto:)."""

    label: str
    icon: str
    url: str
    via: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A stage on the line of the record's pipeline; `place` is "done", "here" or ""; one that is not open is closed."""

    id: int
    label: str
    pigment: str
    kind: str
    probability: int
    place: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A field with its value; `cell` is the address of its editor, "" where it is only read."""

    name: str
    label: str
    value: Markup
    cell: str
    number: bool


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A related record: what it is called, where it is, its other values and its own form."""

    title: Markup
    url: str
    values: list[Markup]
    edit_url: str


@dataclass(frozen=True, slots=True)
class Related:
    """Records of one object that point here."""

    label: str
    rows: list[PanelRow]
    has_more: bool
    list_url: str
    new_url: str


# ---------------------------------------------------------------------- head


def header(subject: Subject) -> dict[str, Any]:
    """Title, tags, figures, stages and what can be done."""
    desk, record = subject.desk, subject.record
    buttons, menu = actions(subject)
    return {
        "id": part_id(subject, "header"), "title": subject.title, "name": short_name(subject),
        "letter": letter(subject), "person": desk.person, "icon": desk.icon,
        "tags": [tag(each, each.value_of(record)) for each in subject.present(desk.tags or default_tags(desk))],
        "subtitle": [subtitle(subject, each) for each in subject.present(desk.subtitle or default_subtitle(desk))],
        "figures": [(str(each.label), subject.value(each, brief=True)) for name in desk.figures if (each := subject.fields.get(name))],
        "buttons": buttons, "menu": menu, "stops": stops(subject), "stage_field": desk.stage_field,
        "move_url": subject.url("command", move.name), "archived": archived(subject),
        "line_id": part_id(subject, "line"), "line": loop_line.empty(desk) if loop_line.is_shown(desk) else [],
    }  # fmt: skip


def part_id(subject: Subject, name: str) -> str:
    """The id of a part of this record's page; no part of another record's page has it."""
    return f"{name}-{subject.desk.slug}-{subject.record.pk}"


def letter(subject: Subject) -> str:
    """What the tile before the title shows: a person's or a firm's letter, else nothing (then it is the object's icon)."""
    if subject.desk.person:
        return show.initial(subject.title)
    return short_name(subject)[:1] if subject.desk.tile else ""


def short_name(subject: Subject) -> str:
    """What a firm is called among those who know it, where it has such a name; else what the record is called."""
    return (subject.desk.tile in subject.fields and getattr(subject.record, subject.desk.tile)) or subject.title


def default_tags(desk: Desk) -> tuple[str, ...]:
    return tuple(each.name for each in desk.model._meta.fields if isinstance(each, StateField) and each.name == "state")


def default_subtitle(desk: Desk) -> tuple[str, ...]:
    return tuple(name for name in (desk.number_field, "owner") if name in desk.own_fields)


def tag(field: Field, raw: Any) -> Markup:
    """A choice as a coloured tag; a status and a state as a pill; a yes as the warning that it is."""
    if isinstance(field.kind, kind.YesNo):
        return Markup('<span class="tag" data-tone="cinnabar">{}</span>').format(field.label)
    if isinstance(field.kind, kind.Pick) and field.name != "status" and (option := field.kind.option(raw)):
        return Markup('<span class="tag" data-tone="{}" title="{}">{}</span>').format(
            option.pigment, field.label, option.label
        )
    return show.value(field, raw)


def subtitle(subject: Subject, field: Field) -> Markup:
    """A field on the line below the title."""
    if field.name == "owner" and isinstance(found := subject.raw(field), Linked):
        return escape(_("%(name)s in charge") % {"name": found.title})
    return subject.value(field)


def archived(subject: Subject) -> dict[str, str] | None:
    """Since when the record lies in the recycle bin and how to take it out; None while it is in use."""
    if not subject.is_archived:
        return None
    url = subject.url("command", restore.name) if subject.may(restore.needs) else ""
    return {"since": show.moment(subject.record.archived_at), "restore_url": url}


def stops(subject: Subject) -> list[Stop]:
    """The stages of the record's pipeline."""
    if not subject.desk.stage_field:
        return []
    here = step(getattr(subject.record, f"{subject.desk.stage_field}_id") or 0)
    if here is None:
        return []
    line = steps(subject.desk.slug, here.pipeline)
    may_move = subject.may(move.needs) and not subject.is_archived
    places = [each.id for each in line]
    at = places.index(here.id) if here.id in places else -1
    return [
        Stop(
            each.id, each.label, each.pigment, each.kind, each.probability,
            "here" if each.id == here.id else "done" if place < at and each.kind == "open" else "",
            may_move and each.id != here.id and not barrier(here, each, subject.actor),
        )
        for place, each in enumerate(line)
    ]  # fmt: skip


# ---------------------------------------------------------------------- what can be done


Way = Callable[[Subject], Action | None]
_further: dict[type, list[Way]] = {}


def further(model: type) -> Callable[[Way], Way]:
    """Declare the decorated function as the way from the page of a record of this object to another page; None leads nowhere."""

    def declare(way: Way) -> Way:
        _further.setdefault(model, []).append(way)
        return way

    return declare


def actions(subject: Subject) -> tuple[list[Action], list[Action]]:
    """Buttons of the head, the primary one last, and the lines of its menu."""
    calls, desk = list(reachable(subject)), subject.desk
    if subject.is_archived:
        return [], []
    pages = [page for way in _further.get(desk.model, ()) if (page := way(subject)) is not None]
    ready = list(offered(subject))
    own = [action_of(subject, each) for each in ready if each.model is not None or each.foremost]
    general = [action_of(subject, each) for each in ready if each.model is None and not each.foremost]
    primary, further = creations(subject)
    if subject.may(update.needs):
        general.insert(0, Action(str(update.label), update.icon, subject.url("edit"), "page"))
    if desk.personal.is_person and subject.may(disclose.needs):
        general.append(Action(_("Personal data"), "fingerprint", subject.url("personal"), "page"))
    if desk.duplicates and subject.may(update.needs):
        here = f"{reverse('duplicates', args=[desk.slug])}?of={subject.record.pk}"
        general.append(Action(_("Find duplicates"), "copy", here, "page"))
    return [*calls, *pages, *own, *primary], [*further, *general]


def offered(subject: Subject) -> Iterable[Command]:
    """The commands that fit the record as it stands and that the actor may carry out, together with what they make.

    The page itself serves the rest.
    """
    served = (create, update, move, restore)
    for each in registry.commands(subject.desk).values():
        fits = (not each.states or subject.record.state in each.states) and each.suits(subject.record)
        if (
            each.is_offered
            and not each.creates
            and not each.composes
            and each not in served
            and fits
            and subject.may(each.needs)
            and (each.fields_of is None or subject.actor.may(each.fields_of, create.needs))
        ):
            yield each


def action_of(subject: Subject, command: Command) -> Action:
    """A command as a button: at once where there is nothing to ask."""
    asks = command is archive or command.asks(subject.desk, subject.actor)
    return Action(str(command.label), command.icon, subject.url("command", command.name), "dialog" if asks else "post")


def creations(subject: Subject) -> tuple[list[Action], list[Action]]:
    """Relatives to create from here: what moves along stages is the primary action, the rest go into the menu."""
    primary, further = [], []
    for desk, panel in panels_of(subject):
        if not desk.group or desk is subject.desk or panel.link == "about" or not panel.adds:
            continue
        if not desk.offers(subject.actor, "create"):
            continue
        made = Action(new_label(desk), "plus", new_url(desk, panel, subject), "dialog", primary=bool(desk.stage_field))
        (primary if desk.stage_field else further).append(made)
    return primary[:1], [*primary[1:], *further]


def new_label(desk: Desk) -> str:
    return _("New %(object)s") % {"object": desk.label}


def reachable(subject: Subject) -> Iterable[Action]:
    """The first phone and the first mail address, to call and to write to."""
    for wanted, scheme, label, icon in (
        (kind.Phone, "tel", _("Call"), "phone"),
        (kind.Mail, "mailto", _("Write"), "mail"),
    ):
        found = subject.present(name for name, each in subject.fields.items() if isinstance(each.kind, wanted))
        if found:
            yield Action(label, icon, f"{scheme}:{found[0].value_of(subject.record).replace(' ', '')}", "call")


# ---------------------------------------------------------------------- facts


def facts(subject: Subject) -> dict[str, Any]:
    """The fields of the record in their sections, each edited where it stands, as far as form rules have it."""
    said = verdicts(subject.desk, subject.actor, subject.record)
    may_edit = subject.may("edit") and not subject.is_archived
    editable = {*editable_fields(subject.desk, subject.actor)} - {*ABOUT} if may_edit else set()
    sections = [
        (str(section.label), [
            fact(subject, subject.fields[name], name in editable and not said.get(name, FREE).read_only)
            for name in section.fields if name in subject.fields and said.get(name, FREE).shown
        ])
        for section in subject.desk.fact_sections()
    ]  # fmt: skip
    return {"id": part_id(subject, "facts"), "sections": [(label, rows) for label, rows in sections if rows]}


def fact(subject: Subject, field: Field, editable: bool) -> Fact:
    cell = f"{subject.page}/field/{field.name}" if editable else ""
    return Fact(field.name, str(field.label), subject.value(field), cell, isinstance(field.kind, kind.DocumentNumber))


# ---------------------------------------------------------------------- related records


Draw = Callable[[Subject], Mapping[str, Any] | None]
_shown: dict[type, list[tuple[str, Draw]]] = {}


def shows(model: type, template: str) -> Callable[[Draw], Draw]:
    """Declare that the decorated function fills a part above the panels of this object's records, `template` with `shown`; None shows
    nothing."""

    def declare(draw: Draw) -> Draw:
        _shown.setdefault(model, []).append((template, draw))
        return draw

    return declare


def panels(subject: Subject) -> dict[str, Any]:
    """What points here, by the panels that the other desks declare. One query per panel."""
    found = [related(subject, desk, panel) for desk, panel in panels_of(subject)]
    found += [owners(subject)] if subject.desk.tells_owners else []
    return {
        "id": part_id(subject, "panels"),
        "drawn": [
            (name, shown) for name, draw in _shown.get(subject.desk.model, ()) if (shown := draw(subject)) is not None
        ],
        "panels": found,
        "stays": stays(subject.desk, subject.record.pk),
        "addable": [each for each in found if not each.rows and each.new_url],
    }


def panels_of(subject: Subject) -> list[tuple[Desk, Panel]]:
    """Every panel that belongs on this record's page and whose records the actor may see."""
    return [
        (desk, panel)
        for desk in registry.desks() for panel in desk.panels
        if _points_here(desk, panel.link, subject) and panel.on(subject.desk) and subject.actor.may(desk.model, "view")
    ]  # fmt: skip


def _points_here(desk: Desk, link: str, subject: Subject) -> bool:
    return link == "about" or desk.model._meta.get_field(link).related_model is subject.desk.model


def related(subject: Subject, desk: Desk, panel: Panel) -> Related:
    """The first records of a panel."""
    params = {"sort": desk.order(subject.actor, panel.sort)}
    query = Query.parse(desk, subject.actor, params, desk.known(subject.actor, panel.columns))
    hung = Hung(panel.link, subject.desk.slug, subject.record.pk)
    page = replace(query, extra=panel.where, hung=hung).page(panel.limit)
    may_create = panel.adds and not subject.is_archived and desk.offers(subject.actor, "create")
    list_url = (
        f"{reverse('list', args=[desk.slug])}?{panel.link}.in={subject.record.pk}" if panel.link != "about" else ""
    )
    return Related(
        str(panel.label or desk.label_plural), panel_rows(desk, query.columns, page.rows), page.next is not None, list_url,
        new_url(desk, panel, subject) if may_create else "",
    )  # fmt: skip


def new_url(desk: Desk, panel: Panel, subject: Subject) -> str:
    """The form for a new relative with its link to this record filled in."""
    given = (
        f"about={subject.desk.slug}&about_id={subject.record.pk}"
        if panel.link == "about"
        else f"{panel.link}={subject.record.pk}"
    )
    return f"{reverse('new', args=[desk.slug])}?{given}"


def panel_rows(desk: Desk, columns: tuple[Field, ...], rows: list[Row]) -> list[PanelRow]:
    """Rows led by their first column that holds something. A row that only joins two records leads to the other one."""
    base = reverse("list", args=[desk.slug])
    draws = [_flag(each) if isinstance(each.kind, kind.YesNo) else show.shower(each, brief=True) for each in columns]
    made = []
    for row in rows:
        held = [(draw, value) for draw, value in zip(draws, row.values, strict=True) if value not in (None, "", False)]
        lead = held[0][1] if held else None
        own = f"{base}/{row.id}"
        url = reverse("record", args=[lead.object, lead.id]) if isinstance(lead, Linked) and not desk.group else own
        title, *rest = [draw(value) for draw, value in held] or [escape(f"#{row.id}")]
        made.append(PanelRow(title, url, rest, "" if desk.group else f"{own}/edit"))
    return made


def _flag(field: Field) -> show.Show:
    """A yes says what it is; a no says nothing."""
    return lambda raw: Markup('<span class="tag">{}</span>').format(field.label) if raw else Markup("")


def owners(subject: Subject) -> Related:
    """Whose the record has been, the latest first, by the audit. One query."""
    told = audit.AuditEntry.objects.filter(
        object=subject.desk.slug, record_id=subject.record.pk, changes__has_key="owner"
    )
    commands = registry.commands(subject.desk, internal=True)
    rows = []
    for each in told.order_by("-id")[:OWNERS]:
        owner = each.changes["owner"][1]
        by = each.actor_name if each.command in commands and each.actor_id not in (None, owner) else ""
        rows.append(
            PanelRow(
                show.person(owner) if owner else escape(_("nobody")),
                reverse("record", args=["user", owner]) if owner else subject.page,
                [show.moment(each.at), escape(commands[each.command].label if each.command in commands else ""), escape(each.reason or by)],
                "",
            )
        )  # fmt: skip
    return Related(_("Owners"), rows if len(rows) > 1 else [], has_more=False, list_url="", new_url="")
