"""The timeline of a record: touches, notes, files and changes as one stream, newest first, cut by key.

A desk that declares a `stream` stands in the timelines of what its records link to or are about; changes come from the
audit, those of the relatives that are `told_in` this object included. Every source answers one query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core import registry, statement
from bihuan.core.access import as_seen, hanging, visible
from bihuan.core.attached import Attachment
from bihuan.core.audit import REDACTED, AuditEntry
from bihuan.core.choice import option
from bihuan.core.desk import Desk, Stream
from bihuan.core.errors import Refused
from bihuan.core.record import OwnedRecord
from bihuan.core.verbs import create, update
from bihuan.web import counts, show
from bihuan.web.change import describe, who
from bihuan.web.enclosed import enclosed, encloses, files_of
from bihuan.web.past_page import past_url
from bihuan.web.record_page import part_id
from bihuan.web.subject import Subject
from bihuan.web.timeline_filter import ALL, CHANGES, EVERYTHING, NOTES, TOUCHES, Wanted, marks

SIZE = 25
#: How many relatives' changes a record tells of; the newest ones.
RELATIVES = 200
#: The sources, in the order in which they stand when the moment is the same; each stream has a number of its own.
BEGINNINGS, CHANGED, FIRST_STREAM = 0, 1, 2


class Place(NamedTuple):
    """Where an entry stands: later first, then by source, then by number."""

    at: datetime
    source: int
    id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `head` says who did what, `text` what was written, `notes` what stands below.

    `past_url` shows the record that was changed as this left it.
    """

    place: Place
    icon: str
    pigment: str
    head: Markup
    text: str = ""
    notes: Sequence[Markup] = ()
    url: str = ""
    image: str = ""
    pin_url: str = ""
    pinned: bool = False
    past_url: str = ""

    @property
    def time(self) -> str:
        return f"{timezone.localtime(self.place.at):%H:%M}"

    @property
    def day(self) -> date:
        return timezone.localtime(self.place.at).date()


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day; `label` is empty where the day began on the page before."""

    label: str
    entries: list[Entry]


def timeline(subject: Subject, wanted: Wanted = EVERYTHING, after: str = "") -> dict[str, Any]:
    """One page of the timeline. Raises Refused for a cursor that is none."""
    cursor = read_cursor(after) if after else None
    entries = sorted(gather(subject, wanted, cursor), key=attrgetter("place"), reverse=True)
    page, url = entries[:SIZE], subject.url("timeline")
    more = f"{url}?{wanted.address(after=write_cursor(page[-1].place))}" if len(entries) > SIZE else ""
    ways = [(name, label, replace(wanted, tab=name).address()) for name, label in tabs()]
    return {
        "id": part_id(subject, "timeline"), "url": url, "page": subject.page, "days": days(page, cursor), "more_url": more,
        "pinned": pinned(subject) if cursor is None and wanted.tab in (ALL, NOTES) and not wanted.is_narrow else [],
        "tabs": [
            (f"{subject.page}?{way}", f"{url}?tab={name}", label, name == wanted.tab, part_id(subject, f"entries-{name}"))
            for name, label, way in ways
        ],
        "wanted": wanted, "marks": marks(subject), "by_name": show.person_name(wanted.by) if wanted.by else "",
        "people_url": reverse("options", args=["user"]),
    }  # fmt: skip


def tabs() -> list[tuple[str, str]]:
    return [(ALL, _("All")), (TOUCHES, _("Touches")), (NOTES, _("Notes and files")), (CHANGES, _("Changes"))]


def totals(subject: Subject) -> dict[str, str]:
    """How many entries each tab has, as far as anybody reads such a number."""
    relatives, found = told(subject), dict.fromkeys((TOUCHES, NOTES), 0)
    around = circle(subject, relatives)
    for desk, stream in streams(subject):
        for rows in _sources(subject, desk, around):
            found[stream.tab] += rows.order_by()[: counts.MOST + 1].count()
    found[CHANGES] = _changed(around).order_by()[: counts.MOST + 1].count() + len(relatives) + 1
    return {tab: counts.told(number) for tab, number in (found | {ALL: sum(found.values())}).items()}


def gather(subject: Subject, wanted: Wanted, cursor: Place | None) -> Iterable[Entry]:
    """From each source, enough entries to fill a page and see whether there is another."""
    relatives = told(subject)
    if wanted.tells_changes:
        yield from beginnings(subject, relatives, cursor, wanted.by)
        yield from changes(subject, relatives, cursor, wanted.by)
    for source, (desk, stream) in enumerate(streams(subject), start=FIRST_STREAM):
        if wanted.tab in (ALL, stream.tab):
            yield from written(subject, desk, stream, source, relatives, cursor, wanted)


def streams(subject: Subject) -> list[tuple[Desk, Stream]]:
    return [(desk, desk.stream) for desk in registry.desks() if desk.stream and subject.actor.may(desk.model, "view")]


# ---------------------------------------------------------------------- relatives


class Relative(NamedTuple):
    """A record whose doings are told here too."""

    object: str
    id: int
    title: str
    created_at: datetime
    created_by: int | None


def told(subject: Subject) -> list[Relative]:
    """The relatives that are told of on this record's page. One query per object."""
    found = []
    for desk in registry.desks():
        links = [name for name in desk.told_in if desk.model._meta.get_field(name).related_model is subject.desk.model]
        if links and subject.actor.may(desk.model, "view"):
            found += [Relative(desk.slug, *row) for row in _told_of(subject, desk, links)]
    return found


