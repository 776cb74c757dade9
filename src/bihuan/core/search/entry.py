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
#: Those of them that say what an entry is found by.
WORDS = slice(4, 7)
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


def kept(entry: Entry) -> tuple[Any, ...]:
    """The entry as it is stored, in the order of COLUMNS."""
    texts = list(_in_order(entry))
    words: list[tuple[str, str]] = []
    spelt: list[tuple[str, str]] = []
    phones: list[tuple[str, str]] = []
    for text in texts:
        if text.reading is Reading.PHONE:
            if len(number := dialled(text.text)) >= grams.PHONE_GRAM:
                phones.append((number, text.field.translate(NO_DIGITS)))
            continue
        read, mark = _read(text.text, person=text.reading is Reading.PERSON), _mark(text)
        words += [(mark + form, text.field) for form in read.forms]
        spelt += [(spelling, text.field) for spelling in read.spellings]
    shown = _lines((" ".join(text.text.split()), text.field) for text in texts[1:])
    where = (entry.object, entry.record_id, entry.title[:LONGEST_TEXT])
    return (
        *where, shown, _lines(words), _lines(spelt), _lines(phones), entry.owner, entry.changed_at, entry.archived,
    )  # fmt: skip


def grams_of(words: str, spellings: str, phones: str, *, title_field: str) -> set[str]:
    """The grams that an entry is found by, from its columns as they are stored: a title by how it begins, a name as a whole too.

    Without a spelt title the first text that is spelt is found by how it begins.
    """
    found: set[str] = set()
    for line, field in lines(words):
        form, is_title = line.removeprefix(NAME_MARK), field == title_field
        found.update(grams.grams_of_words(form))
        if is_title:
            found |= grams.grams_of_beginning(form)
        if is_title or form is not line:
            found |= grams.gram_of_whole(form)
    for place, (spelling, field) in enumerate(lines(spellings)):
        found |= grams.grams_of_spelling(spelling)
        if place == 0 or field == title_field:
            found |= grams.grams_of_spelt_beginning(spelling)
    for number, _field in lines(phones):
        found |= grams.grams_of_phone(number)
    return found


class _Read(NamedTuple):
    """What a text is found by: its folded forms, and how it is spelt."""

    forms: tuple[str, ...]
    spellings: tuple[str, ...]


@functools.lru_cache(maxsize=2_048)  # many records share a town, a role, a source
def _read(text: str, *, person: bool) -> _Read:
    forms = tuple(dict.fromkeys(filter(None, _forms(text))))
    spelt = _spellings(text, forms[0], person=person) if forms and len(text) <= LONGEST_SPELT_TEXT else ()
    return _Read(forms, tuple(spelt))


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
