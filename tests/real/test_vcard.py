"""Cards that phones and mail programs have written become contacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bihuan.core import registry
from bihuan.core.access import SYSTEM
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.reading import read
from tests.imports import import_rows

#: By file: number of cards, and some of what the first one says.
CARDS: dict[str, tuple[int, dict[str, str]]] = {
    "John_Doe_BLACK_BERRY.vcf": (1, {"FN": "John Doe", "TEL cell": "+96123456789", "ORG": "Acme Solutions"}),
    "John_Doe_IPHONE.vcf": (
        1,
        {
            "FN": "Mr. John Richter James Doe Sr.", "ORG": "IBM", "ORG unit": "Accounting", "TEL cell": "905-555-1234",
            "TEL": "905-666-1234",
            "EMAIL": "john.doe@ibm.com", "URL": "http://www.ibm.com", "BDAY": "2012-06-06", "ADR city": "New York",
            "ADR street": "Street4 Building 6 Floor 8", "NICKNAME": "Johny",
        },
    ),
    "John_Doe_MS_OUTLOOK.vcf": (1, {"TITLE": "Money Counter", "ROLE": "Counting Money", "TEL": "(905) 555-1234", "BDAY": "19800322"}),
    "gmail-list.vcf": (3, {"FN": "Arnold Smith", "EMAIL": "asmithk@gmail.com"}),
    "outlook-2007.vcf": (1, {"TEL cell": "(111) 555-4444", "TEL fax": "(111) 555-3333", "ADR street": "222 Broadway TheOffice"}),
    "rfc6350-example.vcf": (
        1,
        {
            "TEL cell": "+1-418-262-6501", "TEL": "+1-418-656-9254 ext. 102", "BDAY without year": "--0203",
            "ADR street": "2875 Laurier Suite D2-630", "ADR city": "Quebec",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CARDS)
def test_the_cards_read_as_they_say(data: Path, name: str) -> None:
    table = read(data / "vcard" / name)
    number, said = CARDS[name]
    rows = list(table.rows())
    assert len(rows) == table.hint == number
    first = dict(zip(table.head, rows[0], strict=True))
    assert {head: first.get(head) for head in said} == said


def test_every_file_is_looked_at(data: Path) -> None:
    assert {path.name for path in (data / "vcard").glob("*.vcf")} == CARDS.keys()


def test_quoted_printable_lines_are_put_together(data: Path) -> None:
    table = read(data / "vcard" / "outlook-2007.vcf")
    note = dict(zip(table.head, next(table.rows()), strict=True))["NOTE"]
    assert note.startswith("This is the NOTE field") and len(note.splitlines()) == 4


@pytest.mark.parametrize("name", CARDS)
def test_they_become_contacts(firm: None, data: Path, tmp_path: Path, name: str) -> None:
    table = read(data / "vcard" / name)
    desk = registry.desk("contact")
    cursor: dict[str, Any] = import_rows(analyse(table, desk, SYSTEM).plan, table, SYSTEM, folder=tmp_path).cursor
    assert (cursor["created"], cursor["refused"]) == (CARDS[name][0], 0), cursor["shown"]


def test_with_their_companies(firm: None, data: Path, tmp_path: Path) -> None:
    table = read(data / "vcard" / "outlook-2007.vcf")
    found = analyse(table, registry.desk("accountcontact"), SYSTEM)
    assert {"account.name", "account.city", "contact.name", "contact.email"} <= set(found.plan.fields)
    import_rows(found.plan, table, SYSTEM, folder=tmp_path)
    role = registry.desk("accountcontact").model._base_manager.latest("pk")
    assert (role.account.name, role.account.city, role.contact.email) == (
        "TheCompany",
        "New York",
        "mike.angstadt@gmail.com",
    )
