"""The declaration of how people and programs work with an object. A desk says only what differs from the default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Aggregate, Q
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind
from bihuan.core.access import Limit
from bihuan.core.columns import SecretField, StageField
from bihuan.core.configuration import remembered
from bihuan.core.duplicates.match import Match
from bihuan.core.field import Computed, Field, describe
from bihuan.core.privacy.personal import Personal
from bihuan.core.record import KEPT

if TYPE_CHECKING:
    from bihuan.core.access import Actor

#: The quarters of the loop that head the navigation, in their order.
GROUPS = ("reach", "win", "serve", "return", "run")


#: For an actor, an object and an act: the conditions of records that a rule of the object's own opens to them.
Opened = Callable[["Actor", "Desk", str], Iterable[Q]]

#: Columns that only the kernel reads.
HIDDEN = (models.JSONField, models.FileField, SecretField)

#: The pair of columns that say what a note, file or touch is about; given by the page, never typed.
ABOUT = ("about", "about_id")


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of fields in forms and facts."""

    label: Any
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Records as cards in columns by stage; `total` names the amount added up in each column's head.

    `since` names the moment from which a record has stood in its stage; the longest there comes first.
    """

    total: str = ""
    card: tuple[str, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """These records shown on the page of the record that `link` points to ("about": on every page)."""

    link: str
    columns: tuple[str, ...]
    label: Any = ""
    sort: str = "-id"
    limit: int = 6
    where: Q = field(default_factory=Q)
    adds: bool = True  # whether a new one can be made from there
    on: Callable[[Desk], bool] = lambda desk: (
        True
    )  # the objects on whose pages it stands, of those that it could stand on


@dataclass(frozen=True, slots=True)
class Rollup:
    """A figure about these records kept on the record that `into` points to, in column `column`.

    `also` names a link to several records of the same object for which these count as well, where the figure is the latest of something.
    """

    into: str
    column: str
    value: Aggregate
    where: Q = field(default_factory=Q)
    also: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A figure about the records of another object, by its slug, that are about these by `about` and `about_id`: in `column`."""

    of: str
    column: str
    value: Aggregate
    where: Q = field(default_factory=Q)


