"""Forms: fields with what was typed and what is wrong with it. There is no second description of a field here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.files import File
from django.db import models
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor
from bihuan.core.columns import CurrencyField, RuleField
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.form_rules.rule import FREE, Verdict
from bihuan.core.held_file import HeldFile, name_of
from bihuan.core.money import currency_names
from bihuan.web import list_rule


@dataclass(slots=True)
class Input:
    """A field in a form: `text` is what stands in the control, `shown` the title beside an id, `error` a sentence.

    Of a file field `text` is the file that was sent, or the name of `held`, the one that stands in the record.
    """

    field: Field
    text: Any = ""
    held: HeldFile | None = None
    shown: str = ""
    error: str = ""
    prefix: str = "f"
    is_ruled: bool = False
    is_extra: bool = False  # stands here only for a rule that requires it
    verdict: Verdict = FREE
    list_url: str = ""  # of a rule: the list of those whom it finds
    near: str = ""  # the record that what is picked probably belongs to, as "account.12"

    @property
    def required(self) -> bool:
        return self.field.required or self.verdict.required

    @property
    def hidden(self) -> bool:
        """Whether a rule keeps it out of the form."""
        return not self.error and (not self.verdict.shown or (self.is_extra and not self.verdict.required))

    @property
    def disabled(self) -> bool:
        """Whether nothing can be typed here."""
        return self.hidden or self.verdict.read_only

    def bars(self, value: str) -> bool:
        """Whether a rule takes a choice away."""
        return self.verdict.offered is not None and value not in {str(each) for each in self.verdict.offered}

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def id(self) -> str:
        return f"{self.prefix}-{self.field.name}"

    @property
    def is_currency(self) -> bool:
        """Whether it takes the code of a currency."""
        return isinstance(self.field.column, CurrencyField)

    @property
    def widget(self) -> str:
        """Which control the field gets: a file in web/widgets/."""
        name = self.field.kind.name
        if isinstance(self.field.column, RuleField):
            return "rule"
        if name == "links" and self.field.target is None:
            return "line"  # records of the object itself, by their ids
        if name in ("choice", "stage", "state") or self.is_currency:
            return "select"
        if (
            name == "link"
            and registry.desk_of(self.field.target).configuration
            and self.field.target._meta.model_name != "user"
        ):
            return "select"
        return {
            "link": "picker",
            "links": "several",
            "choices": "checks",
            "longtext": "area",
            "yesno": "switch",
            "date": "date",
            "moment": "moment",
            "file": "file",
        }.get(name, "line")

    @property
    def unsaved(self) -> str:
        """The name of a file that was sent and not stored, which no page can put back into the control."""
        return name_of(self.text) if isinstance(self.text, File) else ""

    @property
    def target(self) -> str:
        """The object that a link points to."""
        return registry.desk_of(self.field.target).slug

    @property
    def options_url(self) -> str:
        """Where a picker gets what it offers; what belongs to the record at hand comes first."""
        return reverse("options", args=[self.target]) + (f"?near={self.near}" if self.near else "")

    @property
    def options(self) -> list[tuple[str, str]]:
        """Values and labels of a select."""
        each = self.field
        if self.is_currency:
            return currency_names(get_language() or "en")
        if isinstance(each.kind, kind.Pick):
            return [(str(option.id), option.label) for option in each.kind.options(each)]
        if isinstance(each.kind, kind.State):
            return [(value, str(label)) for value, label in each.states.items()]
        return sorted(link.all_titles(registry.desk_of(each.target)).items(), key=lambda pair: pair[1])

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Ids and titles of a field that holds several links."""
        return list(zip(filter(None, self.text.split(",")), filter(None, self.shown.split("\n")), strict=False))


