"""Where people belong: one main unit and further ones, and territories across the tree."""

from __future__ import annotations

import pytest
from tests.cast import new, record

from bihuan.core import configuration
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.errors import Invalid, Refused
from bihuan.core.run import do
from bihuan.core.verbs import archive, update
from bihuan.parties.models import Account
from bihuan.people import staff
from bihuan.people.commands import archive as archive_unit
from bihuan.people.territory import rule_of, territories_of
from bihuan.people.user import User

pytestmark = pytest.mark.django_db


def test_a_further_unit_is_reached_with_all_below_it(wang: Actor, xinghua) -> None:
    """王 manages 华东; with 华南 beside it he sees what belongs there as well."""
    assert not visible(wang, Account).filter(pk=xinghua.pk).exists()
    south = record("unit", name="华南")
    team = new("unit", name="南一", kind="team", code="S-1", parent=south.pk)
    do(update, User._base_manager.get(pk=wang.user_id), by=SYSTEM, units=[south.pk])
    configuration.refresh()
    now = staff.actor(wang.user_id)
    assert now.unit_id == wang.unit_id, "the main unit stays"
    assert now.unit_ids == wang.unit_ids | {south.pk, team.pk}
    assert visible(now, Account).filter(pk=xinghua.pk).exists()


def test_a_unit_that_somebody_also_belongs_to_stays_in_use(lin: Actor) -> None:
    spare = new("unit", name="备用", kind="department", parent=record("unit", name="瀚澄").pk)
    do(update, User._base_manager.get(pk=lin.user_id), by=SYSTEM, units=[spare.pk])
    with pytest.raises(Refused):
        do(archive_unit, spare, by=SYSTEM)


def test_a_territory_is_its_members_and_a_rule_over_accounts(lin: Actor, zhao: Actor, hengli, xinghua) -> None:
    level = hengli.level_id
    made = new("territory", name="大客户", members=[lin.user_id, zhao.user_id], rule=f"?level.in={level}&sort=name")
    assert [each.pk for each in territories_of(lin.user_id)] == [made.pk]
    assert list(rule_of(made.rule).rows()) == [hengli]
    do(archive, made, by=SYSTEM)
    assert territories_of(lin.user_id) == ()


@pytest.mark.parametrize("rule", ["nothing.is=1", "level.nonsense=1", "password.is=x"])
def test_a_rule_that_no_list_understands_is_refused(firm: None, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        new("territory", name="x", rule=rule)
    assert set(refused.value.errors) == {"rule"}
