"""What roles grant: the more exact grant counts, of several roles the widest, and how the firm is set up stays guarded."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import record

from bihuan.core import registry
from bihuan.core.access import ALL_ROWS, NO_ROWS, OWN_ROWS, Actor, visible
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.parties.models import Account
from bihuan.people import staff
from bihuan.people.models import Role, Unit, User
from bihuan.people.role import Reach
from bihuan.people.unit import below

NONE, OWN, UNIT, ALL, _TEAM, _TERRITORY = Reach


@pytest.mark.parametrize(
    ("grants", "asked", "reach"),
    [
        ({}, ("account", "view"), NONE),
        ({"*": {"*": ALL}}, ("account", "view"), ALL),
        ({"*": {"view": UNIT}}, ("account", "view"), UNIT),
        ({"*": {"view": UNIT}}, ("account", "edit"), NONE),
        ({"*": {"view": ALL}, "account": {"view": OWN}}, ("account", "view"), OWN),
        ({"*": {"view": ALL}, "account": {"view": NONE}}, ("account", "view"), NONE),
        ({"*": {"edit": ALL}, "account": {"*": OWN}}, ("account", "edit"), OWN),
        ({"account": {"*": OWN, "edit": UNIT}}, ("account", "edit"), UNIT),
        ({"account": {"edit": OWN}}, ("opportunity", "edit"), NONE),
        # a verb of its own follows "edit", unless it is granted by name
        ({"task": {"edit": OWN}}, ("task", "finish_task"), OWN),
        ({"task": {"edit": OWN, "finish_task": ALL}}, ("task", "finish_task"), ALL),
        ({"task": {"edit": ALL, "finish_task": NONE}}, ("task", "finish_task"), NONE),
        ({"task": {"edit": ALL}}, ("task", "archive"), NONE),
        # "everything" is the business, not the firm's own set-up
        ({"*": {"view": ALL, "create": ALL, "edit": ALL, "archive": ALL}}, ("role", "edit"), NONE),
        ({"*": {"view": ALL, "create": ALL, "edit": ALL, "archive": ALL}}, ("user", "create"), NONE),
        ({"*": {"edit": ALL}}, ("user", "set_password"), NONE),
        ({"*": {"edit": ALL}, "user": {"edit": ALL}}, ("user", "edit"), ALL),
        ({"*": {"*": ALL}}, ("role", "edit"), ALL),
    ],
)
def test_the_more_exact_grant_counts(grants: dict[str, Any], asked: tuple[str, str], reach: Reach) -> None:
    assert Role(grants=grants).granted(*asked) == reach


@pytest.mark.django_db
def test_of_several_roles_the_widest_reach_counts(zhou: Actor, lin: Actor) -> None:
    reader = record("role", key="reader")
    seller = record("role", key="seller")
    do(update, lin.user_id, by=zhou, on=User, roles=[reader.pk, seller.pk])
    both = staff.actor(lin.user_id)
    assert (both.rows("account", "view"), both.rows("account", "edit")) == (ALL_ROWS, OWN_ROWS)


@pytest.mark.django_db
def test_an_archived_role_grants_nothing(zhou: Actor, lin: Actor) -> None:
    do(archive, record("role", key="seller"), by=zhou)
    assert not staff.actor(lin.user_id).rows("account", "view")


@pytest.mark.django_db
def test_names_of_the_firm_may_be_read_by_everybody(qian: Actor) -> None:
    for desk in registry.desks():
        assert qian.rows(desk.slug, "view") == (ALL_ROWS if desk.configuration and not desk.confidential else NO_ROWS)


@pytest.mark.django_db
def test_nobody_gives_themselves_rights(lin: Actor, wang: Actor) -> None:
    administrator = record("role", key="administrator")
    set_grant = registry.commands(registry.desk("role"))["set_grant"]
    for actor in (lin, wang):
        with pytest.raises(Forbidden):
            do(update, actor.user_id, by=actor, on=User, roles=[administrator.pk])
        with pytest.raises(Forbidden):
            do(set_grant, record("role", key="seller"), by=actor, object="*", action="*", reach=3)
        with pytest.raises(Forbidden):
            do(create, by=actor, on=User, name="Strohmann", roles=[administrator.pk])


@pytest.mark.django_db
def test_grants_are_changed_by_command_and_count_at_once(zhou: Actor, lin: Actor) -> None:
    commands = registry.commands(registry.desk("role"))
    seller = record("role", key="seller")
    do(commands["set_grant"], seller, by=zhou, object="account", action="view", reach=0)
    assert not staff.actor(lin.user_id).rows("account", "view")
    do(commands["set_grants"], seller, by=zhou, grants={"*": {"view": 3}})
    assert staff.actor(lin.user_id).rows("account", "view") == ALL_ROWS
    for wrong in (
        {"object": "nothing", "action": "view", "reach": 1},
        {"object": "account", "action": "view", "reach": 9},
    ):
        with pytest.raises(Refused):
            do(commands["set_grant"], seller, by=zhou, **wrong)


@pytest.mark.django_db
def test_the_administrators_grant_cannot_be_lowered(zhou: Actor) -> None:
    commands = registry.commands(registry.desk("role"))
    administrator = record("role", key="administrator")
    with pytest.raises(Refused, match="whole"):
        do(commands["set_grant"], administrator, by=zhou, object="*", action="*", reach=1)


@pytest.mark.django_db
class TestUnits:
    def test_below_is_the_unit_and_all_under_it(self, firm: None) -> None:
        keys = dict(Unit._base_manager.values_list("name", "pk"))
        assert below(keys["瀚澄"]) == set(keys.values())
        assert below(keys["华东"]) == {keys["华东"], keys["一部"]}
        assert below(keys["一部"]) == {keys["一部"]}

    def test_a_unit_is_not_under_itself(self, zhou: Actor) -> None:
        east, team = record("unit", name="华东"), record("unit", name="一部")
        for parent in (east, team):
            with pytest.raises(Refused, match="below"):
                do(update, east, by=zhou, parent=parent.pk)

    def test_moving_a_unit_moves_what_its_manager_sees(
        self, zhou: Actor, wang: Actor, zhao: Actor, hengli: Any
    ) -> None:
        do(update, record("unit", name="一部"), by=zhou, parent=record("unit", name="华南").pk)
        assert not visible(staff.actor(wang.user_id), Account).filter(pk=hengli.pk).exists()
        assert visible(staff.actor(zhao.user_id), Account).filter(pk=hengli.pk).exists()