def _told_of(subject: Subject, desk: Desk, links: Sequence[str]) -> list[tuple[Any, ...]]:
    def write(keys: Sequence[int]) -> QuerySet[Any]:
        rows = hanging(subject.actor, desk.model, Q(**{links[0]: keys[0]}), links).order_by("-pk")
        return rows.values_list("pk", desk.title, "created_at", "created_by_id")[:RELATIVES]

    return statement.rows(subject.actor, ("told", desk.slug, links[0]), [subject.record.pk], write)


#: A record and those of its relatives that are told of with it: their keys by object.
Circle = Mapping[str, Sequence[int]]


def circle(subject: Subject, relatives: Iterable[Relative] = ()) -> Circle:
    keys = {subject.desk.slug: [subject.record.pk]}
    for each in relatives:
        keys.setdefault(each.object, []).append(each.id)
    return keys


def asked(
    subject: Subject, source: str, around: Circle, *, first: bool, write: Callable[[Circle], QuerySet[Any]]
) -> Iterable[tuple[Any, ...]]:
    """The rows of a source. For the first page of everything its statement is written once for so many relatives, to the next power
    of two."""
    if not first:
        return write(around)
    filled = {slug: statement.filled(keys) for slug, keys in around.items()}
    sizes = [(slug, len(keys)) for slug, keys in filled.items()]

    def write_for(keys: Sequence[int]) -> QuerySet[Any]:
        rest = iter(keys)
        return write({slug: list(islice(rest, size)) for slug, size in sizes})

    shape = (source, subject.desk.slug, tuple(sizes))
    return statement.rows(subject.actor, shape, list(chain.from_iterable(filled.values())), write_for)


# ---------------------------------------------------------------------- what was written


def written(
    subject: Subject, desk: Desk, stream: Stream, source: int, relatives: Sequence[Relative], cursor: Place | None, wanted: Wanted
) -> Iterable[Entry]:  # fmt: skip
    """Entries of one object's stream; what is pinned stands above it, and in its place where not everything is wanted."""
    paths = _paths(subject, desk, stream)
    narrowed = wanted.of_stream(paths)
    if narrowed is None:
        return

    def write(place: int, around: Circle) -> QuerySet[Any]:
        rows = _sources(subject, desk, around)[place].filter(_beyond(cursor, source, stream.at), narrowed)
        rows = rows.filter(**{stream.pinned: False}) if stream.pinned and not wanted.is_narrow else rows
        return rows.order_by(f"-{stream.at}", "-pk").values_list(*paths.values())[: SIZE + 1]

    around = circle(subject, relatives)
    for place in range(len(_sources(subject, desk, around))):
        first = cursor is None and not wanted.is_narrow
        found = asked(subject, f"{desk.slug} {place}", around, first=first, write=partial(write, place))
        yield from _drawn(subject, desk, stream, source, paths, found)


def pinned(subject: Subject) -> list[Entry]:
    """What somebody pinned on this very record."""
    found: list[Entry] = []
    for source, (desk, stream) in enumerate(streams(subject), start=FIRST_STREAM):
        if stream.pinned:
            found += _pinned(subject, desk, stream, source)
    return found


def _pinned(subject: Subject, desk: Desk, stream: Stream, source: int) -> Iterable[Entry]:
    paths = _paths(subject, desk, stream)

    def write(around: Circle) -> QuerySet[Any]:
        rows = _sources(subject, desk, around)[0].filter(**{stream.pinned: True}).order_by("-pk")
        return rows.values_list(*paths.values())[:SIZE]

    found = asked(subject, f"pinned {desk.slug}", circle(subject), first=True, write=write)
    return _drawn(subject, desk, stream, source, paths, found)