@dataclass(frozen=True, slots=True)
class Tallied:
    """These records are counted by month (see tally.py): `at` names their day or moment, which may be missing, `by` a stage or choice
    that tells them apart, `total` an amount that is added up.
    """

    at: str
    by: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Columns that follow from others of the same record, and are stored so that lists sort and filter by them.

    `work_out` gets the values of the columns `needs`, in that order, and returns those of `columns`. What else it goes by is
    configuration; when that changes, rollup.py works out every record anew.
    """

    columns: tuple[str, ...]
    needs: tuple[str, ...]
    work_out: Callable[..., tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Stream:
    """How these records stand in the timelines of the records that they link to or are about.

    `at` and `text` name the fields that say when and what; `mark` a choice whose name and colour head the entry, `icons`
    its drawings by key; `whom` a link to who it was with; `flow` a state "in" or "out"; `pinned` a yes that keeps it on top;
    `tab` is one of STREAMS. `opens` names an object whose record stands behind an entry, and its link to it: "mailmessage.touchpoint".
    """

    at: str
    text: str
    tab: str
    mark: str = ""
    icons: Mapping[str, str] = field(default_factory=dict)
    whom: str = ""
    flow: str = ""
    outcome: str = ""
    pinned: str = ""
    opens: str = ""


#: The tabs of a timeline beside "all" and "changes".
STREAMS = ("touches", "notes")


@dataclass(frozen=True, slots=True)
class View:
    """A list everybody starts with: a name and the address parameters that make it."""

    key: str
    label: Any
    params: Mapping[str, str]


class Desk:
    """One per object; subclasses set attributes only. Names in tuples are field names, "account.level" walks a link."""

    icon = "circle"
    group: str = ""  # one of GROUPS; empty: not in the navigation
    at_hand = False  # stands at the foot of a phone
    home = ""  # name of the address that the navigation leads to; empty: the board, else the list
    node: int | None = None  # its place on the loop, from 0, the market, to 12, feedback
    onward: Mapping[str, str] = {}  # conditions that hold of a record that went on to the next node
    took: tuple[str, ...] = ()  # the fields that tell from when to when it was under way
    title = "name"  # ORM path of what a record is called
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    form: tuple[Section, ...] = ()
    quick: tuple[str, ...] = ()  # fields of the create dialog
    facts: tuple[Section, ...] = ()
    tags: tuple[str, ...] = ()  # choices, states and warnings (yes or nothing) beside the title of a record page
    subtitle: tuple[str, ...] = ()  # fields on one line below it
    figures: tuple[str, ...] = ()  # shown large in the head of a record page
    views: tuple[View, ...] = ()
    sort = "-changed_at"
    search: Mapping[str, int] = {}  # field name → weight of a hit in it
    key: tuple[str, ...] = ()  # fields that name a record in a file, the surest first
    duplicates: tuple[Match, ...] = ()  # what makes two records look like one; objects without are not compared
    board: Board | None = None
    panels: tuple[Panel, ...] = ()
    stream: Stream | None = None
    tells_owners = False  # whether a record's page lists whose it has been
    never_hidden: tuple[str, ...] = ()  # fields that no role keeps back: a page of the object's own is made of them
    told_in: tuple[str, ...] = ()  # links to records whose timeline also tells what happens to these
    rollups: tuple[Rollup, ...] = ()
    gathers: tuple[Gathered, ...] = ()
    kept: Kept | None = None
    tallied: Tallied | None = None
    computed: tuple[Computed, ...] = ()
    through: tuple[str, ...] = ()  # links over which a record is seen with its parent; "about" for any record
    scoped = False  # seen by whom `own_path` and `unit_path` tell, though nobody owns them
    opened: tuple[Opened, ...] = ()  # what of these records an actor reaches beside their own and those of their units
    hung_by: str = "view"  # what one must be granted on the record that one hangs such a one on
    made_by = "create"  # the command that makes a record; any other than this one has a page of its own
    creates: tuple[str, ...] = ()  # links and choices that an import may create by name
    aliases: Mapping[str, tuple[str, ...]] = {}  # field name → other heads a file may give it
    near: Mapping[
        str, Callable[[int], Q]
    ] = {}  # by object: which of these belong to its record with a key; pickers offer those first
    configuration = False  # few rows, read everywhere: kept in memory
    in_memory = False  # processes keep something of these records in memory, though they are no configuration
    confidential = False  # configuration that only those see who may change it
    person = False  # the title is a human being's name
    personal = Personal()  # what of these records is some person's own data
    tile = ""  # field whose first character marks a row that is a firm

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.slug: str = model._meta.model_name or ""
        self.label = model._meta.verbose_name
        self.label_plural = model._meta.verbose_name_plural

    @property
    def own_fields(self) -> Mapping[str, Field]:
        """Every field, the firm's own included, before anybody's grants are looked at."""
        return _every(self)

    @cached_property
    def declared_fields(self) -> dict[str, Field]:
        """The fields that code declares."""
        described = [
            describe(column)
            for column in (*self.model._meta.fields, *self.model._meta.many_to_many)
            if not isinstance(column, HIDDEN)
        ]
        shown = {
            each.name: each
            for each in described
            if each.name not in ("id", "version", "password", "archived_at", "last_login")
        }
        shown |= {each.name: each.field() for each in self.computed}
        return {name: replace(each, weight=self.search.get(name, 0)) for name, each in shown.items()}

    def searched(self) -> dict[str, Field]:
        """The fields that a record is found by."""
        return {name: each for name, each in self.own_fields.items() if each.weight}

    def fields(self, actor: Actor) -> Mapping[str, Field]:
        """Every field of the object that the actor may see, by name."""
        limits = actor.limits(self.slug)
        return _limited(self, tuple(limits.items())) if limits else self.own_fields

    def whole_fields(self, actor: Actor) -> dict[str, Field]:
        """Those that the actor sees as they are stored: none that is worked out, or of which they see a part."""
        return {name: each for name, each in self.fields(actor).items() if each.compute is None}

    def field(self, actor: Actor, name: str) -> Field:
        """One field; a dotted name walks links. Raises KeyError when there is none for this actor."""
        head, _, rest = name.partition(".")
        found = self.fields(actor)[head]
        if not rest:
            return found
        if found.target is None or isinstance(found.kind, kind.Links):  # several would make several rows of one
            raise KeyError(name)
        from bihuan.core.registry import desk_of  # the registry holds desks: a module-level import would be a circle

        return desk_of(found.target).field(actor, rest).seen_from(found)

    def known(self, actor: Actor, names: Iterable[str]) -> list[str]:
        """Those of the named fields that there are for this actor."""
        return [name for name in names if self.has(actor, name)]

    def has(self, actor: Actor, name: str) -> bool:
        """Whether there is such a field for this actor."""
        try:
            self.field(actor, name)
        except KeyError:
            return False
        return True

    def order(self, actor: Actor, wanted: str) -> str:
        """How a list is sorted that nobody sorts: as wanted where the actor knows the field whole, else the newest first."""
        name = wanted.lstrip("-")
        return wanted if name == "id" or (self.has(actor, name) and self.field(actor, name).sortable) else "-id"

    def inputs(self, actor: Actor, *, creating: bool) -> dict[str, Field]:
        """The fields an actor may give when creating or changing a record.

        Whoever may import may also bring along history that no form offers, such as the day a record was made.
        """
        given = {
            name: each for name, each in self.fields(actor).items()
            if each.editable and each.compute is None and name not in KEPT and (creating or not each.create_only)
        }  # fmt: skip
        if creating and actor.may(self.model, "import"):
            seen, limits = self.fields(actor), actor.limits(self.slug)
            given |= {
                name: seen[name]
                for name in getattr(self.model, "given_once", ())
                if name in seen and name not in limits
            }
        return given

    def offers(self, actor: Actor, action: str) -> bool:
        """Whether the actor finds `action` on the pages of this object: granted, and not left to a command of its own."""
        by_hand = self.made_by == "create" or action not in ("create", "import")
        return by_hand and actor.may(self.model, action)

    @cached_property
    def stage_field(self) -> str:
        """Name of the stage column; empty when the object has none."""
        return next((each.name for each in self.model._meta.fields if isinstance(each, StageField)), "")

    @cached_property
    def number_field(self) -> str:
        """Name of the document number; empty when the object has none."""
        return next((name for name, each in self.own_fields.items() if isinstance(each.kind, kind.DocumentNumber)), "")

    def title_of(self, record: models.Model) -> str:
        """What the record is called."""
        value: Any = record
        for part in self.title.split("__"):
            value = getattr(value, part) if value is not None else None
        return (
            str(record)
            if self.titles_are_labels
            else str(value or getattr(record, self.number_field or "pk", "") or f"#{record.pk}")
        )

    @cached_property
    def titles_are_labels(self) -> bool:
        """Whether the title is a name in three languages."""
        return hasattr(self.model, "label")

    def shown_columns(self) -> tuple[str, ...]:
        """The columns of a list nobody has changed."""
        return (
            self.columns
            or tuple(
                name
                for name, each in self.own_fields.items()
                if each.editable and each.kind.name not in ("longtext", "links")
            )[:8]
        )

    def fact_sections(self) -> tuple[Section, ...]:
        """The sections of the facts: the declared ones with what the firm has added, or those of the form."""
        return _with_custom(self, self.facts) if self.facts else self.form_sections()

    def form_sections(self) -> tuple[Section, ...]:
        """The sections of the full form, then those of the firm's own fields; fields no section names stand in a last one."""
        named = {name for section in self.form for name in section.fields}
        rest = tuple(
            name for name, each in self.own_fields.items()
            if each.editable and each.compute is None and not each.custom
            and name not in named and name not in KEPT and name not in ABOUT
        )  # fmt: skip
        return _with_custom(self, (*self.form, *([Section("", rest)] if rest or not self.form else [])))

    def quick_fields(self) -> tuple[str, ...]:
        """The fields of the create dialog: the declared ones, or the required ones and the first few others."""
        if self.quick:
            own = (name for name, each in self.own_fields.items() if each.custom and each.required)
            return (*self.quick, *own)
        names = [name for section in self.form_sections() for name in section.fields]
        needed = [name for name in names if self.own_fields[name].required]
        return tuple(dict.fromkeys((*needed, *names[:6])))

    def __repr__(self) -> str:
        return f"<desk {self.slug}>"


