"""The steps of the import wizard as plain values: what their templates draw, and what was sent back read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core import dates, kind, link, registry
from bihuan.core.access import Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.exchange import mapping
from bihuan.core.exchange.plan import MODES
from bihuan.core.field import Field
from bihuan.web.form import Input
from bihuan.web.import_draft import Draft, is_reason, offered_keys

#: Answer to a question about a name: none of these.
NONE = "none"


def steps(desk: Desk, draft: Draft | None, current: str) -> list[dict[str, Any]]:
    """The line above every step; those that can be gone back to have an address."""
    labels = {"file": _("File"), "columns": _("Columns"), "questions": _("Questions"), "check": _("Dry run"), "import": _("Import")}
    places, here = list(labels), list(labels).index(current)
    skipped = draft is not None and bool(draft.plan) and not draft.questions
    found = []
    for place, (name, label) in enumerate(labels.items()):
        is_back = place < here and not (name == "questions" and skipped)
        url = reverse("import", args=[desk.slug]) if name == "file" else reverse(f"import_{name}", args=[desk.slug, draft.key]) if draft and is_back else ""
        found.append({"label": label, "url": url if is_back else "", "is_current": name == current, "is_done": place < here, "is_skipped": name == "questions" and skipped})
    return found


def fields_told(desk: Desk, actor: Actor) -> list[tuple[str, bool]]:
    """The fields that a file can fill, those that must be filled first."""
    fields = mapping.fields_of(desk, actor).values()
    return [(str(each.label), each.required) for each in sorted(fields, key=lambda each: not each.required)]


# ---------------------------------------------------------------------- columns


@dataclass
class Choice:
    """What was chosen for the columns; `errors` by the place of a column, "keys", or "" for the whole."""

    fields: list[str]
    mode: str
    keys: list[str]
    errors: dict[Any, str] = field(default_factory=dict)

    @classmethod
    def read(cls, desk: Desk, actor: Actor, draft: Draft, sent: QueryDict) -> Choice:
        """From the form of the columns."""
        known = mapping.fields_of(desk, actor)
        names = [sent.get(f"c{place}", "") for place in range(len(draft.head))]
        chosen = cls([name if name in known else "" for name in names], sent.get("mode", ""), [])
        chosen.mode = chosen.mode if chosen.mode in MODES else draft.mode
        chosen.keys = [name for name in offered_keys(desk, actor) if name in sent.getlist("key")]
        chosen._check(known, draft)
        return chosen

    def _check(self, known: Mapping[str, Field], draft: Draft) -> None:
        for place, name in enumerate(self.fields):
            first = self.fields.index(name)
            if name and first < place:
                self.errors[place] = _("“%(field)s” is filled from “%(column)s” already.") % {"field": known[name].label, "column": draft.head[first]}
        needed = [str(each.label) for name, each in known.items() if each.required and each.default is None and name not in self.fields]
        if not any(self.fields):
            self.errors[""] = _("Choose a field for at least one column.")
        elif self.mode == "create" and needed:
            self.errors[""] = _("New records need a column for: %(fields)s.") % {"fields": _(", ").join(needed)}
        missing = [str(known[name].label) for name in self.keys if name not in self.fields]
        if self.mode != "create" and missing:
            self.errors["keys"] = _("No column fills “%(field)s”.") % {"field": _(", ").join(missing)}
        elif self.mode != "create" and not self.keys:
            self.errors["keys"] = _("Choose by which field rows find the record they mean.")


def columns(desk: Desk, actor: Actor, draft: Draft, chosen: Choice | None = None) -> dict[str, Any]:
    """The table of columns and the ways to treat rows whose record is there already."""
    chosen = chosen or Choice(draft.fields, draft.mode, draft.keys)
    known = mapping.fields_of(desk, actor)
    shown = [
        {
            "place": place, "head": head or _("(no name)"), "samples": [row[place] for row in draft.samples if place < len(row) and row[place].strip()],
            "field": chosen.fields[place], "guess": draft.guessed[place], "error": chosen.errors.get(place, ""),
        }
        for place, head in enumerate(draft.head) if not is_reason(head)
    ]  # fmt: skip
    keys = [(name, str(known[name].label), name in chosen.keys) for name in offered_keys(desk, actor)]
    told = {"create": _("Every row makes a new record."), "update": _("Rows whose record is not there are refused."), "both": _("New rows are added, the others bring their records up to date.")}
    modes = [(name, str(label), told[name], name == chosen.mode) for name, label in MODES.items()]
    return {
        "columns": shown, "fields": [(name, str(each.label), each.required) for name, each in known.items()],
        "modes": modes if keys else modes[:1], "key_fields": keys, "error": chosen.errors.get("", ""), "key_error": chosen.errors.get("keys", ""),
    }  # fmt: skip


# ---------------------------------------------------------------------- questions


def questions(desk: Desk, actor: Actor, draft: Draft, errors: Mapping[int, str]) -> list[dict[str, Any]]:
    """The open questions by field. Each has a `name` in the form; those about unknown names carry an `input` of the field's kind."""
    known = mapping.fields_of(desk, actor)
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for place, question in enumerate(draft.questions):
        each = known[question["field"]]
        heading = {"dates": _("In which order are these dates written?"), "link": _("Almost the same name: who or what is meant?"), "missing": _("Not known: what is meant?")}
        group = groups.setdefault((question["kind"], each.name), {"kind": question["kind"], "label": str(each.label), "heading": heading[question["kind"]], "items": []})
        group["items"].append(_question(actor, draft, each, place, question) | {"error": errors.get(place, "")})
    for name, group in groups.items():
        group["more"] = len(draft.missing.get(name[1], ())) if name[0] == "missing" else 0
    return list(groups.values())