def _sources(subject: Subject, desk: Desk, around: Circle) -> list[QuerySet[Any]]:
    """The records of a stream that link to this record or are about it or one of its relatives.

    Those that name it among several are a source of their own: one condition for both would use no index.
    """
    links = [each.name for each in desk.model._meta.fields if each.related_model is subject.desk.model]
    if not links:
        about = _any(Q(about=slug, about_id__in=keys) for slug, keys in around.items())
        return [hanging(subject.actor, desk.model, about, ("about",))]
    here = around[subject.desk.slug][0]
    direct = _any(Q(**{name: here}) for name in links)
    several = [each.name for each in desk.model._meta.many_to_many if each.related_model is subject.desk.model]
    further = [hanging(subject.actor, desk.model, Q(**{name: here}), (name,)).exclude(direct) for name in several]
    return [hanging(subject.actor, desk.model, direct, links), *further]


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for each in conditions:
        found |= each
    return found


def _beyond(cursor: Place | None, source: int, path: str) -> Q:
    """What of a source comes after the cursor."""
    if cursor is None:
        return Q()
    if source != cursor.source:
        return Q(**{f"{path}__lte" if source < cursor.source else f"{path}__lt": cursor.at})
    return Q(**{f"{path}__lt": cursor.at}) | Q(**{path: cursor.at, "pk__lt": cursor.id})


def _paths(subject: Subject, desk: Desk, stream: Stream) -> dict[str, Any]:
    """What is read for the entries of a stream, as far as the actor may see it."""
    author = "owner_id" if issubclass(desk.model, OwnedRecord) else "created_by_id"
    paths: dict[str, Any] = {"id": "pk", "at": stream.at, "by": author}
    fields = desk.whole_fields(subject.actor)
    paths |= {
        name: fields[named].path
        for name in ("text", "mark", "flow", "outcome", "pinned")
        if (named := getattr(stream, name)) in fields
    }
    if stream.whom in fields and fields[stream.whom].target is not subject.desk.model:
        target = registry.desk_of(fields[stream.whom].target)
        paths |= {
            "whom": fields[stream.whom].path,
            "whom_title": as_seen(subject.actor, desk.model, f"{stream.whom}__{target.title}"),
        }
    if desk.model is Attachment and "media_type" in fields:
        paths["media_type"] = "media_type"
    if desk.model is not Attachment and registry.desk_of(Attachment).whole_fields(subject.actor).keys() >= {
        "name",
        "media_type",
    }:
        paths["files"] = encloses(desk)
    if stream.opens:
        paths["opens"] = _behind(subject, stream.opens)
    return paths


def _behind(subject: Subject, opens: str) -> Any:
    """The record that stands behind an entry, as far as the actor may see it."""
    slug, _dot, link = opens.partition(".")
    rows = visible(subject.actor, registry.desk(slug).model).filter(**{link: OuterRef("pk")})
    return Subquery(rows.order_by("pk").values("pk")[:1])


def _drawn(
    subject: Subject, desk: Desk, stream: Stream, source: int, paths: Mapping[str, Any], rows: Iterable[tuple[Any, ...]]
) -> Iterable[Entry]:
    base, whom_base = reverse("list", args=[desk.slug]), ""
    if "whom" in paths:
        whom_base = reverse("list", args=[registry.desk_of(desk.fields(subject.actor)[stream.whom].target).slug])
    found = [dict(zip(paths, values, strict=True)) for values in rows]
    files = files_of(subject.actor, desk, [row["id"] for row in found if row.get("files")])
    for row in found:
        yield entry_of(desk, stream, source, base, whom_base, row | {"files": files.get(row["id"], ())})


def entry_of(desk: Desk, stream: Stream, source: int, base: str, whom_base: str, row: dict[str, Any]) -> Entry:
    """A written record as an entry; `base` and `whom_base` are the addresses of its object and of the one it reached."""
    mark = option(row["mark"]) if row.get("mark") else None
    place = Place(row["at"], source, row["id"])
    who = show.person_name(row["by"]) if row["by"] else ""
    if desk.model is Attachment:
        link, image = enclosed(row["id"], row["text"], row.get("media_type", ""))
        head = Markup("<b>{}</b> {}").format(who, _("added a file"))
        return Entry(place, desk.icon, "ink", head, notes=[link], image=image)
    notes = [_outcome(row["outcome"])] if row.get("outcome") else []
    notes += [each.link for each in row["files"]]
    drawing, pigment = (stream.icons.get(mark.key, desk.icon), mark.pigment) if mark else (desk.icon, "gamboge")
    return Entry(
        place, drawing, pigment, _headline(whom_base, row, who, mark),
        row.get("text") or "", notes, url=_page_of(stream, base, row),
        image=next((each.image for each in row["files"] if each.image), ""),
        pin_url=f"{base}/{row['id']}/do/{update.name}" if stream.pinned else "", pinned=bool(row.get("pinned")),
    )  # fmt: skip


def _page_of(stream: Stream, base: str, row: Mapping[str, Any]) -> str:
    """The address of what an entry tells of."""
    if row.get("opens"):
        return reverse("record", args=[stream.opens.partition(".")[0], row["opens"]])
    return f"{base}/{row['id']}"