@remembered
def _every(desk: Desk) -> Mapping[str, Field]:
    from bihuan.core import custom  # which describes its own object by a desk: a module-level import would be a circle

    return desk.declared_fields | custom.fields_of(desk.slug)


def _with_custom(desk: Desk, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """The sections with the firm's own fields: each after the field that it follows, else under a heading of its own."""
    from bihuan.core import custom

    rows = [list(section.fields) for section in sections]
    left = custom.places(desk.slug)
    while ready := [(name, after, row) for name, after, _heading in left for row in rows if after in row]:
        name, after, row = ready[-1]  # of several that follow one field, the first comes to stand right behind it
        row.insert(row.index(after) + 1, name)
        left = [each for each in left if each[0] != name]
    headings: dict[str, tuple[str, ...]] = {}
    for name, _after, heading in left:
        headings[heading] = (*headings.get(heading, ()), name)
    placed = (Section(section.label, tuple(row)) for section, row in zip(sections, rows, strict=True))
    return (*placed, *(Section(label or _("Further fields"), names) for label, names in headings.items()))


@remembered
def _limited(desk: Desk, limits: tuple[tuple[str, Limit], ...]) -> Mapping[str, Field]:
    """The fields that are left to an actor; what is worked out from a field that is kept back goes with it."""
    kept, found = dict(limits), {}
    for name, each in desk.own_fields.items():
        limit = kept.get(name)
        if each.compute is not None and any(kept.get(path) in (Limit.HIDDEN, Limit.MASKED) for path in each.needs):
            continue
        if limit is None:
            found[name] = each
        elif limit is Limit.READ:
            found[name] = each.read_only()
        elif limit is Limit.MASKED and not isinstance(each.kind, kind.Links):
            found[name] = each.masked()
    return found


def names_in(desk: Desk) -> Iterable[tuple[str, str]]:
    """Every field name that a desk declares, with the attribute that names it; for the startup checks."""
    for attribute in (
        "took",
        "columns",
        "filters",
        "quick",
        "tags",
        "subtitle",
        "figures",
        "key",
        "creates",
        "told_in",
    ):
        yield from ((attribute, name) for name in getattr(desk, attribute))
    for attribute in ("form", "facts"):
        yield from ((attribute, name) for section in getattr(desk, attribute) for name in section.fields)
    yield from (("search", name) for name in desk.search)
    yield from (("duplicates", name) for match in desk.duplicates for name in match.fields)
    yield from (("aliases", name) for name in desk.aliases)
    yield from (("panels", name) for panel in desk.panels for name in panel.columns)
    yield from (("gathers", each.column) for each in desk.gathers)
    yield from (("kept", name) for name in (desk.kept.columns if desk.kept else ()))
    if desk.stream:
        named = ("at", "text", "mark", "whom", "flow", "outcome", "pinned")
        yield from (("stream", name) for part in named if (name := getattr(desk.stream, part)))
    if desk.board:
        yield from (("board", name) for name in (desk.board.total, *desk.board.card, desk.board.since) if name)
