"""What a record is found by, as its object says it and as the index keeps it."""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, NamedTuple

from bihuan.core.search import grams
from bihuan.core.search.fold import dialled, folds, joined, without_legal_form
from bihuan.core.search.pinyin import spellings

#: The columns of `SearchEntry`.
COLUMNS = (
    "object", "record_id", "title", "texts", "words", "spellings", "phones", "owner_id", "changed_at", "archived",
)  # fmt: skip
#: Longer texts are found by their beginning, and from a sentence on by their words alone.
LONGEST_TEXT = 2_000
LONGEST_SPELT_TEXT = 40
#: From this weight on a text is another name of the record, such as a short name or a number.
NAME_WEIGHT = 8
NAME_MARK = "="
HYPHENATED = re.compile(r"[^\W_]+(?:[-_./&+][^\W_]+)+")
#: Digits in the name of a field would be taken for those of a phone number beside it.
NO_DIGITS = str.maketrans("0123456789", "abcdefghij")
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class Reading(Enum):
    """How a text is read, in the order in which texts of equal weight stand."""

    NUMBER = auto()  # a document number: outweighs other words
    PERSON = auto()  # a name that begins with a surname
    WORDS = auto()
    PHONE = auto()  # matches in any grouping of its digits


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a record is found by, and the field it stands in."""

    field: str
    text: str
    weight: int = 1
    reading: Reading = Reading.WORDS


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the index, found by its title and its texts.

    `title_field` is where the title stands, when it is among the texts. An archived record is kept, and searched only
    when asked for.
    """

    object: str
    record_id: int
    title: str
    texts: tuple[Text, ...] = ()
    title_field: str = ""
    owner: int | None = None
    unit: int | None = None
    changed_at: datetime = UNKNOWN
    archived: bool = False


def kept(entry: Entry) -> tuple[tuple[Any, ...], set[str]]:
    """The entry as it is stored, in the order of COLUMNS, and all grams that it can be found by."""
    texts = list(_in_order(entry))
    words: list[tuple[str, str]] = []
    spelt: list[tuple[str, str]] = []
    phones: list[tuple[str, str]] = []
    found = grams.grams_of_place(entry.object, archived=entry.archived, owner=entry.owner, unit=entry.unit)
    for text in texts:
        if text.reading is Reading.PHONE:
            if len(number := dialled(text.text)) >= grams.PHONE_GRAM:
                phones.append((number, text.field.translate(NO_DIGITS)))
                found |= grams.grams_of_phone(number)
            continue
        read, is_title = _read(text.text, person=text.reading is Reading.PERSON), text is texts[0]
        found |= read.grams
        found |= _grams_of_name(read, is_title=is_title, is_name=text.weight >= NAME_WEIGHT, is_first=not spelt)
        words += [(_mark(text) + form, text.field) for form in read.forms]
        spelt += [(spelling, text.field) for spelling in read.spellings]
    shown = _lines((" ".join(text.text.split()), text.field) for text in texts[1:])
    lines = (shown, _lines(words), _lines(spelt), _lines(phones))
    where = (entry.object, entry.record_id, entry.title[:LONGEST_TEXT])
    return (*where, *lines, entry.owner, entry.changed_at, entry.archived), found


class _Read(NamedTuple):
    """What a text is found by: its folded forms, how it is spelt, and the grams of both."""

    forms: tuple[str, ...]
    spellings: tuple[str, ...]
    grams: frozenset[str]


@functools.lru_cache(maxsize=2_048)  # many records share a town, a role, a source
def _read(text: str, *, person: bool) -> _Read:
    forms = tuple(dict.fromkeys(filter(None, _forms(text))))
    spelt = _spellings(text, forms[0], person=person) if forms and len(text) <= LONGEST_SPELT_TEXT else ()
    found = set[str]().union(*map(grams.grams_of_words, forms), *map(grams.grams_of_spelling, spelt))
    return _Read(forms, tuple(spelt), frozenset(found))


def _grams_of_name(read: _Read, *, is_title: bool, is_name: bool, is_first: bool) -> set[str]:
    """The grams of a title by how it begins, and of a name as a whole; without a spelt title, of the first text that is spelt."""
    found: set[str] = set()
    if is_title:
        found.update(*map(grams.grams_of_beginning, read.forms))
    if is_title or is_name:
        found.update(*map(grams.gram_of_whole, read.forms))
    if is_title or is_first:
        found.update(*map(grams.grams_of_spelt_beginning, read.spellings if is_title else read.spellings[:1]))
    return found


def lines(kept: str) -> Iterator[tuple[str, str]]:
    """The texts of a column of the index, each with its field."""
    for line in kept.split("\n")[:-1]:
        text, _tab, field = line.partition("\t")
        yield text, field


def _in_order(entry: Entry) -> Iterator[Text]:
    """The title, then the other texts, numbers and names of people first and the heaviest before others."""
    known = next((text for text in entry.texts if text.field == entry.title_field), None)
    yield Text(entry.title_field, entry.title[:LONGEST_TEXT], 0, known.reading if known else Reading.WORDS)
    for text in sorted(entry.texts, key=lambda text: (min(text.reading.value, Reading.WORDS.value), -text.weight)):
        if text is not known:
            yield Text(text.field, text.text[:LONGEST_TEXT], text.weight, text.reading)


def _forms(text: str) -> Iterator[str]:
    for folded in folds(text):
        yield without_legal_form(folded)
        yield folded
    for word in HYPHENATED.finditer(text):
        yield joined(word.group())


def _mark(text: Text) -> str:
    return NAME_MARK if text.weight >= NAME_WEIGHT else ""


def _spellings(text: str, name: str, *, person: bool) -> list[str]:
    folded = folds(text)[0]
    legal_form = folded.removeprefix(name) if folded.startswith(name) else ""
    return spellings(name, person=person, legal_form=legal_form)


def _lines(texts: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{text}\t{field}\n" for text, field in dict.fromkeys(texts) if text)
