"""Which field a column of a file fills, guessed from its head; and in which order its dates are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from bihuan.core import dates, kind, numbers, registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.exchange import matching, parts, record_key
from bihuan.core.field import Field
from bihuan.core.kind import fold


def fields_of(desk: Desk, actor: Actor) -> dict[str, Field]:
    """The fields that a file can fill: the object's own, those of records that its links point to, and the record key."""
    return parts.own_fields_of(desk, actor) | parts.fields_of(desk, actor) | {record_key.NAME: record_key.field(desk)}


def keys_of(desk: Desk, fields: Mapping[str, Field]) -> tuple[str, ...]:
    """By what rows may find the record they mean, the surest first: fields, or sets of links that no two may share."""
    return (record_key.NAME, *(name for name in desk.key if name in fields), *matching.together(desk, fields))


def key_label(desk: Desk, fields: Mapping[str, Field], name: str) -> str:
    """What people call a key."""
    names = matching.together(desk, fields)[name].fields if name not in fields else (name,)
    return " + ".join(str(fields[each].label) for each in names)


def filled_by(columns: Sequence[str]) -> set[str]:
    """The fields that these columns fill, each in whole or, where it is a link, by what they tell of its record."""
    return {name for each in columns if each for name in (each, each.partition(".")[0])}


def makes(desk: Desk, name: str) -> bool:
    """Whether unknown texts of a field may become new choices or records."""
    link, _dot, rest = name.rpartition(".")
    return rest in (registry.desk_of(desk.own_fields[link].target).creates if link else desk.creates)


def guess(desk: Desk, actor: Actor, head: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> list[str]:
    """For every column the field it fills, or "": by name, then by alias, then by label in any language, then by contents."""
    fields = fields_of(desk, actor)
    found = [""] * len(head)
    for names in (*_names(desk, fields), *_names_of_parts(desk, actor)):
        for place, column in enumerate(head):
            name = names.get(fold(column), "")
            if not found[place] and name and name not in found:
                found[place] = name
    for place in range(len(head)):
        if not found[place]:
            found[place] = _by_contents(
                fields, found, [row[place] for row in samples if place < len(row) and row[place].strip()]
            )
    return [_whole(desk, actor, name, found) for name in found]


def _whole(desk: Desk, actor: Actor, name: str, found: Sequence[str]) -> str:
    """Where columns tell more of a linked record, the column that would name it tells how the record is called."""
    told = any(each.startswith(f"{name}.") for each in found) and name in parts.links_of(desk, actor)
    title = f"{name}.{registry.desk_of(desk.own_fields[name].target).title}" if told else ""
    return title if title and title not in found else name


def _names(desk: Desk, fields: Mapping[str, Field]) -> list[dict[str, str]]:
    """What columns may be called, the surest first: folded head → field name."""
    named = {fold(name): name for name in fields}
    aliased = {fold(alias): name for name, aliases in desk.aliases.items() if name in fields for alias in aliases}
    labelled = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labelled.append({fold(str(each.label)): name for name, each in reversed(fields.items())})
    return [named, aliased, *labelled]


def _names_of_parts(desk: Desk, actor: Actor) -> list[dict[str, str]]:
    """The same for the fields of linked records, where only one of the links has a field of that name."""
    found: list[dict[str, str]] = []
    for link, target in parts.links_of(desk, actor).items():
        for place, names in enumerate(_names(target, parts.own_fields_of(target, actor))):
            if place == len(found):
                found.append({})
            for text, name in names.items():
                found[place][text] = "" if text in found[place] else f"{link}.{name}"
    return found


def _by_contents(fields: Mapping[str, Field], taken: Sequence[str], texts: Sequence[str]) -> str:
    """A field for e-mail addresses where all texts are such."""
    free = [name for name, each in fields.items() if isinstance(each.kind, kind.Mail) and name not in taken]
    if not free or not texts or not all("@" in text for text in texts):
        return ""
    try:
        for text in texts:
            fields[free[0]].check(text.strip())
    except Refused:
        return ""
    return free[0]


def overridden(
    head: Sequence[str], guessed: Sequence[str], wanted: Mapping[str, str], fields: Mapping[str, Field]
) -> list[str]:
    """The guesses, with what somebody says instead (column head → field, "" to leave it out). Raises Refused."""
    found = list(guessed)
    places = {fold(column): place for place, column in reversed(list(enumerate(head)))}
    for column, name in wanted.items():
        place = head.index(column) if column in head else places.get(fold(column))
        if place is None:
            raise Refused(_("The file has no column “%(column)s”.") % {"column": column})
        if name and name not in fields:
            raise unknown(name, fields)
        if name in found:
            found[found.index(name)] = ""
        found[place] = name
    return found


def unknown(name: str, fields: Mapping[str, Field]) -> Refused:
    """What to say of a name that is no field."""
    return Refused(
        _("There is no field “%(name)s” to fill; there are: %(fields)s.")
        % {"name": name, "fields": _(", ").join(fields)}
    )


@dataclass
class DateOrder:
    """What the values of one column allow; `failures` counts, by order, the values that are no date in it."""

    failures: dict[str, int] = field(default_factory=lambda: {"mdy": 0, "dmy": 0})
    sample: str = ""

    def add(self, text: str) -> None:
        figures = dates.figures(text)
        if figures is not None:
            self.sample = self.sample or text
            for order in self.failures:
                self.failures[order] += (dates.read_moment(text, order) or dates.read_date(text, order)) is None

    @property
    def order(self) -> str:
        """The order in force: "ymd" where every year comes first; "" where the column allows two."""
        if not self.sample:
            return "ymd"
        mdy, dmy = self.failures["mdy"], self.failures["dmy"]
        return "" if mdy == dmy else "mdy" if mdy < dmy else "dmy"


@dataclass
class NumberForm:
    """The same for the decimals and thousands of a column of numbers."""

    failures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(numbers.FORMS, 0))
    sample: str = ""

    def add(self, text: str) -> None:
        if "," in text or "." in text:
            self.sample = self.sample or text
            for form in self.failures:
                self.failures[form] += numbers.read_number(text, form) is None

    def form(self, separator: str) -> str:
        """The form in force; "" where the column allows two. 1,234 is doubtful only in a file that keeps its commas for decimals."""
        point, comma = self.failures["point"], self.failures["comma"]
        if point != comma:
            return "point" if point < comma else "comma"
        return "point" if not self.sample or ("," in self.sample and separator != ";") else ""
