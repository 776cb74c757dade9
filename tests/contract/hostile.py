"""What nobody should type and somebody will: texts that look like code, and values that are none."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Hashable, Iterable
from math import ceil
from typing import TypeVar

import pytest
from django.db import connection

from bihuan.core import registry
from bihuan.core.desk import Desk
from tests.real.conftest import DATA

T = TypeVar("T")

HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{ 7*7 }}{% raw %}",
    "${7*7}", "=1+1", "@SUM(1)", "javascript:alert(1)", "../../etc/passwd", "'; DROP TABLE parties_account; --",
    "%s%n%(x)s", "{n}{0}{x.y}", "\\", "%00", "%u0000", "²", "①", "٣", "１２３", "NULL", "None", "nan",
    "Infinity", "-0", "1e999", "0x10", "𠮷野家", "ﷺ", "\u202egnirts", "\ufeffbom", "a\u0300\u0301",
    "🏳️‍🌈", "\u2028line", "é", "'", '"', "&lt;b&gt;", "<!-- -->", "]]>", "\x7f", "\x85x", "\x1b[31m",
    "&#0;", "a,b", "a;b", "a\tb", "1,2,,3", "#1", "__proto__",
)  # fmt: skip
#: For parameters and inputs that are not text.
WRONG = (
    "",
    " ",
    "²",
    "-1",
    "0",
    "1.5",
    "1e400",
    "9" * 18,
    "9" * 30,
    "9" * 5000,
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "9999-12-31..9999-12-31",
    "..",
    "1..",
    "x..y",
    "last_99999999999_days",
    "next_999999_days",
    "me,team,",
    ",,,",
    "%00",
    "\x00",
    "id",
    "-",
    "--name",
    "account.parent.parent.parent.name",
    "name.",
    ".name",
    "name__startswith",
    "a" * 10_000,
    "<b>",
    "\ud7ff\ue000",
    "password",
    "roles.grants",
    "owner.password",
    "12:99",
    "2026-W99",
    "今天",
    "１２",
    "{}",
    "[]",
    "null",
    "true",
)
#: `./test --long` tries every wrong value everywhere; the short form every fifth.
LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
if not LONG:
    WRONG = WRONG[::5]  # fmt: skip


def shared_out(asked: Iterable[T], parts: int = 2, kind: Callable[[T], Hashable] = lambda each: None) -> list[T]:
    """What this database is asked: in the short form of each kind one of so many parts, and the other database another part.

    Of every kind something is asked on one of the two. The parts follow no pattern of the order in which things come.
    """
    if LONG:
        return list(asked)
    kinds: dict[Hashable, list[T]] = {}
    for each in asked:
        kinds.setdefault(kind(each), []).append(each)
    share, chosen = int(connection.vendor == "postgresql"), list[T]()
    for place, alike in enumerate(kinds.values()):
        random.Random(place).shuffle(alike)
        on_both = alike[: ceil(len(alike) * 2 / parts)]
        chosen += on_both[(place + share) % 2 :: 2]
    return chosen


#: Objects that have most of their own: rights of every sort, stages, a pool, links, duplicates, files.
LEADING = {"account", "contact", "lead", "opportunity", "task", "attachment", "user", "role"}


def walked(desks: Iterable[Desk]) -> list[Desk]:
    """Those objects that this database is asked about: in the short form every other one, on SQLite the leading ones too.

    The other database is asked about the others, so that every object is walked on one of the two.
    """
    return [desk for desk in desks if is_walked(desk, connection.vendor)]


def is_walked(desk: Desk, database: str) -> bool:
    """Whether an object is asked about on a database."""
    turn = sorted(each.slug for each in registry.desks()).index(desk.slug) % 2
    return LONG or turn == int(database == "postgresql") or (database == "sqlite" and desk.slug in LEADING)


def naughty() -> list[str]:
    """A sample of the big list of naughty strings."""
    source = DATA / "blns" / "blns.json"
    if not source.exists():
        pytest.skip(f"no big list of naughty strings at {source}")
    return json.loads(source.read_text())[::9]


def desk_offset(name: str) -> int:
    """Where in the wrong values a field begins: another place for each name, the same every time."""
    return sum(map(ord, name)) % 24
