"""What a typed text asks for: tokens that must all be found, each in one of several ways."""

import functools
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from bihuan.core.search import grams, sql
from bihuan.core.search.entry import NAME_MARK, NO_DIGITS
from bihuan.core.search.fold import (
    IDEOGRAPHS,
    LEGAL_FORM,
    fold,
    folds,
    phone_digits,
    without_begun_legal_form,
    without_legal_form,
    without_spelt_legal_form,
)  # fmt: skip
from bihuan.core.search.pinyin import pattern
from bihuan.core.search.sql import Sql
from bihuan.core.search.store import GramSets, Needs

LONGEST_QUERY = 200
LETTERS = re.compile(r"(?=.*[a-z])[a-z0-9]+")
PHONE = re.compile(r"[-+0-9()./\s\u2010-\u2015]+")
#: Where characters meet letters: somebody types on while the pinyin before is already turned into characters.
SCRIPTS = re.compile(rf"(?<=[{IDEOGRAPHS}])(?=[^\W\d_{IDEOGRAPHS}])|(?<=[^\W\d_{IDEOGRAPHS}])(?=[{IDEOGRAPHS}])")
#: As many digits make a whole query one phone number even where it is typed in groups.
PHONE_LENGTH = 7

# How well an entry fits: by its title as a whole, another of its names as a whole, the title's beginning, a spelling as a
# whole, the beginning of one, inside the title, anywhere. One's own come before others of the same class, and earlier lines before later.
EXACT, EXACT_ELSEWHERE, BEGINNING, SPELT_WHOLE, SPELT, INSIDE, ANYWHERE = (
    7_000,
    6_000,
    5_000,
    4_000,
    3_000,
    2_000,
    1_000,
)
OWN, FURTHEST_LINE = 500, 400

#: By object: the only fields in which an actor who does not see all of them may find something.
Fields = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to find a token: what a column must hold, as it stands or as a regular expression, and the sets of grams
    of which an entry has one."""

    column: str
    text: str
    grams: frozenset[frozenset[str]]
    is_pattern: bool = False

    def condition(self, fields: Fields) -> Sql:
        """Which search entries hold it."""
        found = (sql.fits if self.is_pattern else sql.contains)(self.column, self.text)
        kept_back = (sql.any_of([Sql("object <> %s", (object,)), self._in(names)]) for object, names in fields.items())
        return sql.all_of([found, *kept_back])

    def _in(self, names: Collection[str]) -> Sql:
        """It is held by a line of one of these fields."""
        tags = (name.translate(NO_DIGITS) if self.column == "phones" else name for name in sorted(names))
        text = self.text if self.is_pattern else re.escape(self.text)
        return sql.fits(self.column, rf"{text}[^\t\n]*\t(?:{'|'.join(map(re.escape, tags))})\n")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of what was typed: folded words and, where it may be those, the letters of a spelling, the digits of a phone."""

    words: tuple[str, ...]
    letters: str = ""
    digits: str = ""

    def ways(self) -> Iterator[Way]:
        for words in self.words:
            yield Way("words", words, frozenset([grams.grams_in_words(words)]))
        if len(self.letters) == 1:  # most searches begin with one letter, and that finds the most: no pattern there
            yield Way("spellings", f"'{self.letters}", grams.grams_in_spelling(self.letters))
        elif self.letters:
            spelt = {self.letters, without_begun_legal_form(self.letters)}
            sets = frozenset().union(*map(grams.grams_in_spelling, spelt))
            yield Way("spellings", pattern(self.letters), sets, is_pattern=True)
        if self.digits:
            yield Way("phones", self.digits, frozenset([frozenset(grams.grams_of_phone(self.digits))]))


