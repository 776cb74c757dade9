"""How many statements the daily acts cost, object by object: recorded, so that a change is meant and seen.

UPDATE_QUERY_COUNTS=1 records anew. The figures are the same on both databases.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.core import registry
from bihuan.core.access import Actor, find
from bihuan.core.desk import ABOUT, Desk
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, update
from tests.contract.test_records import every_object, maker  # noqa: F401  (a fixture)
from tests.contract.values import inputs, needed, sample, value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_moment")]
RECORDED = Path(__file__).parent / "query_counts.json"
FEW, MANY = 5, 25
_UNUSED = itertools.count(5000)


def statements(act: Callable[[], Any]) -> list[str]:
    """What an act asks of the database, savepoints left out."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured if not re.match(r"SAVEPOINT|RELEASE|BEGIN|COMMIT", query["sql"])]


def costs(desk: Desk, actor: Actor) -> dict[str, list[str]]:
    """The statements of each act on one record, with the configuration in memory."""
    first, second = sample(desk, actor, 1), sample(desk, actor, 2)
    made, changed = inputs(desk, actor, 3), inputs(desk, actor, 4, creating=False)
    read_configuration(desk, actor)
    return {
        "list": statements(lambda: Query.parse(desk, actor, {}).page(50)),
        "find": statements(lambda: find(actor, desk.model, first.pk)),
        "update": statements(lambda: do(update, first.pk, by=actor, on=desk.model, version=1, **changed)),
        "archive": statements(lambda: do(archive, second.pk, by=actor, on=desk.model)),
        "create": statements(lambda: do(registry.maker(desk), by=actor, on=desk.model, **made)),
    }


def read_configuration(desk: Desk, actor: Actor) -> None:
    """Bring into memory what every page needs; a change of the configuration itself has made the process forget."""
    Query.parse(desk, actor, {}).page(5)
    do(update, sample(registry.desk("account"), actor, next(_UNUSED)), by=actor, city="苏州")
    for each in registry.desks():
        for field in each.own_fields.values():
            if hasattr(field.kind, "options"):
                field.kind.options(field)


@every_object
def test_each_act_costs_what_is_recorded(desk: Desk, maker: Actor) -> None:  # noqa: F811
    found = costs(desk, maker)
    recorded = json.loads(RECORDED.read_text())
    counts = {act: len(asked) for act, asked in found.items()}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        RECORDED.write_text(json.dumps(dict(sorted({**recorded, desk.slug: counts}.items())), indent=1) + "\n")
        return
    changed = {act: asked for act, asked in found.items() if len(asked) != recorded.get(desk.slug, {}).get(act)}
    lines = [f"\n{desk.slug} {act}: {len(asked)} statements\n  " + "\n  ".join(asked) for act, asked in changed.items()]
    assert not changed, "the number of statements has changed; UPDATE_QUERY_COUNTS=1 records it" + "".join(lines)


@every_object
def test_more_records_cost_no_more_reads(desk: Desk, maker: Actor) -> None:  # noqa: F811
    if desk.slug in ("numberrule", "documentversion"):
        return  # one for each object, of which there are fewer than such a round makes; each takes the place of the one before
    round_of_acts(desk, maker, range(1, 3))
    few = round_of_acts(desk, maker, range(3, 3 + FEW))
    many = round_of_acts(desk, maker, range(3 + FEW, 3 + FEW + MANY))
    for act, asked in many.items():
        assert reads(asked) <= reads(few[act]), f"{desk.slug} {act}\n" + "\n".join(asked)
        assert tables(asked) == tables(few[act])
    assert len(many["list"]) == len(few["list"])


def round_of_acts(desk: Desk, actor: Actor, numbers: range) -> dict[str, list[str]]:
    """The statements of making, listing and changing so many records at once."""
    calls, made = [Call(needed(desk, actor, n)) for n in numbers], []
    read_configuration(desk, actor)
    asked = {
        "create": statements(lambda: made.extend(run(registry.maker(desk), calls, by=actor, on=desk.model).records))
    }
    read_configuration(desk, actor)
    asked["list"] = statements(lambda: Query.parse(desk, actor, {}).page(500))
    name, field = next(
        (name, field) for name, field in desk.inputs(actor, creating=False).items()
        if field.kind.name in ("text", "longtext", "quantity", "choice", "integer") and name not in ABOUT
    )  # fmt: skip
    changes = [Call({name: value(desk, field, actor, n)}, record) for n, record in zip(numbers, made, strict=True)]
    asked["update"] = statements(lambda: run(update, changes, by=actor, on=desk.model))
    return asked


def reads(asked: list[str]) -> int:
    """How often something was read; that PostgreSQL hands out keys for a large batch reads nothing."""
    return sum(sql.startswith("SELECT") and "nextval" not in sql for sql in asked)


def tables(asked: list[str]) -> set[str]:
    """What is written to; a large batch may take more than one statement, as a database takes so many values in one."""
    written = (re.match(r'(?:INSERT(?: OR \w+)? INTO|COPY|(UPDATE)|(DELETE) FROM) "?(\w+)', sql) for sql in asked)
    return {" ".join(filter(None, match.groups())) for match in written if match}
