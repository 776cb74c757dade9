"""How many statements the pages cost: no more for thirty records than for six, and recorded, so that a change is meant and seen.

UPDATE_QUERY_COUNTS=1 records anew. The figures are the same on both databases.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from bihuan.core import kind, registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.record import OwnedRecord
from bihuan.core.run import Call, run
from bihuan.core.verbs import create
from bihuan.web.tests.conftest import Browse
from tests.cast import record
from tests.contract.visitor import PART
from tests.contract.world import business, make, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_moment")]
RECORDED = Path(__file__).parent / "page_counts.json"
FEW, MANY = 6, 30


def test_pages_cost_what_is_recorded_however_many_records_there_are(lin: Actor, browse: Browse) -> None:
    client, made = browse(lin), {}
    recorded = json.loads(RECORDED.read_text())
    fill(made, lin, range(FEW))
    few = counts(client, made)
    # once more, for a process reads at first what it remembers then
    few |= counts(client, made, {page for page in few if len(few[page]) != recorded.get(page)})
    fill(made, lin, range(FEW, MANY))
    many = counts(client, made)
    many |= counts(client, made, {page for page in many if len(many[page]) > len(few[page])})
    assert not more(few, many)
    found = {page: len(asked) for page, asked in sorted(many.items())}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        RECORDED.write_text(json.dumps(found, indent=1) + "\n")
        recorded = found
    changed = {page: "\n  ".join(many[page]) for page, number in found.items() if recorded.get(page) != number}
    assert found == recorded, "UPDATE_QUERY_COUNTS=1 records anew:\n" + "\n".join(
        f"{page}\n  {sql}" for page, sql in changed.items()
    )


def fill(made: dict[str, list[int]], actor: Actor, numbers: range) -> None:
    """So many records of every object, which all hang on the first of each object that they link to."""
    for desk in business():
        held = made.setdefault(desk.slug, [])
        if not held:  # the first, on which all others hang
            links = {"user": actor.user_id} | {slug: keys[0] for slug, keys in made.items() if keys}
            held.append(make(desk, actor, 999, links | {"related": record("account", short_name="恒砺").pk}).pk)
        if desk.made_by != "create":
            links = {slug: keys[0] for slug, keys in made.items()}
            held += [make(desk, actor, n, links | links_of(desk, made, n)).pk for n in numbers]
            continue
        calls = [
            Call(
                {
                    name: raw
                    for name, raw in words(desk, actor, n, whom(desk, actor) | links_of(desk, made, n)).items()
                    if raw
                }
            )
            for n in numbers
        ]
        held += [each.pk for each in run(create, calls, by=actor, on=desk.model).records]


def whom(desk: Desk, actor: Actor) -> dict[str, Any]:
    """Whoever owns each of them, or is meant by it."""
    return {} if issubclass(desk.model, OwnedRecord) else {"user": actor.user_id}


def links_of(desk: Desk, made: dict[str, list[int]], n: int) -> dict[str, Any]:
    """The first link leads to the first record, every further one to another record for each.

    A form has one question for each of a few fields: so each question belongs to another form.
    """
    links: dict[str, Any] = {}
    for field in desk.own_fields.values():
        slug = registry.desk_of(field.target).slug if field.target is not None else ""
        if slug in made and slug != desk.slug and isinstance(field.kind, kind.Link):
            links[field.name] = made[slug][n + 1 if links or desk.slug == "formquestion" else 0]
    if "about" in desk.through or "about" in desk.own_fields:
        links["about"] = made["account"][0]
    return links


def pages(made: dict[str, list[int]]) -> Iterator[tuple[str, str, bool]]:
    """What each page is called, its address, and whether it is asked for as a part."""
    for desk in business():
        slug, first = desk.slug, made[desk.slug][0]
        everything = ",".join(name for name, each in desk.own_fields.items() if each.kind.name != "links")
        yield f"{slug} list", f"{reverse('list', args=[slug])}?q=", False
        yield f"{slug} list with every column", f"{reverse('list', args=[slug])}?q=&columns={everything}", False
        yield f"{slug} page", reverse("record", args=[slug, first]), False
        yield f"{slug} form", reverse("edit", args=[slug, first]), False
        yield f"{slug} as it was", reverse("past", args=[slug, first]), False
        if desk.made_by == "create":
            yield f"{slug} new", reverse("new", args=[slug]), True
        yield f"{slug} options", reverse("options", args=[slug]), True
        if desk.board:
            yield f"{slug} board", f"{reverse('board', args=[slug])}?q=", False
    yield "search", f"{reverse('palette')}?q=密", True
    yield "search for nothing", reverse("palette"), True
    yield "notices", reverse("notices"), False
    yield "jobs", reverse("jobs"), False


def counts(client: Client, made: dict[str, list[int]], only: Collection[str] | None = None) -> dict[str, list[str]]:
    """The statements of each page, or of these alone."""
    found: dict[str, list[str]] = {}
    for name, url, fragment in pages(made):
        if only is not None and name not in only:
            continue
        asked = found[name] = []

        def note(execute: Any, sql: str, *call: Any, asked: list[str] = asked) -> Any:
            asked += [] if sql.startswith(("SAVEPOINT", "RELEASE")) else [sql]
            return execute(sql, *call)

        with connection.execute_wrapper(note):
            answer = client.get(url, headers=PART if fragment else {})
        assert answer.status_code == 200, url
    return found


def more(few: dict[str, list[str]], many: dict[str, list[str]]) -> str:
    """Pages that many records make dearer. A page that is full may cost less: it need not look for what comes last."""
    return "\n".join(
        f"{page}: {len(few[page])} → {len(many[page])}\n  " + "\n  ".join(many[page])
        for page in few
        if len(few[page]) < len(many[page])
    )