@dataclass(slots=True)
class Form:
    """Some inputs and what belongs to none of them."""

    inputs: dict[str, Input]
    error: str = ""

    @property
    def has_files(self) -> bool:
        """Whether it must be sent in parts, as files are."""
        return any(each.widget == "file" for each in self.inputs.values())

    def __iter__(self) -> Iterable[Input]:
        return iter(self.inputs.values())

    def refuse(self, refusal: Refused) -> None:
        """Put the sentences of a refusal beside their fields; what has no field here goes to the top."""
        loose = []
        for name, sentence in refusal.errors.items():
            if name in self.inputs:
                self.inputs[name].error = sentence
            else:
                loose.append(sentence)
        self.error = " ".join(loose)

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, by field name, for `run`."""
        return {name: each.text for name, each in self.inputs.items()}


def sent_by(request: HttpRequest) -> QueryDict:
    """What a form sent, its files among the texts. A file field without one, and not to be emptied, is not among them."""
    if not request.FILES:
        return request.POST
    sent = request.POST.copy()
    for name, file in request.FILES.items():
        sent[name] = file  # type: ignore[assignment]
    return sent


def form_of(
    fields: Iterable[Field],
    actor: Actor,
    *,
    record: models.Model | None = None,
    data: QueryDict | None = None,
    given: Mapping[str, str] | None = None,
    prefix: str = "f",
) -> Form:
    """A form over fields: filled from what was posted, else from the record, else from `given` and the defaults."""
    inputs = {each.name: Input(each, prefix=prefix) for each in fields}
    for name, each in inputs.items():
        if record is not None and isinstance(each.field.kind, kind.File):
            each.held = each.field.value_of(record)
        if data is not None:
            each.text = (
                ",".join(data.getlist(name)) if each.field.kind.name in ("links", "choices") else data.get(name, "")
            )
        elif record is not None:
            each.text = stored_text(each.field, record)
        else:
            default = each.field.default
            each.text = (given or {}).get(name, "") or (
                ""
                if default is None
                else each.field.text(default)
                if not isinstance(each.field.kind, kind.State)
                else default
            )
    _name_links(inputs.values(), actor)
    _tell_rules(inputs, record)
    return Form(inputs)


def stored_text(each: Field, record: models.Model) -> str:
    """A stored value as a control holds it: ids for links and choices, ISO for dates."""
    raw = each.value_of(record)
    if isinstance(each.kind, kind.Picks):
        return ",".join(map(str, raw))
    if isinstance(each.kind, (kind.Link, kind.Pick)):
        return "" if raw is None else str(raw)
    if isinstance(each.kind, kind.Amount) and raw is not None:
        return f"{raw:f}"
    return str(raw) if isinstance(each.kind, kind.State) else each.text(raw)


def _name_links(inputs: Iterable[Input], actor: Actor) -> None:
    """Titles beside the ids of links. One query per linked object."""
    wanted: dict[Any, list[Input]] = {}
    for each in inputs:
        if isinstance(each.field.kind, (kind.Link, kind.Links)) and each.text and each.field.target is not None:
            wanted.setdefault(each.field.target, []).append(each)
    for target, askers in wanted.items():
        keys = {each.name: [kind.read_key(part) for part in each.text.split(",")] for each in askers}
        titles = link.titles(actor, registry.desk_of(target), {key for parts in keys.values() for key in parts})
        for each in askers:
            each.shown = "\n".join(titles.get(key, _("unknown")) for key in keys[each.name] if key is not None)


def _tell_rules(inputs: Mapping[str, Input], record: models.Model | None) -> None:
    """Beside rules what they ask for in words, and the list of those whom they find."""
    for each in inputs.values():
        column = each.field.column
        if not isinstance(column, RuleField) or not each.text:
            continue
        slug = inputs[column.of].text if column.of in inputs else getattr(record, column.of, "")
        if slug in {desk.slug for desk in registry.desks()}:
            each.shown = list_rule.in_words(slug, each.text)
            each.list_url = f"{reverse('list', args=[slug])}?{urlencode(list_rule.asked(each.text))}"


def pick(fields: Mapping[str, Field], names: Sequence[str]) -> list[Field]:
    """Those of the named fields that the actor may fill, in the order named."""
    return [fields[name] for name in names if name in fields]
