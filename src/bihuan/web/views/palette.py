"""Search over everything and the way to every page and command: what Ctrl+K opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import F, Max, Value
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup, escape

from bihuan.core import indexing, registry, search
from bihuan.core.access import Actor, visible
from bihuan.core.audit import AuditEntry
from bihuan.core.desk import Desk
from bihuan.core.kind import fold
from bihuan.web import respond, show
from bihuan.web.shell import actor_navigation

LIMIT, RECENT = 20, 8
#: How far back the audit is read for what somebody worked on last: bounds the cost for those who change nothing.
BACK = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One result; `dialog` ones open in the page's dialog."""

    label: str | Markup
    url: str
    icon: str
    note: str | Markup = ""
    dialog: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Results of one kind under a heading."""

    label: str
    lines: list[Line]


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """What fits `q`: records, then commands and pages; archived ones too with `archived`.

    `@` asks for people, `#` for numbers, `>` for commands.
    """
    actor, text = request.actor, request.GET.get("q", "").strip()  # type: ignore[attr-defined]
    prefix, wanted = (text[0], text[1:].strip()) if text[:1] in ("@", "#", ">", "＠", "＃", "》") else ("", text)
    archived = request.GET.get("archived") == "1"
    if prefix in (">", "》"):
        sections = [*_commands(actor, wanted)]
    elif not wanted:
        sections = [*_recent(actor), *_commands(actor, "")]
    else:
        sections = [*_records(actor, prefix, wanted, archived), *(() if prefix else _commands(actor, wanted))]
    context = {
        "sections": [section for section in sections if section.lines],
        "archive_url": f"{reverse('palette')}?{urlencode({'q': text, 'archived': 1})}"
        if wanted and not archived
        else "",
    }
    if respond.is_fragment(request):
        return respond.part(request, "web/parts/palette.html", context)
    return respond.page(request, "web/pages/search.html", context | {"typed": text})


def _records(actor: Actor, prefix: str, text: str, archived: bool) -> Iterable[Section]:
    """Records the index finds among those the actor may see: what has a name, then what was said and written. Two queries."""
    desks = [
        desk for desk in registry.desks()
        if desk.searched() and actor.may(desk.model, "view") and _is_asked(desk, prefix)
    ]  # fmt: skip
    for label, chosen in (
        (_("Records"), [desk for desk in desks if desk.stream is None]),
        (_("Said and noted"), [desk for desk in desks if desk.stream is not None]),
    ):
        hits = indexing.found(actor, chosen, text, LIMIT, archived=archived)
        yield Section(label, [_line(hit) for hit in hits])


def _line(hit: search.Hit) -> Line:
    desk = registry.desk(hit.object)
    kind = f"{desk.label} · {_('archived')}" if hit.archived else str(desk.label)
    note = [show.marked(hit.detail, hit.detail_spans)] if hit.detail else []
    return Line(
        show.marked(hit.title, hit.title_spans) or f"#{hit.record_id}",
        reverse("record", args=[hit.object, hit.record_id]),
        desk.icon,
        Markup(" · ").join([*note, escape(kind)]),
    )


def _is_asked(desk: Desk, prefix: str) -> bool:
    if prefix in ("@", "＠"):
        return desk.person
    return not prefix or bool(desk.number_field)


def _commands(actor: Actor, text: str) -> Iterable[Section]:
    """What can be begun and where one can go, as far as the words fit."""
    wanted = fold(text)
    new = [
        Line(_("New %(object)s") % {"object": desk.label}, reverse("new", args=[desk.slug]), "plus", dialog=True)
        for desk in registry.desks() if desk.group and desk.offers(actor, "create")
    ]  # fmt: skip
    go = [
        Line(item.label, item.url, item.icon)
        for group in actor_navigation(actor, get_language() or "")
        for item in group.items
    ]
    go += [Line(_("Your profile"), reverse("profile"), "circle-user"), Line(_("Notices"), reverse("notices"), "bell")]
    fitting = lambda lines: [line for line in lines if wanted in fold(line.label)]  # noqa: E731
    return [Section(_("Commands"), fitting(new)), Section(_("Go to"), fitting(go))]


def _recent(actor: Actor) -> Iterable[Section]:
    """What the actor worked on last, as far as it is still theirs to see. Two queries."""
    desks = {desk.slug: desk for desk in registry.desks() if desk.group and desk.searched() and "__" not in desk.title}
    newest = AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    rows = AuditEntry.objects.filter(pk__gt=newest - BACK, actor_id=actor.user_id, object__in=desks).order_by("-pk")
    keys = list(dict.fromkeys(rows.values_list("object", "record_id")[:50]))[:RECENT]
    titles = _titles(actor, desks, keys)
    lines = [
        Line(titles[key], reverse("record", args=key), desks[key[0]].icon, str(desks[key[0]].label))
        for key in keys
        if key in titles
    ]
    return [Section(_("Recently worked on"), lines)]


def _titles(actor: Actor, desks: dict[str, Desk], keys: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Titles of records of several objects that the actor may see, in one query."""
    parts = [
        visible(actor, desks[slug].model).filter(pk__in=[key for object_name, key in keys if object_name == slug])
        .annotate(slug=Value(slug), key=F("pk"), words=F(desks[slug].title)).order_by().values_list("slug", "key", "words")
        for slug in dict.fromkeys(slug for slug, _key in keys)
    ]  # fmt: skip
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(slug, key): words or f"#{key}" for slug, key, words in rows}


paths = [path("search", palette, name="palette")]
