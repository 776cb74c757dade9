"""What a typed text asks for: tokens that must all be found, each in one of several ways."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Least, StrIndex

from bihuan.core.search import store
from bihuan.core.search.fold import LEGAL_FORM, fold, folds, phone_digits, without_legal_form, without_spelt_legal_form
from bihuan.core.search.grams import PHONE_GRAM, grams_in_spelling, grams_in_words, grams_of_phone
from bihuan.core.search.pinyin import pattern

LONGEST_QUERY = 200
LETTERS = re.compile(r"(?=.*[a-z])[a-z0-9]+")
PHONE = re.compile(r"[-+0-9()./\s\u2010-\u2015]+")
#: As many digits make a whole query one phone number even where it is typed in groups.
PHONE_LENGTH = 7

# How well an entry fits; what is taken off for the place where the words fit stays within one class.
EXACT, BEGINNING, SPELT, ANYWHERE = 4_000, 3_000, 2_000, 1_000
FURTHEST_PLACE = 900


@dataclass(frozen=True, slots=True)
class Way:
    """One way to find a token: the condition that decides, and the sets of grams of which an entry has one."""

    condition: Q
    grams: frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Query:
    """`wholes` are the folded forms of the whole text, for ranking; `tokens` what must be found."""

    wholes: tuple[str, ...]
    tokens: tuple[tuple[Way, ...], ...]

    def condition(self) -> Q:
        """Which search entries fit."""
        candidates = store.candidates([frozenset().union(*(way.grams for way in ways)) for ways in self.tokens])
        return reduce(and_, (_any(way.condition for way in ways) for ways in self.tokens), candidates)

    def score(self) -> Combinable:
        """How well an entry fits: its title exactly, its title's beginning, the beginning of its spelling, anywhere.

        Lines of words stand heaviest first, so within a class the earlier place is the better one.
        """
        letters = without_spelt_legal_form(self.wholes[0].replace(" ", ""))
        cases = [
            When(_any(Q(words__startswith=f"{whole}\n") for whole in self.wholes), then=EXACT),
            When(_any(Q(words__startswith=whole) for whole in self.wholes), then=BEGINNING),
        ]
        if LETTERS.fullmatch(letters):
            cases.append(When(spellings__regex=r"(?:^|\n)" + pattern(letters), then=SPELT))
        place = Least(StrIndex("words", Value(self.wholes[0])), FURTHEST_PLACE)
        return Case(*cases, default=ANYWHERE, output_field=IntegerField()) - place


def parse(text: str) -> Query | None:
    """The query for a typed text; None where it holds no letter, digit or character to look for."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    chunks = [text] if _is_phone(text, PHONE_LENGTH) else text.split()
    chunks = [chunk for chunk in chunks if fold(chunk)]
    named = [chunk for chunk in chunks if not LEGAL_FORM.fullmatch(fold(chunk))] or chunks
    if not named:
        return None
    wholes = tuple(without_legal_form(folded) for folded in folds(" ".join(named)))
    return Query(wholes, tuple(tuple(_ways(chunk)) for chunk in dict.fromkeys(named)))


def _ways(chunk: str) -> Iterator[Way]:
    for folded in folds(chunk):
        words = without_legal_form(folded)
        yield Way(Q(words__contains=words), frozenset([grams_in_words(words)]))
    letters = without_spelt_legal_form(words.replace(" ", ""))
    if LETTERS.fullmatch(letters):
        yield Way(_spelt(letters), grams_in_spelling(letters))
    if _is_phone(chunk, PHONE_GRAM):
        digits = phone_digits(chunk)
        yield Way(Q(phones__contains=digits), frozenset([frozenset(grams_of_phone(digits))]))


def _spelt(letters: str) -> Q:
    # Most searches begin with one letter, and that finds the most: no regular expression there.
    return Q(spellings__contains=f"'{letters}") if len(letters) == 1 else Q(spellings__regex=pattern(letters))


def _is_phone(text: str, least_digits: int) -> bool:
    return bool(PHONE.fullmatch(text)) and len(phone_digits(text)) >= least_digits


def _any(conditions: Iterator[Q]) -> Q:
    return reduce(or_, conditions)
