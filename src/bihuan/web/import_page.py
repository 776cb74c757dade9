"""The steps of the import wizard as plain values: what their templates draw, and what was sent back read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.core import dates, kind, link, registry
from bihuan.core.access import Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.exchange import archive, mapping, matching, parts
from bihuan.core.exchange.plan import DUPLICATES, MODES
from bihuan.core.field import Field
from bihuan.core.kind import fold
from bihuan.core.numbers import FORMS, read_number
from bihuan.web.form import Input
from bihuan.web.import_bundle import Bundle
from bihuan.web.import_draft import Draft, is_reason, offered_keys

#: So many of the records and values that would be made by name are named.
NAMED = 12
#: So many questions stand on a page.
ASKED = 40
#: Answer to a question about a name: none of these.
NONE = "none"
#: Answers to a question about dates, about numbers, and about choices and records that are not there yet.
ORDERS = ("mdy", "dmy")
WRITTEN = {"dates": ORDERS, "numbers": FORMS, "new": ("create", "refuse")}


def steps(desk: Desk, draft: Draft | None, current: str) -> list[dict[str, Any]]:
    """The line above every step; those that can be gone back to have an address."""
    labels = {
        "file": _("File"), "columns": _("Columns"), "questions": _("Questions"), "check": _("Dry run"), "import": _("Import"),
    }  # fmt: skip
    urls = {"file": reverse("import", args=[desk.slug])}
    if draft is not None:
        urls["columns"] = reverse("import_columns", args=[desk.slug, draft.key])
        if draft.questions:
            urls["questions"] = reverse("import_questions", args=[desk.slug, draft.key])
    here = list(labels).index(current)
    skipped = "questions" if draft is not None and draft.plan and not draft.questions else ""
    return [
        {
            "label": label, "url": urls.get(name, "") if place < here else "",
            "is_current": place == here, "is_done": place < here, "is_skipped": name == skipped,
        }
        for place, (name, label) in enumerate(labels.items())
    ]  # fmt: skip


def fields_told(desk: Desk, actor: Actor) -> list[tuple[str, bool]]:
    """The fields that a file can fill, those that must be filled first."""
    fields = parts.own_fields_of(desk, actor).values()
    return [(str(each.label), each.required) for each in sorted(fields, key=lambda each: not each.required)]


def sheets(desk: Desk, actor: Actor) -> list[tuple[str, str]]:
    """Where to import files whose rows tell of several objects: slug, and what they tell of."""
    found = parts.sheets(desk, actor).items()
    return [(slug, " + ".join(str(each.label_plural) for each in desks)) for slug, desks in found]


# ---------------------------------------------------------------------- files of an archive


def files(actor: Actor, bundle: Bundle) -> list[dict[str, Any]]:
    """The files with the objects that each may be about."""
    offered = [(desk.slug, str(desk.label_plural).capitalize()) for desk in archive.offered(actor)]
    return [each | {"field": f"f{place}", "objects": offered} for place, each in enumerate(bundle.files)]


def take_objects(actor: Actor, bundle: Bundle, sent: QueryDict) -> list[str]:
    """The object chosen for every file; "" where it is left out."""
    offered = {desk.slug for desk in archive.offered(actor)}
    for place, each in enumerate(bundle.files):
        chosen = sent.get(f"f{place}", "")
        each["object"] = chosen if chosen in offered else ""
    return [each["object"] for each in bundle.files]


# ---------------------------------------------------------------------- columns


@dataclass
class Choice:
    """What was chosen for the columns; `errors` by the place of a column, "keys", or "" for the whole."""

    fields: list[str]
    mode: str
    keys: list[str]
    duplicates: str = "skip"
    errors: dict[Any, str] = field(default_factory=dict)

    @classmethod
    def read(cls, desk: Desk, actor: Actor, draft: Draft, sent: QueryDict) -> Choice:
        """From the form of the columns."""
        known = mapping.fields_of(desk, actor)
        names = [sent.get(f"c{place}", "") for place in range(len(draft.head))]
        chosen = cls([name if name in known else "" for name in names], sent.get("mode", ""), [])
        chosen.mode = chosen.mode if chosen.mode in MODES else draft.mode
        chosen.duplicates = sent.get("duplicates", "")
        chosen.duplicates = chosen.duplicates if chosen.duplicates in DUPLICATES else draft.duplicates
        chosen.keys = [name for name in offered_keys(desk, actor) if name in sent.getlist("key")]
        chosen._check(desk, known, draft)
        return chosen

    def _check(self, desk: Desk, known: Mapping[str, Field], draft: Draft) -> None:
        for place, name in enumerate(self.fields):
            if name and any(each.startswith(f"{name}.") for each in self.fields):
                told = {"field": known[name].label}
                self.errors[place] = _("“%(field)s” is told by other columns already.") % told
            first = self.fields.index(name)
            if name and first < place:
                told = {"field": known[name].label, "column": draft.head[first]}
                self.errors[place] = _("“%(field)s” is filled from “%(column)s” already.") % told
        required = {name: str(each.label) for name, each in known.items() if each.required and each.default is None}
        filled = mapping.filled_by(self.fields)
        needed = [label for name, label in required.items() if name not in filled]
        if not any(self.fields):
            self.errors[""] = _("Choose a field for at least one column.")
        elif self.mode == "create" and needed:
            self.errors[""] = _("New records need a column for: %(fields)s.") % {"fields": _(", ").join(needed)}
        sets = matching.together(desk, known)
        missing = [
            mapping.key_label(desk, known, name)
            for name in self.keys if not (set(sets[name].fields) if name in sets else {name}) <= filled
        ]  # fmt: skip
        if self.mode != "create" and missing:
            self.errors["keys"] = _("No column fills “%(field)s”.") % {"field": _(", ").join(missing)}
        elif self.mode != "create" and not self.keys:
            self.errors["keys"] = _("Choose by which field rows find the record they mean.")


def columns(desk: Desk, actor: Actor, draft: Draft, chosen: Choice | None = None) -> dict[str, Any]:
    """The table of columns and the ways to treat rows whose record is there already."""
    chosen = chosen or Choice(draft.fields, draft.mode, draft.keys, draft.duplicates)
    known = mapping.fields_of(desk, actor)
    shown = [
        {
            "place": place, "head": head or _("(no name)"), "samples": _samples(draft, place),
            "field": chosen.fields[place], "guess": draft.guessed[place], "error": chosen.errors.get(place, ""),
        }
        for place, head in enumerate(draft.head) if not is_reason(head)
    ]  # fmt: skip
    keys = [(name, mapping.key_label(desk, known, name), name in chosen.keys) for name in offered_keys(desk, actor)]
    told = {
        "create": _("Every row makes a new record."),
        "update": _("Rows whose record is not there are refused."),
        "both": _("New rows are added, the others bring their records up to date."),
    }
    alike = [(name, str(label), name == chosen.duplicates) for name, label in DUPLICATES.items()]
    modes = [(name, str(label), told[name], name == chosen.mode) for name, label in MODES.items()]
    return {
        "columns": shown, "groups": _grouped(known),
        "modes": modes if keys else modes[:1], "key_fields": keys,
        "duplicates": alike if desk.duplicates else [],
        "error": chosen.errors.get("", ""), "key_error": chosen.errors.get("keys", ""),
    }  # fmt: skip


def _grouped(known: Mapping[str, Field]) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The fields by whose they are: the object's own, then those of each record that it links to."""
    groups: dict[str, list[tuple[str, str, bool]]] = {}
    for name, each in known.items():
        link, _dot, _rest = name.rpartition(".")
        head = str(known[link].label) if link else ""
        groups.setdefault(head, []).append((name, str(each.label), each.required))
    return list(groups.items())