def _outcome(key: int) -> Markup:
    """What came of a touch, with its colour."""
    chosen = option(key)
    return (
        Markup('<span class="dot" data-tone="{}"></span> {}').format(chosen.pigment, chosen.label)
        if chosen
        else Markup("")
    )


def _headline(whom_base: str, row: dict[str, Any], who: str, mark: Any) -> Markup:
    """“Visit  Zhou Min → Chen Guoliang”: the kind of touch, who made it and whom it reached."""
    title = mark.label if mark else who
    whom = ""
    if row.get("whom_title"):
        arrow = "←" if row.get("flow") == "in" else "→"
        whom = f' {arrow} <a href="{whom_base}/{row["whom"]}">{escape(row["whom_title"])}</a>'
    if not mark:
        return Markup(f"<b>{escape(title)}</b> {escape(_('noted'))}")  # noqa: S704  (each piece is escaped)
    return Markup(f"<b>{escape(title)}</b>　{escape(who)}{whom}")  # noqa: S704


# ---------------------------------------------------------------------- what was changed


def beginnings(
    subject: Subject, relatives: Sequence[Relative], cursor: Place | None, by: int | None
) -> Iterable[Entry]:
    """When this record and its relatives came into being: by their own word, for history that was imported keeps its time."""
    record = subject.record
    own = Relative(subject.desk.slug, record.pk, "", record.created_at, record.created_by_id)
    those = (each for each in (own, *relatives) if by in (None, each.created_by))
    begun = [(Place(each.created_at, BEGINNINGS, each.id), each) for each in those]
    begun = sorted((pair for pair in begun if cursor is None or pair[0] < cursor), reverse=True)
    for place, each in begun[: SIZE + 1]:
        words = _("created the %(object)s") % {"object": registry.desk(each.object).label}
        yield Entry(
            place,
            "circle-plus",
            "ink",
            _told(show.person_name(each.created_by) if each.created_by else "", words, each),
            past_url=past_url(each.object, each.id, each.created_at),
        )


def _told(who: str, words: str, relative: Relative | None) -> Markup:
    """Who did what, with a link to the relative it was done to."""
    link = ""
    if relative is not None and relative.title:
        link = f' <a href="{reverse("record", args=[relative.object, relative.id])}">{escape(relative.title)}</a>'
    return Markup(f"<b>{escape(who)}</b> {escape(words)}{link}")  # noqa: S704  (each piece is escaped)


def changes(subject: Subject, relatives: Sequence[Relative], cursor: Place | None, by: int | None) -> Iterable[Entry]:
    """Entries of the audit, in words."""
    columns = [column.attname for column in AuditEntry._meta.concrete_fields]

    def write(around: Circle) -> QuerySet[Any]:
        rows = _changed(around).filter(
            _beyond(cursor, CHANGED, "at"), **({"actor_kind": "user", "actor_id": by} if by else {})
        )
        return rows.order_by("-at", "-id").values_list(*columns)[: SIZE + 1]

    first = cursor is None and by is None
    found = asked(subject, "changes", circle(subject, relatives), first=first, write=write)
    known = {(each.object, each.id): each for each in relatives}
    for row, change in describe(subject.actor, [AuditEntry(*values) for values in found]):
        head = _told(who(row), change.words, known.get((row.object, row.record_id)))
        then = past_url(row.object, row.record_id, row.at)
        yield Entry(Place(row.at, CHANGED, row.pk), change.icon, "ink", head, notes=change.lines, past_url=then)


def _changed(around: Circle) -> QuerySet[AuditEntry]:
    """What the audit tells of a record and its relatives, but for their beginnings and for proofs."""
    told = _any(Q(object=slug, record_id__in=keys) for slug, keys in around.items())
    return AuditEntry.objects.filter(told).exclude(command__in=(create.name, REDACTED))


# ---------------------------------------------------------------------- days and cursors


def days(entries: Sequence[Entry], cursor: Place | None) -> list[Day]:
    """Entries under the heads of their days."""
    begun = timezone.localtime(cursor.at).date() if cursor else None
    return [
        Day("" if day == begun else show.day_head(day), list(found))
        for day, found in groupby(entries, key=attrgetter("day"))
    ]


def write_cursor(place: Place) -> str:
    return f"{place.at.timestamp():.6f}-{place.source}-{place.id}"


def read_cursor(text: str) -> Place:
    try:
        at, source, key = text.split("-")
        return Place(datetime.fromtimestamp(float(at), tz=timezone.get_default_timezone()), int(source), int(key))
    except (ValueError, OverflowError):
        raise Refused(_("This page of the timeline no longer exists; start again from the first.")) from None