def _question(actor: Actor, draft: Draft, each: Field, place: int, question: Mapping[str, Any]) -> dict[str, Any]:
    answer = draft.answer(question)
    item = {"name": f"q{place}", "text": question["text"], "value": answer if answer is not None else str(question["proposal"] or ""), "input": None}
    if question["kind"] == "dates":
        return item | {"options": [(order, _read(question["text"], order)) for order in ("mdy", "dmy")]}
    if question["kind"] == "link":
        return item | {"options": [(str(key), label) for key, label in question["options"]], "value": NONE if answer == "" else item["value"]}
    given = Input(replace(_one(each), name=item["name"], label=question["text"], required=False, help=""), answer or "", prefix="a")
    if answer and each.target is not None:
        given.shown = link.titles(actor, registry.desk_of(each.target), {int(answer)}).get(int(answer), "")
    return item | {"input": given}


def _one(each: Field) -> Field:
    """The field, as it takes one value."""
    return replace(each, kind=kind.Link()) if isinstance(each.kind, kind.Links) else each


def _read(text: str, order: str) -> str:
    day = dates.read_moment(text, order) or dates.read_date(text, order)
    return day.strftime("%Y-%m-%d") if day else _("not a date")


def take_answers(desk: Desk, actor: Actor, draft: Draft, sent: QueryDict) -> dict[int, str]:
    """Note the answers in the draft; returns what is wrong with them, by the place of the question."""
    known = mapping.fields_of(desk, actor)
    errors = {}
    for place, question in enumerate(draft.questions):
        answer = sent.get(f"q{place}", "")
        if not _is_possible(actor, known[question["field"]], question, answer):
            errors[place] = _("Choose one of these.")
        else:
            draft.say(question, "" if answer == NONE else answer)
    return errors


def _is_possible(actor: Actor, each: Field, question: Mapping[str, Any], answer: str) -> bool:
    if question["kind"] == "dates":
        return answer in ("mdy", "dmy")
    if question["kind"] == "link":
        return answer == NONE or answer in {str(key) for key, _label in question["options"]}
    if not answer:
        return True
    if isinstance(each.kind, kind.Pick):
        return answer in {str(option.id) for option in each.kind.options(each)}
    return answer.isdecimal() and len(answer) < 19 and visible(actor, each.target).filter(pk=int(answer)).exists()  # type: ignore[type-var]


# ---------------------------------------------------------------------- dry run


def outcome(desk: Desk, actor: Actor, draft: Draft) -> dict[str, Any]:
    """What the dry run found, in words."""
    known, trial = mapping.fields_of(desk, actor), draft.trial
    counts = [(_("New"), trial["created"]), (_("Updated"), trial["updated"]), (_("Unchanged"), trial["unchanged"]), (_("Refused"), trial["refused"])]
    made = [(str(known[name].label), texts[:12], max(len(texts) - 12, 0)) for name, texts in trial["made"].items()]
    left_out = [head for head, name in zip(draft.head, draft.fields, strict=True) if not name and head and not is_reason(head)]
    return {"counts": counts, "made": made, "left_out": left_out, "reasons": trial["shown"], "refused": trial["refused"], "tried": trial["row"]}
