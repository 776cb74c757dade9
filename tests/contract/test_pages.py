"""What every address of the product answers to whom, over every object there is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Any
from urllib.parse import quote

import pytest
from django.db import models
from django.urls import URLPattern, get_resolver, reverse

from bihuan.core import registry, stage
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.blueprint import history
from bihuan.core.desk import Desk
from bihuan.core.run import do
from bihuan.core.verbs import archive, update
from bihuan.people import staff
from bihuan.people.commands import set_grants
from bihuan.people.role import PROFILE, Reach
from bihuan.web.tests.conftest import Browse
from tests.cast import STAFF, new, record
from tests.contract import addresses
from tests.contract.addresses import Ask, filtered, lists_of, of_object, of_record
from tests.contract.hostile import LEADING, LONG, shared_out, walked
from tests.contract.test_records import CHANGES, RIGHTS, SEES_NOTHING, sort_of
from tests.contract.visitor import Visitor
from tests.contract.world import World, business, hidden_words, words

pytestmark = pytest.mark.django_db

#: What does not follow from the right to edit.
PERSONAL = {"disclose", "erase"}
EVERYTHING = {"view", "create", "edit", "archive", "assign", "export", "import", *PERSONAL}
DAILY = {"view", "create", "edit", "archive", "assign"}
#: What each may do with objects of daily life; how the firm is set up 周 alone may change, and everybody sees but what is confidential.
ACTS = {"zhou": EVERYTHING, "wang": DAILY, "lin": DAILY, "chen": DAILY, "zhao": DAILY, "sun": {"view"}, "qian": set()}


def acts_of(login: str, desk: Desk) -> set[str]:
    if desk.configuration:
        return EVERYTHING if login == "zhou" else set() if desk.confidential else {"view"}
    return ACTS[login]


def promised(login: str, ask: Ask) -> int:
    """The status of the answer: what one may not see is not there, what one may not do is refused."""
    assert ask.desk is not None
    acts = acts_of(login, ask.desk)
    rights = RIGHTS[sort_of(ask.desk)][login]
    if "view" not in acts or (ask.record is not None and rights == SEES_NOTHING):
        return 404
    oneself = ask.needs == PROFILE and login == "lin"  # whose records are asked for
    follows = ask.needs not in PERSONAL or ask.needs in acts
    by_record = ask.needs == "view" or oneself or (rights == CHANGES and follows)
    granted = ask.needs in acts if ask.record is None else by_record
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
def test_what_each_is_answered(login: str, world: World, browse: Browse, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(login)
    visitor = Visitor(browse(actor), hidden_words(actor))
    for ask in shared_out(everything(world, every=login in ("lin", "chen")), 6, kind=attrgetter("kind")):
        visitor.get(ask.url, promised(login, ask), fragment=ask.fragment)
    for name, status in addresses.OWN.items():
        visitor.get(reverse(name), status or (303 if login == "zhou" else 200))
    for name, slug in addresses.BESIDE.items():
        visitor.get(reverse(name), 200 if actor.may(slug, "view") else 403)
    for name, slug in addresses.SETTINGS.items():
        given = arguments(name, world)
        refused = 404 if given and registry.desk(slug).confidential else 403
        visitor.follow(reverse(name, args=given), 200 if login == "zhou" else refused)
    visitor.verdict(500 if LONG else 250)


def everything(world: World, *, every: bool) -> Iterator[Ask]:
    """Every address of every object, and of 林's record of it."""
    for desk in walked(registry.desks()):
        yield from of_object(desk)
        yield from of_record(desk, world.lin[desk.slug], every=every)


def test_a_list_takes_every_condition(world: World, lin: Actor, browse: Browse) -> None:
    visitor = Visitor(browse(lin), hidden_words(lin))
    for desk in walked(registry.desks()):
        for ask in shared_out(filtered(desk, world.lin[desk.slug]), 8):
            visitor.get(ask.url, 200 if lin.may(desk.model, "view") else 404, fragment=True)
    visitor.verdict(500 if LONG else 200)


def arguments(name: str, world: World) -> list[Any]:
    keys = {
        "stages": stage.pipelines("opportunity")[0].id,
        "choices": "source",
        "custom_fields_of": "account",
        "form_rules_of": "account",
        "field_rights": "account",
        "form_rule_new": "account",
        "form_rule": world.lin["formrule"].pk,
        "role": world.lin["role"].pk,
        "webhook": world.lin["webhook"].pk,
        "user_password": world.lin["user"].pk,
        "user_hand_over": world.lin["user"].pk,
        "blueprint_rollback": history.changes()[0].entry,
    }
    return [keys[name]] if name in keys else []


