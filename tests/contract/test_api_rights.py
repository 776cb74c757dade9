"""The API promises what the pages promise: every object, every act and every command, for the whole cast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from bihuan.api.tests.conftest import Program, token
from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.command import Command
from bihuan.core.desk import Desk
from bihuan.people.role import PROFILE
from tests.cast import STAFF
from tests.contract.hostile import LONG, shared_out, walked
from tests.contract.test_pages import PERSONAL, acts_of
from tests.contract.test_records import CHANGES, RIGHTS, SEES_NOTHING, sort_of
from tests.contract.world import World, hidden_words

pytestmark = pytest.mark.django_db

#: A version that no record has: who may do something learns that it is not the present one, and nothing is done.
NEVER = 999_999
#: What is answered to a call that the caller may make, and that cannot be carried out.
TRIED = {400, 412, 422}


@pytest.fixture(autouse=True)
def unlimited(settings: Any) -> None:
    settings.API_RATE = 10**9


@pytest.mark.parametrize("login", STAFF)
def test_what_each_is_answered(login: str, world: World, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(login)
    program, hidden = Program(token(actor).secret), hidden_words(actor)
    wrong, cells = [], 0
    for desk in walked(registry.desks()):
        for what, expected, answer in answers(login, program, desk, world.lin[desk.slug].pk):
            cells += 1
            text = answer.content.decode()
            if answer.status_code not in expected:
                wrong.append(f"{what}: {answer.status_code}, not {expected}: {text[:200]}")
            wrong += [f"{what} tells “{word}”" for word in hidden if word in text]
    assert not wrong, f"{len(wrong)} of {cells}:\n" + "\n".join(wrong[:20])
    assert cells > (200 if LONG else 60)


def answers(login: str, program: Program, desk: Desk, key: int) -> Iterator[tuple[str, set[int], Any]]:
    """Every way to ask for an object and for a record of 林's, with what is promised."""
    acts = acts_of(login, desk) if is_told(desk) else set()
    sees = "view" in acts
    finds = sees and RIGHTS[sort_of(desk)][login] != SEES_NOTHING
    yield desk.slug, {200 if sees else 404}, program.get(desk.slug)
    yield f"{desk.slug} by id", {200 if sees else 404}, program.get(f"{desk.slug}?sort=-id&size=200")
    yield f"{desk.slug} one", {200 if finds else 404}, program.get(f"{desk.slug}/{key}")
    yield f"{desk.slug} then", {200 if finds else 404}, program.get(f"{desk.slug}/{key}?as_of=2100-01-01T00:00:00Z")
    makes = {400} if "create" in acts else {403 if sees else 404}
    yield f"{desk.slug} make", makes, program.post(desk.slug, {"nothing": 1})
    for name, command in shared_out(registry.commands(desk).items(), 4):
        if command.creates:
            continue
        oneself = command.needs == PROFILE and login == "lin"  # whose record is asked for
        changes = RIGHTS[sort_of(desk)][login] == CHANGES and (command.needs not in PERSONAL or command.needs in acts)
        may = finds and (command.needs == "view" or oneself or changes)
        expected = TRIED if may else {403 if finds else 404}
        if name == "update":
            yield f"{desk.slug} change", expected, program.patch(f"{desk.slug}/{key}", {}, If_Match=f'"{NEVER}"')
        else:
            yield f"{desk.slug} {name}", expected, program.post(f"{desk.slug}/{key}/{name}", {}, If_Match=f'"{NEVER}"')
        yield from in_bulk(program, desk, key, command, expected)


def is_told(desk: Desk) -> bool:
    """Whether a token may lead to it: not to tokens, nor to what the firm keeps confidential."""
    return desk.slug != "apitoken" and not desk.confidential


def in_bulk(
    program: Program, desk: Desk, key: int, command: Command, expected: set[int]
) -> Iterator[tuple[str, set[int], Any]]:
    body = {"command": command.name, "calls": [{"id": key, "version": NEVER, "inputs": {}}]}
    answer = program.post(f"{desk.slug}/bulk", body)
    if answer.status_code == 200:
        answer.status_code = answer.json()["results"][0]["status"]
    # what does not depend on the record is told before any is looked for: no right at all, and inputs that are missing
    yield f"{desk.slug} {command.name} in bulk", expected | ({400, 403} if 404 in expected else {400}), answer


@pytest.mark.parametrize("login", STAFF)
def test_the_description_names_what_one_may_do(login: str, firm: None, request: pytest.FixtureRequest) -> None:
    actor: Actor = request.getfixturevalue(login)
    paths = Program(token(actor).secret).get("openapi.json").json()["paths"]
    for desk in registry.desks():
        base, acts = f"/api/v1/{desk.slug}", acts_of(login, desk) if is_told(desk) else set()
        assert (base in paths) == ("view" in acts)
        if base in paths:
            assert ("post" in paths[base]) == ("create" in acts)
            assert ("patch" in paths[f"{base}/{{id}}"]) == ("edit" in acts)
            assert (f"{base}/{{id}}/archive" in paths) == ("archive" in acts)


def test_nobody_is_answered_without_a_token(world: World) -> None:
    client = Client()
    for desk in registry.desks():
        key = world.lin[desk.slug].pk
        for path in (desk.slug, f"{desk.slug}/{key}", f"{desk.slug}/bulk", f"{desk.slug}/{key}/archive"):
            for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
                assert client.generic(method, f"/api/v1/{path}").status_code == 401
