"""Fields that a role keeps back: no page, list, search, file or order of rows tells anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
from django.urls import reverse

from bihuan.core import indexing, kind, registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, Invalid, Refused
from bihuan.core.query import Query
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people import staff
from bihuan.people.commands import limitable, set_grants, set_limits
from bihuan.web.tests.conftest import Browse
from tests.cast import new, record
from tests.contract.addresses import Ask, lists_of, of_object, of_record
from tests.contract.hostile import shared_out, walked
from tests.contract.test_pages import difference
from tests.contract.values import value
from tests.contract.visitor import Visitor
from tests.contract.world import WORDS, World, business

pytestmark = pytest.mark.django_db


def limited(somebody: Actor, limit: Limit, names: dict[str, list[str]] | None = None) -> Actor:
    """The same person, from whom everything that can be kept back is kept back, or the named fields."""
    names = names or {desk.slug: list(limitable(desk)) for desk in business()}
    limits = {slug: dict.fromkeys(fields, int(limit)) for slug, fields in names.items()}
    do(set_limits, record("role", key="seller"), by=SYSTEM, limits=limits)
    found = staff.actor(somebody.user_id or 0)
    assert found is not None
    return found


def kept_back(desk: Desk) -> list[Any]:
    return [each for each in limitable(desk).values() if each.compute is None and each.name != "about"]


def words_kept_back() -> set[str]:
    """Every text that stands in a field kept back, and in none that is shown."""
    hidden: set[str] = set()
    shown: set[str] = set()
    for desk in business():
        back = {each.name for each in kept_back(desk)}
        for each in desk.own_fields.values():
            if each.kind.name in WORDS and each.compute is None:
                texts = desk.model._base_manager.values_list(each.path, flat=True)
                (hidden if each.name in back else shown).update(text for text in texts if text and len(text) > 8)
    return hidden - shown


def test_no_page_tells_the_whole_of_what_is_masked(world: World, lin: Actor, browse: Browse) -> None:
    lin = limited(lin, Limit.MASKED)
    hidden = words_kept_back()
    assert len(hidden) > 40
    visitor = Visitor(browse(lin), hidden)
    for desk in walked(business()):
        asked = (*of_object(desk), *of_record(desk, world.lin[desk.slug], every=False))
        for ask in shared_out(asked, 12, kind=attrgetter("kind")):
            visitor.get(ask.url, 200, 302, 403, 404, 422, fragment=ask.fragment)
    visitor.verdict(80)


def everything(world: World) -> Iterator[Ask]:
    for desk in walked(business()):
        yield from of_object(desk)
        yield from of_record(desk, world.lin[desk.slug])
        yield from lists_of(desk, world.lin[desk.slug])


def test_no_answer_changes_with_what_is_hidden(world: World, lin: Actor, browse: Browse) -> None:
    """Neither the order of a list nor what a search, a filter, a group or a sum finds can be used to guess a value."""
    lin = limited(lin, Limit.HIDDEN)
    client, hidden = browse(lin), words_kept_back()
    asked = [ask for ask in everything(world) if "/duplicates" not in ask.url]  # a code kept back may part two names
    asked = shared_out(asked, 48, kind=attrgetter("kind"))
    before = told(client, asked, hidden)
    changed = stir(world)
    after = told(client, asked, set())
    assert changed > 40
    different = [f"{url}\n{difference(before[url], after[url])}" for url in before if before[url] != after[url]]
    assert not different, f"{len(different)} answers changed:\n" + "\n".join(different[:20])


def told(client: Any, asked: list[Ask], hidden: set[str]) -> dict[str, str]:
    """What each address answers; fails where it says a word that is hidden."""
    visitor = Visitor(client, hidden)
    texts = {str(ask): visitor.get(ask.url, 200, 302, 403, 404, 422, fragment=ask.fragment).told for ask in asked}
    searched = [reverse("palette"), *(reverse("list", args=[desk.slug]) for desk in walked(business()))]
    for url in shared_out(f"{url}?q={text}" for url in searched for text in ("密", "139", "示")):
        texts[url] = visitor.get(url).told
    visitor.verdict(150)
    return texts


def stir(world: World) -> int:
    """Give every field that is kept back another value on every record; returns how many fields."""
    count = 0
    for desk in business():
        apart = {name for each in desk.model._meta.constraints for name in getattr(each, "fields", ())}
        for each in kept_back(desk):
            column = each.column
            if column is None or isinstance(each.kind, kind.Links) or column.unique or each.target is not None:
                continue
            if each.name in apart:  # nor may two records hold the same there
                continue
            raw = value(desk, each, SYSTEM, 4321)
            stored = each.check(each.parse("密别的" if each.kind.name in ("text", "longtext") else raw))
            if stored not in (None, ""):
                desk.model._base_manager.update(**{column.attname: stored})
                count += 1
        if desk.search:
            indexing.rebuild(desk)
    return count


def test_what_is_read_only_is_shown_and_not_taken(lin: Actor, hengli: Any) -> None:
    lin = limited(lin, Limit.READ, {"account": ["city"]})
    desk = registry.desk("account")
    assert desk.field(lin, "city").value_of(hengli) == hengli.city
    assert "city" not in desk.inputs(lin, creating=False)
    for attempt in (
        lambda: do(update, hengli, by=lin, city="上海"),
        lambda: do(create, by=lin, on=desk.model, name="新", city="上海"),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        assert "city" in refused.value.errors


def test_a_hidden_field_does_not_exist(lin: Actor, hengli: Any) -> None:
    lin = limited(lin, Limit.HIDDEN, {"account": ["city"]})
    desk = registry.desk("account")
    for params in ({"sort": "city"}, {"city.is": "苏州"}, {"columns": "city"}):
        with pytest.raises(Refused) as hidden:
            Query.parse(desk, lin, params)
        with pytest.raises(Refused) as missing:
            Query.parse(
                desk, lin, {key.replace("city", "cityx"): text.replace("city", "cityx") for key, text in params.items()}
            )
        assert hidden.value.sentence.replace("city", "") == missing.value.sentence.replace("cityx", "")
    with pytest.raises(Refused):
        Query.parse(desk, lin, {}).groups("city")
    with pytest.raises(Refused):
        Query.parse(registry.desk("opportunity"), lin, {"account.city.is": "苏州"})


def test_a_masked_field_shows_its_ends(lin: Actor, hengli: Any, browse: Browse) -> None:
    do(update, hengli, by=lin, phone="+86 512 6628 1180")
    lin = limited(lin, Limit.MASKED, {"account": ["phone"]})
    page = browse(lin).get(f"/account/{hengli.pk}").content.decode()
    assert "+86••••80" in page and "6628" not in page
    with pytest.raises(Refused):
        Query.parse(registry.desk("account"), lin, {"phone.has": "6628"})


def test_of_two_roles_the_milder_limit_counts(lin: Actor, zhou: Actor) -> None:
    limited(lin, Limit.HIDDEN, {"account": ["city", "phone"]})
    second = new("role", name="also")
    do(set_grants, second, by=SYSTEM, grants={"account": {"view": 1}})
    do(set_limits, second, by=SYSTEM, limits={"account": {"city": int(Limit.READ)}})
    roles = [record("role", key="seller").pk, second.pk]
    do(update, lin.user_id, by=zhou, on=registry.desk("user").model, roles=roles)
    person = staff.actor(lin.user_id or 0)
    assert person is not None and person.limits("account") == {"city": Limit.READ}


@pytest.mark.parametrize("name", ["name", "owner", "short_name", "nothing"])
def test_what_a_page_cannot_do_without_is_not_kept_back(zhou: Actor, name: str) -> None:
    with pytest.raises(Refused):
        do(set_limits, record("role", key="seller"), by=zhou, limits={"account": {name: 0}})


def test_only_who_may_change_roles_sets_limits(lin: Actor) -> None:
    with pytest.raises(Forbidden):
        do(set_limits, record("role", key="seller"), by=lin, limits={"account": {"city": 0}})