@dataclass(frozen=True, slots=True)
class Query:
    """`wholes` are the folded forms of the whole text, for ranking; `tokens` what must be found."""

    wholes: tuple[str, ...]
    tokens: tuple[Token, ...]

    def condition(self, fields: Fields) -> Sql:
        """Which of the candidates fit."""
        return sql.all_of(sql.any_of(way.condition(fields) for way in token.ways()) for token in self.tokens)

    def needs(self) -> Needs:
        """The grams that every entry has which fits."""
        return [frozenset().union(*(way.grams for way in token.ways())) for token in self.tokens]

    def pools(self, owner: int | None, units: Collection[int]) -> Iterator[Needs]:
        """Narrower needs, one after the other: those who fit best, and what is the actor's or their units'.

        Where so much fits that nobody wants to read it all, the answer is made from the newest of each.
        """
        if whole := [frozenset(gram) for words in self.wholes if (gram := grams.gram_of_whole(words))]:
            yield [whole]
        yield [*self.needs(), self._beginnings()]
        if owner is not None:
            yield [*self.needs(), [frozenset([f"~{owner}"]), *(frozenset([f"&{unit}"]) for unit in sorted(units))]]
        yield self.needs()

    def _beginnings(self) -> GramSets:
        sets = {grams.grams_in_beginning(words) for words in self.wholes}
        return sets | grams.grams_in_spelt_beginning(self._letters) if LETTERS.fullmatch(self._letters) else sets

    @property
    def _letters(self) -> str:
        return without_spelt_legal_form(self.wholes[0].replace(" ", ""))

    def score(self, owner: int | None) -> Sql:
        """How well an entry fits; the higher, the better."""
        title = sql.up_to("words", "\n")
        cases = [
            (sql.any_of(sql.begins("words", f"{whole}\t") for whole in self.wholes), EXACT),
            (sql.any_of(sql.contains("words", f"\n{NAME_MARK}{whole}\t") for whole in self.wholes), EXACT_ELSEWHERE),
            (sql.any_of(sql.begins("words", whole) for whole in self.wholes), BEGINNING),
        ]
        if LETTERS.fullmatch(self._letters):
            spelt = "(?:^|\n)" + pattern(self._letters)
            cases += [
                (sql.fits("spellings", rf"{spelt}[a-z0-9]*[`\t]"), SPELT_WHOLE),
                (sql.fits("spellings", spelt), SPELT),
            ]
        inside = (sql.contains(title.text, whole) for whole in self.wholes)
        cases.append((sql.any_of(Sql(each.text, title.values + each.values) for each in inside), INSIDE))
        fit, own = sql.first_of(cases, ANYWHERE), sql.first_of([(Sql("owner_id = %s", (owner,)), OWN)], 0)
        line = sql.lines_of(sql.up_to("words", self.wholes[0]), FURTHEST_LINE)
        return Sql(f"{fit.text} + {own.text} - {line.text}", fit.values + own.values + line.values)


@functools.lru_cache(maxsize=256)
def parse(text: str) -> Query | None:
    """The query for a typed text; None where it holds no letter, digit or character to look for."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    chunks = [text] if _is_phone(text, PHONE_LENGTH) else SCRIPTS.sub(" ", text).split()
    chunks = [chunk for chunk in chunks if fold(chunk)]
    named = [chunk for chunk in chunks if not LEGAL_FORM.fullmatch(fold(chunk))] or chunks
    if not named:
        return None
    wholes = tuple(without_legal_form(folded) for folded in folds(" ".join(named), is_typed=True))
    return Query(wholes, tuple(_token(chunk) for chunk in dict.fromkeys(named)))


def _token(chunk: str) -> Token:
    words = tuple(dict.fromkeys(without_legal_form(folded) for folded in folds(chunk, is_typed=True)))
    letters = without_spelt_legal_form(words[-1].replace(" ", ""))
    return Token(
        words,
        letters if LETTERS.fullmatch(letters) else "",
        _digits(chunk) if PHONE.fullmatch(chunk) else "",
    )


def _digits(chunk: str) -> str:
    """The digits to look for in phone numbers; an area code alone keeps its zero."""
    digits = phone_digits(chunk)
    code = chunk if chunk.isdecimal() and chunk.startswith("0") and not chunk.startswith("00") else ""
    found = digits if len(digits) >= grams.PHONE_GRAM else code
    return found if len(found) >= grams.PHONE_GRAM else ""


def _is_phone(text: str, least_digits: int) -> bool:
    return bool(PHONE.fullmatch(text)) and len(phone_digits(text)) >= least_digits
