"""Where in a text stands what somebody searched for: the places to show in colour."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bihuan.core.search.fold import RUN, simplified
from bihuan.core.search.pinyin import Readings, surname_readings, syllables
from bihuan.core.search.query import Query, Token

#: Of a longer text is shown what stands around the first place.
LONGEST_SHOWN, BEFORE = 80, 20

#: Places in a text, each from its first character to the one behind its last.
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """A text without what stands between its letters, digits and characters; for each of these where it stands in the text.

    `starts` are the places where a word can be found: the beginnings of words, and every ideograph.
    """

    text: str
    places: tuple[int, ...]
    starts: frozenset[int]
    runs: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, text: str) -> "Letters":
        plain, origins = simplified(text)
        kept: list[int] = []
        starts, runs = set[int](), []
        for run in RUN.finditer(plain):
            begin = len(kept)
            kept += range(run.start(), run.end())
            starts |= set(range(begin, len(kept))) if run["ideographs"] else {begin}
            runs.append((begin, run.group()))
        return cls("".join(plain[at] for at in kept), tuple(origins[at] for at in kept), frozenset(starts), tuple(runs))


def spans(query: Query, text: str) -> tuple[Spans, bool]:
    """The places in a text, as it is shown, of what was searched for; and whether it holds all of that."""
    letters = Letters.of(text)
    found = [_places(letters, token) for token in query.tokens]
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(place for places in found for place in places):
        first, last = letters.places[begin], letters.places[end - 1] + 1
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged), all(found)


def excerpt(text: str, places: Spans) -> tuple[str, Spans]:
    """A long text cut to what stands around the first place."""
    text = text.replace("\n", " ")
    if len(text) <= LONGEST_SHOWN:
        return text, places
    begin = max(0, places[0][0] - BEFORE) if places else 0
    before, after = "…" if begin else "", "…" if begin + LONGEST_SHOWN < len(text) else ""
    shift = begin - len(before)
    inside = tuple((a - shift, b - shift) for a, b in places if b <= begin + LONGEST_SHOWN)
    return before + text[begin : begin + LONGEST_SHOWN] + after, inside


def _places(letters: Letters, token: Token) -> list[tuple[int, int]]:
    written = [place for words in token.words for place in _written(letters, words.replace(" ", ""))]
    return written or list(_spelt(letters, token.letters)) or list(_dialled(letters, token.digits))


def _written(letters: Letters, words: str) -> Iterator[tuple[int, int]]:
    at = letters.text.find(words) if words else -1
    while at >= 0:
        if at in letters.starts:
            yield at, at + len(words)
        at = letters.text.find(words, at + 1)


def _dialled(letters: Letters, digits: str) -> Iterator[tuple[int, int]]:
    at = letters.text.find(digits) if digits else -1
    if at >= 0:
        yield at, at + len(digits)


def _spelt(letters: Letters, typed: str) -> Iterator[tuple[int, int]]:
    """The first place that the typed letters spell."""
    for begin, run in letters.runs if typed else ():
        readings: Sequence[Readings] = syllables(run) if begin in letters.starts and begin + 1 in letters.starts else ()
        surname = surname_readings(run) if begin == 0 else []
        readings = [(*surname[at], *each) if at < len(surname) else each for at, each in enumerate(readings)]
        for start in range(len(readings) if len(readings) == len(run) else 0):
            if length := _spelt_length(typed, readings[start:]):
                yield begin + start, begin + start + length
                return


def _spelt_length(typed: str, readings: Sequence[Readings]) -> int:
    """How many syllables the letters are the beginnings of; 0 where they are not."""

    @functools.cache
    def follow(done: int, at: int) -> int:
        if done == len(typed):
            return at
        if at == len(readings):
            return 0
        for reading in readings[at]:
            for length in range(_common(typed[done:], reading), 0, -1):
                if found := follow(done + length, at + 1):
                    return found
        return 0

    return follow(0, 0)


def _common(typed: str, reading: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(typed, reading, strict=False)) if a != b), min(len(typed), len(reading))
    )
