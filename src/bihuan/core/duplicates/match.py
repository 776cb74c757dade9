"""Match keys: what a desk declares to be the same in two records, folded so that spelling does not count.

Two records that share a key are likely one, as far as the key's weight says (0 to 100). Every key is telling by itself,
so few records share one and a look into the index costs the same at any size.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from bihuan.core.search.fold import fold, phone_digits, without_legal_form

if TYPE_CHECKING:
    from django.db import models

    from bihuan.core.desk import Desk

#: From this score on two records are likely one, and from this one on surely.
LIKELY, SURE = 60, 85
#: Parts of a firm's name that say only where it sits; so much of the name must remain.
PLACE = re.compile(
    "^(?:(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|"
    "甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|深圳|广州|苏州|杭州|南京|武汉|成都|西安|青岛|宁波|厦门|无锡|常州|东莞|佛山|"
    "大连|沈阳|长春|哈尔滨|济南|郑州|长沙|合肥|福州|南昌|昆明|贵阳|南宁|石家庄|太原|兰州|嘉兴|绍兴|温州|台州|金华|南通|扬州|徐州|"
    "昆山|珠海|中山|惠州|台北|台中|台南|高雄|新北|桃园|新竹)(?:省|市|自治区|特别行政区)?|[一-鿿]{2,3}[省市])+"
)
CORE_LENGTH = 3
#: What a name without its place weighs, of a hundred parts of the whole name.
CORE_WEIGHT = 70
SHORTEST_PHONE = 7


@dataclass(frozen=True, slots=True)
class Match:
    """What makes two records alike: the same value of a field, or of each of several together.

    `reads` names how a text is folded, where the kind of the field does not say it: one of READINGS. `near` is the
    weight of a text that is only almost the same. Two records that differ in a `decisive` field are never one.
    """

    fields: tuple[str, ...]
    weight: int
    reads: str = ""
    near: int = 0
    decisive: bool = False


class Key(NamedTuple):
    """A folded value as the index keeps it: a number that says object, reading and text."""

    number: int
    weight: int
    match: Match


def keys_of(desk: Desk, record: models.Model) -> dict[int, Key]:
    """The match keys of a record, stored or not, by number; of two that are the same the heavier counts."""
    found: dict[int, Key] = {}
    for match in desk.duplicates:
        for text, weight in _texts(desk, record, match):
            key = Key(_number(desk.slug, text), weight, match)
            if key.number not in found or found[key.number].weight < weight:
                found[key.number] = key
    return found


def score(weights: Mapping[str, int] | Iterable[int]) -> int:
    """How likely two records are one, of a hundred: independent signs add up as probabilities do."""
    doubt = 1.0
    for weight in weights.values() if isinstance(weights, Mapping) else weights:
        doubt *= 1 - weight / 100
    return round(100 * (1 - doubt))


def are_apart(desk: Desk, one: models.Model, other: models.Model, fields: Collection[str]) -> bool:
    """Whether both hold a decisive one of these fields and it differs: two firms with two credit codes are two."""
    for match in desk.duplicates:
        if match.decisive and set(match.fields) <= set(fields):
            mine, theirs = (dict(_texts(desk, record, match)) for record in (one, other))
            if mine and theirs and not mine.keys() & theirs.keys():
                return True
    return False


def _texts(desk: Desk, record: models.Model, match: Match) -> Iterable[tuple[str, int]]:
    """What a record is keyed by for one match, with weights; several fields make one key of all their values."""
    read = []
    for name in match.fields:
        field = desk.own_fields[name]
        value = field.value_of(record)
        if value in (None, ""):
            return
        reading = match.reads or READING_OF_KIND.get(field.kind.name) or ("person" if desk.person else "firm")
        read.append([(f"{reading}:{form}", share) for form, share in READINGS[reading](field.text(value)) if form])
    for parts in itertools.product(*read):
        yield "\n".join(text for text, _share in parts), match.weight * min(share for _text, share in parts) // 100


def _number(slug: str, text: str) -> int:
    digest = hashlib.blake2b(f"{slug}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


# ---------------------------------------------------------------------- readings


def read_firm(text: str) -> Iterable[tuple[str, int]]:
    """A firm's name without its legal form; and, for less, without the place it begins with."""
    folded = without_legal_form(fold(text))
    yield from read_person(folded)
    core = PLACE.sub("", folded)
    if core != folded and len(core) >= CORE_LENGTH:
        yield core.replace(" ", ""), CORE_WEIGHT


def read_person(text: str) -> Iterable[tuple[str, int]]:
    """A name with its words in one order: John Smith is Smith, John."""
    folded = fold(text)
    yield folded.replace(" ", ""), 100
    words = folded.split()
    if len(words) > 1:
        yield " ".join(sorted(words)), 100


def read_phone(text: str) -> Iterable[tuple[str, int]]:
    """The digits, however they are grouped, with or without a country's code."""
    digits = phone_digits(text)
    if len(digits) >= SHORTEST_PHONE:
        yield digits, 100


def read_mail(text: str) -> Iterable[tuple[str, int]]:
    yield text.strip().casefold(), 100


def read_code(text: str) -> Iterable[tuple[str, int]]:
    """A number or code without spaces, dashes and case."""
    yield fold(text).replace(" ", ""), 100


def read_site(text: str) -> Iterable[tuple[str, int]]:
    """A web address without what browsers leave out: scheme, www and the last slash."""
    parts = urlsplit(text.strip().casefold())
    yield (parts.netloc.removeprefix("www.") + parts.path).rstrip("/"), 100


READINGS: dict[str, Callable[[str], Iterable[tuple[str, int]]]] = {
    "firm": read_firm, "person": read_person, "phone": read_phone, "mail": read_mail, "code": read_code, "site": read_site,
}  # fmt: skip
READING_OF_KIND = {"phone": "phone", "mail": "mail", "url": "site", "number": "code"}
