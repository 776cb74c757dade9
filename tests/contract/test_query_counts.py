"""How many statements the daily acts cost, object by object: recorded, so that a change is meant and seen.

UPDATE_QUERY_COUNTS=1 records anew. The figures are the same on both databases.
"""

from __future__ import annotations

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
from bihuan.core.desk import Desk
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, create, update
from tests.contract.test_records import every_object, maker  # noqa: F401  (a fixture)
from tests.contract.values import inputs, needed, sample

pytestmark = pytest.mark.django_db
RECORDED = Path(__file__).parent / "query_counts.json"
FEW, MANY = 10, 60


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
        "create": statements(lambda: do(create, by=actor, on=desk.model, **made)),
    }


def read_configuration(desk: Desk, actor: Actor) -> None:
    """Bring into memory what every page needs; a change of the configuration itself has made the process forget."""
    Query.parse(desk, actor, {}).page(5)
    do(update, sample(registry.desk("account"), actor, 5), by=actor, city="苏州")
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
    calls = [Call(needed(desk, maker, n)) for n in range(1, FEW + MANY + 1)]
    read_configuration(desk, maker)
    made: list[Any] = []
    asked: dict[str, list[list[str]]] = {"create": [], "list": [], "update": []}
    for batch in (calls[:FEW], calls[FEW:]):
        if desk.configuration:
            read_configuration(desk, maker)
        asked["create"].append(statements(lambda batch=batch: made.extend(run(create, batch, by=maker, on=desk.model).records)))
        asked["list"].append(statements(lambda: Query.parse(desk, maker, {}).page(500)))
        title = next(name for name, field in desk.inputs(maker, creating=False).items() if field.kind.name in ("text", "longtext", "quantity", "yesno"))
        changes = [Call({title: str(n % 2)}, record) for n, record in enumerate(made[-len(batch) :])]
        asked["update"].append(statements(lambda changes=changes: run(update, changes, by=maker, on=desk.model)))
    for act, (few, many) in asked.items():
        assert reads(many) <= reads(few), f"{desk.slug} {act}\n" + "\n".join(many)
        assert tables(many) == tables(few)
    assert len(asked["list"][1]) == len(asked["list"][0])


def reads(asked: list[str]) -> int:
    return sum(sql.startswith("SELECT") for sql in asked)


def tables(asked: list[str]) -> set[str]:
    """What is written to; a large batch may take more than one statement, as a database takes so many values in one."""
    return {match[0] for sql in asked if (match := re.match(r'(INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?\w+', sql))}
