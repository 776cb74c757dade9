"""The page of what is held of a person: every object with its records, what becomes of them, and the history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from bihuan.core import audit, link
from bihuan.core.access import SYSTEM
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.privacy import copy
from bihuan.core.privacy.commands import disclose, erase, refuse_under_way
from bihuan.core.privacy.held import Held
from bihuan.core.query import Query
from bihuan.web import show
from bihuan.web.change import describe, who
from bihuan.web.subject import Subject

#: So many records of an object and entries of the history stand on the page; the copy has them all.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A record: what it is called, where it is, and each field that holds something."""

    title: str
    url: str
    values: list[tuple[str, Markup]]


@dataclass(frozen=True, slots=True)
class Section:
    """The records of one object; `fate` says what erasing does to them."""

    label: str
    icon: str
    count: int
    fate: str
    lines: list[Line]


def page(subject: Subject, held: Held) -> dict[str, Any]:
    """What the page shows, to whom may have a copy of it."""
    emptied, stays = _("is emptied"), _("stays, without the name")
    own = [_section(copy.whole(desk, keys), keys, emptied) for desk, keys in held.own.items()]
    named = [_section(copy.named(desk, keys), keys, stays) for desk, keys in held.named.items() if keys]
    return {
        "title": subject.title, "label": str(subject.desk.label_plural).capitalize(), "shown": SHOWN,
        "list_url": reverse("list", args=[subject.desk.slug]), "record_url": subject.page,
        "sections": [*own, *named], "history": list(_history(subject)),
        "copy_url": subject.url("personal"), "copy_label": str(disclose.label), "reason_label": str(disclose.labels["reason"]),
        "erase_url": subject.url("command", erase.name) if subject.may(erase.needs) else "",
        "erase_label": str(erase.label), "obstacle": _obstacle(held),
    }  # fmt: skip


def _section(query: Query, keys: Iterable[int], fate: str) -> Section:
    desk, found = query.desk, query.page(SHOWN)
    titles = link.titles(SYSTEM, desk, [row.id for row in found.rows])
    draws = [show.shower(column, brief=True) for column in query.columns]
    lines = [
        Line(
            titles.get(row.id) or f"#{row.id}",
            reverse("record", args=[desk.slug, row.id]),
            [
                (str(column.label), draw(value))
                for column, draw, value in zip(query.columns, draws, row.values, strict=True)
                if value not in (None, "", (), False)
            ],
        )
        for row in found.rows
    ]
    return Section(_heading(desk), desk.icon, len(set(keys)), fate, lines)


def _heading(desk: Desk) -> str:
    return str(desk.label_plural).capitalize()


def _history(subject: Subject) -> Iterable[tuple[str, str, str, list[Markup]]]:
    """The newest entries of the audit: when, who, what was done, and the fields that it changed with the reason given."""
    entries = list(audit.history(subject.desk.slug, subject.record.pk, SHOWN))
    for entry, change in describe(subject.actor, entries):
        yield show.moment(entry.at), who(entry), change.words, [*change.lines, *filter(None, [escape(entry.reason)])]


def _obstacle(held: Held) -> str:
    """Why the person cannot be erased yet; "" where nothing is in the way."""
    try:
        refuse_under_way(held)
    except Refused as refusal:
        return refusal.sentence
    return ""
