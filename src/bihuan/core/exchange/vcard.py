"""Contacts from vCard files (2.1, 3.0, 4.0; RFC 6350 and what phones and mail programs make of it) as rows of a table."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

#: The columns in their order; a file's head has those that any of its cards fills.
HEADS = (
    "FN", "N prefix", "ORG", "ORG unit", "TITLE", "ROLE", "TEL cell", "TEL", "TEL other", "TEL fax", "EMAIL", "EMAIL other", "URL",
    "ADR street", "ADR city", "ADR region", "ADR code", "ADR country", "BDAY", "BDAY without year", "NICKNAME", "WeChat", "NOTE",
)  # fmt: skip
START = re.compile(r"\ufeff?\s*BEGIN:VCARD\b", re.IGNORECASE)
_PARAMETER = re.compile(r';((?:[^";:]|"[^"]*")*)')
_ESCAPED = re.compile(r"\\(.)")


@dataclass
class Property:
    """One line of a card: its name, the types it bears and its text, still escaped."""

    name: str
    text: str
    types: set[str] = field(default_factory=set)

    def parts(self, separator: str = ";") -> list[str]:
        """The components of the text, unescaped."""
        return [_plain(part) for part in re.split(rf"(?<!\\){separator}", self.text)]


class Card(list[Property]):
    """The properties of one card."""

    def all(self, *names: str, without: str = "") -> list[Property]:
        """Those of these names that say something, the preferred first; `without` those of a type."""
        found = (
            each
            for each in self
            if each.name in names and each.text.strip(" ;") and not each.types & set(without.split())
        )
        return sorted(found, key=lambda each: "PREF" not in each.types)

    def texts(self, *names: str) -> list[str]:
        """Their whole texts."""
        return [_plain(each.text) for each in self.all(*names)]

    def parts(self, name: str, type: str = "") -> list[str]:
        """The components of the first of a name, of one of this type if there is any; seven or more."""
        found = sorted(self.all(name), key=lambda each: type not in each.types)
        return [*(found[0].parts() if found else ()), *[""] * 7]


def rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """A row for every card, by head."""
    card: Card | None = None
    for each in map(_property, _unfolded(lines)):
        if each is None:
            continue
        if (each.name, each.text.strip().upper()) == ("BEGIN", "VCARD"):
            card = Card()
        elif each.name == "END" and card is not None:
            yield _row(card)
            card = None
        elif card is not None:
            card.append(each)


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Whole properties; one goes on in a line that begins with a blank, or after the soft break of quoted-printable."""
    whole: str | None = None
    for line in (line.rstrip("\r\n") for line in lines):
        if whole is not None and _is_quoted(whole) and whole.endswith("="):
            whole = whole[:-1] + line
        elif whole is not None and line[:1] in (" ", "\t"):
            whole += line[1:]
        else:
            if whole is not None:
                yield whole
            whole = line
    if whole is not None:
        yield whole


def _is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _property(line: str) -> Property | None:
    """The property in a line; None for what is none, such as a line of a picture."""
    name = re.match(r"(?:[\w-]+\.)?([\w-]+)", line)
    if name is None:
        return None
    types, place, encoding = set(), name.end(), ""
    charset = "utf-8"
    while parameter := _PARAMETER.match(line, place):
        place = parameter.end()
        key, _equals, value = parameter[1].rpartition("=")
        values = value.strip('"').upper().split(",")
        if key.upper() == "CHARSET":
            charset = value.strip('"')
        elif key.upper() == "ENCODING" or "QUOTED-PRINTABLE" in values:
            encoding = values[0]
        types |= set(values) | ({"PREF"} if key.upper() == "PREF" else set())
    if line[place : place + 1] != ":":
        return None
    text = line[place + 1 :]
    if encoding == "QUOTED-PRINTABLE":
        text = _decoded(quopri.decodestring(text.encode()), charset)
    return Property(name[1].upper(), text, types)


def _decoded(text: bytes, charset: str) -> str:
    """Some programs name a character set that they do not keep to."""
    for each in (charset, "utf-8", "gb18030"):
        try:
            return text.decode(each)
        except (LookupError, UnicodeDecodeError):
            continue
    return text.decode("latin-1")


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def _row(card: Card) -> dict[str, str]:
    """What a card says, by head."""
    family, given, middle, prefix, _suffix, *_more = card.parts("N")
    box, beside, street, city, region, code, country, *_more = card.parts("ADR", "WORK")
    company, unit, *_more = card.parts("ORG")
    born = "".join(card.texts("BDAY")[:1]).partition("T")[0]
    mails = card.texts("EMAIL")
    return {
        "FN": "".join(card.texts("FN")[:1]) or _full_name(family, given, middle), "N prefix": prefix,
        "ORG": company, "ORG unit": unit, "TITLE": "".join(card.texts("TITLE")[:1]), "ROLE": "".join(card.texts("ROLE")[:1]),
        **_phones(card), "EMAIL": "".join(mails[:1]), "EMAIL other": "; ".join(mails[1:]),
        "URL": "".join(card.texts("URL")[:1]),
        "ADR street": " ".join(filter(None, (street, beside, box))).replace("\n", " "),
        "ADR city": city, "ADR region": region, "ADR code": code, "ADR country": country,
        "BDAY without year" if born.startswith("--") else "BDAY": born, "NICKNAME": "".join(card.texts("NICKNAME")[:1]),
        "WeChat": "".join(card.texts("X-WECHAT", "X-WEIXIN")[:1]), "NOTE": "\n".join(card.texts("NOTE")),
    }  # fmt: skip


def _full_name(family: str, given: str, middle: str) -> str:
    """As people are called who have no name in full: 王小明, John Q. Doe."""
    if re.search(r"[\u2e80-\u9fff]", family + given):
        return family + middle + given
    return " ".join(filter(None, (given, middle, family)))


def _phones(card: Card) -> dict[str, str]:
    """A mobile, a fixed number, whatever else there is, and the fax."""
    found: dict[str, list[str]] = {"TEL cell": [], "TEL": [], "TEL other": [], "TEL fax": []}
    for each in card.all("TEL", without="PAGER"):
        number = _plain(each.text).removeprefix("tel:").replace(";ext=", " ext. ")
        kind = "TEL fax" if "FAX" in each.types else "TEL cell" if each.types & {"CELL", "IPHONE"} else "TEL"
        found[kind if not found[kind] or kind == "TEL fax" else "TEL other"].append(number)
    return {head: "; ".join(numbers) for head, numbers in found.items()}
