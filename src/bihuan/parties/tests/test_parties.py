"""Accounts trade, contacts are people, and roles tie them together."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core import link, registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.parties.models import Account, AccountContact, AccountRelation
from bihuan.web.tests.conftest import Browse, browse

__all__ = ["browse"]

pytestmark = pytest.mark.django_db


def refused(**inputs: Any) -> set[str]:
    """The fields a creation is refused for."""
    on = inputs.pop("on")
    with pytest.raises(Invalid) as caught:
        do(create, on=on, **inputs)
    return set(caught.value.errors)


def test_one_person_in_two_accounts(lin: Actor, hengli: Any, lianhe: Any, zhangsan: Any) -> None:
    """Zhang San alone and the Zhangs jointly are two accounts and one Zhang San."""
    jointly = do(create, by=lin, on=Account, name="张三与妻", kind="joint")
    do(create, by=lin, on=AccountContact, account=jointly.pk, contact=zhangsan.pk, share="50")
    assert set(zhangsan.accounts.values_list("account_id", flat=True)) == {hengli.pk, jointly.pk}


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"share": "100.1"}, "share"),
        ({"share": "-1"}, "share"),
        ({"since": "2026-02-01", "until": "2026-01-31"}, "until"),
    ],
)
def test_what_a_role_cannot_be(lin: Actor, hengli: Any, inputs: dict[str, str], field: str) -> None:
    someone = do(create, by=lin, on=registry.desk("contact").model, name="王五")
    assert refused(by=lin, on=AccountContact, account=hengli.pk, contact=someone.pk, **inputs) == {field}


def test_an_account_is_neither_its_own_parent_nor_its_own_relation(lin: Actor, hengli: Any) -> None:
    with pytest.raises(Invalid) as caught:
        do(update, hengli, by=lin, parent=hengli.pk)
    assert set(caught.value.errors) == {"parent"}
    relation = record("choice", set="account_relation", order=0)
    assert refused(by=lin, on=AccountRelation, account=hengli.pk, related=hengli.pk, relation=relation.pk) == {
        "related"
    }


class TestNaming:
    """Which account a text in a file means."""

    def resolve(self, actor: Actor, *texts: str) -> tuple[dict[str, int], dict[str, list[int]]]:
        found, unsure = link.resolve(actor, registry.desk("account"), texts)
        return found, {text: sorted(key for key, _title in near) for text, near in unsure.items()}

    def test_by_number_name_or_short_name(self, lin: Actor, hengli: Any) -> None:
        for text in (hengli.number, hengli.name, "恒砺"):
            assert self.resolve(lin, text) == ({text: hengli.pk}, {})

    def test_another_spelling_is_near_not_found(self, lin: Actor) -> None:
        made = do(create, by=lin, on=Account, name="GTX Pro GmbH")
        assert self.resolve(lin, "gtxpro gmbh") == ({}, {"gtxpro gmbh": [made.pk]})

    def test_two_of_the_same_name_are_for_a_person_to_tell_apart(self, lin: Actor) -> None:
        two = sorted(do(create, by=lin, on=Account, name="同名公司", anyway=True).pk for _ in range(2))
        assert self.resolve(lin, "同名公司") == ({}, {"同名公司": two})

    def test_what_one_does_not_see_has_no_name(self, lin: Actor, zhao: Actor, hengli: Any) -> None:
        assert self.resolve(zhao, "恒砺", hengli.number) == ({}, {})


def test_the_page_of_an_account_tells_what_its_contacts_decide_and_how_they_stand(
    browse: Browse, lin: Actor, hengli: Any
) -> None:
    new("choice", set="decision_role", name="拍板")
    new("choice", set="attitude", name="反对我们")
    who = new("contact", name="韦厂长", owner=lin.user_id)
    new("accountcontact", account=hengli.pk, contact=who.pk, role="拍板", attitude="反对我们")
    panel = browse(lin).get(f"/account/{hengli.pk}").content.decode().partition("韦厂长")[2].partition("</li>")[0]
    assert "拍板" in panel
    assert "反对我们" in panel