# ---------------------------------------------------------------------- what is hidden


def test_nothing_hidden_shows_through(
    world: World, zhao: Actor, lin: Actor, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever 赵 asks, the answer is the same before and after 林's records have become others."""
    for page, size in (
        ("bihuan.web.list_page.SIZE", 2),
        ("bihuan.web.board.CARDS", 1),
        ("bihuan.web.timeline.SIZE", 2),
    ):
        monkeypatch.setattr(page, size)  # so that few records make several pages
    zhao = may_also_export(zhao)
    asked = shared_out(asked_by_zhao(world), 24, kind=attrgetter("kind"))
    before = answers(Visitor(browse(zhao), hidden_words(zhao)), asked, world)
    stir(world, lin)
    after = answers(Visitor(browse(zhao), hidden_words(zhao)), asked, world)
    changed = [f"{url}\n{difference(text, after[url])}" for url, text in before.items() if text != after[url]]
    assert not changed, f"{len(changed)} answers tell that something hidden has changed:\n" + "\n".join(changed[:20])


def may_also_export(somebody: Actor) -> Actor:
    """A second role: everything that one sees may be exported, and anything imported."""
    role = new("role", name="exporter")
    grants = {"*": {"export": Reach.UNIT, "import": Reach.ALL}}
    do(set_grants, role, by=SYSTEM, grants=grants)
    held = staff.actor(somebody.user_id)
    user = record("user", pk=somebody.user_id)
    do(update, user, by=SYSTEM, roles=[*user.roles.values_list("pk", flat=True), role.pk])
    assert held is not None
    return staff.actor(somebody.user_id)


def asked_by_zhao(world: World) -> Iterator[Ask]:
    """Everything that can be asked of an object, of its records, and of those that are hidden."""
    for desk in walked(business()):
        yield from of_object(desk)
        yield from of_record(desk, world.lin[desk.slug], every=False)
        yield from lists_of(desk, world.lin[desk.slug])
        for each in (world.zhao[desk.slug], *world.between[desk.slug]):
            yield from of_record(desk, each, every=False)
        for name, field in desk.inputs(SYSTEM, creating=True).items():
            if field.target is not None and not registry.desk_of(field.target).configuration:
                key = world.lin[registry.desk_of(field.target).slug].pk
                yield Ask("new", f"{reverse('new', args=[desk.slug])}?{name}={key}", "create", desk=desk)


def answers(visitor: Visitor, asked: list[Ask], world: World) -> dict[str, str]:
    """What is answered, by what was asked; cursors lead to further answers."""
    texts: dict[str, str] = {}
    for ask in asked:
        texts[str(ask)] = visitor.get(ask.url, 200, 302, 403, 404, fragment=ask.fragment).told
    for url in sorted(pages_after(texts))[::10]:
        texts[url] = visitor.get(url).told
    for desk in walked(business()):
        for format in shared_out(("csv", "xlsx")) if LONG or desk.slug in LEADING else ():
            url = f"{reverse('export', args=[desk.slug])}?q=&columns={','.join(desk.own_fields)}"
            texts[f"{url} {format}"] = visitor.post(url, {"format": format}).told
        url = f"{reverse('palette')}?q={quote(title_of(world.lin[desk.slug]))}"
        texts[url] = visitor.get(url).told
    visitor.verdict(1200 if LONG else 200)
    return texts


def pages_after(texts: dict[str, str]) -> set[str]:
    """The second pages of lists."""
    return {found[1] for text in texts.values() if (found := re.search(r'rel="next" href="([^"]+)"', text))}


def title_of(record: models.Model) -> str:
    return registry.desk_of(record).title_of(record)


def stir(world: World, lin: Actor) -> None:
    """Give every record of 林's other values, and put one of them away."""
    for place, desk in enumerate(business()):
        hidden = world.lin[desk.slug]
        values = words(desk, lin, 9900 + place, {}, creating=False)
        kept = {name: each for name, each in values.items() if each and name not in ("about", "about_id")}
        if visible(staff.actor(world.zhao["user"].pk), desk.model).filter(pk=hidden.pk).exists():
            continue  # nobody's own: everybody sees it
        do(update, hidden, by=lin, **kept)
    do(archive, world.lin["opportunitycontact"], by=lin)


def difference(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line[:300] for line in list(lines)[2:10])
