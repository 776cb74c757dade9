"""The page on which several records are made one: a column for each, a row for each field that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused, Stale
from bihuan.core.field import Field
from bihuan.core.merge.commands import BLANK, MOST, fields_of, preferred
from bihuan.web import show
from bihuan.web.subject import Subject

#: What the controls of fields are called: "f-phone".
PREFIX = "f-"


def keys_in(sent: QueryDict) -> list[int]:
    """The records of the address, each once. Raises Refused for fewer than two, or too many."""
    texts = [part for text in sent.getlist("id") for part in text.split(",")]
    keys = list(dict.fromkeys(key for text in texts if (key := kind.read_key(text)) is not None))
    if not 2 <= len(keys) <= MOST:
        raise Refused(_("Between two and %(most)d records can be merged at a time.") % {"most": MOST})
    return keys


@dataclass
class Choice:
    """Which record stays, and for each field whose value stands; `seen` are the versions that the page showed."""

    into: Any
    values: dict[str, int]
    seen: dict[int, int | None]
    records: Sequence[Any]

    @classmethod
    def read(cls, desk: Desk, actor: Actor, records: Sequence[Any], sent: QueryDict) -> Choice:
        """What was sent; where nothing was, the fullest record stays and fills its blanks from the newest."""
        fields = fields_of(desk, actor)
        key = kind.read_key(sent.get("into", ""))
        into = next((each for each in records if each.pk == key), None) or fullest(fields, records)
        values = preferred(fields, [into, *(each for each in records if each is not into)])
        for name in fields:
            chosen = kind.read_key(sent.get(PREFIX + name, ""))
            if chosen in {each.pk for each in records}:
                values[name] = chosen
        seen = {each.pk: kind.read_key(sent.get(f"version-{each.pk}", "")) for each in records}
        return cls(into, values, seen, records)

    def refuse_stale(self) -> None:
        """What somebody changed after the page was shown is shown first."""
        for each in self.records:
            if self.seen[each.pk] not in (None, each.version):
                raise Stale(each, {})


def fullest(fields: Mapping[str, Field], records: Sequence[Any]) -> Any:
    """The record with the most values; of two equals the older one."""
    return max(records, key=lambda each: (sum(one.value_of(each) not in BLANK for one in fields.values()), -each.pk))


def page(desk: Desk, actor: Actor, records: Sequence[Any], choice: Choice) -> dict[str, Any]:
    """Heads, rows of fields that differ, and the fields that are the same in all."""
    subjects = [Subject(actor, desk, each) for each in records]
    differing, same = [], []
    for name, field in fields_of(desk, actor).items():
        values = [field.value_of(each) for each in records]
        if all(value in BLANK for value in values):
            continue
        if _are_equal(values, field, records):
            same.append((str(field.label), subjects[0].value(field)))
        else:
            differing.append(row(name, field, subjects, choice))
    return {
        "heads": [head(each, choice) for each in subjects], "rows": differing, "same": same,
        "versions": [(each.pk, each.version) for each in records],
    }  # fmt: skip


def _are_equal(values: Sequence[Any], field: Field, records: Sequence[Any]) -> bool:
    currencies = {getattr(each, field.currency) for each in records} if field.currency else {""}
    return len(currencies) == 1 and all((value or None) == (values[0] or None) for value in values)


def head(subject: Subject, choice: Choice) -> dict[str, Any]:
    """A record above its column."""
    record = subject.record
    number = getattr(record, subject.desk.number_field) if subject.desk.number_field else f"#{record.pk}"
    owner = link.title(registry.desk("user"), record.owner_id) if hasattr(record, "owner_id") else ""
    return {
        "key": record.pk, "title": subject.title, "number": number, "owner": owner, "url": subject.page,
        "created": show.moment(record.created_at), "changed": show.moment(record.changed_at), "stays": record is choice.into,
    }  # fmt: skip


def row(name: str, field: Field, subjects: Sequence[Subject], choice: Choice) -> dict[str, Any]:
    """A field with what each record holds."""
    cells = [
        {
            "key": each.record.pk, "value": each.value(field), "blank": field.value_of(each.record) in BLANK,
            "chosen": choice.values[name] == each.record.pk,
        }
        for each in subjects
    ]  # fmt: skip
    return {"name": PREFIX + name, "label": str(field.label), "cells": cells}
