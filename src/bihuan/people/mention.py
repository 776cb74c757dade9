"""Colleagues who are named in what somebody writes about a record: “@周敏”, which is plain text.

Whoever is named and sees the record hears of it once; of colleagues with one name, all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.utils.translation import gettext_noop

from bihuan.core import indexing, link, notify, registry
from bihuan.core.access import Actor, seen
from bihuan.core.record import Record
from bihuan.people.staff import Staff, actor, staff

MENTIONED = gettext_noop("%(who)s mentioned you with “%(what)s”.")
#: Colleagues that are offered, and that are looked at for it.
OFFERED, LOOKED_AT = 8, 24


def offered(by: Actor, record: Record, text: str) -> list[Staff]:
    """Colleagues whose name begins like what is typed, as far as they see the record."""
    people = staff()
    if text:
        keys = [hit.record_id for hit in indexing.found(by, [registry.desk("user")], text, LOOKED_AT)]
    else:
        keys = sorted(people, key=lambda key: people[key].name)
    fitting = (people[key] for key in keys if key in people and people[key].active and key != by.user_id)
    return list(islice((each for each in islice(fitting, LOOKED_AT) if _sees(each, record)), OFFERED))


def named(text: str) -> list[Staff]:
    """Those whose names follow an @; of two names of which one begins like the other, the longer."""
    people = sorted((each for each in staff().values() if each.active and each.name), key=lambda each: -len(each.name))
    found: dict[int, Staff] = {}
    for rest in text.split("@")[1:]:
        name = next((each.name for each in people if _begins_with(rest, each.name)), None)
        found |= {each.id: each for each in people if each.name == name}
    return list(found.values())


def _begins_with(rest: str, name: str) -> bool:
    """Latin names end where their letters do: “@Anna” names no Ann."""
    after = rest[len(name) : len(name) + 1]
    return rest.startswith(name) and not (name[-1].isascii() and after.isascii() and after.isalnum())


def tell(text: str, *, by_id: int | None, key: str, about: Iterable[Any]) -> None:
    """Tell whom a text names, each with the first of the records it is about that they see.

    What the product itself has written, or taken over from a mail, names nobody.
    """
    records = [each for each in about if each is not None] if by_id is not None and "@" in text else []
    for person in named(text) if records else ():
        record = next((each for each in records if _sees(person, each)), None)
        if record is not None and person.id != by_id:
            notify.tell(
                person.id, MENTIONED, key=key, about=registry.desk_of(record).slug, about_id=record.pk,
                who=link.title(registry.desk("user"), by_id), what=link.name_of(actor(person.id), record),
            )  # fmt: skip


def _sees(person: Staff, record: Record) -> bool:
    who = actor(person.id)
    return who is not None and bool(seen(who, type(record), [record.pk]))
