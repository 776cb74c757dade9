"""What is opened to whom: single records by sharing them, the accounts of a territory by a role's reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import audit, registry, search
from bihuan.core.access import Actor, find, permits, visible
from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused
from bihuan.core.listed import Row
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, assign, create, restore, update
from bihuan.parties.models import Account, Contact
from bihuan.people import staff
from bihuan.people.role import Reach, Role
from bihuan.people.share import Share, share
from bihuan.people.unit import Unit
from bihuan.people.user import User
from bihuan.sales.opportunity import Opportunity
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def seen(actor: Actor, model: Any = Account) -> set[int]:
    """What an actor sees of an object, told in every way that a list may be asked for it."""
    desk = registry.desk_of(model)
    ways: list[Iterator[Row]] = [
        Query.parse(desk, actor, {"sort": sort}).each() for sort in ("-changed_at", "id", desk.title)
    ]
    told = [{row.id for row in way} for way in ways]
    told += [
        set(visible(actor, model).values_list("pk", flat=True)),
        set(Query.parse(desk, actor, {}).rows().values_list("pk", flat=True)),
    ]
    assert all(each == told[0] for each in told)
    return told[0]


def test_a_shared_record_is_read_and_not_edited(lin: Actor, zhao: Actor, hengli: Any) -> None:
    before = seen(zhao)
    assert hengli.pk not in before
    do(share, hengli, by=lin, user=zhao.user_id)
    assert seen(zhao) == before | {hengli.pk}
    assert find(zhao, Account, hengli.pk) == hengli and not permits(zhao, hengli, "edit")
    for act in (update, archive, assign, share):
        with pytest.raises((Forbidden, NotFound)):
            do(
                act,
                hengli,
                by=zhao,
                **({"owner": zhao.user_id} if act is assign else {"user": zhao.user_id} if act is share else {}),
            )
    rows = Query.parse(registry.desk("account"), zhao, {"q": "恒砺"}).page(5).rows
    assert [row.id for row in rows] == [hengli.pk]
    hits = search.search("恒砺", {"account": visible(zhao, Account)}, by=zhao)
    assert [hit.record_id for hit in hits] == [hengli.pk]


def test_what_was_shared_to_edit_is_edited_and_no_more(lin: Actor, zhao: Actor, hengli: Any) -> None:
    do(share, hengli, by=lin, user=zhao.user_id, edits=True)
    assert permits(zhao, hengli, "edit")
    assert do(update, hengli, by=zhao, short_name="恒砺改").short_name == "恒砺改"
    with pytest.raises(Forbidden):
        do(archive, hengli, by=zhao)
    with pytest.raises(Forbidden):
        do(assign, hengli, by=zhao, owner=zhao.user_id)
    own = record("account", short_name="兴华")
    outcome = run(
        update,
        [Call({"city": "苏州"}, each) for each in (own, hengli, record("account", short_name="联合"))],
        by=zhao,
        partial=True,
    )
    assert set(outcome.refusals) == {2}


def test_a_unit_is_all_its_people_also_those_below(
    zhou: Actor, wang: Actor, lin: Actor, chen: Actor, xinghua: Any
) -> None:
    do(share, xinghua, by=zhou, unit=Unit._base_manager.get(name="华东").pk)
    assert all(xinghua.pk in seen(each) for each in (wang, lin, chen))
    do(share, record("account", short_name="联合"), by=zhou, unit=Unit._base_manager.get(name="一部").pk)
    zhao = staff.actor(User._base_manager.get(username="zhao").pk)
    assert seen(zhao) == {xinghua.pk}, "a share with a unit is none with what lies beside it"


def test_it_ends_with_its_last_day_and_when_it_is_taken_back(
    lin: Actor, zhao: Actor, hengli: Any, time_machine: Any
) -> None:
    now = timezone.now()
    do(share, hengli, by=lin, user=zhao.user_id, until=timezone.localdate() + timedelta(2))
    assert hengli.pk in seen(zhao)
    time_machine.move_to(now + timedelta(2))
    assert hengli.pk in seen(zhao)
    time_machine.move_to(now + timedelta(3))
    assert hengli.pk not in seen(zhao)
    do(share, hengli, by=lin, user=zhao.user_id)
    assert hengli.pk in seen(zhao)
    do(archive, Share._base_manager.latest("pk"), by=lin)
    assert hengli.pk not in seen(zhao)


def test_nobody_shares_what_they_may_not_edit(lin: Actor, hengli: Any, xinghua: Any) -> None:
    lianhe = record("account", short_name="联合")
    with pytest.raises(Forbidden):  # seen through the unit, not editable
        do(share, lianhe, by=lin, user=lin.user_id, edits=True)
    for target in (lianhe, xinghua):
        with pytest.raises(Refused):
            do(create, by=lin, on=Share, about="account", about_id=target.pk, user=lin.user_id, edits=True)
    zhao = staff.actor(User._base_manager.get(username="zhao").pk)
    assert hengli.pk not in seen(zhao)
    made = do(create, by=lin, on=Share, about="account", about_id=hengli.pk, user=zhao.user_id)
    assert hengli.pk in seen(zhao), "whichever way it was made"
    with pytest.raises(Invalid):
        do(update, made, by=lin, edits=True)
    with pytest.raises(Invalid):
        do(update, made, by=lin, about_id=xinghua.pk)


def test_a_share_says_with_whom_of_what_and_until_when(lin: Actor, zhao: Actor, hengli: Any) -> None:
    def wrong(**inputs: Any) -> set[str]:
        with pytest.raises(Invalid) as refused:
            do(share, hengli, by=lin, **inputs)
        return set(refused.value.errors)

    assert wrong() == {"user"}
    assert wrong(user=zhao.user_id, until=timezone.localdate() - timedelta(1)) == {"until"}
    with pytest.raises(Invalid) as refused:
        do(create, by=lin, on=Share, about="product", about_id=record("product", sku="GA-75").pk, user=zhao.user_id)
    assert set(refused.value.errors) == {"about"}


def test_the_record_tells_that_it_was_shared(lin: Actor, zhao: Actor, hengli: Any) -> None:
    do(share, hengli, by=lin, user=zhao.user_id)
    assert next(iter(audit.history("account", hengli.pk))).command == "share"
    made = Share._base_manager.get()
    do(archive, made, by=lin)
    do(restore, made, by=lin)
    assert hengli.pk in seen(zhao)


def test_without_a_grant_for_the_object_a_share_opens_nothing(lin: Actor, qian: Actor, hengli: Any) -> None:
    do(share, hengli, by=lin, user=qian.user_id)
    assert not visible(qian, Account).exists()


def test_a_role_may_reach_the_accounts_of_ones_territories(lin: Actor, zhao: Actor, hengli: Any, zhou: Actor) -> None:
    """赵 works the accounts of level A, whoever owns them, with their people and their deals."""
    new("territory", name="大客户", members=[zhao.user_id], rule=f"?level.in={hengli.level_id}")
    new("territory", name="没有规则", members=[zhao.user_id])
    reach = int(Reach.TERRITORY)
    grants = {"*": {"view": reach, "edit": int(Reach.OWN)}, "account": {"view": reach, "edit": reach}}
    role = new("role", name="区域销售")
    Role._base_manager.filter(pk=role.pk).update(grants=grants)
    do(update, zhao.user_id, by=zhou, on=User, roles=[role.pk])
    now = staff.actor(zhao.user_id)
    own = {record("account", short_name="兴华").pk}
    assert seen(now) == own | {hengli.pk}
    assert seen(now, Contact) == {record("contact", name="李四").pk, record("contact", name="张三").pk}
    assert seen(now, Opportunity) == {each.pk for each in Opportunity._base_manager.all()}
    assert permits(now, hengli, "edit") and not permits(now, record("opportunity", name="空压站"), "edit")
    do(update, hengli, by=zhou, level="B")
    assert seen(now) == own


def test_the_dialog_begins_empty(lin: Actor, hengli: Any, browse: Any) -> None:
    """Not with the unit that the record itself belongs to, which sees it anyway."""
    page = browse(lin).get(f"/account/{hengli.pk}/do/share").content.decode()
    assert 'name="unit"' in page and "selected" not in page


def test_a_share_with_a_whole_unit_is_called_by_its_name(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(share, hengli, by=lin, unit=Unit._base_manager.get(name="华东").pk)
    page = browse(lin).get(f"/account/{hengli.pk}").content.decode()
    assert re.search(r'<ul class="related">\s*<li><a class="clip" [^>]+><span class="clip" title="华东">', page)
