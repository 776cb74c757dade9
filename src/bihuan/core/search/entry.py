"""What a record is found by, as its object says it and as the index keeps it."""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bihuan.core.search.fold import folds, joined, phone_digits, without_legal_form
from bihuan.core.search.grams import PHONE_GRAM, grams_of_phone, grams_of_spelling, grams_of_words
from bihuan.core.search.models import SearchEntry
from bihuan.core.search.pinyin import spellings

#: Longer texts are found by their beginning, and from a sentence on by their words alone.
LONGEST_TEXT = 2_000
LONGEST_SPELT_TEXT = 40
HYPHENATED = re.compile(r"[^\W_]+(?:[-_./&+][^\W_]+)+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the index. `title` and `detail` are shown; the record is found by all but `detail`.

    `words` are further texts with their weights; `persons`, `phones` and `numbers` those that are read as such:
    names begin with a surname, phone numbers match in any grouping, document numbers outweigh other words.
    An archived record is kept but not searched.
    """

    object: str
    record_id: int
    title: str
    detail: str = ""
    words: tuple[tuple[str, int], ...] = ()
    persons: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    archived: bool = False


def row(entry: Entry) -> SearchEntry:
    """The entry as it is stored."""
    heaviest_first = (text for text, _weight in sorted(entry.words, key=lambda word: -word[1]))
    texts = [text[:LONGEST_TEXT] for text in (entry.title, *entry.numbers, *entry.persons, *heaviest_first)]
    forms = {text: tuple(_forms(text)) for text in texts}
    digits = (phone_digits(phone) for phone in entry.phones)
    return SearchEntry(
        object=entry.object,
        record_id=entry.record_id,
        title=entry.title,
        detail=entry.detail,
        words=_lines(itertools.chain.from_iterable(forms.values())),
        spellings=_lines(
            spelling
            for text in forms
            if len(text) <= LONGEST_SPELT_TEXT
            for spelling in spellings(forms[text][0], person=text in entry.persons)
        ),
        phones=_lines(number for number in digits if len(number) >= PHONE_GRAM),
        archived=entry.archived,
    )


def grams(row: SearchEntry) -> set[str]:
    """All grams that the entry can be found by."""
    found = grams_of_words(row.words)
    for spelling in row.spellings.splitlines():
        found |= grams_of_spelling(spelling)
    for digits in row.phones.splitlines():
        found |= grams_of_phone(digits)
    return found


def _forms(text: str) -> Iterator[str]:
    for folded in folds(text):
        yield without_legal_form(folded)
        yield folded
    for word in HYPHENATED.finditer(text):
        yield joined(word.group())


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in dict.fromkeys(lines) if line)
