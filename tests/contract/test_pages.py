"""What every address of the product answers to whom, over every object there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import models
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from bihuan.core import registry, stage
from bihuan.core.access import Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.people.role import PROFILE
from bihuan.web.tests.conftest import Browse, browse  # noqa: F401  (a fixture)
from tests.cast import STAFF, new, record
from tests.contract import addresses
from tests.contract.addresses import Ask, lists_of, of_object, of_record
from tests.contract.test_records import CHANGES, RIGHTS, SEES_NOTHING, sort_of
from tests.contract.visitor import Visitor, text_of
from tests.contract.world import World, business, hidden_words, make, words

pytestmark = pytest.mark.django_db

EVERYTHING = {"view", "create", "edit", "archive", "assign", "export", "import"}
DAILY = {"view", "create", "edit", "archive", "assign"}
#: What each may do with objects of daily life; how the firm is set up 周 alone may change, and everybody sees.
ACTS = {"zhou": EVERYTHING, "wang": DAILY, "lin": DAILY, "chen": DAILY, "zhao": DAILY, "sun": {"view"}, "qian": set()}


@pytest.fixture
def world(lin: Actor, zhao: Actor, zhou: Actor) -> Iterator[World]:
    with time_machine.travel("2026-11-05 10:30+08:00", tick=False):
        yield World(lin, zhao, zhou)


def acts_of(login: str, desk: Desk) -> set[str]:
    if desk.configuration:
        return EVERYTHING if login == "zhou" else {"view"}
    return ACTS[login]


def promised(login: str, ask: Ask) -> int:
    """The status of the answer: what one may not see is not there, what one may not do is refused."""
    assert ask.desk is not None
    acts = acts_of(login, ask.desk)
    rights = RIGHTS[sort_of(ask.desk)][login]
    if "view" not in acts or (ask.record is not None and rights == SEES_NOTHING):
        return 404
    if ask.record is None:
        granted = ask.needs in acts
    else:
        granted = ask.needs in ("view", PROFILE) or rights == CHANGES
    return (302 if ask.name == "count" and not ask.fragment else 200) if granted else 403


# ---------------------------------------------------------------------- reading


def names(patterns: Any) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLPattern):
            yield each.name or str(each.pattern)
        else:
            yield from names(each.url_patterns)


def test_every_address_is_known_here() -> None:
    assert set(names(get_resolver().url_patterns)) == addresses.NAMES


@pytest.mark.parametrize("login", STAFF)
def test_what_each_is_answered(login: str, world: World, browse: Browse, request: pytest.FixtureRequest) -> None:  # noqa: F811
    actor = request.getfixturevalue(login)
    visitor = Visitor(browse(actor), hidden_words(actor))
    for ask in everything(world):
        visitor.get(ask.url, promised(login, ask), fragment=ask.fragment)
    for name, status in addresses.OWN.items():
        visitor.get(reverse(name), status or (303 if login == "zhou" else 200))
    for name, slug in addresses.SETTINGS.items():
        answer = visitor.client.get(reverse(name, args=arguments(name, world)), follow=True)
        visitor.look(answer, name, name, (200 if login == "zhou" else 403,))
    visitor.verdict(600)


def everything(world: World) -> Iterator[Ask]:
    """Every address of every object, and of 林's record of it."""
    for desk in registry.desks():
        yield from of_object(desk)
        yield from of_record(desk, world.lin[desk.slug])


def arguments(name: str, world: World) -> list[Any]:
    keys = {"stages": stage.pipelines("opportunity")[0].id, "choices": "source", "role": world.lin["role"].pk, "user_password": world.lin["user"].pk}
    return [keys[name]] if name in keys else []
