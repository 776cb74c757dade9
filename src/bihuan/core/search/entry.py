"""What a record is found by, as its object says it and as the index keeps it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from bihuan.core.search import grams
from bihuan.core.search.fold import dialled, folds, joined, without_legal_form
from bihuan.core.search.models import SearchEntry
from bihuan.core.search.pinyin import spellings

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


def row(entry: Entry) -> SearchEntry:
    """The entry as it is stored."""
    texts = list(_in_order(entry))
    forms = {text: tuple(_forms(text.text)) for text in texts if text.reading is not Reading.PHONE}
    return SearchEntry(
        object=entry.object,
        record_id=entry.record_id,
        title=entry.title[:LONGEST_TEXT],
        texts=_lines((" ".join(text.text.split()), text.field) for text in texts[1:]),
        words=_lines((_mark(text) + form, text.field) for text in forms for form in forms[text]),
        spellings=_lines(
            (spelling, text.field)
            for text in forms
            if len(text.text) <= LONGEST_SPELT_TEXT
            for spelling in _spellings(text, forms[text][0])
        ),
        phones=_lines(
            (number, text.field.translate(NO_DIGITS))
            for text in texts
            if text.reading is Reading.PHONE and len(number := dialled(text.text)) >= grams.PHONE_GRAM
        ),
        owner_id=entry.owner,
        changed_at=entry.changed_at,
        archived=entry.archived,
    )


def grams_of(entry: Entry, row: SearchEntry) -> set[str]:
    """All grams that the entry can be found by."""
    found = grams.grams_of_place(entry.object, archived=entry.archived, owner=entry.owner, unit=entry.unit)
    title = set(_forms(entry.title[:LONGEST_TEXT]))
    for words, _field in lines(row.words):
        found |= grams.grams_of_words(words)
        if words in title:
            found |= grams.grams_of_beginning(words) | grams.gram_of_whole(words)
        elif words.startswith(NAME_MARK):
            found |= grams.gram_of_whole(words.removeprefix(NAME_MARK))
    for place, (spelling, field) in enumerate(lines(row.spellings)):
        found |= grams.grams_of_spelling(spelling)
        if place == 0 or field == entry.title_field:
            found |= grams.grams_of_spelt_beginning(spelling)
    for digits, _field in lines(row.phones):
        found |= grams.grams_of_phone(digits)
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


def _spellings(text: Text, name: str) -> list[str]:
    folded = folds(text.text)[0]
    legal_form = folded.removeprefix(name) if folded.startswith(name) else ""
    return spellings(name, person=text.reading is Reading.PERSON, legal_form=legal_form)


def _lines(texts: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{text}\t{field}\n" for text, field in dict.fromkeys(texts) if text)