def _samples(draft: Draft, place: int) -> list[str]:
    return [row[place] for row in draft.samples if place < len(row) and row[place].strip()]


# ---------------------------------------------------------------------- questions


@dataclass
class Asked:
    """The questions that stand on one page, by their places: of all, or of those whose text holds `find`."""

    draft: Draft
    find: str = ""
    page: int = 1

    @classmethod
    def read(cls, draft: Draft, sent: QueryDict) -> Asked:
        """From the parameters of an address."""
        number = sent.get("page", "")
        return cls(
            draft, sent.get("find", "").strip(), int(number) if number.isdecimal() and len(number) < 9 else 1
        ).within()

    @cached_property
    def found(self) -> list[int]:
        """The places of the questions that are looked for."""
        wanted = fold(self.find)
        return [
            place for place, each in enumerate(self.draft.questions)
            if not wanted or each["kind"] == "new" or wanted in fold(each["text"])
        ]  # fmt: skip

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return max(1, -(-len(self.found) // ASKED))

    def within(self) -> Asked:
        """The nearest page that there is."""
        return replace(self, page=min(max(self.page, 1), self.pages))

    @property
    def places(self) -> list[int]:
        """The places of the questions on this page."""
        return self.found[(self.page - 1) * ASKED : self.page * ASKED]

    @property
    def following(self) -> Asked | None:
        """The page of the first question that still needs an answer; None when nothing does."""
        place = next((n for n, each in enumerate(self.draft.questions) if self.draft.is_open(each)), None)
        return None if place is None else Asked(self.draft, "", place // ASKED + 1)

    @property
    def params(self) -> str:
        """The parameters of its address."""
        return urlencode({"find": self.find, "page": self.page}) if self.find else urlencode({"page": self.page})


def questions(desk: Desk, actor: Actor, asked_here: Asked, errors: Mapping[int, str]) -> list[dict[str, Any]]:
    """The questions of a page by field; each item has a `name` in the form, one about an unknown name an `input` of its kind."""
    draft = asked_here.draft
    known = mapping.fields_of(desk, actor)
    headings = {
        "dates": _("In which order are these dates written?"),
        "numbers": _("What parts the decimals of these numbers?"),
        "new": _("Not there yet"),
        "link": _("Almost the same name: who or what is meant?"),
        "missing": _("Not known: what is meant?"),
    }
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for place in asked_here.places:
        question = draft.questions[place]
        asked, each = question["kind"], known[question["field"]]
        empty = {"kind": asked, "label": str(each.label), "heading": headings[asked], "items": []}
        item = _question(actor, draft, each, place, question) | {"error": errors.get(place, "")}
        groups.setdefault((asked, each.name), empty)["items"].append(item)
    return list(groups.values())


def _question(actor: Actor, draft: Draft, each: Field, place: int, question: dict[str, Any]) -> dict[str, Any]:
    answer, text = draft.answer(question), question["text"]
    proposed = str(question["proposal"] or "") if answer is None else answer
    makes = each.name in draft.makes
    item = {
        "name": f"q{place}", "text": text, "value": proposed, "input": None,
        "blank": _("As said above") if makes else _("Refuse the rows"),
        "left_open": _("Say what is meant where it is there by another name.") if makes else _("What is left open is refused row by row."),
    }  # fmt: skip
    if question["kind"] == "dates":
        return item | {"options": [(order, _read(text, order)) for order in ORDERS]}
    if question["kind"] == "numbers":
        return item | {"options": [(form, str(read_number(text, form))) for form in FORMS]}
    if question["kind"] == "new":
        number = sum(other["kind"] == "missing" and other["field"] == each.name for other in draft.questions)
        told = ngettext("%(num)d value is new", "%(num)d values are new", number) % {"num": number}
        return item | {"text": told, "options": [("create", _("Make them")), ("refuse", _("Refuse the rows"))]}
    if question["kind"] == "link":
        options = [(str(key), label) for key, label in question["options"]]
        return item | {"options": options, "value": NONE if answer == "" else proposed}
    asked = replace(_one(each), name=item["name"], label=text, required=False, help="")
    given = Input(asked, proposed, prefix="a")
    if answer and each.target is not None:
        given.shown = link.titles(actor, registry.desk_of(each.target), {int(answer)}).get(int(answer), "")
    return item | {"input": given}


def _one(each: Field) -> Field:
    """The field, as it takes one value."""
    return replace(each, kind=kind.Link()) if isinstance(each.kind, kind.Links) else each


def _read(text: str, order: str) -> str:
    day = dates.read_moment(text, order) or dates.read_date(text, order)
    return day.strftime("%Y-%m-%d") if day else _("not a date")


def take_answers(desk: Desk, actor: Actor, asked: Asked, sent: QueryDict) -> dict[int, str]:
    """Note the answers of a page in the draft; returns what is wrong with them, by the place of the question."""
    known, draft = mapping.fields_of(desk, actor), asked.draft
    errors = {}
    for place in asked.places:
        question, answer = draft.questions[place], sent.get(f"q{place}", "")
        if not _is_possible(actor, known[question["field"]], question, answer):
            errors[place] = _("Choose one of these.")
        else:
            draft.say(question, "" if answer == NONE else answer)
    return errors


def _is_possible(actor: Actor, each: Field, question: Mapping[str, Any], answer: str) -> bool:
    if question["kind"] in WRITTEN:
        return answer in WRITTEN[question["kind"]]
    if question["kind"] == "link":
        return answer == NONE or answer in {str(key) for key, _label in question["options"]}
    if not answer:
        return True
    if isinstance(each.kind, kind.Pick):
        return answer in {str(option.id) for option in each.kind.options(each)}
    assert each.target is not None
    return answer.isdecimal() and len(answer) < 19 and visible(actor, each.target).filter(pk=int(answer)).exists()


# ---------------------------------------------------------------------- dry run


def outcome(desk: Desk, actor: Actor, draft: Draft) -> dict[str, Any]:
    """What the dry run found, in words."""
    known, trial = mapping.fields_of(desk, actor), draft.trial
    labels = {"created": _("New"), "updated": _("Updated"), "unchanged": _("Unchanged")}
    labels |= {"skipped": _("Likely duplicates")} if desk.duplicates else {}
    labels |= {"refused": _("Refused")}
    ignored = zip(draft.head, draft.fields, strict=True)
    return {
        "counts": [(label, trial.get(name, 0)) for name, label in labels.items()],
        "made": [(str(known[name].label), texts[:NAMED], max(len(texts) - NAMED, 0)) for name, texts in trial["made"].items()],
        "meant": [(str(known[name].label), list(texts.items())) for name, texts in draft.meant.items()],
        "going": trial["created"] + trial["updated"] + trial["unchanged"],
        "left_out": [head for head, name in ignored if head and not name and not is_reason(head)],
        "reasons": trial["shown"], "refused": trial["refused"], "tried": trial["row"],
    }  # fmt: skip
