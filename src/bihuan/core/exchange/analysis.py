"""A first look at a file: what its columns mean, what will be made, and what only a person can answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor, seen
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.exchange import cells, mapping, matching, profile, values
from bihuan.core.exchange.plan import MODES, Plan
from bihuan.core.exchange.reading import Table
from bihuan.core.field import Field
from bihuan.core.numbers import FORMS, read_number

#: So many different texts of a column are looked at; what comes beyond is met row by row.
MOST_TEXTS = 10_000
SAMPLES = 5
#: Kinds whose values are meant by a name.
NAMED = (kind.Link, kind.Links, kind.Pick)
#: A name counts as the key of a file as long as no more than one in so many of its values repeats.
SELDOM = 20


@dataclass(frozen=True)
class Question:
    """Something a person has to say; `proposal` may be None.

    `kind` is "dates" (options: mdy, dmy), "numbers" (point, comma) or "link" (ids).
    """

    kind: str
    field: str
    text: str
    options: list[tuple[Any, str]]
    proposal: Any = None


@dataclass
class Analysis:
    """`plan` is complete once every question has an answer.

    By field and text: `creates` what will be made, `missing` what is not known, `meant` what was known by another spelling than
    its own, with what it is. `makes` names the fields whose missing texts could be made if somebody wants it.
    """

    plan: Plan
    rows: int
    samples: list[list[str]]
    unknown: list[str]
    questions: list[Question] = field(default_factory=list)
    creates: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    meant: dict[str, dict[str, str]] = field(default_factory=dict)
    makes: list[str] = field(default_factory=list)


@dataclass
class Column:
    """What is seen of one column in the first pass over the file."""

    field: Field
    texts: dict[str, None] = field(default_factory=dict)
    order: mapping.DateOrder = field(default_factory=mapping.DateOrder)
    form: mapping.NumberForm = field(default_factory=mapping.NumberForm)
    filled: int = 0
    hashes: set[int] = field(default_factory=set)

    def add(self, text: str, is_key: bool) -> None:
        self.filled += 1
        if is_key:
            self.hashes.add(hash(text))
        if isinstance(self.field.kind, kind.Date):
            self.order.add(text)
        elif self.field.kind.numeric:
            self.form.add(text)
        elif isinstance(self.field.kind, NAMED) and len(self.texts) < MOST_TEXTS:
            self.texts[text] = None


def analyse(
    table: Table, desk: Desk, by: Actor, *, columns: Mapping[str, str] | Sequence[str] | None = None,
    texts: Mapping[str, Mapping[str, str]] | None = None, dates: str | Mapping[str, str] = "", numbers: str = "",
    mode: str = "",
    constants: Mapping[str, str] | None = None, strict: bool = False,
) -> Analysis:  # fmt: skip
    """Look at every row once. What is given goes before what was saved, and that before what is guessed.

    `columns`: head → field, or the field of every column in turn; `texts`: field → text → name of the record meant;
    `dates`: an order for all columns or by field; `numbers`: what parts the decimals in all of them.
    Raises Refused, or Forbidden for whoever may not import.
    """
    if not desk.offers(by, "import"):
        raise Forbidden()
    fields = mapping.fields_of(desk, by)
    saved = profile.of(desk.slug, table.head)
    samples = list(islice(table.rows(), SAMPLES))
    given = columns if isinstance(columns, Mapping) else {}
    remembered = {
        head: name for head, name in saved.mapping.items() if head in table.head and (not name or name in fields)
    }
    guessed = mapping.guess(desk, by, table.head, samples)
    named = mapping.overridden(table.head, guessed, {**remembered, **given}, fields)
    plan = Plan(desk.slug, named if columns is given or columns is None else list(columns), strict=strict)
    plan.constants = dict(constants or {})
    for name in {*plan.constants, *filter(None, plan.fields)} - fields.keys():
        raise mapping.unknown(name, fields)
    if not any(plan.fields):
        sentence = _("No column of the file fits a field of “%(object)s”; say which is which.")
        raise Refused(sentence % {"object": desk.label_plural}, "columns")
    reasons = profile.reason_heads()
    unknown = [
        head for head, name in zip(table.head, plan.fields, strict=True) if not name and head and head not in reasons
    ]
    seen, rows = _look(table, desk, plan, fields)
    found = Analysis(plan, rows, samples, unknown)
    plan.keys = list(_keys(desk, fields, seen))
    plan.mode = _mode(mode, plan.keys)
    _dates(
        found, seen, saved.dates, dates if isinstance(dates, Mapping) else dict.fromkeys(seen, dates) if dates else {}
    )
    _numbers(found, seen, saved.numbers, numbers, table.separator)
    _texts(found, desk, by, seen, saved.values, texts or {})
    return found


def _look(table: Table, desk: Desk, plan: Plan, fields: Mapping[str, Field]) -> tuple[dict[str, Column], int]:
    seen = {name: Column(fields[name]) for name in plan.fields if name}
    keys = mapping.keys_of(desk, fields)
    places = [(place, seen[name], name in keys) for place, name in enumerate(plan.fields) if name]
    rows = 0
    for row in table.rows():
        rows += 1
        for place, column, is_key in places:
            text = row[place].strip() if place < len(row) else ""
            if text:
                column.add(text if table.is_workbook else cells.plain(text), is_key)
    return seen, rows


def _keys(desk: Desk, fields: Mapping[str, Field], seen: Mapping[str, Column]) -> Iterator[str]:
    """The fields that name the record of a row: unique ones, and others that hardly repeat in the file.

    People share names, so a person's name counts only where the desk puts it first.
    """
    filled = mapping.filled_by(list(seen))
    for name in mapping.keys_of(desk, fields):
        column = seen.get(name)
        if column is None and name in (sets := matching.together(desk, fields)) and set(sets[name].fields) <= filled:
            yield name
        if column is None or not column.filled or (desk.person and name == desk.title and name != desk.key[0]):
            continue
        if column.field.unique or (column.filled - len(column.hashes)) * SELDOM <= column.filled:
            yield name


def _mode(wanted: str, keys: list[str]) -> str:
    if wanted and wanted not in MODES:
        raise Refused(_("“%(text)s” is not one of: %(options)s.") % {"text": wanted, "options": _(", ").join(MODES)})
    if wanted == "update" and not keys:
        raise Refused(_("No column of the file says which records to update."))
    return wanted or ("both" if keys else "create")


def _dates(found: Analysis, seen: Mapping[str, Column], saved: Mapping[str, str], given: Mapping[str, str]) -> None:
    """What somebody says goes before what the values show, and that before what was saved."""
    for name, column in seen.items():
        if not isinstance(column.field.kind, kind.Date):
            continue
        order = given.get(name) or column.order.order or saved.get(name, "")
        if order:
            found.plan.dates[name] = order
        else:
            options = [("mdy", _("month/day/year")), ("dmy", _("day/month/year"))]
            found.questions.append(Question("dates", name, column.order.sample, options))


def _numbers(found: Analysis, seen: Mapping[str, Column], saved: Mapping[str, str], given: str, separator: str) -> None:
    """The same for what parts the decimals."""
    for name, column in seen.items():
        if not column.field.kind.numeric:
            continue
        form = given or column.form.form(separator) or saved.get(name, "")
        if form:
            found.plan.numbers[name] = form
        else:
            sample = column.form.sample
            options = [(each, str(read_number(sample, each))) for each in FORMS]
            found.questions.append(Question("numbers", name, sample, options))


def _texts(
    found: Analysis, desk: Desk, by: Actor, seen: Mapping[str, Column],
    saved: Mapping[str, dict[str, Any]], given: Mapping[str, Mapping[str, str]],
) -> None:  # fmt: skip
    """Links and choices: answers given or saved, near hits to ask about, what will be made, what is missing."""
    for name in given:
        if name not in seen:
            raise Refused(_("No column of the file fills “%(name)s”.") % {"name": name})
    for name, column in seen.items():
        if not isinstance(column.field.kind, NAMED):
            continue
        known = _still_there(column.field, by, saved.get(name, {})) | _meant(column.field, by, given.get(name, {}))
        if known:
            found.plan.values[name] = known
        reader = values.reader(column.field, by, creates=mapping.makes(desk, name), known=known, strict=True)
        reader = reader.one if isinstance(reader, values.SeveralLinks) else reader
        several = isinstance(column.field.kind, kind.Links)
        unknown = reader.unknown(
            [part for text in column.texts for part in (values.parts(text) if several else [text])]
        )  # type: ignore[attr-defined]
        if isinstance(reader, values.Links):
            found.questions += [
                _question(name, text, options) for text, options in reader.near.items() if text not in known
            ]
        if column.field.target is desk.model:
            continue  # they may stand further down in the file
        if unknown:
            (found.creates if reader.creates else found.missing)[name] = unknown  # type: ignore[attr-defined]
            if not reader.creates and values.may_make(column.field, by):  # type: ignore[attr-defined]
                found.makes.append(name)
        if isinstance(reader, values.Names) and (aliased := reader.aliased(column.texts)):
            found.meant[name] = aliased


def _question(name: str, text: str, options: list[tuple[int, str]]) -> Question:
    return Question("link", name, text, options, options[0][0] if len(options) == 1 else None)


def _still_there(each: Field, by: Actor, saved: Mapping[str, Any]) -> dict[str, Any]:
    """Saved answers whose record or choice this actor still finds."""
    if isinstance(each.kind, kind.Pick):
        offered = {option.id for option in each.kind.options(each)}
    else:
        assert each.target is not None
        offered = seen(by, each.target, saved.values(), archived=False)
    return {text: key for text, key in saved.items() if key in offered}


def _meant(each: Field, by: Actor, given: Mapping[str, str]) -> dict[str, Any]:
    """Answers that name a record or choice by a text. Raises Refused where there is none."""
    if not given:
        return {}
    if isinstance(each.kind, kind.Pick):
        return {text: each.parse(meant) for text, meant in given.items()}
    assert each.target is not None
    found, near = link.resolve(by, registry.desk_of(each.target), given.values())
    meanings = {}
    for text, meant in given.items():
        options = near.get(meant, [])
        if meant not in found and len(options) != 1:
            raise Refused(_("“%(text)s” was not found.") % {"text": meant})
        meanings[text] = found.get(meant) or options[0][0]
    return meanings


def answer(found: Analysis, question: Question, value: Any) -> None:
    """Put an answer into the plan."""
    if question.kind == "dates":
        found.plan.dates[question.field] = value
    elif question.kind == "numbers":
        found.plan.numbers[question.field] = value
    else:
        found.plan.values.setdefault(question.field, {})[question.text] = value
    found.questions.remove(question)


def explain(found: Analysis, desk: Desk, by: Actor, name: str, text: str, meant: str) -> None:
    """Say by its name what a text stands for. Raises Refused where there is no such record or choice."""
    meaning = _meant(mapping.fields_of(desk, by)[name], by, {text: meant})
    found.plan.values.setdefault(name, {}).update(meaning)


def make_new(found: Analysis, names: Sequence[str]) -> None:
    """Have records made for what these fields name and nobody knows. Raises Refused."""
    for name in names:
        if name not in found.plan.fields:
            raise Refused(_("No column of the file fills “%(name)s”.") % {"name": name})
        if name in found.missing and name not in found.makes:
            raise Refused(_("What “%(name)s” names cannot be made: a name alone is not enough.") % {"name": name})
    found.plan.created = list(names)


def remember(table: Table, plan: Plan) -> None:
    """Save the answers for the next file with this head."""
    reasons = profile.reason_heads()
    named = {head: name for head, name in zip(table.head, plan.fields, strict=True) if head and head not in reasons}
    profile.ImportProfile.objects.update_or_create(
        object=plan.object, signature=profile.signature_of(table.head),
        defaults={"mapping": named, "values": plan.values, "dates": plan.dates, "numbers": plan.numbers},
    )  # fmt: skip
