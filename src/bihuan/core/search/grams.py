"""Grams: the small pieces of a text that the databases index.

A text that holds a word holds all grams of the word. The reverse is not true, so grams find candidates and the columns
of `SearchEntry` decide. Kinds: ``华`` and ``华为`` (ideographs), ``po`` (the first 1, 2, 4 or 8 characters of a word or
number), ``'hua`` (the beginning of a syllable), ``h'w`` (the first letters of neighbouring syllables), ``#138`` (three
digits of a phone number). Behind ``^`` stands what begins the title, behind ``=`` a short text as a whole. Of the entry
itself: ``:account`` its object (``-account`` when archived), ``~12`` its owner, ``&5`` the owner's unit.
"""

import functools
import itertools
import re
from operator import add

from bihuan.core.search.fold import RUN

PREFIX_LENGTHS = 8, 4, 2, 1
PHONE_GRAM = 3

INITIAL = "(?:[zcs]h?|[bpmfdtnlgkhjqxryw])?"
FINAL = (
    "(?:a(?:i|o|ng?)?|e(?:i|r|ng?)?|o(?:u|ng)?|i(?:a(?:o|ng?)?|e|u|ng?|ong)?|u(?:a(?:i|ng?)?|o|i|n|e)?|v(?:e|n|an)?)"
)
SYLLABLE = re.compile(f"(?![iuv]){INITIAL}{FINAL}|[zcs]h|[ln]yu")
#: What may stand last, half typed.
SYLLABLE_START = re.compile(f"(?![iuv])(?:{INITIAL}(?:{FINAL}|on|ion)|[zcs]h|[ln]yu)")
LONGEST_SYLLABLE = 6
#: How many letters are parted into syllables to find candidates; so many already leave few.
PARTED_LETTERS = 16


def grams_of_words(words: str) -> list[str]:
    """All grams of folded words, some of them more than once: whoever gathers them has a set anyway."""
    found: list[str] = []
    for run in RUN.finditer(words):
        text = run.group()
        if run["ideographs"]:
            found += text
            found += map(add, text, text[1:])
        else:
            found += [text[:length] for length in PREFIX_LENGTHS if length <= len(text)]
    return found


def grams_in_words(token: str) -> frozenset[str]:
    """The grams that words must have to hold a folded token; only the longest of each, the others follow from it."""
    found: set[str] = set()
    for run in RUN.finditer(token):
        text = run.group()
        if not run["ideographs"]:
            found.add(next(text[:length] for length in PREFIX_LENGTHS if length <= len(text)))
        elif len(text) == 1:
            found.add(text)
        else:
            found.update(map(add, text, text[1:]))
    return frozenset(found)


def grams_of_spelling(spelling: str) -> frozenset[str]:
    """All grams of a spelling such as ``'hua'wei``."""
    syllables = _syllables(spelling)
    initials = [syllable[0] for syllable in syllables]
    return frozenset().union(map("'".join, itertools.pairwise(initials)), *map(_starts, syllables))


def _syllables(spelling: str) -> list[str]:
    """The syllables up to the legal form."""
    return spelling.partition("`")[0][1:].split("'")


@functools.lru_cache(maxsize=2_048)
def _starts(syllable: str) -> tuple[str, ...]:
    return tuple("'" + syllable[:length] for length in range(1, len(syllable) + 1))


def grams_in_spelling(letters: str) -> frozenset[frozenset[str]]:
    """For every likely way to part letters into syllables and first letters, the grams that a spelling must have."""
    letters = letters[:PARTED_LETTERS]
    ways = {tuple(letters), *_partings(letters)}
    return frozenset(_grams_of_parting(parting) for parting in ways)


def _partings(letters: str) -> list[tuple[str, ...]]:
    """The ways with the fewest parts, and those with one more: xian and xi-an, fang-an and fan-gan, hua-w-j-s."""
    ways: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(letters) + 1):
        longer = [
            (*way, letters[begin:end])
            for begin in range(max(0, end - LONGEST_SYLLABLE), end)
            if _is_part(letters[begin:end], last=end == len(letters))
            for way in ways[begin]
        ]
        fewest = min(map(len, longer))
        ways.append([way for way in longer if len(way) <= fewest + 1])
    return ways[-1]


def _is_part(letters: str, *, last: bool) -> bool:
    return len(letters) == 1 or bool((SYLLABLE_START if last else SYLLABLE).fullmatch(letters))


def _grams_of_parting(parts: tuple[str, ...]) -> frozenset[str]:
    neighbours = {f"{first[0]}'{second[0]}" for first, second in itertools.pairwise(parts)}
    # A single letter follows from the pair of neighbours that it stands in.
    return frozenset(neighbours | {"'" + part for part in parts if len(part) > 1 or len(parts) == 1})


def grams_of_phone(digits: str) -> set[str]:
    """All grams of a phone number, which are also those that a number must have to hold these digits."""
    return {"#" + digits[at : at + PHONE_GRAM] for at in range(len(digits) - PHONE_GRAM + 1)}


def grams_of_beginning(words: str) -> set[str]:
    """The grams of a title by what it begins with."""
    text = words.replace(" ", "")
    return {"^" + text[:length] for length in PREFIX_LENGTHS if length <= len(text)}


def grams_in_beginning(words: str) -> frozenset[str]:
    """The gram that a title must have to begin with folded words."""
    text = words.replace(" ", "")
    return frozenset(["^" + next(text[:length] for length in PREFIX_LENGTHS if length <= len(text))])


def grams_of_spelt_beginning(spelling: str) -> set[str]:
    """The grams of a title by how its spelling begins."""
    first, *more = _syllables(spelling)
    return {"^" + start for start in _starts(first)} | {f"^{first[0]}'{second[0]}" for second in more[:1]}


def grams_in_spelt_beginning(letters: str) -> frozenset[frozenset[str]]:
    """For every likely way to part letters, the grams that a spelling must have to begin with them."""
    letters = letters[:PARTED_LETTERS]
    ways = {tuple(letters), *_partings(letters)}
    return frozenset(frozenset(_spelt_beginning(*parting)) for parting in ways)


def _spelt_beginning(first: str, *more: str) -> set[str]:
    return {f"^'{first}"} | {f"^{first[0]}'{second[0]}" for second in more[:1]}


def gram_of_whole(words: str) -> set[str]:
    """The gram of a short text as a whole; longer ones are rare enough to be found by their pieces."""
    text = words.replace(" ", "")
    return {"=" + text} if 0 < len(text) <= PREFIX_LENGTHS[0] else set()


def grams_of_place(object: str, *, archived: bool, owner: int | None, unit: int | None) -> set[str]:
    """The grams that tell where an entry belongs."""
    found = {("-" if archived else ":") + object}
    if owner is not None:
        found.add(f"~{owner}")
    if unit is not None:
        found.add(f"&{unit}")
    return found
