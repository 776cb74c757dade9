"""Which role is kept from which of the firm's own fields, chosen where the fields are set up."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import record

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.custom import CustomField
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.people.staff import actor
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

ADDRESS = "/settings/fields/account/rights"


@pytest.fixture
def own(firm: None) -> Any:
    return do(create, by=SYSTEM, on=CustomField, object="account", key="grade", name="等级", kind="text")


def test_a_limit_chosen_here_is_the_roles_own(browse: Browse, zhou: Actor, lin: Actor, own: Any) -> None:
    seller, client = record("role", key="seller"), browse(zhou)
    assert "等级" in client.get(ADDRESS).content.decode()
    assert client.post(ADDRESS, {f"c_grade:{seller.pk}": int(Limit.HIDDEN)}).status_code == 303
    seller.refresh_from_db()
    assert seller.limits == {"account": {"c_grade": Limit.HIDDEN}}
    assert "c_grade" not in registry.desk("account").fields(actor(lin.user_id))
    assert client.post(ADDRESS, {}).status_code == 303
    seller.refresh_from_db()
    assert seller.limits == {}


def test_only_who_sets_up_roles_may_choose(browse: Browse, lin: Actor, own: Any) -> None:
    seller = record("role", key="seller")
    assert browse(lin).get(ADDRESS).status_code == 403
    assert browse(lin).post(ADDRESS, {f"c_grade:{seller.pk}": "2"}).status_code == 403
    seller.refresh_from_db()
    assert seller.limits == {}
